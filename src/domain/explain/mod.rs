//! Why a month is what it is: a trace of steps that a person or a machine can follow.
//!
//! Owns: the steps in the order in which they were decided, each with its rule, verdict,
//! parameters, evidence, what was missing and its amount. Says nothing that the patient-month and
//! the forfait do not already hold, and decides nothing.

mod adjusted;
mod text;

pub use adjusted::adjustments;
pub use text::Language;
pub(crate) use text::with_unit;

use super::calendar::Day;
use super::calendar::Month;
use super::dossier::Dossier;
use super::enrolment::NotPayable;
use super::finding::EvidenceRef;
use super::finding::Missing;
use super::finding::Uses;
use super::fmt::FmtYear;
use super::forfait::FmtTreatment;
use super::forfait::Forfait;
use super::forfait::Line;
use super::forfait::LineCode;
use super::forfait::PricingError;
use super::money::Centimes;
use super::param::ParamId;
use super::param::ParamValue;
use super::rules::Rules;
use super::statement::MonthRow;
use super::typologie::Ground;
use super::typologie::PatientMonth;
use super::typologie::TypologieResult;
use super::typologie::life;
use super::verdict::RuleStatus;
use super::verdict::Verdict;

/// A month explained, step by step, in no language.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    pub month: Month,
    pub steps: Vec<Step>,
    /// Some amount is invented for demonstration.
    pub fictional: bool,
    /// Stable codes of what a human should look at.
    pub doubtful: Vec<&'static str>,
}

/// One thing decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub about: Subject,
    /// Stable id of the rule: `enrolment`, `consommant`, a typology, a line code.
    pub rule: Box<str>,
    pub label_fr: Box<str>,
    /// `None` where nothing was asked (an amount, a total).
    pub verdict: Option<Verdict>,
    pub status: RuleStatus,
    pub parameters: Vec<ParameterUse>,
    pub evidence: Vec<EvidenceRef>,
    pub missing: Vec<Missing>,
    pub amount: Option<Centimes>,
}

/// What a step decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    Alive,
    Identity,
    Enrolment,
    Consommant,
    /// The conclusion of the four steps before: `None` is payable.
    Payable(Option<NotPayable>),
    Typologie {
        declared: bool,
        paid: bool,
        declared_only: bool,
    },
    Line {
        code: LineCode,
        /// Paid on the GP's declaration alone.
        declared_only: bool,
        /// Only of the line of the cap.
        cut: Option<Cut>,
    },
    /// How the FMT stands beside the forfait.
    Fmt(FmtTreatment),
    /// A part of an FMT year.
    FmtPart,
    /// An advance on an FMT year, which its balance takes off.
    FmtAdvance(Month),
    /// The FMT year so far as it is known, and the indicators nobody can decide.
    FmtYear {
        partial: bool,
        unknown_indicators: Vec<Box<str>>,
    },
    Total,
    /// What the Invoice comes to, adjustments of closed months included.
    ToPay,
    /// No amount could be told: why.
    Unpriced(PricingError),
}

/// What the monthly cap took back, and of what.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The lines the cap covers; each keeps its amount.
    pub lines: Vec<Capped>,
    /// Their sum.
    pub before: Centimes,
    pub limit: Centimes,
    /// What is above the limit, positive.
    pub removed: Centimes,
}

/// A line under the cap.
#[derive(Clone, Debug, PartialEq)]
pub struct Capped {
    pub rule: Box<str>,
    pub label_fr: Box<str>,
    pub amount: Centimes,
}

/// A parameter as it stood on the day it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterUse {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// `None`: nobody knows it on that day.
    pub value: Option<ParamValue>,
    pub unit: Box<str>,
    /// First day of validity of the value.
    pub from: Option<Day>,
    pub status: RuleStatus,
    pub source: Box<str>,
}

impl Step {
    fn new(about: Subject, rule: &str, label_fr: &str) -> Step {
        Step {
            about,
            rule: rule.into(),
            label_fr: label_fr.into(),
            verdict: None,
            status: RuleStatus::Official,
            parameters: Vec::new(),
            evidence: Vec::new(),
            missing: Vec::new(),
            amount: None,
        }
    }
}

impl Explanation {
    /// Answers every resource version that some step cites, each once, sorted.
    pub fn evidence(&self) -> Vec<EvidenceRef> {
        cited(&self.steps)
    }

    /// Answers the explanation of a month whose Invoice, this row, also adjusts closed months: its last step
    /// is what that Invoice comes to, as weak as all it rests on. Where the month itself has no amount there
    /// is none to tell.
    pub fn adjusted_by(mut self, invoice: &MonthRow) -> Explanation {
        let total = self.steps.iter().find(|step| step.about == Subject::Total);
        if let Some((amount, status)) = total.and_then(|step| Some((step.amount?, step.status))) {
            self.fictional |= invoice.fictional;
            self.steps.push(Step {
                status: status.max(invoice.status),
                amount: Some(amount + invoice.adjusted()),
                ..Step::new(Subject::ToPay, "to-pay", "À payer, régularisations de mois clos comprises")
            });
        }
        self
    }

