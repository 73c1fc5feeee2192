//! What every computed answer takes: `date` or `month`, `knownAt`, `tariff`; strict, with did-you-mean.

use crate::app;
use crate::app::{Question, Reason};
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::http::Shared;
use crate::http::access;
use crate::http::negotiate;
use crate::http::problem::Problem;
use crate::http::search::query_pairs;
use actix_web::HttpRequest;

/// What was asked of an operation.
pub struct Asked {
    pub question: Question,
    pub date: Option<Day>,
    pub month: Option<Month>,
    pub tariff: Option<String>,
}

impl Asked {
    /// Reads the request of an operation that knows these parameters.
    pub fn of(request: &HttpRequest, patient: &str, shared: &Shared, known: &[&str]) -> Result<Asked, Problem> {
        negotiate::accept(request)?;
        let structure = access::structure(request, shared)?;
        let question = Question { structure, patient: patient.to_owned(), known_at: None };
        let mut asked = Asked { question, date: None, month: None, tariff: None };
        for (name, value) in query_pairs(request)? {
            asked.take(&name, &value, known)?;
        }
        Ok(asked)
    }

    fn take(&mut self, name: &str, value: &str, known: &[&str]) -> Result<(), Problem> {
        match name {
            "_format" | "_pretty" => {}
            _ if !known.contains(&name) => return Err(unknown(known, name)),
            "date" => self.date = Some(value.parse().map_err(|_| bad(name, "2026-10-31"))?),
            "month" => self.month = Some(value.parse().map_err(|_| bad(name, "2026-10"))?),
            "knownAt" => self.question.known_at = Some(value.parse().map_err(|_| bad(name, "2026-10-31T08:00:00Z"))?),
            "tariff" => self.tariff = Some(value.to_owned()),
            _ => return Err(unknown(known, name)),
        }
        Ok(())
    }

    /// Answers the day asked: `date`, else the last day of `month`, else today in Paris.
    pub fn day(&self) -> Day {
        self.date.or(self.month.map(Month::last_day)).unwrap_or_else(app::today)
    }

    /// Answers the month asked: `month`, else that of `date`, else the current one in Paris.
    pub fn civil_month(&self) -> Month {
        self.month.or(self.date.map(Day::month)).unwrap_or_else(|| app::today().month())
    }
}

fn bad(name: &str, example: &str) -> Problem {
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_VALUE, &[name, example]))
}

fn unknown(known: &[&str], sent: &str) -> Problem {
    let names: Vec<String> = known.iter().map(|n| (*n).to_owned()).collect();
    let near = format!(" ; {} ? ({})", negotiate::nearest(sent, &names), known.join(", "));
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_UNKNOWN, &["?", "Patient", &near]))
}
