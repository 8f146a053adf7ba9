//! As much of DynamoDB as our own writes need: rows by key, and updates without conditions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Rows by table and key.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows(BTreeMap<(String, String), Map<String, Value>>);

impl Rows {
    /// The answer to a request, which takes effect.
    pub(super) fn answer(&mut self, operation: &str, body: &Value) -> Value {
        match operation {
            "PutItem" => {
                let row = body["Item"].as_object().cloned().unwrap_or_default();
                self.0.insert(place(body, &json!({"id": row.get("id")})), row);
                json!({})
            }
            "UpdateItem" => json!({"Attributes": self.update(body)}),
            "TransactWriteItems" => {
                for update in body["TransactItems"].as_array().into_iter().flatten() {
                    self.update(&update["Update"]);
                }
                json!({})
            }
            "GetItem" => self
                .0
                .get(&place(body, &body["Key"]))
                .map_or_else(|| json!({}), |row| json!({"Item": shown(row, body)})),
            "Query" => {
                let is_index = body["IndexName"].is_string();
                let of_table = self.0.iter().filter(|((table, _), _)| *table == body["TableName"] && !is_index);
                let items: Vec<_> = of_table.map(|(_, row)| shown(row, body)).collect();
                json!({"Count": items.len(), "ScannedCount": items.len(), "Items": items})
            }
            _ => json!({}),
        }
    }

    /// Changes a row, and shows it.
    fn update(&mut self, body: &Value) -> Value {
        let at = place(body, &body["Key"]);
        let before = self.0.get(&at).cloned().or_else(|| body["Key"].as_object().cloned()).unwrap_or_default();
        let mut row = before.clone();
        for (clause, parts) in clauses(body["UpdateExpression"].as_str().unwrap_or_default()) {
            for part in parts.split(',') {
                let words: Vec<_> = part.split_whitespace().collect();
                match (clause, &*words) {
                    ("SET", [to, "=", from]) => {
                        if let Some(value) = value(from, &before, body) {
                            row.insert(name(to, body), value);
                        }
                    }
                    ("REMOVE", [what]) => drop(row.remove(&name(what, body))),
                    ("ADD", [to, from]) => {
                        let number = |it: Option<Value>| it.and_then(|it| it["N"].as_str()?.parse::<i64>().ok());
                        let sum = number(row.get(&name(to, body)).cloned()).unwrap_or_default()
                            + number(value(from, &before, body)).unwrap_or_default();
                        row.insert(name(to, body), json!({"N": sum.to_string()}));
                    }
                    _ => {}
                }
            }
        }
        self.0.insert(at, row.clone());
        Value::Object(row)
    }
}

fn place(body: &Value, key: &Value) -> (String, String) {
    (body["TableName"].as_str().unwrap_or_default().to_owned(), key.to_string())
}

/// The clauses of an update, each with what follows its keyword.
fn clauses(expression: &str) -> BTreeMap<&'static str, String> {
    let (mut clauses, mut clause) = (BTreeMap::<_, String>::new(), "SET");
    for word in expression.split_whitespace() {
        if let Some(keyword) = ["SET", "REMOVE", "ADD"].into_iter().find(|it| *it == word) {
            clause = keyword;
        } else {
            let text = clauses.entry(clause).or_default();
            text.push(' ');
            text.push_str(word);
        }
    }
    clauses
}

fn name(placeholder: &str, body: &Value) -> String {
    body["ExpressionAttributeNames"][placeholder].as_str().unwrap_or(placeholder).to_owned()
}

/// A given value, or what stands at a path.
fn value(from: &str, row: &Map<String, Value>, body: &Value) -> Option<Value> {
    if from.starts_with(':') {
        return body["ExpressionAttributeValues"].get(from).cloned();
    }
    let mut path = from.split('.').map(|it| name(it, body));
    let first = row.get(&path.next()?)?.clone();
    path.try_fold(first, |value, name| value["M"].get(&name).cloned())
}

/// What is asked for of a row.
fn shown(row: &Map<String, Value>, body: &Value) -> Value {
    let Some(projection) = body["ProjectionExpression"].as_str() else { return Value::Object(row.clone()) };
    let names = projection.split(',').map(|it| name(it.trim(), body));
    Value::Object(names.filter_map(|name| Some((name.clone(), row.get(&name)?.clone()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_reads_the_row_as_it_was() {
        let mut rows = Rows::default();
        let key = json!({"owner": {"S": "me"}});
        let update = |expression: &str| {
            json!({"TableName": "t", "Key": key, "UpdateExpression": expression,
                "ExpressionAttributeNames": {"#a": "a", "#b": "b", "#x": "x"},
                "ExpressionAttributeValues": {":map": {"M": {"x": {"S": "1"}}}, ":one": {"N": "1"}}})
        };
        rows.answer("UpdateItem", &update("SET #a = :map ADD #version :one"));
        let answer = rows.answer("UpdateItem", &update("SET #b = #a.#x REMOVE #a, #gone ADD #version :one"));
        assert_eq!(answer["Attributes"], json!({"owner": {"S": "me"}, "b": {"S": "1"}, "#version": {"N": "2"}}));
        let get = json!({"TableName": "t", "Key": key, "ProjectionExpression": "#b", "ExpressionAttributeNames": {"#b": "b"}});
        assert_eq!(rows.answer("GetItem", &get), json!({"Item": {"b": {"S": "1"}}}));
        assert_eq!(rows.answer("Query", &json!({"TableName": "t"}))["Count"], 1);
        assert_eq!(rows.answer("Query", &json!({"TableName": "t", "IndexName": "i"}))["Count"], 0);
    }

    #[test]
    fn a_row_that_was_put_is_found_by_its_id() {
        let mut rows = Rows::default();
        rows.answer("PutItem", &json!({"TableName": "t", "Item": {"id": {"S": "1"}, "x": {"S": "2"}}}));
        let update = json!({"TableName": "t", "Key": {"id": {"S": "1"}}, "UpdateExpression": "REMOVE x"});
        assert_eq!(rows.answer("UpdateItem", &update)["Attributes"], json!({"id": {"S": "1"}}));
    }
}
