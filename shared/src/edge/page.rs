//! The small pages of the callback: no script, no form, nothing loaded, all dynamic text escaped (S-13).

use super::request::Frame;

/// The one style, named by its hash in the policy; a test keeps the two together.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;\
color:#1f2328;background:#fff}h1{font-size:1.4rem}p.id{color:#656d76;font-size:.8rem}\
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}p.id{color:#8d96a0}}";

/// Allows the style above and nothing else.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
style-src 'sha256-K/6ASYMPsh2DEOPNpsctdwRa+yeSlx/z7b+HQpVMLGw='; frame-ancestors 'none'; base-uri 'none'; \
form-action 'none'";

/// A page with a title, a sentence and perhaps a link: an address of our own making, never one that was sent.
pub(super) fn render(title: &str, sentence: &str, link: Option<(&str, &str)>, code: &str, frame: &Frame) -> String {
    let link = link.map_or_else(String::new, |(url, words)| {
        format!("<p><a rel=\"noreferrer\" href=\"{}\">{}</a></p>\n", escape(url), escape(words))
    });
    let (title, sentence, id) = (escape(title), escape(sentence), escape(&frame.request_id));
    let language = frame.language.tag();
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{sentence}</p>\n{link}<p class=\"id\">{code} · {id}</p>\n</main>\n</body>\n</html>\n"
    )
}

/// Text as it may stand in HTML, in elements and attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::language::Language;
    use base64::Engine as _;
    use ring::digest::{SHA256, digest};

    #[test]
    fn the_policy_names_the_style() {
        // S-13
        let hash = base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        assert!(CONTENT_SECURITY_POLICY.contains(&format!("'sha256-{hash}'")), "{hash}");
    }

    #[test]
    fn dynamic_text_is_escaped() {
        // S-13
        let frame = Frame { request_id: "\"><x".to_owned(), language: Language::Chinese };
        let page = render("<b>", "it's & <script>", Some(("https://h.example/?a=\"><img>", "<i>")), "bound", &frame);
        for raw in ["<b>", "<script>", "<img>", "<i>", "\"><x", "it's"] {
            assert!(!page.contains(raw), "{page}");
        }
        assert!(page.contains("lang=\"zh-CN\""));
    }
}
