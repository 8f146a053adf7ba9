//! Who signs in: a name, and the instances that they may act for.

use super::parameters::Parameters;

const NAME_CHARACTERS_MAX: usize = 128;
const INSTANCES_MAX: usize = 50;

/// People who are there to be chosen: one with instances in two regions, one with one of these, one with none.
pub(super) const PEOPLE: &[(&str, &[&str])] =
    &[("alice", &["local-1/team-a", "local-2/team-b"]), ("bob", &["local-1/team-a"]), ("carol", &[])];

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) instances: Vec<String>,
}

impl Person {
    /// Who was chosen or entered on the page, if anybody was; or why it cannot be.
    pub(super) fn chosen(form: &Parameters) -> Result<Option<Self>, String> {
        if let Some(chosen) = form.get("person") {
            let known = PEOPLE.iter().find(|(name, _)| *name == chosen);
            let (name, instances) = known.ok_or("Nobody of this name is there to be chosen.")?;
            return Ok(Some(Self::of(name, instances.iter().copied())));
        }
        let Some(name) = form.get("name").map(str::trim).filter(|it| !it.is_empty()) else { return Ok(None) };
        if name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
            return Err(format!("A name has up to {NAME_CHARACTERS_MAX} characters, on one line."));
        }
        let instances: Vec<_> = form.get("instances").unwrap_or_default().split_whitespace().collect();
        if let Some(other) = instances.iter().find(|it| !names_an_instance(it)) {
            return Err(format!("“{other}” is not of the form region/id."));
        }
        if instances.len() > INSTANCES_MAX {
            return Err(format!("There are more than {INSTANCES_MAX} instances."));
        }
        Ok(Some(Self::of(name, instances.into_iter())))
    }

    fn of<'a>(name: &str, instances: impl Iterator<Item = &'a str>) -> Self {
        Self { name: name.to_owned(), instances: instances.map(str::to_owned).collect() }
    }
}

/// Whether `text` is of the form `region/id`.
pub(crate) fn names_an_instance(text: &str) -> bool {
    text.split_once('/').is_some_and(|(region, id)| !region.is_empty() && !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(form: &str) -> Result<Option<Person>, String> {
        Person::chosen(&Parameters::parse(form.as_bytes()))
    }

    #[test]
    fn people_are_chosen_or_entered() {
        let alice = chosen("person=alice&name=ignored").unwrap().unwrap();
        assert_eq!((alice.name.as_str(), alice.instances.len()), ("alice", 2));
        let dora = chosen("name=+dora+&instances=local-1/x++local-2/y%0D%0A").unwrap().unwrap();
        assert_eq!(dora, Person::of("dora", ["local-1/x", "local-2/y"].into_iter()));
        assert_eq!(chosen("name=+&instances=local-1/x"), Ok(None));
        assert_eq!(chosen(""), Ok(None));
        for refused in ["person=mallory", "name=a%0Ab", "name=a&instances=team", "name=a&instances=/x"] {
            assert!(chosen(refused).is_err(), "{refused}");
        }
        assert!(chosen(&format!("name={}", "a".repeat(129))).is_err());
    }
}