    /// Answers the weakest status among all steps.
    pub fn weakest(&self) -> RuleStatus {
        self.steps.iter().map(|step| step.status).max().unwrap_or(RuleStatus::Official)
    }
}

/// Explains a patient-month and its forfait, or why it has none.
pub fn explain(dossier: &Dossier<'_>, patient: &PatientMonth, forfait: &Result<Forfait, PricingError>) -> Explanation {
    let mut trace = Trace::of(dossier, patient);
    match forfait {
        Ok(forfait) => trace.forfait(forfait, patient),
        Err(error) => trace.unpriced(error),
    }
    Explanation {
        month: patient.month,
        steps: trace.steps,
        fictional: forfait.as_ref().is_ok_and(|forfait| forfait.fictional),
        doubtful: doubts(patient, forfait.as_ref().ok().and_then(|forfait| forfait.not_payable)),
    }
}

/// Answers what is doubtful of a month that is not paid for this reason. The FMT photographs 31 December:
/// what is open on that day the month does not say.
pub(super) fn doubts(patient: &PatientMonth, refused: Option<NotPayable>) -> Vec<&'static str> {
    let mut doubts = patient.doubtful.clone();
    let open = refused.filter(|reason| reason.payable() == Verdict::Unknown).map(NotPayable::code);
    doubts.extend(open.filter(|code| !patient.doubtful.contains(code)));
    doubts
}

/// Answers the stable code of a line and its French label.
pub(super) fn line_name(code: LineCode, rules: &Rules) -> (&str, &str) {
    match code {
        LineCode::Socle => ("socle", "Part socle"),
        LineCode::Brick(n) => (&*rules.typologies[n].id, &*rules.typologies[n].label_fr),
        LineCode::Ecretement => ("ecretement", "Écrêtement"),
        LineCode::Fmt => ("fmt", "Échéance du forfait médecin traitant"),
    }
}

/// Tells whether a month is payable, and the datum without which nobody can tell.
fn payable(step: &mut Step, reason: Option<NotPayable>) {
    let verdict = reason.map_or(Verdict::Yes, NotPayable::payable);
    step.verdict = Some(verdict);
    if verdict == Verdict::Unknown {
        step.missing = vec![death_date()];
    }
}

fn death_date() -> Missing {
    Missing { code: "death-date".into(), label_fr: "date de décès au jour près".into() }
}

struct Trace<'r> {
    rules: &'r Rules,
    /// The day whose parameters are shown.
    day: Day,
    steps: Vec<Step>,
}

/// Answers every resource version that decides a month before any amount, each once, sorted.
pub fn evidence(dossier: &Dossier<'_>, patient: &PatientMonth) -> Vec<EvidenceRef> {
    cited(&Trace::of(dossier, patient).steps)
}

fn cited(steps: &[Step]) -> Vec<EvidenceRef> {
    let mut all: Vec<EvidenceRef> = steps.iter().flat_map(|step| step.evidence.iter().cloned()).collect();
    all.sort();
    all.dedup();
    all
}

