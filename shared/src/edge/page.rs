//! The small pages of the callback: no script, no form, nothing loaded, all dynamic text escaped (S-13).

use super::request::Frame;

/// The one style, named by its hash in the policy; a test keeps the two together, another keeps its variables those of
/// the console's page.
const STYLE: &str = "\
:root{--cb-ground:#f5f6f8;--cb-card:#ffffff;--cb-text:#1b2330;--cb-muted:#566073;--cb-line:#dfe3ea;--cb-accent:#1a56c4;\
--cb-good:#17683a;--cb-bad:#a3211b;--cb-radius:12px;color-scheme:light dark}\
@media(prefers-color-scheme:dark){:root{--cb-ground:#10141b;--cb-card:#181e27;--cb-text:#e7ebf1;--cb-muted:#a2acbb;\
--cb-line:#2c3542;--cb-accent:#84b1ff;--cb-good:#7fd6a0;--cb-bad:#ff9d94}}\
body{margin:0;background:var(--cb-ground);color:var(--cb-text);overflow-wrap:anywhere;\
font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"PingFang SC\",\"Hiragino Sans GB\",\"Microsoft YaHei\",\
\"Noto Sans CJK SC\",\"Noto Sans\",sans-serif}\
main{box-sizing:border-box;max-width:34rem;margin:8vh auto 0;padding:2.5rem;background:var(--cb-card);\
border:1px solid var(--cb-line);border-top:4px solid var(--cb-good);border-radius:var(--cb-radius)}\
main.bad{border-top-color:var(--cb-bad)}\
h1{margin:0;font-size:1.75rem;line-height:1.25;letter-spacing:-.015em;font-weight:680}\
p{margin:1rem 0 0}a{color:var(--cb-accent);text-underline-offset:.2em}\
p.id{color:var(--cb-muted);font-size:.8125rem}\
@media(max-width:36rem){main{margin:0;padding:1.5rem;border-width:4px 0 0;border-radius:0}}";

/// Allows the style above and nothing else.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
style-src 'sha256-atc9qX/pGhJF9O7Hua8YAHj3xyXbtA/qnilqekNPiqc='; frame-ancestors 'none'; base-uri 'none'; \
form-action 'none'";

/// What a page says, and whether that is good.
pub(super) struct Content<'a> {
    pub(super) is_good: bool,
    pub(super) title: &'a str,
    pub(super) sentence: &'a str,
    /// Addresses of our own making with their words, never one that was sent.
    pub(super) links: &'a [(String, &'a str)],
    pub(super) code: &'a str,
}

/// The page.
pub(super) fn render(content: &Content<'_>, frame: &Frame) -> String {
    let link = |(url, words): &(String, &str)| {
        format!("<p><a rel=\"noreferrer\" href=\"{}\">{}</a></p>\n", escape(url), escape(words))
    };
    let links: String = content.links.iter().map(link).collect();
    let (title, sentence, id) = (escape(content.title), escape(content.sentence), escape(&frame.request_id));
    let (code, language) = (content.code, frame.language.tag());
    let class = if content.is_good { "good" } else { "bad" };
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main class=\"{class}\">\n<h1>{title}</h1>\n<p>{sentence}</p>\n\
         {links}<p class=\"id\">{code} · {id}</p>\n</main>\n</body>\n</html>\n"
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
        let links = [("https://h.example/?a=\"><img>".to_owned(), "<i>")];
        let content =
            Content { is_good: true, title: "<b>", sentence: "it's & <script>", links: &links, code: "bound" };
        let page = render(&content, &frame);
        for raw in ["<b>", "<script>", "<img>", "<i>", "\"><x", "it's"] {
            assert!(!page.contains(raw), "{page}");
        }
        assert!(page.contains("lang=\"zh-CN\""));
    }
}
