//! What a client knows of a resource before it writes it: the headers If-Match and If-None-Match
//! (http.html#concurrency; RFC 9110, 13.1).

/// What must be true of the stored resource before the write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    #[default]
    Anything,
    /// `If-None-Match: *`.
    Absent,
    /// `If-Match: *`.
    Present,
    /// `If-Match: W/"n"`.
    Version(u32),
    /// `If-Match: W/"n", W/"m"`.
    Among(Versions),
}

/// A few versions, one of which must be the current one; 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions([u32; 16]);

impl Versions {
    /// `None` of more than are compared.
    fn of(named: &[u32]) -> Option<Versions> {
        let mut versions = [0; 16];
        versions.get_mut(..named.len())?.copy_from_slice(named);
        Some(Versions(versions))
    }

    pub(super) fn has(&self, version: u32) -> bool {
        version != 0 && self.0.contains(&version)
    }
}

impl Precondition {
    /// Reads the values of If-Match and If-None-Match; `None` when one of them is no tag. Only
    /// `*` is read of If-None-Match: a write under a version it must not have is asked by nobody.
    pub fn read(if_match: Option<&str>, if_none_match: Option<&str>) -> Option<Precondition> {
        if if_none_match.map(str::trim) == Some("*") {
            return Some(Precondition::Absent);
        }
        match if_match.map(str::trim) {
            None => Some(Precondition::Anything),
            Some("*") => Some(Precondition::Present),
            Some(list) => match *Precondition::versions_of(list)? {
                [version] => Some(Precondition::Version(version)),
                ref several => Versions::of(several).map(Precondition::Among),
            },
        }
    }

    /// Answers the versions that a list of entity tags names (RFC 9110, 13.1.1). A tag that is none of ours
    /// is 0: no version has it, so none matches.
    fn versions_of(list: &str) -> Option<Vec<u32>> {
        let mut versions = Vec::new();
        let mut rest = list;
        loop {
            let tag = rest.strip_prefix("W/").unwrap_or(rest);
            let end = match tag.strip_prefix('"') {
                Some(inner) => inner.find('"')? + 2,
                None => tag.find(',').unwrap_or(tag.len()),
            };
            let (tag, after) = tag.split_at(end);
            versions.push(match Precondition::version_of(tag) {
                Some(version) => version,
                None if tag.starts_with('"') => 0,
                None => return None,
            });
            let after = after.trim_start();
            if after.is_empty() {
                return Some(versions);
            }
            rest = after.strip_prefix(',')?.trim_start();
        }
    }

    /// Answers the version an entity tag names: `W/"3"`, `"3"` and `3` alike.
    pub fn version_of(tag: &str) -> Option<u32> {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        let text = tag.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(tag);
        text.parse().ok().filter(|version: &u32| version.to_string() == text)
    }
}
