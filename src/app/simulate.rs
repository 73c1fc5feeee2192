//! What another tariff or rulebook would pay over a range of months. Nothing is stored.
//!
//! Both sides are computed with what is known, closed months too: what was issued of these, and what is
//! adjusted of them later, are no part of it, and the answer says of which months that is so.

use super::basis::Basis;
use super::evaluate::Found;
use super::failure::{Failure, Reason};
use super::once::Bases;
use super::statement::{Unmade, projection};
use super::sweep::Done;
use super::{Evaluated, Gateway, View};
use crate::config::is_id;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::forfait;
use crate::domain::forfait::Forfait;
use crate::domain::forfait::Grounds;
use crate::domain::forfait::Tariff;
use crate::domain::forfait::TariffKind;
use crate::domain::simulation::Comparison;
use crate::domain::simulation::Due;
use crate::domain::simulation::Pair;
use crate::domain::simulation::Totals;
use crate::domain::statement::line_names;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::SimulationView;
use crate::fhir::written::Written;
use crate::rulebook;
use crate::rulebook::MappingError;
use crate::rulebook::Rulebook;
use crate::rulebook::Source;
use crate::rulebook::examples;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The longest range of months of one simulation.
pub const MONTHS: i32 = 60;

/// What is simulated.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    pub structure: String,
    pub known_at: Option<Instant>,
    pub months: Vec<Month>,
    /// The tariff to compare with, of the rules in force; `None`: the default one.
    pub current: Option<String>,
    /// The tariff simulated; `None`: that of the files, else the one to compare with.
    pub tariff: Option<String>,
    /// Mapping files that replace those of the same path, or join them.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A comparison, and what it rests on.
pub struct SimulationResult {
    pub comparison: Comparison,
    pub basis: Basis,
    pub current: Box<str>,
    pub tariff: Box<str>,
    /// Lower-case hex of the simulated rulebook's SHA-256.
    pub rulebook: String,
    /// Months of the range that are closed.
    pub closed: Vec<Month>,
}

/// Answers the months from one to another, both included; `None` when there is none or too many.
pub fn months_between(from: Month, to: Month) -> Option<Vec<Month>> {
    let count = to.months_since(from) + 1;
    (1..=MONTHS).contains(&count).then(|| (0..count).map(|n| from.add_months(n)).collect())
}

impl Gateway {
    /// Prices every patient-month of the range by the tariff in force and by the one simulated.
    pub fn simulate(&self, asked: &Simulation, done: Done<'_>) -> Result<SimulationResult, Failure> {
        let basis = self.basis(&asked.structure, asked.known_at)?;
        basis.is_known(asked.known_at)?;
        let current = self.tariff(asked.current.as_deref(), &basis.rules)?;
        let simulated = self.simulated(asked, &basis)?;
        let name = asked.tariff.clone().or_else(|| tariff_of(&asked.files, &simulated));
        let other = self.basis_by(&basis, &asked.structure, super::rulebooks::active(simulated))?;
        let tariff = self.tariff(Some(name.as_deref().unwrap_or(&current.id)), &other.rules)?;
        let basis = basis.clone().for_money(&[current, tariff], [&other.rules.rulebook.rules].into_iter())?;
        let plan = Plan::new((&basis, current), (&other, tariff));
        let totals = Mutex::new(Totals::new(asked.months.len()));
        self.sweep(&basis, done, |found, _| {
            let Found::Here(evaluated) = found else { return Ok(None::<()>) };
            let priced = plan.priced(self, &evaluated, &asked.months)?;
            totals.lock().unwrap_or_else(PoisonError::into_inner).add(&priced);
            Ok(None)
        })?;
        let totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
        let comparison = totals.finish(&asked.months, &line_names(&other.rules.rulebook.rules));
        let (current, tariff, rulebook) = (current.id.clone(), tariff.id.clone(), other.rules.digest.clone());
        let ledger = self.ledger(&basis)?;
        let closed = asked.months.iter().copied().filter(|month| ledger.month(*month).is_some()).collect();
        Ok(SimulationResult { comparison, basis, current, tariff, rulebook, closed })
    }

    /// Loads the rules in force with the files put over them, checked as `check` does.
    fn simulated(&self, asked: &Simulation, basis: &Basis) -> Result<Rulebook, Failure> {
        let mut files = basis.rules.rulebook.files.0.clone();
        for (path, content) in &asked.files {
            files.retain(|(known, _)| known != path);
            files.push((path.clone(), content.clone()));
        }
        let loaded = rulebook::load(&Source(files)).map_err(|errors| refused(&errors))?;
        let failed: Vec<MappingError> = examples::run_examples(&loaded)
            .into_iter()
            .filter(|failure| asked.files.iter().any(|(path, _)| *path == failure.file))
            .map(|failure| MappingError {
                file: failure.file,
                line: failure.line,
                path: failure.name,
                code: "example-failed",
                text_fr: failure.text_fr,
                text_en: failure.text_en,
            })
            .collect();
        if failed.is_empty() { Ok(loaded) } else { Err(refused(&failed)) }
    }
}

impl SimulationResult {
    /// Answers the months of the range that have days to come.
    pub fn ahead(&self) -> Vec<Month> {
        let months = self.comparison.months.iter().map(|(month, _)| *month);
        months.filter(|month| projection(*month, self.basis.known_at).is_some()).collect()
    }

