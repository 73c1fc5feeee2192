//! Rosters of a structure: who is on them in a month, what became of them between two months, and
//! who will soon leave the file active.
//!
//! Each question is one pass over the patients, on all cores; call it on a thread that may block.

use super::Gateway;
use super::basis::Basis;
use super::evaluate::{Evaluated, Found, View};
use super::failure::{Failure, Reason};
use super::once::{Bases, Rivals};
use super::statement::Unmade;
use crate::config::Mode;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::condition::Window;
use crate::domain::forfait::Forfait;
use crate::domain::forfait::Tariff;
use crate::domain::pathway::Places;
use crate::domain::roster;
use crate::domain::roster::Change;
use crate::domain::roster::Counts;
use crate::domain::roster::Leaving;
use crate::domain::roster::Move;
use crate::domain::roster::Roster;
use crate::domain::roster::Side;
use crate::domain::rules::Rules;
use crate::domain::typologie::PatientMonth;
use crate::domain::verdict::RuleStatus;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;

/// A month of a structure, as known when.
#[derive(Clone, Debug)]
pub struct RosterQuestion {
    pub structure: String,
    pub month: Month,
    pub known_at: Option<Instant>,
}

/// How much of a roster is wanted: the less, the cheaper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// What it is: nobody is evaluated.
    Name,
    /// How many are on it.
    Count,
    Members,
}

/// One roster of a structure in a month.
pub struct Listed {
    pub roster: Roster,
    pub id: String,
    pub code: String,
    pub label_fr: String,
    /// Weakest status of what decided who is on it.
    pub status: RuleStatus,
    /// The places there are, of who is in a pathway.
    pub places: Option<Places>,
    /// `None`: nobody was counted.
    pub count: Option<u32>,
    /// In order of ids; empty where members are not wanted.
    pub members: Vec<(Box<str>, Window)>,
}

/// Rosters, and what their figures rest on.
pub struct Rosters {
    pub month: Month,
    pub known_at: Instant,
    /// Lower-case hex of the rulebook's SHA-256.
    pub rulebook: String,
    pub found: Vec<Listed>,
}

/// Two months of a roster, as known when; prices by the tariff, else by the default one.
#[derive(Clone, Debug)]
pub struct DiffQuestion {
    pub structure: String,
    /// Id of the Group.
    pub group: String,
    pub from: Month,
    pub to: Month,
    pub known_at: Option<Instant>,
    pub tariff: Option<String>,
    /// Which of them are listed, not only counted.
    pub listed: Vec<Move>,
}

/// What became of a roster between two months.
pub struct Diff {
    pub group: Listed,
    pub known_at: Instant,
    pub rulebook: String,
    /// `None`: there is no tariff, and no effect is known.
    pub tariff: Option<Box<str>>,
    pub fictional: bool,
    pub counts: Counts,
    /// In order of ids.
    pub changes: Vec<(Box<str>, Change)>,
}

/// Whose window ends soon: within `days` of `date`, else of what the rules of that day say.
#[derive(Clone, Debug)]
pub struct LeavingQuestion {
    pub structure: String,
    pub date: Day,
    pub days: Option<i32>,
    pub known_at: Option<Instant>,
    pub tariff: Option<String>,
}

/// A patient who is leaving.
pub struct Leaver {
    pub patient: Box<str>,
    pub leaving: Leaving,
    /// What the month comes to; `None`: nobody can tell.
    pub total: Option<crate::domain::money::Centimes>,
}

/// Who is leaving, the first to leave first.
pub struct Leavers {
    pub days: i32,
    pub known_at: Instant,
    pub rulebook: String,
    pub tariff: Option<Box<str>>,
    pub status: RuleStatus,
    pub fictional: bool,
    pub found: Vec<Leaver>,
}

/// A patient of a pass, with the other structures' records of the person.
struct Visit<'v> {
    gateway: &'v Gateway,
    bases: &'v Bases,
    basis: &'v Basis,
    rivals: Rivals,
    view: View<'v>,
}

impl Visit<'_> {
    /// Decides a month, once per month across structures.
    fn month(&self, month: Month) -> Result<PatientMonth, Failure> {
        let mut decided = self.view.month(month);
        let contested =
            self.gateway.contest((self.bases, self.basis), &self.view, &self.rivals, &mut decided).map(|_| ());
        contested.map_err(|unmade| match unmade {
            Unmade::Unpriced(error) => super::evaluate::pricing(&error),
            Unmade::Failed(failure) => failure,
        })?;
        Ok(decided)
    }

    /// Decides a month as a comparison on this roster sees it, before any amount.
    fn side(&self, month: Month, roster: Roster) -> Result<Side, Failure> {
        let decided = self.month(month)?;
        let pathways = if roster.asks_pathways() { self.view.pathways(month.last_day()) } else { Vec::new() };
        Ok(Side { month: decided, pathways, total: None })
    }

    /// Prices a month; `None` where no amount can be told.
    fn priced(&self, month: &PatientMonth, tariff: Option<&Tariff>) -> Result<Option<Forfait>, Failure> {
        let Some(tariff) = tariff else { return Ok(None) };
        let Ok(forfait) = self.view.priced(month, tariff) else { return Ok(None) };
        if forfait.fictional && self.gateway.policy.mode == Mode::Production {
            return Err(Failure::new(Reason::Contract, Issue::general(&issues::FICTIONAL_REFUSED, &[&tariff.id])));
        }
        Ok(Some(forfait))
    }
}

