//! A YAML file as a tree that knows its lines.
//!
//! Owns: strict reading (no anchors, no duplicate keys, no YAML 1.1 booleans) and the way from a
//! place in the tree to a line of the file. Knows nothing of what the files mean.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

/// One node and the line (from 1) where it begins.
#[derive(Clone, Debug)]
pub struct Node {
    pub line: u32,
    pub data: Data,
}

#[derive(Clone, Debug)]
pub enum Data {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number with a point: never accepted in a rule, whose decimals are texts.
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// In the order of the file.
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug)]
pub struct Key {
    pub line: u32,
    pub name: String,
}

/// What stopped the reading of a file.
#[derive(Debug)]
pub struct Unreadable {
    pub line: u32,
    pub detail: String,
}

/// Answers the tree of a YAML text.
pub fn read(text: &str) -> Result<Node, Unreadable> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_anchors: 0 },
    };
    serde_saphyr::from_str_with_options::<Node>(text, options).map_err(|error| Unreadable {
        line: error.location().map_or(1, |l| u32::try_from(l.line()).unwrap_or(1)),
        detail: error.to_string(),
    })
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.data {
            Data::Map(entries) => entries.iter().find(|(k, _)| k.name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Answers the items of a list, none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// Answers the entries of a map, none for anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Answers the same tree as a JSON value, for the schema.
    pub fn to_json(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Integer(n) => Value::from(*n),
            Data::Float(n) => Value::from(*n),
            Data::Text(text) => Value::String(text.clone()),
            Data::List(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Data::Map(entries) => {
                Value::Object(entries.iter().map(|(k, node)| (k.name.clone(), node.to_json())).collect())
            }
        }
    }

    /// Answers the line of what stands at the path, or of its nearest ancestor.
    pub fn line_at<'a>(&self, steps: impl IntoIterator<Item = &'a str>) -> u32 {
        let (mut here, mut line) = (self, self.line);
        for step in steps {
            let next = match &here.data {
                Data::List(items) => step.parse::<usize>().ok().and_then(|n| items.get(n)).map(|n| (n, n.line)),
                Data::Map(entries) => entries.iter().find(|(k, _)| k.name == step).map(|(k, n)| (n, k.line)),
                _ => None,
            };
            let Some((node, at)) = next else { break };
            (here, line) = (node, at);
        }
        line
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        let spanned = Spanned::<Data>::deserialize(deserializer)?;
        Ok(Node { line: line_of(&spanned.referenced), data: spanned.value })
    }
}

fn line_of(location: &serde_saphyr::Location) -> u32 {
    u32::try_from(location.line()).unwrap_or(u32::MAX)
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_none<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        Data::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Data, E> {
        // Beyond i64 no rule has any use of a number: the schema refuses the float it becomes.
        Ok(i64::try_from(value).map_or(Data::Float(value as f64), Data::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
        Ok(Data::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Data, E> {
        Ok(Data::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Data, E> {
        Ok(Data::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Data, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Data::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let line = line_of(&key.referenced);
            // A value is blamed at its key's line: one span for both, spans are what reading costs.
            let data = map.next_value::<Data>()?;
            entries.push((Key { line, name: key.value }, Node { line, data }));
        }
        Ok(Data::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_knows_its_line() {
        let tree = read("a: 1\nb:\n  - x\n  - c: \"01\"\n    d: no\n").unwrap();
        assert_eq!(tree.line_at(["b", "1", "d"]), 5);
        assert_eq!(tree.line_at(["b", "0"]), 3);
        assert_eq!(tree.line_at(["b", "7", "zz"]), 2);
        assert_eq!(tree.get("b").unwrap().items()[1].get("d").unwrap().text(), Some("no"));
        assert_eq!(tree.get("b").unwrap().items()[1].get("c").unwrap().text(), Some("01"));
    }

    #[test]
    fn what_yaml_leaves_to_guess_is_refused() {
        for (text, line) in [("a: 1\na: 2\n", 2), ("a: &x 1\nb: *x\n", 1), ("a: [1\nb: 2\n", 2)] {
            let refused = read(text).unwrap_err();
            assert!(refused.line.abs_diff(line) <= 1, "{text}: line {}", refused.line);
        }
    }
}
