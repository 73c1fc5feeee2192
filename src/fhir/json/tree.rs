//! A resource as a tree whose texts are those of the bytes it was read from.
//!
//! Owns: the tree that validation, facts and search keys read, and how JSON Schema sees it. It is made
//! at every write, so that it copies no text, and looks names up by comparing them: objects are small.

use jsonschema::JsonType;
use jsonschema::json::Array;
use jsonschema::json::Json;
use jsonschema::json::Node;
use jsonschema::json::NodeIdentity;
use jsonschema::json::Object as Members;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::Number;
use std::borrow::Cow;
use std::fmt;
use std::ops::Index;

/// A JSON value. Read like that of `serde_json`: what is not there is null.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value<'a> {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object(Object<'a>),
}

/// The members of an object, in the order they were sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
    /// The places of the members by name, once they are many: nobody sends so many but to keep us busy.
    by_name: Vec<u32>,
}

/// From so many members on, names are looked up by their order.
const MANY: usize = 64;

static NULL: Value<'static> = Value::Null;

impl<'a> Value<'a> {
    /// Answers the member of that name of an object.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.as_object()?.get(name)
    }

    /// Answers the element at a place of an array.
    pub fn item(&self, place: usize) -> Option<&Value<'a>> {
        self.as_array()?.get(place)
    }

    /// Answers an object whose members are texts.
    pub fn of_texts<const N: usize>(members: [(&'a str, &'a str); N]) -> Value<'a> {
        let told = |(name, text)| (Cow::Borrowed(name), Value::String(Cow::Borrowed(text)));
        Value::Object(Object::new(members.map(told).into()))
    }

    /// Answers the value a JSON Pointer leads to.
    pub fn pointer(&self, pointer: &str) -> Option<&Value<'a>> {
        pointer.split('/').skip(1).try_fold(self, |value, step| match value {
            Value::Object(object) => object.get(step),
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    pub fn as_object(&self) -> Option<&Object<'a>> {
        if let Value::Object(object) = self { Some(object) } else { None }
    }

    pub fn as_array(&self) -> Option<&Vec<Value<'a>>> {
        if let Value::Array(items) = self { Some(items) } else { None }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self { Some(text) } else { None }
    }

    pub fn as_number(&self) -> Option<&Number> {
        if let Value::Number(number) = self { Some(number) } else { None }
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(yes) = self { Some(*yes) } else { None }
    }

    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    pub fn is_object(&self) -> bool {
        matches!(self, Value::Object(_))
    }

    pub fn is_array(&self) -> bool {
        matches!(self, Value::Array(_))
    }

    pub fn is_string(&self) -> bool {
        matches!(self, Value::String(_))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Answers the same value with texts of its own.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(yes) => Value::Bool(yes),
            Value::Number(number) => Value::Number(number),
            Value::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Value::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Value::Object(Object { members, by_name }) => {
                let owned =
                    |(name, value): (Cow<'_, str>, Value<'_>)| (Cow::Owned(name.into_owned()), value.into_owned());
                Value::Object(Object { members: members.into_iter().map(owned).collect(), by_name })
            }
        }
    }

    /// Answers it as others know it; what is told of a fault is seldom read.
    fn told(&self) -> serde_json::Value {
        match self {
            Value::Null => serde_json::Value::Null,
            Value::Bool(yes) => serde_json::Value::Bool(*yes),
            Value::Number(number) => serde_json::Value::Number(number.clone()),
            Value::String(text) => serde_json::Value::String(text.to_string()),
            Value::Array(items) => serde_json::Value::Array(items.iter().map(Value::told).collect()),
            Value::Object(object) => {
                serde_json::Value::Object(object.iter().map(|(name, value)| (name.to_owned(), value.told())).collect())
            }
        }
    }
}

impl<'a> Index<&str> for Value<'a> {
    type Output = Value<'a>;

    fn index(&self, name: &str) -> &Value<'a> {
        self.get(name).unwrap_or(&NULL)
    }
}