impl Gateway {
    /// Answers the rosters there are, those of one patient where one is named; nobody is counted.
    pub fn roster_names(&self, asked: &RosterQuestion, member: Option<&str>) -> Result<Rosters, Failure> {
        let basis = self.basis(&asked.structure, asked.known_at)?;
        let rules = &basis.rules.rulebook.rules;
        let mut rosters = Roster::all(rules);
        if let Some(patient) = member {
            rosters = self.rosters_of(asked, patient, &rosters)?;
        }
        let found = rosters.into_iter().map(|roster| list(asked, roster, rules)).collect();
        Ok(Rosters { month: asked.month, known_at: basis.known_at, rulebook: basis.rules.digest.clone(), found })
    }

    /// Answers the rosters one patient is on; none of somebody unknown.
    fn rosters_of(&self, asked: &RosterQuestion, patient: &str, all: &[Roster]) -> Result<Vec<Roster>, Failure> {
        let question = super::Question {
            structure: asked.structure.clone(),
            patient: patient.to_owned(),
            known_at: asked.known_at,
            rulebook: None,
        };
        let (basis, evaluated) = match self.patient(&question) {
            Ok(found) => found,
            Err(failure) if matches!(failure.reason, Reason::NotFound | Reason::Gone) => return Ok(Vec::new()),
            Err(failure) => return Err(failure),
        };
        let months = self.months(&basis, &evaluated)?;
        let decided = self.decided(&months, asked.month)?;
        let pathways = months.view.pathways(asked.month.last_day());
        Ok(all.iter().copied().filter(|roster| roster.has(&decided, &pathways)).collect())
    }

    /// Counts who is on these rosters, or names them.
    pub fn roster_members(
        &self,
        asked: &RosterQuestion,
        mut answer: Rosters,
        depth: Depth,
    ) -> Result<Rosters, Failure> {
        if depth == Depth::Name || answer.found.is_empty() {
            return Ok(answer);
        }
        let rosters: Vec<Roster> = answer.found.iter().map(|listed| listed.roster).collect();
        let has_pathways = rosters.iter().any(|roster| roster.asks_pathways());
        let (basis, patients) = self.pass((&asked.structure, asked.known_at), |visit| {
            let month = visit.month(asked.month)?;
            let pathways = if has_pathways { visit.view.pathways(asked.month.last_day()) } else { Vec::new() };
            let on = rosters.iter().enumerate().filter(|(_, roster)| roster.has(&month, &pathways));
            let memberships: Vec<(usize, RuleStatus, Window)> = on
                .map(|(n, roster)| {
                    let window = match depth {
                        Depth::Members => visit.view.days_on(*roster, &month),
                        Depth::Name | Depth::Count => Window::OPEN,
                    };
                    (n, roster.status(&month, &pathways), window)
                })
                .collect();
            Ok((!memberships.is_empty()).then(|| (visit.view.of.patient.clone(), memberships)))
        })?;
        answer.known_at = basis.known_at;
        answer.found.iter_mut().for_each(|listed| listed.count = Some(0));
        for (patient, memberships) in patients {
            for (n, status, window) in memberships {
                let listed = &mut answer.found[n];
                listed.count = listed.count.map(|count| count + 1);
                listed.status = listed.status.max(status);
                if depth == Depth::Members {
                    listed.members.push((patient.clone(), window));
                }
            }
        }
        Ok(answer)
    }

    /// Answers what became of a roster from one month to another; `None` when there is no such Group.
    pub fn roster_diff(&self, asked: &DiffQuestion) -> Result<Option<Diff>, Failure> {
        let basis = self.basis(&asked.structure, asked.known_at)?;
        let rules = &basis.rules.rulebook.rules;
        let at = RosterQuestion { structure: asked.structure.clone(), month: asked.to, known_at: asked.known_at };
        let all = Roster::all(rules).into_iter().map(|roster| list(&at, roster, rules));
        let Some(mut group) = all.into_iter().find(|listed| listed.id == asked.group) else { return Ok(None) };
        let tariff = self.wanted_tariff(asked.tariff.as_deref(), &basis)?;
        let roster = group.roster;
        let (basis, patients) = self.pass((&asked.structure, asked.known_at), |visit| {
            let (mut before, mut after) = (visit.side(asked.from, roster)?, visit.side(asked.to, roster)?);
            if !before.is_on(roster) && !after.is_on(roster) {
                return Ok(None);
            }
            let (mut status, mut invented) = (group.status, false);
            for side in [&mut before, &mut after] {
                status = status.max(roster.status(&side.month, &side.pathways));
                if let Some(forfait) = visit.priced(&side.month, tariff)? {
                    side.total = Some(forfait.total);
                    status = status.max(forfait.status);
                    invented |= forfait.fictional;
                }
            }
            let change = visit.view.moved(roster, &before, &after);
            Ok(change.map(|change| (visit.view.of.patient.clone(), change, status, invented)))
        })?;
        let (mut counts, mut changes) = (Counts::default(), Vec::new());
        let mut fictional = tariff.is_some_and(|tariff| tariff.is_invented(rules));
        for (patient, change, status, invented) in patients {
            counts.add(&change);
            group.status = group.status.max(status);
            fictional |= invented;
            if asked.listed.contains(&change.moved) {
                changes.push((patient, change));
            }
        }
        Ok(Some(Diff {
            group,
            known_at: basis.known_at,
            rulebook: basis.rules.digest.clone(),
            tariff: tariff.map(|tariff| tariff.id.clone()),
            fictional,
            counts,
            changes,
        }))
    }

