//! JSON Pointer (RFC 6901): where in a document.

/// A way from the root, step by step, unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    /// Reads `/name/0/given`; `None` when it is no pointer.
    pub(super) fn read(text: &str) -> Option<Pointer> {
        if text.is_empty() {
            return Some(Pointer(Vec::new()));
        }
        text.strip_prefix('/')?.split('/').map(unescaped).collect::<Option<_>>().map(Pointer)
    }

    pub(super) fn steps(&self) -> &[String] {
        &self.0
    }

    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    /// Answers the way to what holds the place, and the last step; `None` for the root.
    pub(super) fn split(&self) -> Option<(&[String], &str)> {
        self.0.split_last().map(|(last, way)| (way, last.as_str()))
    }

    /// Answers whether the place lies inside the other.
    pub(super) fn is_below(&self, other: &Pointer) -> bool {
        self.0.len() > other.0.len() && self.0.starts_with(&other.0)
    }
}

fn unescaped(step: &str) -> Option<String> {
    let mut out = String::with_capacity(step.len());
    let mut rest = step.chars();
    while let Some(c) = rest.next() {
        match c {
            '~' => out.push(match rest.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            }),
            c => out.push(c),
        }
    }
    Some(out)
}

/// Reads a place in an array: digits without a leading zero.
pub(super) fn index(step: &str) -> Option<usize> {
    let plain = step == "0" || (!step.starts_with('0') && step.bytes().all(|b| b.is_ascii_digit()));
    if plain { step.parse().ok() } else { None }
}
