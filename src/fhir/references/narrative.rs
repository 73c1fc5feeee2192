//! Links in a narrative: `<a href>` and `<img src>` of the XHTML in Narrative.div.
//!
//! Owns: finding those two attributes and nothing else. The text between tags, comments and other
//! attributes never change.

use std::borrow::Cow;

/// Answers the narrative with its links replaced, or `None` when no link changes.
pub(super) fn rewrite(div: &str, resolve: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(open) = div[at..].find('<').map(|n| at + n) {
        let rest = &div[open..];
        if let Some(end) = skipped(rest) {
            at = open + end;
            continue;
        }
        let tag_end = tag_end(rest).map_or(div.len(), |n| open + n);
        if let Some(wanted) = link_attribute(&div[open..tag_end])
            && let Some((start, end)) = attribute(&div[open..tag_end], wanted)
            && let Some(new) = resolve(&unescape(&div[open + start..open + end]))
        {
            out.push_str(&div[copied..open + start]);
            out.push_str(&escape(&new));
            copied = open + end;
        }
        at = tag_end;
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&div[copied..]);
    Some(out)
}

/// Answers the length of a comment or a CDATA section at the start of `text`.
fn skipped(text: &str) -> Option<usize> {
    let (open, close) = [("<!--", "-->"), ("<![CDATA[", "]]>")].into_iter().find(|(open, _)| text.starts_with(open))?;
    Some(text[open.len()..].find(close).map_or(text.len(), |n| open.len() + n + close.len()))
}

/// Answers the length of the tag at the start of `text`: a `>` inside quotes does not end it.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn link_attribute(tag: &str) -> Option<&'static str> {
    let name: &str = tag[1..].split(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').next().unwrap_or("");
    match name {
        "a" | "A" => Some("href"),
        "img" | "IMG" => Some("src"),
        _ => None,
    }
}

/// Answers where the value of the attribute `wanted` stands in the tag, quotes apart.
fn attribute(tag: &str, wanted: &str) -> Option<(usize, usize)> {
    let mut at = tag.find(|c: char| c.is_ascii_whitespace())?;
    loop {
        at += tag[at..].find(|c: char| !c.is_ascii_whitespace())?;
        let name_end = at + tag[at..].find(|c: char| c == '=' || c == '>' || c.is_ascii_whitespace())?;
        let equals = name_end + tag[name_end..].find(|c: char| !c.is_ascii_whitespace())?;
        if !tag[equals..].starts_with('=') {
            at = if equals > at { equals } else { return None };
            continue;
        }
        let open = equals + 1 + tag[equals + 1..].find(|c: char| !c.is_ascii_whitespace())?;
        let quote = tag[open..].chars().next().filter(|c| *c == '"' || *c == '\'')?;
        let close = open + 1 + tag[open + 1..].find(quote)?;
        if tag[at..name_end].eq_ignore_ascii_case(wanted) {
            return Some((open + 1, close));
        }
        at = close + 1;
    }
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text.trim());
    }
    let plain = text.replace("&quot;", "\"").replace("&apos;", "'").replace("&lt;", "<").replace("&gt;", ">");
    Cow::Owned(plain.replace("&amp;", "&").trim().to_owned())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#39;").replace('<', "&lt;")
}
