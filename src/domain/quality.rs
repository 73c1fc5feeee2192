//! Data quality: what a structure's records leave unsaid, counted without naming anybody.
//!
//! Owns: what is counted, of how many, and by which rule. Must not know: how the counts are served.
//! Bounded: patients are noted one after the other, and nothing of them is kept but numbers and the
//! codes nobody mapped.

use super::calendar::PartialDate;
use super::calendar::When;
use super::directory::Directory;
use super::directory::Profession;
use super::fact::ActFact;
use super::fact::ActState;
use super::fact::AppointmentFact;
use super::fact::Clinical;
use super::fact::Coding;
use super::fact::Death;
use super::fact::EncounterFact;
use super::fact::Fact;
use super::fact::Kind;
use super::fact::Named;
use super::fact::PatientFact;
use super::fact::Record;
use super::fact::Reference;
use super::fact::Value;
use super::measure::CANONICAL_BASE;
use super::measure::Measure;
use super::rules::Rules;
use super::verdict::RuleStatus;
use rust_decimal::Decimal;
use std::collections::HashMap;

/// How many different local codes are remembered; those that come later are counted together.
const CODES: usize = 20_000;
/// How many local codes are told.
const TOLD: usize = 10;
/// A code with more digits may be a number of somebody; so may a part of a system's name.
const DIGITS: usize = 7;
/// Systems that are nobody's own: a code of theirs that no rule reads needs no mapping.
const STANDARD: &[&str] = &[
    "http://loinc.org",
    "http://snomed.info/",
    "http://hl7.org/fhir",
    "http://terminology.hl7.org/",
    "http://unitsofmeasure.org",
    "http://www.whocc.no/atc",
    "https://smt.esante.gouv.fr/",
    "https://mos.esante.gouv.fr/",
    "https://hl7.fr/",
    "urn:iso:std:",
];

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Patients without an INS that may be a key.
    InsMissing,
    /// Patients without any usable identifier.
    IdentityMissing,
    /// Identifiers that several patients carry who are not merged.
    IdentityShared,
    /// Consultations given by somebody whose profession nobody told.
    ConsultationProfession,
    /// Practitioners without a known profession.
    PractitionerProfession,
    /// Facts that carry local codes only, none of them mapped.
    LocalCode,
    /// Values outside what is possible, or dated before the birth.
    ImpossibleValue,
    /// Values outside what is usual.
    UnlikelyValue,
    /// Dates that are a year or a month only.
    PartialDate,
    /// Resources whose patient is not known.
    Pending,
    /// What ended without a date.
    EndedUndated,
    /// Encounters that took place whose class says nothing: no rule counts them.
    EncounterClass,
    /// Appointments of several patients, not all of them named so that they can be followed.
    AppointmentPatient,
}

impl Check {
    pub const ALL: [Check; 13] = [
        Check::InsMissing,
        Check::IdentityMissing,
        Check::IdentityShared,
        Check::ConsultationProfession,
        Check::PractitionerProfession,
        Check::LocalCode,
        Check::ImpossibleValue,
        Check::UnlikelyValue,
        Check::PartialDate,
        Check::Pending,
        Check::EndedUndated,
        Check::EncounterClass,
        Check::AppointmentPatient,
    ];

    /// Answers its code in CodeSystem/data-quality.
    pub fn code(self) -> &'static str {
        match self {
            Check::InsMissing => "ins-missing",
            Check::IdentityMissing => "identity-missing",
            Check::IdentityShared => "identity-shared",
            Check::ConsultationProfession => "consultation-profession-unknown",
            Check::PractitionerProfession => "practitioner-profession-unknown",
            Check::LocalCode => "local-code-unmapped",
            Check::ImpossibleValue => "value-impossible",
            Check::UnlikelyValue => "value-unlikely",
            Check::PartialDate => "date-partial",
            Check::Pending => "subject-pending",
            Check::EndedUndated => "end-undated",
            Check::EncounterClass => "encounter-class-unknown",
            Check::AppointmentPatient => "appointment-patient-untold",
        }
    }

    /// Answers how sure the rule is that makes it a fault.
    pub fn status(self, rules: &Rules) -> RuleStatus {
        match self {
            // The INS is required to reference health data.
            Check::InsMissing => RuleStatus::Official,
            Check::ConsultationProfession | Check::PractitionerProfession => rules.consommant.status,
            _ => RuleStatus::Interpretation,
        }
    }
}