    /// Answers it as FHIR Parameters.
    pub fn json(&self) -> String {
        let told = render::simulation(&SimulationView {
            comparison: &self.comparison,
            known_at: self.basis.known_at,
            rulebook: &self.basis.rules.digest,
            simulated: &self.rulebook,
            current: &self.current,
            tariff: &self.tariff,
            closed: &self.closed,
            ahead: &self.ahead(),
        });
        Written(&told).text()
    }
}

/// Answers a mapping file sent alone as the tariff it is: its id names its path.
pub fn yaml_file(content: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let text = String::from_utf8_lossy(content);
    let id = text.lines().find_map(|line| line.strip_prefix("id:")).map(|id| id.trim().trim_matches(['"', '\'']));
    let named = id.filter(|id| is_id(id)).map(|id| vec![(format!("tariffs/{id}.yaml"), content.to_vec())]);
    named.ok_or_else(|| {
        let issue = Issue::general(
            &issues::RULES_FAULTY,
            &[
                "tariffs/?.yaml:1 id",
                "missing-key",
                "un fichier de tarif porte son id, tel que id: essai",
                "a tariff file carries its id, such as id: essai",
            ],
        );
        Failure::new(Reason::Contract, issue)
    })
}

/// Answers the mapping files of a folder, by their path in it.
pub fn files_of(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    Source::read_dir(folder).map(|source| source.0)
}

/// One side of a simulation: by which rules, at which prices.
type Side<'a> = (&'a Basis, &'a Tariff);

/// The two sides of a simulation.
struct Plan<'a> {
    before: Side<'a>,
    after: Side<'a>,
    /// Only tariffs differ: what decides a month is the same on both sides.
    same_rules: bool,
    bases: Bases,
}

impl<'a> Plan<'a> {
    fn new(before: Side<'a>, after: Side<'a>) -> Plan<'a> {
        let rules = |side: Side<'a>| -> Vec<&'a (String, Vec<u8>)> {
            let files = side.0.rules.rulebook.files.0.iter();
            files.filter(|(path, _)| !path.starts_with("tariffs/")).collect()
        };
        Plan { before, after, same_rules: rules(before) == rules(after), bases: Bases::default() }
    }

    fn priced(&self, gateway: &Gateway, evaluated: &Evaluated, months: &[Month]) -> Result<Vec<Pair<'a>>, Failure> {
        let rivals = gateway.rivals(&self.bases, self.before.0, evaluated)?;
        let by = evaluated.by(self.after.0);
        let view = evaluated.view_for_sums();
        let other = (!self.same_rules).then(|| by.view_for_sums());
        let decide = |side: Side<'_>, view: &View<'_>, month: Month| {
            let mut decided = view.month(month);
            match gateway.contest((&self.bases, side.0), view, &rivals, &mut decided) {
                Ok(_) => Ok(Some(decided)),
                Err(Unmade::Unpriced(_)) => Ok(None),
                Err(Unmade::Failed(failure)) => Err(failure),
            }
        };
        let pair = |month: &Month| {
            let first = decide(self.before, &view, *month)?;
            let second = other.as_ref().map(|other| decide(self.after, other, *month)).transpose()?;
            let after = match (&other, second.as_ref().unwrap_or(&first), &self.after.1.kind) {
                (_, None, _) => None,
                // The month was decided by rules of other numbers: its prices are those of this side.
                (None, Some(decided), TariffKind::Monthly(pack)) => {
                    forfait::price_month(&self.after.0.rules.rulebook.rules, decided, pack, Grounds::Untold).ok()
                }
                (None, Some(decided), TariffKind::Fmt(_)) => by.view_for_sums().priced(decided, self.after.1).ok(),
                (Some(other), Some(decided), _) => other.priced(decided, self.after.1).ok(),
            };
            let before = first.as_ref().and_then(|decided| match &self.before.1.kind {
                TariffKind::Monthly(pack) => forfait::price_month(view.of.rules(), decided, pack, Grounds::Untold).ok(),
                TariffKind::Fmt(_) => view.priced(decided, self.before.1).ok(),
            });
            let due = |side: Side<'a>, forfait: Forfait| Due::of(&forfait, &side.0.rules.rulebook.rules);
            Ok(Pair {
                before: before.map(|forfait| due(self.before, forfait)),
                after: after.map(|forfait| due(self.after, forfait)),
            })
        };
        months.iter().map(pair).collect()
    }
}

/// Answers the tariff that the files bring, when they bring one alone.
fn tariff_of(files: &[(String, Vec<u8>)], rulebook: &Rulebook) -> Option<String> {
    let mut brought = files.iter().filter_map(|(path, _)| {
        let name = path.strip_prefix("tariffs/")?.strip_suffix(".yaml")?;
        rulebook.rules.tariff(name).map(|tariff| tariff.id.to_string())
    });
    brought.next().filter(|_| brought.next().is_none())
}

/// Answers the faults of the files that were sent, each with its place.
fn refused(errors: &[MappingError]) -> Failure {
    let issue = |error: &MappingError| {
        let place = format!("{}:{} {}", error.file, error.line, error.path);
        Issue::general(&issues::RULES_FAULTY, &[&place, error.code, &error.text_fr, &error.text_en])
    };
    Failure { reason: Reason::Contract, issues: errors.iter().map(issue).collect() }
}
