//! The ten typologies: for each, declared by the GP, eligible by the rules, paid.
//!
//! Owns everything that decides a patient-month before any amount: alive, identified, enrolled,
//! consommant, then each typology on the last day of the month.

use super::calendar::Day;
use super::calendar::Month;
use super::calendar::PartialDate;
use super::condition::Condition;
use super::condition::Context;
use super::condition::evaluate;
use super::dossier::Dossier;
use super::dossier::Role;
use super::dossier::spans;
use super::enrolment::Basis;
use super::enrolment::Membership;
use super::enrolment::NotPayable;
use super::enrolment::Span;
use super::enrolment::StructureScope;
use super::enrolment::cite;
use super::enrolment::consulted;
use super::enrolment::member;
use super::fact::Death;
use super::fact::Fact;
use super::finding::EvidenceRef;
use super::finding::FactIndex;
use super::finding::Finding;
use super::finding::Missing;
use super::finding::Uses;
use super::measure::ConceptId;
use super::param::ParamId;
use super::verdict::RuleStatus;
use super::verdict::Verdict;

/// One typology of `mappings/typologies/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Typologie {
    pub ordinal: u16,
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// Yes, no or unknown on the last day of the month.
    pub eligible: Condition,
    /// Limits of age and sex that a declaration never overrides; `Always` when there is none.
    pub limits: Condition,
    /// The code of the Flag with which a GP declares it.
    pub declaration: ConceptId,
    pub status: RuleStatus,
}

/// One typology of a patient-month: three facts kept apart.
#[derive(Clone, Debug, PartialEq)]
pub struct TypologieResult {
    /// Index in `Rules::typologies`.
    pub typologie: usize,
    /// A Flag of the GP is active and overlaps the month.
    pub declared: bool,
    pub eligible: Verdict,
    /// The patient is payable and (eligible or declared within the limits).
    pub paid: bool,
    /// Paid on the declaration alone.
    pub declared_only: bool,
    pub missing: Vec<Missing>,
    pub evidence: Vec<EvidenceRef>,
    /// Weakest status among the rule and the parameters it used.
    pub rule_status: RuleStatus,
    pub uses: Uses,
}

/// Everything that decides a patient-month, before any amount.
#[derive(Clone, Debug, PartialEq)]
pub struct PatientMonth {
    pub month: Month,
    /// Alive on at least one day of the month; a partial date of death may leave it open.
    pub alive: Verdict,
    pub identified: bool,
    pub enrolled: Ground,
    /// First and last day of the enrolment, where there is one; `None`: open, or not told.
    pub enrolment: (Option<Day>, Option<Day>),
    pub consommant: Ground,
    /// Day of the latest consultation that counts in the window of the month.
    pub consulted: Option<Day>,
    /// The latest day a death told may have been on.
    pub died: Option<Day>,
    /// `None`: payable.
    pub not_payable: Option<NotPayable>,
    /// In catalogue order.
    pub typologies: Vec<TypologieResult>,
    /// Cases a human should look at before closing, as stable codes: `undated-death`,
    /// `death-date-partial`, `undated-exit`, `declared-only`, `undated-declaration-end`,
    /// `declaration-date-partial`, `undated-condition-end`, `merged-record-deceased`, and those of
    /// `merge`.
    pub doubtful: Vec<&'static str>,
}

impl PatientMonth {
    /// Takes the month for one that is not paid here: eligibility stands, nothing is paid.
    pub fn refuse(&mut self, reason: NotPayable) {
        self.not_payable = Some(reason);
        for result in &mut self.typologies {
            result.paid = false;
            result.declared_only = false;
        }
    }
}

/// A verdict with the resource versions and parameters it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    pub verdict: Verdict,
    pub evidence: Vec<EvidenceRef>,
    pub missing: Vec<Missing>,
    pub uses: Uses,
    pub status: RuleStatus,
}

