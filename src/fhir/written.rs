//! How a tree of ours becomes text: amounts and scores keep their decimals.

use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeMap;
use serde_json::Value;
use serde_json::value::RawValue;

/// A resource as it is written: the value of a Money and of a measured Quantity is kept as a text until
/// then, so that it is a JSON number of exactly the decimals it has and never a float.
pub struct Written<'v>(pub &'v Value);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(Written)),
            Value::Object(members) => {
                let exact = members.contains_key("currency")
                    || members.get("system").is_some_and(|system| system == "http://unitsofmeasure.org");
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    match value {
                        Value::String(text) if exact && name == "value" => {
                            let number = RawValue::from_string(text.clone()).map_err(serde::ser::Error::custom)?;
                            map.serialize_entry(name, &number)?;
                        }
                        _ => map.serialize_entry(name, &Written(value))?,
                    }
                }
                map.end()
            }
            plain => plain.serialize(serializer),
        }
    }
}

impl Written<'_> {
    /// Answers the JSON text.
    pub fn text(&self) -> String {
        // Only a Money or a Quantity whose value is no number could fail: it is written as it stands.
        serde_json::to_string(self).unwrap_or_else(|_| self.0.to_string())
    }
}
