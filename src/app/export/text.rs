//! Lines as CSV (RFC 4180) and as NDJSON.
//!
//! Every field is ours: ids are letters, digits, `-` and `.`, codes are those of the rulebook, amounts
//! are numbers. No cell can hold a formula, and none needs quotes; those that would are quoted all the
//! same.

use super::Format;
use super::line::{COLUMNS, Cell, Line};
use serde_json::Value;
use std::fmt::Write;

/// The lines written so far and not yet taken.
pub(super) struct Text {
    format: Format,
    out: String,
}

impl Text {
    /// Begins a file: a CSV with its header.
    pub fn new(format: Format) -> Text {
        let mut out = String::new();
        if format == Format::Csv {
            let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
            out.push_str(&names.join(","));
            out.push_str("\r\n");
        }
        Text { format, out }
    }

    pub fn line(&mut self, line: &Line<'_>) {
        match self.format {
            Format::Csv => self.csv(line),
            _ => self.ndjson(line),
        }
    }

    /// Hands over what was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out).into_bytes()
    }

    fn csv(&mut self, line: &Line<'_>) {
        for (n, column) in COLUMNS.iter().enumerate() {
            if n > 0 {
                self.out.push(',');
            }
            // Writing to a String cannot fail.
            let _ = match (column.value)(line) {
                Cell::Empty => Ok(()),
                Cell::Text(text) => {
                    self.out.push_str(&field(&text));
                    Ok(())
                }
                Cell::Money(amount) => write!(self.out, "{amount}"),
                Cell::Integer(number) => write!(self.out, "{number}"),
                Cell::Flag(flag) => write!(self.out, "{flag}"),
                Cell::Instant(instant) => write!(self.out, "{instant}"),
            };
        }
        self.out.push_str("\r\n");
    }

    /// One object a line; a column without a value is left out.
    fn ndjson(&mut self, line: &Line<'_>) {
        let mut opening = '{';
        for column in COLUMNS {
            let cell = (column.value)(line);
            if cell == Cell::Empty {
                continue;
            }
            let _ = write!(self.out, "{opening}\"{}\":", column.name);
            opening = ',';
            let _ = match cell {
                Cell::Empty => Ok(()),
                Cell::Text(text) => write!(self.out, "{}", Value::from(text)),
                Cell::Money(amount) => write!(self.out, "{amount}"),
                Cell::Integer(number) => write!(self.out, "{number}"),
                Cell::Flag(flag) => write!(self.out, "{flag}"),
                Cell::Instant(instant) => write!(self.out, "\"{instant}\""),
            };
        }
        self.out.push_str("}\n");
    }
}

/// Answers a field of a CSV, in quotes where RFC 4180 asks for them.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_where_the_format_asks_for_it() {
        let cases =
            [("socle", "socle"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\r\nb", "\"a\r\nb\""), ("", "")];
        for (text, want) in cases {
            assert_eq!(field(text), want);
        }
    }
}