/// Decides a patient-month: who may be paid for, and which typologies hold.
pub fn patient_month(dossier: &Dossier<'_>, scope: &StructureScope<'_>, month: Month) -> PatientMonth {
    let mut doubtful = Doubts::default();
    let life = life(dossier, month.first_day(), month.last_day());
    doubtful.note(life.undated, "undated-death");
    let identified = dossier.identified();
    dossier.merge_doubts().iter().for_each(|code| doubtful.note(true, code));
    let told_dead = dossier.merged().any(|seen| seen.fact.death != Death::None);
    doubtful.note(told_dead && dossier.patient().is_some_and(|p| p.death == Death::None), "merged-record-deceased");
    let (enrolled, membership) = enrolled(dossier, scope, month, &life);
    let open = life.alive == Verdict::Unknown || membership.perhaps_after_death;
    doubtful.note(open, NotPayable::DeathDatePartial.code());
    doubtful.note(membership.undated_end, "undated-exit");
    let (consommant, Told { profession_unknown, on: consulted }) = consommant(dossier, scope, month);
    let reasons = [
        (dossier.is_replaced(), NotPayable::Merged),
        (life.alive == Verdict::No, NotPayable::Deceased),
        (!identified, NotPayable::IdentityMissing),
        (!enrolled.verdict.is_yes(), NotPayable::NotEnrolled),
        (consommant.verdict == Verdict::Unknown && profession_unknown, NotPayable::ProfessionUnknown),
        (!consommant.verdict.is_yes(), NotPayable::NotConsuming),
        // Last: where something else surely forbids to pay, no date of death matters.
        (open, NotPayable::DeathDatePartial),
    ];
    let not_payable = reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason);
    let payable = if not_payable.is_none() { Payable::Yes } else { Payable::No };
    let typologies = typologies(dossier, month, payable, &mut doubtful);
    PatientMonth {
        month,
        alive: life.alive,
        identified,
        enrolled,
        enrolment: (membership.since, membership.until),
        consommant,
        consulted,
        died: life.until,
        not_payable,
        typologies,
        doubtful: doubtful.0,
    }
}

/// What enrolment tells beside its ground.
#[derive(Default)]
struct Enrolled {
    undated_end: bool,
    /// Enrolled on days of which nobody can tell whether they came before the death.
    perhaps_after_death: bool,
    since: Option<Day>,
    until: Option<Day>,
}

/// What a consultation tells beside its ground.
#[derive(Default)]
struct Told {
    profession_unknown: bool,
    on: Option<Day>,
}

/// Whether somebody lives at some time of the days asked about.
pub(super) struct Life {
    pub(super) alive: Verdict,
    /// The earliest day the death may have been on, and the latest.
    since: Option<Day>,
    until: Option<Day>,
    /// The death has no date: it is that of the day it became known.
    undated: bool,
    pub(super) evidence: Vec<EvidenceRef>,
}

/// Answers whether the person lives on some day from `first` to `last`; the day of the death is
/// still one of life, and so it is, for a month, where the death is undated and that is the day it
/// became known: the month is due.
pub(super) fn life(dossier: &Dossier<'_>, first: Day, last: Day) -> Life {
    let alive = Life { alive: Verdict::Yes, since: None, until: None, undated: false, evidence: Vec::new() };
    let Some(person) = dossier.person() else { return alive };
    let dead = |fact: &Fact| matches!(fact, Fact::Patient(p) if p.death != Death::None);
    let (end, version) = match person.fact.death {
        Death::None => return alive,
        Death::On(when) => (when.date, person.version),
        Death::Undated => match person.record.since(dead) {
            Some(version) => (PartialDate::Day(version.known.paris_day()), version),
            None => return alive,
        },
    };
    let span = Span { start: None, end: Some(end) };
    Life {
        alive: if first == last { dossier.lives_on(first) } else { span.overlaps(first, last) },
        since: Some(end.earliest()),
        until: Some(end.latest()),
        undated: person.fact.death == Death::Undated,
        evidence: vec![cite(person.record, version)],
    }
}

