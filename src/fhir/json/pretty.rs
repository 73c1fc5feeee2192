//! JSON for people to read: indented, every literal as it was.

/// Answers the text with line breaks and two blanks per level; numbers and strings stay as written.
pub fn pretty(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    let (mut depth, mut at) = (0usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = string_end(bytes, at);
                out.extend_from_slice(&bytes[at..end]);
                at = end;
                continue;
            }
            b'{' | b'[' => {
                out.push(*byte);
                let next = bytes[at + 1..].iter().position(|b| !b.is_ascii_whitespace()).map(|n| at + 1 + n);
                match next {
                    Some(close) if matches!(bytes[close], b'}' | b']') => {
                        out.push(bytes[close]);
                        at = close;
                    }
                    _ => {
                        depth += 1;
                        line(&mut out, depth);
                    }
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(*byte);
            }
            b',' => {
                out.push(b',');
                line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            b' ' | b'\t' | b'\n' | b'\r' => {}
            other => out.push(*other),
        }
        at += 1;
    }
    out.push(b'\n');
    out
}

fn line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.resize(out.len() + 2 * depth, b' ');
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_stay_as_they_were_sent() {
        let sent = r#"{"a":1.10,"b":[],"c":{ },"d":[1,{"e":"x: {\"y\", [\\"}],"f":null}"#;
        let want = "{\n  \"a\": 1.10,\n  \"b\": [],\n  \"c\": {},\n  \"d\": [\n    1,\n    {\n      \"e\": \"x: {\\\"y\\\", [\\\\\"\n    }\n  ],\n  \"f\": null\n}\n";
        assert_eq!(String::from_utf8(pretty(sent.as_bytes())).unwrap(), want);
        assert_eq!(String::from_utf8(pretty(want.as_bytes())).unwrap(), want);
    }
}