impl<'a> Object<'a> {
    fn new(members: Vec<(Cow<'a, str>, Value<'a>)>) -> Object<'a> {
        let mut by_name = Vec::new();
        if members.len() >= MANY {
            by_name = (0..u32::try_from(members.len()).unwrap_or(u32::MAX)).collect();
            by_name.sort_by_key(|place| &members[*place as usize].0);
        }
        Object { members, by_name }
    }

    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        if self.by_name.is_empty() {
            return self.members.iter().find(|(known, _)| **known == *name).map(|(_, value)| value);
        }
        let of = |place: &u32| &*self.members[*place as usize].0;
        let found = self.by_name.binary_search_by(|place| of(place).cmp(name)).ok()?;
        self.by_name.get(found).map(|place| &self.members[*place as usize].1)
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    pub fn iter(&self) -> Iter<'_, 'a> {
        Iter(self.members.iter())
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// The members of an object, one after the other.
pub struct Iter<'t, 'a>(std::slice::Iter<'t, (Cow<'a, str>, Value<'a>)>);

impl<'t, 'a> Iterator for Iter<'t, 'a> {
    type Item = (&'t str, &'t Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (&**name, value))
    }
}

impl<'t, 'a> IntoIterator for &'t Object<'a> {
    type Item = (&'t str, &'t Value<'a>);
    type IntoIter = Iter<'t, 'a>;

    fn into_iter(self) -> Iter<'t, 'a> {
        self.iter()
    }
}

/// The representation of instances under JSON Schema.
pub struct Borrowed;

impl Json for Borrowed {
    type Node<'n> = &'n Value<'n>;
    type PreparedKey = String;
    type StringBuffer = Value<'static>;
    // A lookup compares with each member: a pass over them costs no more than few of these.
    const KEYS_PER_LOOKUP: usize = 2;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut Value<'static>, string: &str, f: impl FnOnce(Self::Node<'_>) -> T) -> T {
        *buffer = Value::String(Cow::Owned(string.to_owned()));
        f(buffer)
    }
}

impl<'n> Node<'n, Borrowed> for &'n Value<'n> {
    type Object = &'n Object<'n>;
    type Array = &'n [Value<'n>];
    type Number = &'n Number;

    fn as_object(&self) -> Option<&'n Object<'n>> {
        Value::as_object(self)
    }

    fn as_array(&self) -> Option<&'n [Value<'n>]> {
        Value::as_array(self).map(Vec::as_slice)
    }

    fn as_string(&self) -> Option<Cow<'n, str>> {
        Value::as_str(self).map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<&'n Number> {
        Value::as_number(self)
    }

    fn as_boolean(&self) -> Option<bool> {
        Value::as_bool(self)
    }

    fn is_null(&self) -> bool {
        Value::is_null(self)
    }

    fn json_type(&self) -> JsonType {
        match self {
            Value::Null => JsonType::Null,
            Value::Bool(_) => JsonType::Boolean,
            Value::Number(_) => JsonType::Number,
            Value::String(_) => JsonType::String,
            Value::Array(_) => JsonType::Array,
            Value::Object(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &serde_json::Value) -> bool {
        match (self, expected) {
            (Value::String(text), serde_json::Value::String(expected)) => **text == **expected,
            (Value::String(_), _) | (_, serde_json::Value::String(_)) => false,
            (value, expected) => jsonschema::json::cmp::equal(&value.told(), expected),
        }
    }

    /// What is wrong is told by its type and, of a text, by what it is. A whole subtree copied for each of
    /// its faults would let a sender fill the memory.
    fn to_value(&self) -> Cow<'n, serde_json::Value> {
        Cow::Owned(match self {
            Value::Array(_) => serde_json::Value::Array(Vec::new()),
            Value::Object(_) => serde_json::Value::Object(serde_json::Map::new()),
            scalar => scalar.told(),
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref::<Value<'_>>(self) as usize))
    }
}

impl<'n> Members<'n, Borrowed> for &'n Object<'n> {
    type Node = &'n Value<'n>;
    type MemberName = &'n str;
    type MembersIter = Iter<'n, 'n>;

    fn len(&self) -> usize {
        self.members.len()
    }

    fn get(&self, key: &String) -> Option<&'n Value<'n>> {
        Object::get(self, key)
    }

    fn members(&self) -> Iter<'n, 'n> {
        self.iter()
    }
}

impl<'n> Array<'n, Borrowed> for &'n [Value<'n>] {
    type Node = &'n Value<'n>;
    type ElementsIter = std::slice::Iter<'n, Value<'n>>;

    fn len(&self) -> usize {
        <[Value<'_>]>::len(self)
    }

    fn elements(&self) -> std::slice::Iter<'n, Value<'n>> {
        self.iter()
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value<'de>, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(Value::Object(Object::new(members)))
    }
}

/// The name of a member.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name<'de>, D::Error> {
        deserializer.deserialize_str(Naming)
    }
}

struct Naming;

impl<'de> Visitor<'de> for Naming {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

/// Answers what a test has written as a tree.
#[cfg(any(test, feature = "testing"))]
pub fn tree(value: &serde_json::Value) -> Value<'static> {
    serde_json::from_str::<Value<'_>>(&value.to_string()).map(Value::into_owned).unwrap_or_default()
}
