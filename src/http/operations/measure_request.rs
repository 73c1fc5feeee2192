//! What the operations on measures take alike: measure, period, subject, practitioner, knowledge.

use super::parameters::bad;
use super::whom;
use crate::app::{MeasureQuestion, Reason, Whom};
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::indicator::Stratifier;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::http::problem::Problem;

/// The kinds of report, by the words of R4 requests and by those of DEQM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportType {
    Individual,
    SubjectList,
    Summary,
}

impl ReportType {
    fn read(name: &str, value: &str) -> Result<ReportType, Problem> {
        match value {
            "subject" | "individual" => Ok(ReportType::Individual),
            "subject-list" => Ok(ReportType::SubjectList),
            "population" | "summary" => Ok(ReportType::Summary),
            _ => Err(bad(name, "subject, subject-list, population")),
        }
    }
}

/// A question under way.
pub(super) struct Asked {
    structure: String,
    base: String,
    measures: Vec<String>,
    start: Option<PartialDate>,
    end: Option<PartialDate>,
    known_at: Option<crate::domain::calendar::Instant>,
    whom: Whom,
    practitioner: Option<String>,
    stratifiers: Option<Vec<Stratifier>>,
    report: Option<ReportType>,
}

impl Asked {
    /// Begins a question about the measure of the address, where it names one.
    pub(super) fn new(structure: &str, base: &str, measure: Option<String>) -> Asked {
        Asked {
            structure: structure.to_owned(),
            base: base.to_owned(),
            measures: measure.into_iter().collect(),
            start: None,
            end: None,
            known_at: None,
            whom: Whom::Everybody,
            practitioner: None,
            stratifiers: None,
            report: None,
        }
    }

    /// Takes a parameter, known to the operation.
    pub(super) fn take(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        match name {
            "periodStart" => self.start = Some(value.parse().map_err(|_| bad(name, "2026-01-01"))?),
            "periodEnd" => self.end = Some(value.parse().map_err(|_| bad(name, "2026-12-31"))?),
            "knownAt" => self.known_at = Some(value.parse().map_err(|_| bad(name, "2026-10-31T08:00:00Z"))?),
            "reportType" => self.report = Some(ReportType::read(name, value)?),
            "subject" => self.subject(name, value)?,
            "subjectGroup" => match whom::target(value, &self.base) {
                Some(("Group", id)) => self.whom = Whom::Group(id.to_owned()),
                _ => return Err(bad(name, "Group/grp-...")),
            },
            "practitioner" | "provider" => self.attended_by(name, value)?,
            "stratifier" => self.stratify(name, value)?,
            "lastReceivedOn" => {
                return Err(Problem::new(Reason::NotSupported, Issue::general(&issues::LAST_RECEIVED_ON, &[])));
            }
            _ => self.measure(name, value)?,
        }
        Ok(())
    }

    /// A measure beside that of the address can only be the same.
    fn measure(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        match self.measures.first() {
            Some(own) if name == "measure" && crate::app::measure_id(value) != own => {
                Err(Problem::new(Reason::NotSupported, Issue::general(&issues::MEASURE_OTHER, &[name])))
            }
            Some(_) if name == "measure" => {
                self.measures = vec![value.to_owned()];
                Ok(())
            }
            _ => {
                self.measures.push(value.to_owned());
                Ok(())
            }
        }
    }

    fn subject(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        let found = whom::target(value, &self.base).map(|(kind, id)| (kind.to_owned(), id.to_owned()));
        match found {
            Some((kind, id)) if kind == "Patient" => self.whom = Whom::Patient(id),
            Some((kind, id)) if kind == "Group" => self.whom = Whom::Group(id),
            Some((kind, id)) if kind == "Organization" && id == self.structure => self.whom = Whom::Everybody,
            // Of another organization nothing is told, not even whether it is there.
            Some((kind, _)) if kind == "Organization" => {
                return Err(Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Organization"])));
            }
            Some((kind, _)) if kind.starts_with("Practitioner") => self.attended_by(name, value)?,
            _ => return Err(bad(name, "Patient/123")),
        }
        Ok(())
    }

    fn attended_by(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        if let Some(who) = whom::attending(name, value, (&self.base, &self.structure))? {
            self.practitioner = Some(who);
        }
        Ok(())
    }

    fn stratify(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        let all = self.stratifiers.get_or_insert_default();
        for code in value.split(',').map(str::trim).filter(|code| *code != "none") {
            let example = Stratifier::ALL.map(Stratifier::code).join(", ");
            let one = Stratifier::from_code(code).ok_or_else(|| bad(name, &example))?;
            if !all.contains(&one) {
                all.push(one);
            }
        }
        Ok(())
    }

    /// Answers how it is to be reported: as asked, else of one patient where one is asked about.
    /// `name` is the parameter that names a patient.
    pub(super) fn report(&self, name: &str) -> Result<ReportType, Problem> {
        let one = matches!(self.whom, Whom::Patient(_));
        match self.report {
            Some(ReportType::Individual) if !one => {
                Err(Problem::new(Reason::NotSupported, Issue::general(&issues::MEASURE_PATIENT, &[name])))
            }
            Some(told) => Ok(told),
            None if one => Ok(ReportType::Individual),
            None => Ok(ReportType::Summary),
        }
    }

    /// Answers the kind of report asked for, if one is.
    pub(super) fn report_asked(&self) -> Option<ReportType> {
        self.report
    }

    /// Answers the question; refuses one without a measure, without a period, or with one that ends
    /// before it begins.
    pub(super) fn question(self, measure: &str) -> Result<MeasureQuestion, Problem> {
        let missing =
            |name: &str| Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_MISSING, &[name]));
        if self.measures.is_empty() {
            return Err(missing(measure));
        }
        let start = self.start.ok_or_else(|| missing("periodStart"))?.earliest();
        let end = self.end.ok_or_else(|| missing("periodEnd"))?.latest();
        if start > end {
            return Err(backwards(start, end));
        }
        let today = crate::app::today();
        if start > today {
            let args = [&*start.to_string(), &*today.to_string()];
            return Err(Problem::new(Reason::NotSupported, Issue::general(&issues::PERIOD_FUTURE, &args)));
        }
        Ok(MeasureQuestion {
            structure: self.structure,
            measures: self.measures,
            period: (start, end),
            known_at: self.known_at,
            whom: self.whom,
            practitioner: self.practitioner,
            stratifiers: self.stratifiers.unwrap_or_else(|| Stratifier::ALL.to_vec()),
        })
    }
}

fn backwards(start: Day, end: Day) -> Problem {
    let args = [&*start.to_string(), &*end.to_string()];
    Problem::new(Reason::NotSupported, Issue::general(&issues::PERIOD_ORDER, &args))
}