/// One count: how many, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub found: u64,
    pub of: u64,
}

impl Count {
    fn note(&mut self, at_fault: Found) {
        self.of += 1;
        self.found += u64::from(at_fault == Found::Yes);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    No,
    Yes,
}

fn found(holds: bool) -> Found {
    if holds { Found::Yes } else { Found::No }
}

/// The counts of a structure in the making.
#[derive(Debug, Default)]
pub struct Tally {
    counts: [Count; Check::ALL.len()],
    local: HashMap<Coding, u64>,
    /// Local codes that are not told: they might name somebody, or came after too many others.
    withheld: u64,
}

/// Local codes, the most frequent first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalCodes {
    pub most: Vec<(Coding, u64)>,
    /// How many facts carry codes that are not told because they might name somebody.
    pub withheld: u64,
}

impl Tally {
    pub fn count(&self, check: Check) -> Count {
        self.counts[check as usize]
    }

    /// Adds what is counted elsewhere.
    pub fn add(&mut self, check: Check, count: Count) {
        let own = &mut self.counts[check as usize];
        own.found += count.found;
        own.of += count.of;
    }

    fn note(&mut self, check: Check, at_fault: Found) {
        self.counts[check as usize].note(at_fault);
    }

    /// Answers the local codes to be mapped first.
    pub fn local_codes(&self) -> LocalCodes {
        let mut most: Vec<(Coding, u64)> = self.local.iter().map(|(coding, n)| (coding.clone(), *n)).collect();
        most.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| (&*a.system, &*a.code).cmp(&(&*b.system, &*b.code))));
        most.truncate(TOLD);
        LocalCodes { most, withheld: self.withheld }
    }

    /// Counts what the records of one patient leave unsaid.
    pub fn patient(&mut self, id: &str, records: &[Record], rules: &Rules, directory: &Directory) {
        let current = || records.iter().filter_map(|r| Some((r, r.current()?.fact.as_ref()?)));
        let person = current().find_map(|(record, fact)| match fact {
            Fact::Patient(patient) if *record.id == *id => Some(patient),
            _ => None,
        });
        if let Some(patient) = person {
            self.identity(patient);
        }
        let birth = person.and_then(|patient| patient.birth);
        for (record, fact) in current() {
            self.codes(record.kind, fact, rules);
            match fact {
                Fact::Act(act) => self.act(act, birth, rules),
                Fact::Encounter(encounter) => self.encounter(encounter, rules, directory),
                Fact::Appointment(appointment) => self.appointment(id, appointment),
                _ => {}
            }
            // Of a merged patient only what it says of this one stands here.
            if record.kind != Kind::Patient || *record.id == *id {
                dates(fact).into_iter().for_each(|date| {
                    self.note(Check::PartialDate, found(!matches!(date, PartialDate::Day(_))));
                });
                if let Some(undated) = ended(fact) {
                    self.note(Check::EndedUndated, undated);
                }
            }
        }
    }

    /// Counts the professionals of the structure.
    pub fn directory(&mut self, records: &[Record], directory: &Directory) {
        let here = records.iter().filter(|r| r.kind == Kind::Practitioner);
        for record in here.filter(|r| r.current().is_some_and(|version| version.fact.is_some())) {
            let profession = directory.profession_of(&Reference::new(record.kind, &record.id));
            self.note(Check::PractitionerProfession, found(profession == Profession::Unknown));
        }
    }

    fn identity(&mut self, patient: &PatientFact) {
        self.note(Check::InsMissing, found(!patient.identity.ins_key));
        self.note(Check::IdentityMissing, found(!patient.identity.ins_key && !patient.identity.pi));
    }

    fn encounter(&mut self, encounter: &EncounterFact, rules: &Rules, directory: &Directory) {
        let mut concepts = Vec::new();
        if let Some(class) = &encounter.class {
            rules.concepts.resolve(class, Kind::Encounter, &mut concepts);
        }
        if encounter.state == ActState::Done {
            let told = !concepts.is_empty() || encounter.class.as_ref().is_some_and(is_class);
            self.note(Check::EncounterClass, found(!told));
        }
        if encounter.state == ActState::Done && concepts.contains(&rules.consommant.consultation) {
            let known = |p| directory.profession(p, rules) != Profession::Unknown;
            self.note(Check::ConsultationProfession, found(!encounter.participants.iter().any(known)));
        }
    }

    /// An appointment of several patients stands with each of them: it is counted with the first.
    fn appointment(&mut self, id: &str, appointment: &AppointmentFact) {
        let actors = appointment.participants.iter().filter_map(|participant| participant.actor.as_ref());
        let patients: Vec<&Named> = actors.filter(|actor| actor.kind() == Some(Kind::Patient)).collect();
        let followed = || {
            patients.iter().filter_map(|patient| match patient {
                Named::Resource(reference) => Some(&*reference.id),
                _ => None,
            })
        };
        if patients.len() > 1 && followed().next().is_none_or(|first| first == id) {
            self.note(Check::AppointmentPatient, found(followed().count() < patients.len()));
        }
    }

    fn act(&mut self, act: &ActFact, birth: Option<PartialDate>, rules: &Rules) {
        if act.state != ActState::Done {
            return;
        }
        let before_birth = act.when.zip(birth).is_some_and(|(when, birth)| when.date.latest() < birth.earliest());
        let parts = act.components.iter().map(|part| (&part.codings, &part.value));
        let mut measured = false;
        for (codings, value) in std::iter::once((&act.codings, &act.value)).chain(parts) {
            let mut concepts = Vec::new();
            codings.iter().for_each(|coding| rules.concepts.resolve(coding, Kind::Observation, &mut concepts));
            for measure in rules.measures.0.iter().filter(|measure| concepts.contains(&measure.concept)) {
                let Some(value) = canonical(measure, value) else { continue };
                measured = true;
                let possible = measure.possible(value) && !before_birth;
                let usual = measure.soft_min.is_none_or(|m| value >= m) && measure.soft_max.is_none_or(|m| value <= m);
                self.note(Check::ImpossibleValue, found(!possible));
                self.note(Check::UnlikelyValue, found(possible && !usual));
            }
        }
        if !measured && before_birth {
            self.note(Check::ImpossibleValue, Found::Yes);
        }
    }

    /// Counts a fact that nobody can read because its codes are the sender's own.
    fn codes(&mut self, kind: Kind, fact: &Fact, rules: &Rules) {
        let codings: &[Coding] = match fact {
            Fact::Act(act) => &act.codings,
            Fact::Condition(condition) => &condition.codings,
            Fact::Coverage(coverage) => &coverage.codings,
            Fact::Flag(flag) => &flag.codings,
            Fact::Episode(episode) => &episode.types,
            Fact::Encounter(encounter) => encounter.class.as_slice(),
            _ => return,
        };
        if codings.is_empty() {
            return;
        }
        let mut concepts = Vec::new();
        codings.iter().for_each(|coding| rules.concepts.resolve(coding, kind, &mut concepts));
        let unread = concepts.is_empty() && codings.iter().all(|coding| is_local(coding, rules));
        self.note(Check::LocalCode, found(unread));
        if !unread {
            return;
        }
        let mut told = false;
        for coding in codings.iter().filter(|coding| may_be_told(coding)) {
            if let Some(count) = self.local.get_mut(coding) {
                *count += 1;
                told = true;
            } else if self.local.len() < CODES {
                self.local.insert(coding.clone(), 1);
                told = true;
            }
        }
        self.withheld += u64::from(!told);
    }
}

