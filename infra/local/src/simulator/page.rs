//! The pages that people see, plain and without script; every dynamic text is escaped.

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:3em auto;padding:0 1em;\
color:#1f2328;background:#f6f8fa}main{background:#fff;border:1px solid #d0d7de;border-radius:8px;padding:1.5em 2em}\
h1{font-size:1.4em}fieldset{border:0;padding:0;margin:1.2em 0}legend{font-weight:600}label{display:block;margin:.4em 0}\
small{display:block;color:#59636e;margin-left:1.7em}button{font:inherit;padding:.5em 1.2em;margin-right:.6em;\
border:1px solid #d0d7de;border-radius:6px;cursor:pointer}.go{background:#1f883d;color:#fff}\
footer{color:#59636e;font-size:.85em;margin-top:1.5em}";

/// What a consent page says and sends.
pub(super) struct Consent<'a> {
    pub(super) provider: &'a str,
    pub(super) app: &'a str,
    /// Where the form is posted.
    pub(super) action: &'a str,
    pub(super) accounts: &'a [&'a str],
    /// Names of the scopes asked for, and why.
    pub(super) scopes: &'a [(&'a str, &'a str)],
    /// The authorization request's own parameters.
    pub(super) hidden: &'a [(&'a str, &'a str)],
    pub(super) returns_to: &'a str,
}

/// The page on which a person authorizes the app, or does not.
pub(super) fn consent(consent: &Consent) -> String {
    let Consent { provider, app, action, accounts, scopes, hidden, returns_to } = consent;
    let [provider, app, action, returns_to] = [provider, app, action, returns_to].map(|text| escape(text));
    let hidden: String = hidden.iter().map(|(name, value)| hidden_field(name, value)).collect();
    let accounts: String = accounts.iter().enumerate().map(|(index, name)| account(name, index == 0)).collect();
    let scopes: String = scopes.iter().map(|(name, why)| scope(name, why)).collect();
    let body = format!(
        "<h1>Authorize {app}</h1>\
         <p><b>{app}</b> asks for access to your {provider} account.</p>\
         <form method=\"post\" action=\"{action}\">{hidden}\
         <fieldset><legend>Account</legend>{accounts}\
         <label>Another: <input name=\"account_name\" autocomplete=\"off\" maxlength=\"39\"></label></fieldset>\
         <fieldset><legend>{app} will be able to use</legend>{scopes}</fieldset>\
         <button class=\"go\" name=\"decision\" value=\"authorize\">Authorize</button>\
         <button name=\"decision\" value=\"cancel\">Cancel</button></form>\
         <p><small>You will be sent to {returns_to}</small></p>"
    );
    document(&provider, &format!("Authorize {app}"), &body)
}

/// A page that only says what is wrong.
pub(super) fn problem(provider: &str, title: &str, text: &str) -> String {
    let [provider, title, text] = [provider, title, text].map(escape);
    document(&provider, &title, &format!("<h1>{title}</h1><p>{text}</p>"))
}

/// Text for HTML, in content and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            plain => escaped.push(plain),
        }
        escaped
    })
}

/// `provider`, `title` and `body` are HTML already.
fn document(provider: &str, title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · {provider} simulator</title><style>{STYLE}</style></head>\
         <body><main>{body}</main><footer>This is a simulator of {provider} on your own machine. \
         No account of {provider} is involved.</footer></body></html>\n"
    )
}

fn hidden_field(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
}

fn account(name: &str, is_chosen: bool) -> String {
    let checked = if is_chosen { " checked" } else { "" };
    let name = escape(name);
    format!("<label><input type=\"radio\" name=\"account\" value=\"{name}\"{checked}> {name}</label>")
}

fn scope(name: &str, why: &str) -> String {
    let [name, why] = [name, why].map(escape);
    format!(
        "<label><input type=\"checkbox\" name=\"scope\" value=\"{name}\" checked> {name}<small>{why}</small></label>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_dynamic_becomes_markup() {
        let hostile = "\"><script>alert('1')</script>";
        let page = consent(&Consent {
            provider: hostile,
            app: hostile,
            action: hostile,
            accounts: &[hostile],
            scopes: &[(hostile, hostile)],
            hidden: &[(hostile, hostile)],
            returns_to: hostile,
        });
        assert!(!page.contains("<script"), "{page}");
        assert!(!problem(hostile, hostile, hostile).contains("<script"));
    }
}
