//! Whether a patient is enrolled in the structure during some days.
//!
//! Owns how contracts and declarations combine: until the basis changes the contract alone
//! enrols; afterwards a declaration does, and a contract only gives its dates.

use super::StructureScope;
use super::claim::Claim;
use super::claim::Reading;
use super::span::Span;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::finding::EvidenceRef;
use crate::domain::finding::Missing;
use crate::domain::verdict::Verdict;

/// Whether somebody is enrolled at some time of the days asked about, and on whose word.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    pub(crate) verdict: Verdict,
    pub(crate) evidence: Vec<EvidenceRef>,
    pub(crate) missing: Vec<Missing>,
    /// It rests on a claim that ends on the day its end became known, for want of a date.
    pub(crate) undated_end: bool,
    /// The first day and the last of what it rests on, where enrolled; `None`: open, or not told.
    pub(crate) since: Option<Day>,
    pub(crate) until: Option<Day>,
}

/// How people are enrolled, as the dated parameter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    Contract,
    Declaration,
}

impl Basis {
    pub(crate) fn from_word(word: &str) -> Option<Basis> {
        match word {
            "contract" => Some(Basis::Contract),
            "declaration" => Some(Basis::Declaration),
            _ => None,
        }
    }
}

/// All that a patient's records claim.
#[derive(Default)]
struct Claims {
    contracts: Vec<Claim>,
    teams: Vec<Claim>,
    declared: Vec<Claim>,
}

impl Claims {
    fn read(dossier: &Dossier<'_>, reading: &Reading<'_>) -> Claims {
        let mut claims = Claims::default();
        let contract = dossier.rules().enrolment.contract;
        for episode in dossier.episodes().filter(|seen| dossier.is(seen.index, Role::Code, contract)) {
            claims.contracts.extend(reading.contract(episode));
        }
        for team in dossier.care_teams() {
            reading.team(team, &mut claims.teams);
        }
        if let Some(person) = dossier.person() {
            reading.declared(person, &mut claims.declared);
            // What was merged speaks where the record that stands for it says nothing.
            if person.fact.general_practitioners.is_empty() && claims.declared.is_empty() {
                dossier.merged().for_each(|other| reading.declared(other, &mut claims.declared));
            }
        }
        claims
    }

    /// A CareTeam that names a médecin traitant of the structure decides, even once ended; without
    /// one Patient.generalPractitioner does, unless a CareTeam names somebody elsewhere all along.
    fn declarations(self, first: Day, last: Day) -> (Vec<Claim>, Vec<Claim>) {
        let Claims { contracts, teams, mut declared } = self;
        let (here, elsewhere): (Vec<Claim>, Vec<Claim>) = teams.into_iter().partition(|c| c.here != Verdict::No);
        if here.iter().any(|claim| claim.here.is_yes()) {
            return (contracts, here);
        }
        if here.is_empty() {
            let contradicted = elsewhere.iter().any(|claim| claim.covers(first, last));
            return (contracts, if contradicted { elsewhere } else { declared });
        }
        // Somebody the tenant never sent is médecin traitant: the two carriers may contradict.
        declared.iter_mut().filter(|c| c.here.is_yes()).for_each(|c| c.here = Verdict::Unknown);
        (contracts, here.into_iter().chain(declared).collect())
    }
}

/// Answers whether the patient is enrolled at some time from `first` to `last`.
pub(crate) fn member(
    dossier: &Dossier<'_>,
    scope: &StructureScope<'_>,
    basis: Basis,
    (first, last): (Day, Day),
) -> Membership {
    let reading = Reading { rules: dossier.rules(), scope, first, last };
    let claims = Claims::read(dossier, &reading);
    match basis {
        Basis::Contract => Membership::any(&claims.contracts, first, last),
        Basis::Declaration => {
            let (contracts, declarations) = claims.declarations(first, last);
            dated_by_contracts(&contracts, &declarations, first, last)
        }
    }
}