/// Answers whether it is a class of encounters of HL7 (ActEncounterCode), counted by a rule or not.
fn is_class(class: &Coding) -> bool {
    const CLASSES: [&str; 11] = ["AMB", "EMER", "FLD", "HH", "IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS", "VR"];
    &*class.system == "http://terminology.hl7.org/CodeSystem/v3-ActCode" && CLASSES.contains(&&*class.code)
}

/// A code of the sender's own, or one of ours that does not exist.
fn is_local(coding: &Coding, rules: &Rules) -> bool {
    let system = &*coding.system;
    if system.starts_with(CANONICAL_BASE) {
        return true;
    }
    rules.concepts.system(system).is_none() && !STANDARD.iter().any(|known| system.starts_with(known))
}

/// Answers whether a code can be shown: it has the form of a code, and not that of a number, a name
/// or a date of somebody.
fn may_be_told(coding: &Coding) -> bool {
    let (system, code) = (&*coding.system, &*coding.code);
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '@' | '|' | '?' | '<' | '"'));
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    let run = system.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    (1..=64).contains(&code.len())
        && system.len() <= 200
        && plain(code)
        && plain(system)
        && digits <= DIGITS
        && run <= DIGITS
}

fn canonical(measure: &Measure, value: &Value) -> Option<Decimal> {
    match value {
        Value::Quantity { value, unit } | Value::Bounded { value, unit, .. } => {
            measure.convert(*value, unit.as_deref())
        }
        Value::Integer(n) => measure.convert(Decimal::from(*n), None),
        _ => None,
    }
}

