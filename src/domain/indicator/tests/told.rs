//! A small rulebook with one indicator of each kind but those of the card, and how a test asks it.

use crate::domain::calendar::Day;
use crate::domain::directory::Directory;
use crate::domain::directory::Profession;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::StructureScope;
use crate::domain::enrolment::testing;
use crate::domain::enrolment::testing::concept;
use crate::domain::enrolment::testing::number;
use crate::domain::fact::AppointmentFact;
use crate::domain::fact::AppointmentState;
use crate::domain::fact::Fact;
use crate::domain::fact::Participant;
use crate::domain::fact::Record;
use crate::domain::indicator::ActiveFile;
use crate::domain::indicator::Appointments;
use crate::domain::indicator::Consumption;
use crate::domain::indicator::Counted;
use crate::domain::indicator::Counts;
use crate::domain::indicator::Indicator;
use crate::domain::indicator::Leakage;
use crate::domain::indicator::Minutes;
use crate::domain::indicator::PerStructure;
use crate::domain::indicator::Population;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Rule;
use crate::domain::indicator::Share;
use crate::domain::indicator::Split;
use crate::domain::indicator::Step;
use crate::domain::indicator::Subject;
use crate::domain::indicator::Team;
use crate::domain::indicator::TeamProfession;
use crate::domain::indicator::Who;
use crate::domain::merge::Standing as Merged;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;

pub fn consultations(by: &[Profession]) -> Counted {
    Counted { class: Some(concept("consultation")), by: by.to_vec() }
}

/// The indicator in that place has that rule; its id is that of its kind.
pub fn indicator(rules: &mut Rules, id: &str, population: Population, rule: Rule) {
    let ordinal = rules.indicators.len() as u16 + 1;
    rules.indicators.push(Indicator {
        ordinal,
        id: id.into(),
        label_fr: id.into(),
        status: RuleStatus::Interpretation,
        scoring: rule.scoring(),
        unit: rule.unit(),
        improvement: None,
        period: rule.period(),
        population,
        parameters: rule.parameters(),
        rule,
        texts: Default::default(),
        file: "".into(),
    });
}

/// `no-show`, `high` (> 10 in 12 months), `minutes` (36 months, 240 minutes at most), `file` (35 hours,
/// 39 weeks), `leakage` (GP), `change`, `team` (GP, nurse, other, unknown).
pub fn rules() -> Rules {
    let mut rules = testing::rules();
    let both = [Profession::Gp, Profession::Midwife];
    let states = |states: &[AppointmentState]| states.to_vec();
    let appointments = Appointments {
        of: states(&[AppointmentState::Fulfilled, AppointmentState::NoShow]),
        counted: states(&[AppointmentState::NoShow]),
    };
    indicator(&mut rules, "no-show", Population::Any, Rule::Appointments(appointments));
    let above = number(&mut rules, "high.above", 10);
    let within_months = number(&mut rules, "high.months", 12);
    let high = Consumption { counted: consultations(&both), above, within_months, split: Split::None };
    indicator(&mut rules, "high", Population::Seen, Rule::Consumption(high));
    let follow_up_months = number(&mut rules, "minutes.months", 36);
    let longest_minutes = number(&mut rules, "minutes.longest", 240);
    let minutes = Minutes {
        counted: consultations(&both),
        follow_up_months,
        longest_minutes,
        steps: vec![Step::Year, Step::Month],
    };
    indicator(&mut rules, "minutes", Population::Mtr, Rule::Minutes(minutes));
    let weekly_hours = number(&mut rules, "file.hours", 35);
    let weeks_per_year = number(&mut rules, "file.weeks", 39);
    let gps = number(&mut rules, "file.gps", 2);
    let full_time_gps = PerStructure { default: None, by_structure: vec![("home".into(), gps)] };
    let file = ActiveFile { minutes_of: 2, weekly_hours, weeks_per_year, full_time_gps };
    indicator(&mut rules, "file", Population::ActiveFile, Rule::ActiveFile(file));
    let leakage = Leakage { counted: consultations(&[Profession::Gp]) };
    indicator(&mut rules, "leakage", Population::Mtr, Rule::Leakage(leakage));
    indicator(&mut rules, "change", Population::Any, Rule::PractitionerChange);
    let profession = |id: &str, is| TeamProfession { id: id.into(), label_fr: id.into(), is };
    let team = Team {
        class: None,
        professions: vec![
            profession("gp", Who::Profession(Profession::Gp)),
            profession("physician", Who::Concepts(vec![concept("physician")])),
            profession("other", Who::Profession(Profession::OtherKnown)),
            profession("unknown", Who::Profession(Profession::Unknown)),
        ],
    };
    indicator(&mut rules, "team", Population::Any, Rule::Team(team));
    rules
}

/// What a patient brings, asked from the first day to the second.
pub fn shares(rules: &Rules, records: &[Record], id: &str, (first, last): (&str, &str)) -> Vec<Share> {
    with(rules, records, Merged::default(), (first, last), |subject| {
        QualityMeasure::find(rules, id).unwrap().shares(subject)
    })
}

pub fn with<T>(
    rules: &Rules,
    records: &[Record],
    standing: Merged,
    (first, last): (&str, &str),
    ask: impl Fn(&Subject<'_>) -> T,
) -> T {
    let day = |text: &str| text.parse::<Day>().unwrap();
    let directory = Directory::build(&testing::tenant(), rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    let dossier = Dossier::build(records, rules).standing(standing);
    ask(&Subject::new(&dossier, &scope, (day(first), day(last))))
}

/// (denominator, excluded, numerator, undecided).
pub type Four = (u32, u32, u32, u32);

/// Answers these four of the first group.
pub fn told(rules: &Rules, records: &[Record], id: &str, period: (&str, &str)) -> Four {
    let found = shares(rules, records, id, period);
    let whole: Counts = found.iter().filter(|share| share.group == 0).map(|share| share.counts).sum();
    assert_eq!(whole.initial, whole.denominator);
    (whole.denominator, whole.excluded, whole.numerator, whole.undecided)
}

pub fn appointment(id: &str, state: AppointmentState, on: &str, with: &[&str]) -> Record {
    let participants: Vec<Participant> = with.iter().map(|one| testing::participant("", one)).collect();
    let fact =
        AppointmentFact { state, types: Vec::new(), start: testing::when(on), participants, declined: Vec::new() };
    testing::record(&format!("Appointment/{id}"), Fact::Appointment(fact))
}

/// A consultation of so many minutes, `None` where nobody told.
pub fn visit(id: &str, on: &str, by: &str, minutes: Option<u32>) -> Record {
    let mut fact = testing::encounter(on, testing::participant("", by));
    fact.minutes = minutes;
    testing::record(&format!("Encounter/{id}"), Fact::Encounter(fact))
}

pub fn who(patient: crate::domain::fact::PatientFact) -> Record {
    testing::record("Patient/p", Fact::Patient(patient))
}
