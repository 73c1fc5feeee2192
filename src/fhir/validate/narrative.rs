//! Narrative that would do something where it is shown (txt-1).
//!
//! Owns: which XHTML is refused: scripts, frames, objects, forms, event attributes, links that run a
//! script. What is merely ill-formed is kept, and not every element that txt-1 leaves out is refused:
//! only what is no text any more. Must not know: how a narrative is shown.
//! FHIR page: R4 narrative.html#xhtml.

use super::faults::Faults;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json::Value;

/// Elements that run, fetch, frame or send something.
const ACTIVE: &[&str] = &[
    "script", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "input", "button", "select",
    "textarea", "base", "link", "meta", "svg", "math", "animate", "set",
];
/// Attributes that hold an address.
const ADDRESSES: &[&str] = &["href", "src", "action", "formaction", "data", "background", "poster"];
/// Schemes whose address is a programme.
const PROGRAMMES: &[&str] = &["javascript:", "vbscript:"];

/// Says when the narrative of a resource at `root` is active.
pub fn check(resource: &Value, root: &str, faults: &mut Faults) {
    let Some(div) = resource.get("text").and_then(|text| text.get("div")).and_then(Value::as_str) else { return };
    if is_active(div) {
        faults.add(Issue::new(&issues::NARRATIVE_ACTIVE, format!("{root}.text.div"), &[]));
    }
}

/// Answers whether some tag of the XHTML is active. Comments are read like the rest: where they end is
/// not the same to every reader.
fn is_active(div: &str) -> bool {
    let mut rest = div;
    while let Some(open) = memchr::memchr(b'<', rest.as_bytes()) {
        rest = &rest[open + 1..];
        if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let mut tag = Tag { rest };
            if tag.is_active() {
                return true;
            }
            rest = tag.rest;
        }
    }
    false
}

/// What is left of a tag, and of all that follows it.
struct Tag<'t> {
    rest: &'t str,
}

impl<'t> Tag<'t> {
    /// Reads the tag to its end, or to the first thing that makes it active.
    fn is_active(&mut self) -> bool {
        let name = local(self.until(&['>', '/']));
        if is_one_of(name, ACTIVE) {
            return true;
        }
        while let Some((name, value)) = self.attribute() {
            let event = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("on")) && name.len() > 2;
            if event || is_one_of(local(name), ADDRESSES) && runs(value) {
                return true;
            }
        }
        false
    }

    /// Answers the next attribute and its value; `None` at the end of the tag.
    fn attribute(&mut self) -> Option<(&'t str, &'t str)> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\''));
        if self.rest.is_empty() || self.rest.starts_with('>') {
            return None;
        }
        // A `=` with no name before it begins one.
        let begin = self.rest;
        let first = begin.chars().next().map_or(0, char::len_utf8);
        self.rest = &begin[first..];
        let more = self.until(&['>', '/', '=']).len();
        let name = &begin[..first + more];
        let Some(valued) = self.rest.trim_start().strip_prefix('=') else { return Some((name, "")) };
        self.rest = valued.trim_start();
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else { return Some((name, self.until(&['>']))) };
        let (value, rest) = self.rest[1..].split_once(quote).unwrap_or((&self.rest[1..], ""));
        self.rest = rest;
        Some((name, value))
    }

    /// Answers what comes before white space or one of `ends`, and goes there.
    fn until(&mut self, ends: &[char]) -> &'t str {
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || ends.contains(&c)).unwrap_or(self.rest.len());
        let (before, rest) = self.rest.split_at(end);
        self.rest = rest;
        before
    }
}

/// The name without the prefix of its namespace.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Answers whether an address is a programme, as browsers read it: references resolved, white space and
/// control characters left out.
fn runs(address: &str) -> bool {
    let mut begin = String::new();
    let mut rest = address;
    while let Some(c) = rest.chars().next()
        && begin.len() < 16
    {
        let (c, length) = reference(rest).unwrap_or((c, c.len_utf8()));
        rest = &rest[length..];
        if !c.is_whitespace() && !c.is_control() {
            begin.push(c.to_ascii_lowercase());
        }
    }
    PROGRAMMES.iter().any(|scheme| begin.starts_with(scheme))
}

/// Answers the character that a reference at the start of the text stands for, and its length in the text.
fn reference(text: &str) -> Option<(char, usize)> {
    let inner = text.strip_prefix('&')?;
    for (name, c) in [("colon;", ':'), ("Tab;", '\t'), ("NewLine;", '\n')] {
        if inner.starts_with(name) {
            return Some((c, 1 + name.len()));
        }
    }
    let number = inner.strip_prefix('#')?;
    let (digits, radix) = number.strip_prefix(['x', 'X']).map_or((number, 10), |hex| (hex, 16));
    let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let c = char::from_u32(u32::from_str_radix(&digits[..length], radix).ok()?)?;
    let end = text.len() - digits.len() + length;
    Some((c, if text[end..].starts_with(';') { end + 1 } else { end }))
}

#[cfg(test)]
mod tests {
    use super::is_active;

    #[test]
    fn text_that_would_run_is_told_from_text() {
        for active in [
            "<div><script>x</script></div>",
            "<div><SCRIPT/></div>",
            "<div><h:script xmlns:h='http://www.w3.org/1999/xhtml'/></div>",
            "<div onclick='x'>a</div>",
            "<div><b\nclass=\"c\" ONMOUSEOVER = x>a</b></div>",
            "<div><img/src='x'/onerror=y></div>",
            "<div><img src=\"x\"onerror=\"y\"/></div>",
            "<div><p title='>' onload='x'/></div>",
            "<div><iframe src='https://a.example'/></div>",
            "<div><object/></div>",
            "<div><embed/></div>",
            "<div><form action='x'><input/></form></div>",
            "<div><a href='javascript:x'>a</a></div>",
            "<div><a href=' JavaScript:x'>a</a></div>",
            "<div><a href='java&#115;cript:x'>a</a></div>",
            "<div><a href='java&#x0A;script&colon;x'>a</a></div>",
            "<div><a href=javascript:x>a</a></div>",
            "<div><!--><script/>--></div>",
            "<div><a =\"\" onclick='x'>a</a></div>",
            "<div><svg><a><animate attributeName='href' values='javascript:x'/></a></svg></div>",
        ] {
            assert!(is_active(active), "{active}");
        }
    }

    #[test]
    fn what_narratives_are_made_of_is_kept() {
        for text in [
            "<div xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"fr\" lang='fr'><p id='a' class='b' style='color: red'>é</p></div>",
            "<div><table border='1'><colgroup/><thead><tr><th colspan='2'>x</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table></div>",
            "<div><a href='#on'>onclick=x</a> <a name='on'/> <a href='https://a.example/?javascript:x'>script</a></div>",
            "<div><img src='data:image/png;base64,iVBORw0K' alt='on script' title=\"javascript:x\"/></div>",
            "<div><b>a</b><i>b</i><br/><ul><li>c</li></ul><span title='<script>'>x</span><hr/><pre>a < b onclick='x'</pre></div>",
            "<div>&lt;script&gt; on &amp;#x; 1 <2 and <!-- a comment --> </div>",
            "<div><p>not closed <b>at <all",
            "<div><formula>x</formula><a href='javascript'>x</a><on>x</on><p on='1'/></div>",
            "<div>",
            "",
            "<",
            "<a href='é&#",
            "<a href='&#xFFFFFFFFF;",
        ] {
            assert!(!is_active(text), "{text}");
        }
    }
}
