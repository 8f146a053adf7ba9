//! A simulator's consent page, read and sent as a browser does.

use url::Url;

/// The form of the page.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) action: Url,
    /// The hidden fields and the ticked scopes.
    pub(crate) fields: Vec<(String, String)>,
}

impl Form {
    /// Reads the one form of `page`, which was found at `url`.
    pub(crate) fn read(page: &str, url: &Url) -> Self {
        let (_, form) = page.split_once("<form ").unwrap_or_else(|| panic!("no form in {page}"));
        let action = attribute(form, "action").expect("the form has an action");
        let inputs = form.split("<input ").skip(1).map(|input| input.split('>').next().unwrap_or_default());
        let kept = inputs.filter(|it| matches!(attribute(it, "type").as_deref(), Some("hidden" | "checkbox")));
        let fields = kept.filter_map(|it| Some((attribute(it, "name")?, attribute(it, "value")?)));
        Self { action: url.join(&action).expect("the action is an address"), fields: fields.collect() }
    }
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let (_, rest) = element.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let unescaped = [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    Some(unescaped.into_iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to)))
}
