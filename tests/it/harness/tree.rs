//! JSON compared as FHIR means it: member order apart, strings by what they say, numbers by text.

use serde_json::value::RawValue;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// `null`, `true`, `false` and numbers, as they were written.
    Word(String),
    Text(String),
    List(Vec<Tree>),
    Object(BTreeMap<String, Tree>),
}

impl Tree {
    #[track_caller]
    pub fn parse(text: &str) -> Tree {
        match serde_json::from_str::<Box<RawValue>>(text) {
            Ok(raw) => Tree::of(&raw),
            Err(error) => panic!("not JSON: {error}: {text}"),
        }
    }

    fn of(raw: &RawValue) -> Tree {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{') => {
                let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).unwrap();
                Tree::Object(members.into_iter().map(|(name, value)| (name, Tree::of(&value))).collect())
            }
            Some(b'[') => {
                let items: Vec<Box<RawValue>> = serde_json::from_str(text).unwrap();
                Tree::List(items.iter().map(|item| Tree::of(item)).collect())
            }
            Some(b'"') => Tree::Text(serde_json::from_str(text).unwrap()),
            _ => Tree::Word(text.to_owned()),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Tree> {
        match self {
            Tree::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// Answers the resource without what the gateway sets: `meta.versionId` and `meta.lastUpdated`.
    pub fn sent(mut self) -> Tree {
        if let Tree::Object(members) = &mut self {
            let emptied = members.get_mut("meta").is_some_and(|meta| {
                let Tree::Object(meta) = meta else { return false };
                meta.remove("versionId");
                meta.remove("lastUpdated");
                meta.is_empty()
            });
            if emptied {
                members.remove("meta");
            }
        }
        self
    }

    /// Answers the same without one member.
    pub fn without(mut self, name: &str) -> Tree {
        if let Tree::Object(members) = &mut self {
            members.remove(name);
        }
        self
    }
}
