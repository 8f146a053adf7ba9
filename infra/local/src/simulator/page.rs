//! The pages that people see, plain and without script; every dynamic text is escaped.

use crate::html::{document, escape, hidden_field};

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
         <label>Another account: <input name=\"account_name\" autocomplete=\"off\" maxlength=\"39\"></label></fieldset>\
         <fieldset><legend>{app} will be able to use</legend>{scopes}</fieldset>\
         <button class=\"go\" name=\"decision\" value=\"authorize\">Authorize</button>\
         <button name=\"decision\" value=\"cancel\">Cancel</button></form>\
         <p><small>You will be sent to {returns_to}</small></p>"
    );
    page(&provider, &format!("Authorize {app}"), &body)
}

/// A page that only says what is wrong.
pub(super) fn problem(provider: &str, title: &str, text: &str) -> String {
    let [provider, title, text] = [provider, title, text].map(escape);
    page(&provider, &title, &format!("<h1>{title}</h1><p>{text}</p>"))
}

/// `provider`, `title` and `body` are HTML already.
fn page(provider: &str, title: &str, body: &str) -> String {
    let footer =
        format!("This is a simulator of {provider} on your own machine. No account of {provider} is involved.");
    document(&format!("{title} · {provider} simulator"), body, &footer)
}

fn account(name: &str, is_chosen: bool) -> String {
    let checked = if is_chosen { " checked" } else { "" };
    let name = escape(name);
    format!("<label><input type=\"radio\" name=\"account\" value=\"{name}\"{checked}> {name}</label>")
}

fn scope(name: &str, why: &str) -> String {
    let [name, why] = [name, why].map(escape);
    format!(
        "<label><input type=\"checkbox\" name=\"scope\" value=\"{name}\" aria-describedby=\"why-{name}\" checked> {name}</label>\
         <small id=\"why-{name}\">{why}</small>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_dynamic_becomes_markup() {
        let hostile = "\"><script>alert('1')</script>";
        let shown = consent(&Consent {
            provider: hostile,
            app: hostile,
            action: hostile,
            accounts: &[hostile],
            scopes: &[(hostile, hostile)],
            hidden: &[(hostile, hostile)],
            returns_to: hostile,
        });
        assert!(!shown.contains("<script"), "{shown}");
        assert!(!problem(hostile, hostile, hostile).contains("<script"));
    }
}
