//! A file where only a resource can stand (R4 binary.html).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Answers the bytes as a Binary; `media` is their media type.
pub fn binary(media: &str, bytes: &[u8]) -> Value {
    json!({"resourceType": "Binary", "contentType": media, "data": STANDARD.encode(bytes)})
}