fn enrolled(dossier: &Dossier<'_>, scope: &StructureScope<'_>, month: Month, life: &Life) -> (Ground, Enrolled) {
    let rules = dossier.rules();
    let uses = Uses::of(&[rules.enrolment.basis]);
    let status = uses.weakest(rules.enrolment.status, &rules.params, month.last_day());
    let word = rules.params.word(rules.enrolment.basis, month.last_day());
    let Some(basis) = word.and_then(Basis::from_word) else {
        let missing = vec![unknown_parameter(dossier, rules.enrolment.basis)];
        return (
            Ground { verdict: Verdict::Unknown, evidence: Vec::new(), missing, uses, status },
            Enrolled::default(),
        );
    };
    // Enrolled and alive on one and the same day; after a death the whole month tells why.
    let last =
        life.until.filter(|until| *until >= month.first_day()).map_or(month.last_day(), |u| u.min(month.last_day()));
    let Membership { verdict, evidence, missing, undated_end, since, until } =
        member(dossier, scope, basis, (month.first_day(), last));
    // Enrolled in the month of a death whose day nobody told: before it, or only after?
    let surely = life.since.filter(|since| *since >= month.first_day() && *since < last);
    let before = surely.map(|surely| member(dossier, scope, basis, (month.first_day(), surely)).verdict);
    let perhaps_after_death = verdict.is_yes() && before.is_some_and(|before| !before.is_yes());
    (Ground { verdict, evidence, missing, uses, status }, Enrolled { undated_end, perhaps_after_death, since, until })
}

fn consommant(dossier: &Dossier<'_>, scope: &StructureScope<'_>, month: Month) -> (Ground, Told) {
    let rules = dossier.rules();
    let last = month.last_day();
    let uses = Uses::of(&[rules.consommant.window_months]);
    let status = uses.weakest(rules.consommant.status, &rules.params, last);
    let Some(months) = rules.params.integer(rules.consommant.window_months, last) else {
        let missing = vec![unknown_parameter(dossier, rules.consommant.window_months)];
        return (Ground { verdict: Verdict::Unknown, evidence: Vec::new(), missing, uses, status }, Told::default());
    };
    let found = consulted(dossier, scope, (last.add_months(-months), last));
    let ground = Ground { verdict: found.verdict, evidence: found.evidence, missing: found.missing, uses, status };
    (ground, Told { profession_unknown: found.profession_unknown, on: found.on })
}