/// Answers whether a médecin traitant of the structure is declared on `day`, contracts apart.
pub(crate) fn declared_on(dossier: &Dossier<'_>, scope: &StructureScope<'_>, day: Day) -> Membership {
    Membership::any(&declarations_on(dossier, scope, day), day, day)
}

/// Answers what declares a médecin traitant of the structure on `day`, contracts apart.
pub(super) fn declarations_on(dossier: &Dossier<'_>, scope: &StructureScope<'_>, day: Day) -> Vec<Claim> {
    let reading = Reading { rules: dossier.rules(), scope, first: day, last: day };
    Claims::read(dossier, &reading).declarations(day, day).1
}

/// Where both a declaration and a contract exist, the bounds the contract states win; those it
/// leaves open are the declaration's. A contract over before the declaration began says nothing.
fn dated_by_contracts(contracts: &[Claim], declarations: &[Claim], first: Day, last: Day) -> Membership {
    let alone = Membership::any(declarations, first, last);
    let possible = declarations.iter().filter(|claim| claim.here != Verdict::No);
    let Some(hull) = possible.map(|claim| claim.span).reduce(Span::hull) else { return alone };
    let exists = declarations.iter().map(|claim| claim.here).fold(Verdict::No, Verdict::or);
    let dated: Vec<Claim> = contracts
        .iter()
        .filter(|contract| contract.here != Verdict::No && contract.span.may_meet(hull))
        .map(|contract| Claim {
            span: contract.span.or_bounds_of(hull),
            here: exists,
            undated_end: contract.undated_end
                || contract.span.end.is_none() && declarations.iter().any(|d| d.undated_end),
            evidence: contract.evidence.iter().chain(declarations.iter().flat_map(|d| &d.evidence)).cloned().collect(),
            who: Vec::new(),
        })
        .collect();
    if dated.is_empty() {
        return alone;
    }
    let with = Membership::any(&dated, first, last);
    let certain = contracts.iter().any(|contract| contract.here.is_yes() && contract.span.may_meet(hull));
    if certain || with.verdict == alone.verdict {
        return with;
    }
    Membership { verdict: Verdict::Unknown, missing: vec![unknown_place()], ..with }
}

impl Membership {
    fn any(claims: &[Claim], first: Day, last: Day) -> Membership {
        let told: Vec<Verdict> = claims.iter().map(|claim| claim.verdict(first, last)).collect();
        let verdict = told.iter().copied().fold(Verdict::No, Verdict::or);
        // The claims that say what the answer says are what it rests on.
        let grounds = || claims.iter().zip(&told).filter(|(_, said)| **said == verdict).map(|(claim, _)| claim);
        let mut evidence: Vec<EvidenceRef> = Vec::new();
        grounds().flat_map(|claim| &claim.evidence).for_each(|e| {
            if !evidence.contains(e) {
                evidence.push(e.clone());
            }
        });
        let mut missing = Vec::new();
        if verdict == Verdict::Unknown {
            if grounds().any(|claim| claim.here == Verdict::Unknown) {
                missing.push(unknown_place());
            }
            if grounds().any(|claim| claim.span.overlaps(first, last) == Verdict::Unknown) {
                missing.push(missing_code("enrolment-date", "date d'entrée ou de sortie au jour près"));
            }
        }
        let undated_end = verdict.is_yes() && grounds().all(|claim| claim.undated_end);
        let hull = grounds().map(|claim| claim.span).reduce(Span::hull).filter(|_| verdict.is_yes());
        let since = hull.and_then(|span| span.start).map(PartialDate::earliest);
        let until = hull.and_then(|span| span.end).map(PartialDate::latest);
        Membership { verdict, evidence, missing, undated_end, since, until }
    }
}

fn unknown_place() -> Missing {
    missing_code("attending-practitioner", "médecin traitant ou organisation connus de la structure")
}

fn missing_code(code: &str, label_fr: &str) -> Missing {
    Missing { code: code.into(), label_fr: label_fr.into() }
}
