//! A place in a file: its node, its path in words and its line, to read from and to blame.

use super::super::node::Data;
use super::super::node::Node;

/// Where the linker reads. `scope` is the prefix of the file's own parameters.
#[derive(Clone)]
pub struct At<'f> {
    pub file: &'f str,
    pub scope: &'f str,
    pub node: &'f Node,
    pub line: u32,
    pub path: String,
}

impl<'f> At<'f> {
    pub fn root(file: &'f str, node: &'f Node) -> At<'f> {
        let scope = file.strip_suffix(".yaml").unwrap_or(file);
        At { file, scope: scope.strip_prefix("facts/").unwrap_or(scope), node, line: node.line, path: String::new() }
    }

    /// Answers what stands under a key.
    pub fn key(&self, name: &str) -> Option<At<'f>> {
        let (key, node) = self.node.entries().iter().find(|(k, _)| k.name == name)?;
        Some(self.step(name, node, key.line))
    }

    /// Answers every entry of a map with its key.
    pub fn entries(&self) -> Vec<(&'f str, At<'f>)> {
        let entries = self.node.entries().iter();
        entries.map(|(k, node)| (k.name.as_str(), self.step(&k.name, node, k.line))).collect()
    }

    /// Answers every item of the list under a key.
    pub fn list(&self, name: &str) -> Vec<At<'f>> {
        self.key(name).map(|at| at.items()).unwrap_or_default()
    }

    pub fn items(&self) -> Vec<At<'f>> {
        let items = self.node.items().iter().enumerate();
        items
            .map(|(n, node)| At { path: format!("{}[{n}]", self.path), line: node.line, node, ..self.clone() })
            .collect()
    }

    /// Answers the text here; the schema has made sure of it where it is asked.
    pub fn text(&self) -> &'f str {
        self.node.text().unwrap_or_default()
    }

    pub fn text_of(&self, name: &str) -> &'f str {
        self.node.get(name).and_then(Node::text).unwrap_or_default()
    }

    pub fn integer_of(&self, name: &str) -> Option<i64> {
        match self.node.get(name)?.data {
            Data::Integer(n) => Some(n),
            _ => None,
        }
    }

    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.node.get(name).map(|n| &n.data), Some(Data::Bool(true)))
    }

    fn step(&self, name: &str, node: &'f Node, line: u32) -> At<'f> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        At { path, line, node, ..self.clone() }
    }
}