    /// Answers the payable patients whose consommant window ends soon, the first to leave first.
    pub fn leaving(&self, asked: &LeavingQuestion) -> Result<Leavers, Failure> {
        let basis = self.basis(&asked.structure, asked.known_at)?;
        let rules = &basis.rules.rulebook.rules;
        let days = match asked.days {
            Some(days) => days,
            None => rules.statements.leaving_days(&rules.params, asked.date).ok_or_else(no_notice)?,
        };
        let tariff = self.wanted_tariff(asked.tariff.as_deref(), &basis)?;
        let (read, patients) = self.pass((&asked.structure, asked.known_at), |visit| {
            let month = visit.month(asked.date.month())?;
            let Some(leaving) = roster::leaving(rules, &month, (asked.date, days)) else { return Ok(None) };
            let priced = visit.priced(&month, tariff)?;
            let status = priced.as_ref().map_or(RuleStatus::Official, |forfait| forfait.status);
            let status = status.max(Roster::FileActive.status(&month, &[]));
            let invented = priced.as_ref().is_some_and(|forfait| forfait.fictional);
            let patient = visit.view.of.patient.clone();
            Ok(Some((Leaver { patient, leaving, total: priced.map(|forfait| forfait.total) }, status, invented)))
        })?;
        let own = match asked.days {
            Some(_) => RuleStatus::Official,
            None => rules.params.status(rules.statements.leaving_days, asked.date),
        };
        let status =
            patients.iter().map(|(_, status, _)| *status).fold(own.max(Roster::FileActive.own_status(rules)), Ord::max);
        let invented = tariff.is_some_and(|tariff| tariff.is_invented(rules));
        let fictional = invented || patients.iter().any(|(_, _, invented)| *invented);
        let mut found: Vec<Leaver> = patients.into_iter().map(|(leaver, ..)| leaver).collect();
        // Of one day, in the order of ids, as they came.
        found.sort_by_key(|leaver| leaver.leaving.ends);
        Ok(Leavers {
            days,
            known_at: read.known_at,
            rulebook: read.rules.digest.clone(),
            tariff: tariff.map(|tariff| tariff.id.clone()),
            status,
            fictional,
            found,
        })
    }

    /// The tariff asked for, else the default one; `None` when there is none by default.
    fn wanted_tariff<'b>(&self, asked: Option<&str>, basis: &'b Basis) -> Result<Option<&'b Tariff>, Failure> {
        match (asked, &self.policy.tariff) {
            (None, None) => Ok(None),
            _ => self.tariff(asked, &basis.rules).map(Some),
        }
    }

    /// Visits every patient there is, in the order of ids. Where other structures know some of them
    /// too, the answer rests on what they know: the instant is that of the last commit of any of them.
    fn pass<T: Send>(
        &self,
        (structure, known_at): (&str, Option<Instant>),
        each: impl Fn(&Visit<'_>) -> Result<Option<T>, Failure> + Sync,
    ) -> Result<(Basis, Vec<T>), Failure> {
        let basis = self.basis(structure, known_at)?;
        let basis = self.basis_of_all(&basis, known_at)?;
        let bases = Bases::default();
        let visit = |evaluated: &Evaluated| {
            let rivals = self.rivals(&bases, &basis, evaluated)?;
            each(&Visit { gateway: self, bases: &bases, basis: &basis, rivals, view: evaluated.view() })
        };
        let found = self.sweep(&basis, &|_, _| {}, |found, _| match found {
            Found::Here(evaluated) => visit(&evaluated),
            Found::Deleted(_) | Found::Unknown => Ok(None),
        })?;
        Ok((basis, found))
    }
}

fn list(asked: &RosterQuestion, roster: Roster, rules: &Rules) -> Listed {
    let (code, structure) = (roster.code(rules), &asked.structure);
    let places = match roster {
        Roster::Entered(n) => Some(Places::of(rules, n, structure, asked.month.last_day())),
        _ => None,
    };
    Listed {
        roster,
        id: render::group_id(structure, &code),
        code,
        label_fr: roster.label_fr(rules),
        status: roster.own_status(rules),
        places,
        count: None,
        members: Vec::new(),
    }
}

/// The refusal of a question whose notice nobody knows on that day: it must be asked.
fn no_notice() -> Failure {
    Failure::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_MISSING, &["days"]))
}
