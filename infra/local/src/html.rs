//! Pages of the local run, plain and without script. What is loaded and run is nothing but their own style.

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:3em auto;padding:0 1em;\
color:#1f2328;background:#f6f8fa}main{background:#fff;border:1px solid #d0d7de;border-radius:8px;padding:1.5em 2em}\
h1{font-size:1.4em}fieldset{border:0;padding:0;margin:1.2em 0}legend{font-weight:600}label{display:block;margin:.4em 0}\
small{display:block;color:#59636e;margin-left:1.7em}button{font:inherit;padding:.5em 1.2em;margin-right:.6em;\
border:1px solid #d0d7de;border-radius:6px;cursor:pointer}.go{background:#1f883d;color:#fff}\
ul{list-style:none;padding:0}li{margin:.8em 0}[role=alert]{color:#cf222e}footer{color:#59636e;font-size:.85em;margin-top:1.5em}";

/// What a browser is told to let such a page do.
pub(crate) const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// A page; `title`, `main` and `footer` are HTML already.
pub(crate) fn document(title: &str, main: &str, footer: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main>{main}</main><footer>{footer}</footer></body></html>\n"
    )
}

/// A field that a form carries along.
pub(crate) fn hidden_field(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
}

/// Text for HTML, in content and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
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