/// The dates the rules read of a fact.
fn dates(fact: &Fact) -> Vec<PartialDate> {
    let mut whens: Vec<Option<When>> = Vec::new();
    let mut own = None;
    match fact {
        Fact::Patient(patient) => {
            own = patient.birth;
            whens.push(if let Death::On(when) = patient.death { Some(when) } else { None });
        }
        Fact::Act(act) => whens.push(act.when),
        Fact::Encounter(encounter) => whens.push(encounter.period.start),
        Fact::Condition(condition) => whens.extend([condition.onset, condition.abatement]),
        Fact::Coverage(coverage) => whens.extend([coverage.period.start, coverage.period.end]),
        Fact::Episode(episode) => whens.extend([episode.period.start, episode.period.end]),
        Fact::CareTeam(team) => whens.extend([team.period.start, team.period.end]),
        Fact::Flag(flag) => whens.extend([flag.period.start, flag.period.end]),
        _ => {}
    }
    own.into_iter().chain(whens.into_iter().flatten().map(|when| when.date)).collect()
}

/// Whether a fact that ended says when; `None` when it did not end.
fn ended(fact: &Fact) -> Option<Found> {
    let (over, end) = match fact {
        Fact::Patient(patient) => (patient.death != Death::None, patient.death != Death::Undated),
        Fact::Condition(c) => (!c.void && c.clinical == Clinical::Ended, c.abatement.is_some()),
        Fact::Coverage(c) => (!c.void && !c.active, c.period.end.is_some()),
        Fact::Episode(episode) => (episode.counts && episode.finished, episode.period.end.is_some()),
        Fact::CareTeam(team) => (
            team.counts && team.ended,
            team.period.end.is_some() || team.participants.iter().all(|p| p.period.end.is_some()),
        ),
        Fact::Flag(flag) => (!flag.void && !flag.active, flag.period.end.is_some()),
        _ => return None,
    };
    over.then(|| found(!end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_may_name_somebody_is_not_told() {
        let cases = [
            ("https://vendor.example/codes", "TA-SYS", true),
            ("", "BILAN1", true),
            ("urn:oid:1.2.250.1.999.1.1.9", "X12.3", true),
            ("https://vendor.example/codes", "255050000000296", false),
            ("https://vendor.example/codes", "1990-04-02", false),
            ("https://vendor.example/codes", "10001234567", false),
            ("https://vendor.example/codes", "06-12-34-56-78", false),
            ("https://vendor.example/codes", "MARTIN Camille", false),
            ("https://vendor.example/codes", "a@b.example", false),
            ("https://vendor.example/255050000000296", "X", false),
            ("https://vendor.example/codes", "", false),
        ];
        for (system, code, told) in cases {
            assert_eq!(may_be_told(&Coding::new(system, code)), told, "{system} {code}");
        }
        assert!(!may_be_told(&Coding::new("", &"x".repeat(65))));
        assert!(may_be_told(&Coding::new("", &"x".repeat(64))));
    }

    #[test]
    fn the_ten_most_frequent_are_told_in_one_order() {
        let mut tally = Tally::default();
        for n in 0..15u64 {
            tally.local.insert(Coding::new("s", &format!("c{n:02}")), n / 2);
        }
        let told: Vec<(String, u64)> =
            tally.local_codes().most.into_iter().map(|(coding, n)| (coding.code.to_string(), n)).collect();
        let want = [
            ("c14", 7),
            ("c12", 6),
            ("c13", 6),
            ("c10", 5),
            ("c11", 5),
            ("c08", 4),
            ("c09", 4),
            ("c06", 3),
            ("c07", 3),
            ("c04", 2),
        ];
        assert_eq!(told, want.map(|(code, n)| (code.to_owned(), n)));
    }

    #[test]
    fn every_check_stands_at_its_own_place() {
        for (n, check) in Check::ALL.into_iter().enumerate() {
            assert_eq!(check as usize, n, "{check:?}");
        }
    }
}