fn unknown_parameter(dossier: &Dossier<'_>, id: ParamId) -> Missing {
    let param = dossier.rules().params.get(id);
    Missing { code: param.id.clone(), label_fr: param.label_fr.clone() }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Payable {
    Yes,
    No,
}

/// Stable codes of what a human should look at before closing, each once.
#[derive(Default)]
struct Doubts(Vec<&'static str>);

impl Doubts {
    fn note(&mut self, holds: bool, code: &'static str) {
        if holds && !self.0.contains(&code) {
            self.0.push(code);
        }
    }
}

fn typologies(dossier: &Dossier<'_>, month: Month, payable: Payable, doubtful: &mut Doubts) -> Vec<TypologieResult> {
    let mut context = Context::for_month(dossier, month);
    let rules = dossier.rules().typologies.iter().enumerate();
    rules.map(|(n, rule)| typologie((n, rule), &mut context, payable, doubtful)).collect()
}

fn typologie(
    (index, rule): (usize, &Typologie),
    context: &mut Context<'_>,
    payable: Payable,
    doubtful: &mut Doubts,
) -> TypologieResult {
    let dossier = context.dossier;
    let mut finding = evaluate(&rule.eligible, context);
    let eligible = finding.verdict;
    if eligible != Verdict::Unknown {
        finding.missing.clear();
    }
    let declaration = declaration(dossier, rule.declaration, context.month);
    let declared = declaration.verdict.is_yes();
    let mut allowed = eligible.is_yes();
    if declared && !allowed {
        let limits = evaluate(&rule.limits, context);
        allowed = limits.verdict.is_yes();
        finding.absorb(limits);
    }
    let paid = payable == Payable::Yes && allowed;
    let declared_only = paid && !eligible.is_yes();
    doubtful.note(declared_only, "declared-only");
    doubtful.note(declared && declaration.undated_end, "undated-declaration-end");
    doubtful.note(declaration.verdict == Verdict::Unknown, "declaration-date-partial");
    let ended = |fact: &FactIndex| matches!(dossier.fact(*fact), Fact::Condition(c) if spans::ended_without_date(c));
    doubtful.note(eligible.is_yes() && finding.evidence.iter().any(ended), "undated-condition-end");
    if eligible.is_yes() && rests_on_the_person(&rule.eligible) {
        finding.evidence.extend(dossier.person().map(|person| person.index));
    }
    let mut evidence = dossier.references(&finding.evidence);
    evidence.extend(declaration.evidence);
    let uses = context.take_uses();
    let rule_status = uses.weakest(rule.status, &dossier.rules().params, context.day);
    let missing = Finding::told(&finding.missing);
    TypologieResult { typologie: index, declared, eligible, paid, declared_only, missing, evidence, rule_status, uses }
}

/// Answers whether a typology holds for a patient in a month, payable or not: eligible by the rule, or
/// declared within the limits of age and sex.
pub fn holds(dossier: &Dossier<'_>, month: Month, result: &TypologieResult) -> Verdict {
    let rule = dossier.rules().typologies.get(result.typologie);
    match rule.filter(|_| result.declared && !result.eligible.is_yes()) {
        Some(rule) => result.eligible.or(evaluate(&rule.limits, &mut Context::for_month(dossier, month)).verdict),
        None => result.eligible,
    }
}

/// Answers whether the condition cannot hold without the birth date or the sex: the Patient is then
/// part of its grounds.
fn rests_on_the_person(condition: &Condition) -> bool {
    match condition {
        Condition::Age { .. } | Condition::Sex(_) => true,
        Condition::All(parts) => parts.iter().any(rests_on_the_person),
        _ => false,
    }
}

/// Answers the days over which the GP declared a typology in a month, the widest of its flags.
pub(super) fn declared_over(dossier: &Dossier<'_>, rule: &Typologie, month: Month) -> Option<Span> {
    declaration(dossier, rule.declaration, month).span
}

/// What the GP declared of one typology during a month.
struct Declaration {
    verdict: Verdict,
    /// From the first to the last of the flags that surely hold.
    span: Option<Span>,
    undated_end: bool,
    evidence: Vec<EvidenceRef>,
}

/// A Flag holds over its period; one made inactive without a date ends on the day that became
/// known, and one that was so when first heard of never held.
fn declaration(dossier: &Dossier<'_>, concept: ConceptId, month: Month) -> Declaration {
    let mut told = Declaration { verdict: Verdict::No, span: None, undated_end: false, evidence: Vec::new() };
    let flags = dossier.with_concept(concept, Role::Code).filter_map(|(fact, _)| dossier.flag(fact));
    for seen in flags.filter(|seen| !seen.fact.void) {
        let inactive = seen.record.since(|fact| matches!(fact, Fact::Flag(flag) if !flag.active));
        let over_at_first = inactive.is_some_and(|version| Some(version) == seen.record.versions.first());
        if over_at_first && seen.fact.period.end.is_none() {
            continue;
        }
        let known = inactive.map(|version| version.known.paris_day());
        let span = Span::of(&seen.fact.period).ended_by(known);
        let verdict = span.overlaps(month.first_day(), month.last_day());
        if verdict == Verdict::No {
            continue;
        }
        if verdict.is_yes() {
            told.span = Some(told.span.map_or(span, |told| told.hull(span)));
            told.undated_end |= known.is_some() && seen.fact.period.end.is_none();
            told.evidence.push(cite(seen.record, seen.version));
        }
        told.verdict = told.verdict.or(verdict);
    }
    told
}

#[cfg(test)]
mod tests;
