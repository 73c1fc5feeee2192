//! The Bundle of a search (bundle.html#searchset), written around resources as they are, without
//! reading them again: links, what matches, what comes along, what was passed over.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::Value;
use std::fmt::Display;
use std::fmt::Write;

/// Why a resource stands in the Bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Match,
    Include,
}

/// A searchset in the making.
pub struct Searchset {
    out: String,
    /// What the next entry begins with.
    opening: &'static str,
}

impl Searchset {
    /// Begins one of about so many bytes, with its total where that is known, and the addresses of this
    /// page and of the next.
    pub fn begin(size: usize, total: Option<u64>, (own, next): (&str, Option<&str>)) -> Searchset {
        let mut out = String::with_capacity(size + 512);
        out.push_str(r#"{"resourceType":"Bundle","type":"searchset","#);
        // Writing to a String cannot fail, here and below.
        if let Some(total) = total {
            let _ = write!(out, r#""total":{total},"#);
        }
        let _ = write!(out, r#""link":[{{"relation":"self","url":{}}}"#, Value::from(own));
        if let Some(next) = next {
            let _ = write!(out, r#",{{"relation":"next","url":{}}}"#, Value::from(next));
        }
        out.push(']');
        Searchset { out, opening: r#","entry":["# }
    }

    /// Adds a resource as it is, under its address.
    pub fn add(&mut self, address: impl Display, json: &str, mode: Mode) {
        let (opening, mode) = (self.opening, if mode == Mode::Match { "match" } else { "include" });
        let _ =
            write!(self.out, r#"{opening}{{"fullUrl":"{address}","resource":{json},"search":{{"mode":"{mode}"}}}}"#);
        self.opening = ",";
    }

    /// Adds what is told beside the resources.
    pub fn tell(&mut self, outcome: &Value) {
        let opening = self.opening;
        let _ = write!(self.out, r#"{opening}{{"resource":{outcome},"search":{{"mode":"outcome"}}}}"#);
        self.opening = ",";
    }

    /// Answers its text.
    pub fn text(mut self) -> String {
        // FHIR has no empty arrays.
        self.out.push_str(if self.opening == "," { "]}" } else { "}" });
        self.out
    }

    /// Answers it, 200.
    pub fn answer(self) -> HttpResponse {
        super::reply::text_json(StatusCode::OK, self.text())
    }
}