impl<'r> Trace<'r> {
    /// Tells what decides a month before any amount.
    fn of(dossier: &Dossier<'r>, patient: &PatientMonth) -> Trace<'r> {
        let mut trace = Trace { rules: dossier.rules(), day: patient.month.last_day(), steps: Vec::new() };
        trace.person(dossier, patient);
        trace.ground(Subject::Enrolment, "enrolment", "Inscription dans la structure", &patient.enrolled);
        trace.ground(Subject::Consommant, "consommant", "Patient consommant", &patient.consommant);
        trace.conclusion(patient);
        for result in &patient.typologies {
            trace.typologie(result);
        }
        trace
    }

    fn step(&mut self, about: Subject, rule: &str, label_fr: &str) -> &mut Step {
        self.steps.push(Step::new(about, rule, label_fr));
        let last = self.steps.len() - 1;
        &mut self.steps[last]
    }

    fn person(&mut self, dossier: &Dossier<'_>, patient: &PatientMonth) {
        let life = life(dossier, patient.month.first_day(), patient.month.last_day());
        let alive = self.step(Subject::Alive, "alive", "En vie pendant le mois");
        alive.verdict = Some(life.alive);
        alive.evidence = life.evidence;
        if life.alive == Verdict::Unknown {
            alive.missing = vec![death_date()];
        }
        let identity = self.step(Subject::Identity, "identity", "Identité utilisable (INS ou IPP)");
        identity.verdict = Some(Verdict::of(patient.identified));
        let records = dossier.person().into_iter().chain(dossier.merged());
        identity.evidence = records.map(|seen| dossier.reference(seen.index)).collect();
    }

    fn ground(&mut self, about: Subject, rule: &str, label_fr: &str, ground: &Ground) {
        let parameters = self.parameters(&ground.uses);
        let step = self.step(about, rule, label_fr);
        step.verdict = Some(ground.verdict);
        step.status = ground.status;
        step.parameters = parameters;
        step.evidence = ground.evidence.clone();
        step.missing = ground.missing.clone();
    }

    fn conclusion(&mut self, patient: &PatientMonth) {
        let weakest = patient.enrolled.status.max(patient.consommant.status);
        let step = self.step(Subject::Payable(patient.not_payable), "payable", "Mois payable");
        payable(step, patient.not_payable);
        step.status = weakest;
    }

    fn typologie(&mut self, result: &TypologieResult) {
        let rules = self.rules;
        let rule = &rules.typologies[result.typologie];
        let parameters = self.parameters(&result.uses);
        let TypologieResult { declared, paid, declared_only, .. } = *result;
        let step = self.step(Subject::Typologie { declared, paid, declared_only }, &rule.id, &rule.label_fr);
        step.verdict = Some(result.eligible);
        step.status = result.rule_status;
        step.parameters = parameters;
        step.evidence = result.evidence.clone();
        step.missing = result.missing.clone();
    }

    fn forfait(&mut self, forfait: &Forfait, patient: &PatientMonth) {
        if forfait.not_payable != patient.not_payable {
            // The FMT photographs 31 December: it has reasons of its own.
            let about = Subject::Payable(forfait.not_payable);
            let step = self.step(about, "fmt-payable", "Payable au 31 décembre de l’année précédente");
            payable(step, forfait.not_payable);
            step.status = forfait.status;
        }
        if let Some(year) = &forfait.year {
            self.year(year);
        }
        for (n, line) in forfait.lines.iter().enumerate() {
            let cut = self.cut(&forfait.lines, n);
            self.line(line, cut);
        }
        if let Some(treatment) = forfait.fmt {
            self.step(Subject::Fmt(treatment), "fmt", "Forfait médecin traitant");
        }
        let total = self.step(Subject::Total, "total", "Total du mois");
        total.amount = Some(forfait.total);
        total.status = forfait.status;
    }

    fn year(&mut self, year: &FmtYear) {
        // Its amounts are those in force on 1 January of the year.
        self.day = Month::new(year.year, 1).map_or(self.day, Month::first_day);
        for (label_fr, amount) in &year.parts {
            self.step(Subject::FmtPart, "fmt-part", label_fr).amount = Some(*amount);
        }
        let (partial, unknown_indicators) = (year.partial, year.unknown_indicators.clone());
        let about = Subject::FmtYear { partial, unknown_indicators };
        self.step(about, "fmt-year", "Forfait médecin traitant de l’année").amount = Some(year.total);
        for (month, amount) in &year.advances {
            let label_fr = format!("Avance de {month}, déduite du solde");
            self.step(Subject::FmtAdvance(*month), "fmt-advance", &label_fr).amount = Some(-*amount);
        }
    }

    fn line(&mut self, line: &Line, cut: Option<Cut>) {
        let rules = self.rules;
        let (rule, label_fr) = line_name(line.code, rules);
        let parameters = self.parameters(&line.uses);
        let about = Subject::Line { code: line.code, declared_only: line.declared_only, cut };
        let step = self.step(about, rule, label_fr);
        step.status = line.status;
        step.parameters = parameters;
        step.evidence = line.evidence.clone();
        step.amount = Some(line.amount);
    }

    /// What the cap took: of the lines before it, their sum, the limit, the rest.
    fn cut(&self, lines: &[Line], at: usize) -> Option<Cut> {
        let removed = lines.get(at).filter(|line| line.code == LineCode::Ecretement)?.amount;
        let under = lines.get(..at)?;
        let before: Centimes = under.iter().map(|line| line.amount).sum();
        let named = under.iter().map(|line| {
            let (rule, label_fr) = line_name(line.code, self.rules);
            Capped { rule: rule.into(), label_fr: label_fr.into(), amount: line.amount }
        });
        Some(Cut { lines: named.collect(), before, limit: before + removed, removed: -removed })
    }

    fn unpriced(&mut self, error: &PricingError) {
        self.step(Subject::Unpriced(error.clone()), "unpriced", "Montant").status = RuleStatus::Unknown;
    }

    fn parameters(&self, uses: &Uses) -> Vec<ParameterUse> {
        uses.0.iter().map(|id| self.parameter(*id)).collect()
    }

    fn parameter(&self, id: ParamId) -> ParameterUse {
        let param = self.rules.params.get(id);
        let dated = param.on(self.day);
        ParameterUse {
            id: param.id.clone(),
            label_fr: param.label_fr.clone(),
            value: dated.and_then(|d| d.value.clone()),
            unit: param.unit.clone(),
            from: dated.map(|d| d.from),
            status: dated.map_or(RuleStatus::Unknown, |d| d.status),
            source: dated.map_or_else(Box::default, |d| d.source.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
