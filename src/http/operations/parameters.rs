//! What every computed answer takes: `date` or `month`, `knownAt`, `tariff`; strict, with did-you-mean.

use crate::app;
use crate::app::{Question, Reason};
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::negotiate;
use crate::http::problem::Problem;
use crate::http::search::query_pairs;
use actix_web::HttpRequest;
use actix_web::http::Method;

/// What was asked of an operation.
pub struct Asked {
    pub question: Question,
    pub date: Option<Day>,
    pub month: Option<Month>,
    pub tariff: Option<String>,
    /// How far ahead to look.
    pub months: u16,
}

impl Asked {
    /// Reads the request of an operation that knows these parameters: those of the address, and on
    /// POST those of a Parameters resource. None may be given twice.
    pub fn of(
        request: &HttpRequest,
        patient: &str,
        body: Body,
        shared: &Shared,
        known: &[&str],
    ) -> Result<Asked, Problem> {
        let structure = access::structure(request, shared)?;
        Asked::read((structure, patient), values(request, body, "Patient", known)?)
    }

    /// Reads the parameters of an operation, known and none of them twice.
    pub fn read((structure, patient): (String, &str), pairs: Vec<(String, String)>) -> Result<Asked, Problem> {
        let question = Question { structure, patient: patient.to_owned(), known_at: None, rulebook: None };
        let mut asked = Asked { question, date: None, month: None, tariff: None, months: app::HORIZON };
        for (name, value) in pairs {
            asked.take(&name, &value)?;
        }
        Ok(asked)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        match name {
            "date" => self.date = Some(value.parse().map_err(|_| bad(name, "2026-10-31"))?),
            "month" => self.month = Some(value.parse().map_err(|_| bad(name, "2026-10"))?),
            "knownAt" => self.question.known_at = Some(value.parse().map_err(|_| bad(name, "2026-10-31T08:00:00Z"))?),
            "rulebook" => self.question.rulebook = Some(value.to_owned()),
            "months" => {
                let within = |months: &u16| (1..=app::LONGEST_HORIZON).contains(months);
                let example = app::LONGEST_HORIZON.to_string();
                self.months = value.parse().ok().filter(within).ok_or_else(|| bad(name, &example))?;
            }
            _ => self.tariff = Some(value.to_owned()),
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

/// Answers the parameters of an operation on `kind` that knows these: those of the address, and on
/// POST those of a Parameters resource. None may be given twice.
pub fn values(request: &HttpRequest, body: Body, kind: &str, known: &[&str]) -> Result<Vec<(String, String)>, Problem> {
    negotiate::accept(request)?;
    pairs_of(request, body, kind, known)
}

/// Answers the same, some of which may be given several times.
pub fn values_repeating(
    request: &HttpRequest,
    body: Body,
    kind: &str,
    known: &[&str],
    repeated: &[&str],
) -> Result<Vec<(String, String)>, Problem> {
    negotiate::accept(request)?;
    told(sent(request, body, known)?, kind, known, repeated)
}

/// Answers the same parameters of an operation that may answer in another form than JSON.
pub fn pairs_of(
    request: &HttpRequest,
    body: Body,
    kind: &str,
    known: &[&str],
) -> Result<Vec<(String, String)>, Problem> {
    known_values(sent(request, body, known)?, kind, known)
}

/// Answers the parameters of the address, and on POST those of a Parameters resource.
fn sent(request: &HttpRequest, body: Body, known: &[&str]) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs = query_pairs(request)?;
    if request.method() == Method::POST {
        let sent = body.or_empty()?;
        if !sent.is_empty() {
            negotiate::content(request)?;
            pairs.extend(app::parameter_values(&sent, known)?);
        }
    }
    Ok(pairs)
}

/// Answers the pairs of an operation that knows these parameters, none of them twice.
pub fn known_values(
    pairs: Vec<(String, String)>,
    kind: &str,
    known: &[&str],
) -> Result<Vec<(String, String)>, Problem> {
    told(pairs, kind, known, &[])
}

fn told(
    mut pairs: Vec<(String, String)>,
    kind: &str,
    known: &[&str],
    repeated: &[&str],
) -> Result<Vec<(String, String)>, Problem> {
    pairs.retain(|(name, _)| !matches!(name.as_str(), "_format" | "_pretty"));
    for (n, (name, _)) in pairs.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            return Err(unknown(kind, known, name));
        }
        if !repeated.contains(&name.as_str()) && pairs[..n].iter().any(|(earlier, _)| earlier == name) {
            return Err(Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_TWICE, &[name.as_str()])));
        }
    }
    Ok(pairs)
}

/// Answers the refusal of a value that does not read, with one that would.
pub fn bad(name: &str, example: &str) -> Problem {
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_VALUE, &[name, example]))
}

/// Answers the refusal of a name that is none of these, with the nearest of them.
pub fn unknown(kind: &str, known: &[&str], sent: &str) -> Problem {
    Problem(app::unknown_parameter(sent, kind, known))
}
