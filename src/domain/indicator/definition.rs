//! One indicator of `mappings/indicators/`: what it asks of whom, and how it is told.

use super::ActiveFile;
use super::Appointments;
use super::Consumption;
use super::GroupName;
use super::Items;
use super::Leakage;
use super::Minutes;
use super::Population;
use super::Share;
use super::Subject;
use super::Team;
use super::change;
use crate::domain::param::ParamId;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;

/// One indicator of `mappings/indicators/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    pub ordinal: u16,
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// Status of the rule itself, apart from its parameters.
    pub status: RuleStatus,
    pub scoring: Scoring,
    /// What is counted.
    pub unit: Unit,
    /// Whether a greater score is better; `None`: neither.
    pub improvement: Option<Improvement>,
    /// Whether the first day of the period changes anything.
    pub period: PeriodUse,
    /// Which patients it is about.
    pub population: Population,
    pub rule: Rule,
    pub texts: Texts,
    /// Every parameter it may read, its own and those of others, each once.
    pub parameters: Vec<ParamId>,
    /// The file of the rulebook, below `mappings/`.
    pub file: Box<str>,
}

/// What an indicator says of itself, for its publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    pub description_fr: Box<str>,
    pub initial_fr: Box<str>,
    pub denominator_fr: Box<str>,
    pub exclusion_fr: Option<Box<str>>,
    /// None for a cohort, which only says how many there are.
    pub numerator_fr: Option<Box<str>>,
    /// Which figure of which seed it answers to, and the value published there, if any.
    pub seed_fr: Option<Box<str>>,
    pub notes_fr: Vec<Box<str>>,
    /// Titles, each once.
    pub sources: Vec<Box<str>>,
}

/// What an indicator asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// Lines of the prevention card up to date.
    Items(Items),
    /// Appointments that ended in one way among those that ended in several.
    Appointments(Appointments),
    /// Patients with more consultations than a threshold.
    Consumption(Consumption),
    /// Minutes of consultation per month of follow-up.
    Minutes(Minutes),
    /// How many patients there are, and how many a GP could follow.
    ActiveFile(ActiveFile),
    /// Consultations outside the structure.
    Leakage(Leakage),
    /// Patients whose médecin traitant is no longer of the structure.
    PractitionerChange,
    /// Contacts with the team, by profession.
    Team(Team),
}

/// How the score of a measure is made (FHIR measure-scoring).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoring {
    /// Numerator over denominator without exclusions, from 0 to 1.
    Proportion,
    /// Sum of the quantities over the number of those measured.
    ContinuousVariable,
    /// How many there are.
    Cohort,
}

/// What a measure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Patient,
    Appointment,
    Consultation,
    /// One line of a patient's card.
    Item,
    PatientMonth,
}

/// Which way is better (FHIR measure-improvement-notation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Improvement {
    Increase,
    Decrease,
}

/// What of the period an indicator is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodUse {
    /// What took place from its first day to its last.
    Period,
    /// How things stand on its last day, by windows of its own that end then.
    ToDay,
}

impl Rule {
    pub fn scoring(&self) -> Scoring {
        match self {
            Rule::Minutes(_) => Scoring::ContinuousVariable,
            Rule::ActiveFile(_) => Scoring::Cohort,
            _ => Scoring::Proportion,
        }
    }

    pub fn unit(&self) -> Unit {
        match self {
            Rule::Items(items) if items.together() => Unit::Item,
            Rule::Items(_) | Rule::Consumption(_) | Rule::ActiveFile(_) | Rule::PractitionerChange => Unit::Patient,
            Rule::Appointments(_) => Unit::Appointment,
            Rule::Minutes(_) => Unit::PatientMonth,
            Rule::Leakage(_) | Rule::Team(_) => Unit::Consultation,
        }
    }

    pub fn period(&self) -> PeriodUse {
        match self {
            Rule::Items(_) | Rule::Consumption(_) | Rule::ActiveFile(_) => PeriodUse::ToDay,
            _ => PeriodUse::Period,
        }
    }

    /// Answers the parameters the rule itself reads.
    pub fn parameters(&self) -> Vec<ParamId> {
        match self {
            Rule::Items(items) => items.followed_more_than.into_iter().collect(),
            Rule::Consumption(consumption) => vec![consumption.above, consumption.within_months],
            Rule::Minutes(minutes) => vec![minutes.follow_up_months, minutes.longest_minutes],
            Rule::ActiveFile(file) => file.parameters(),
            Rule::Appointments(_) | Rule::Leakage(_) | Rule::PractitionerChange | Rule::Team(_) => Vec::new(),
        }
    }
}

impl Indicator {
    /// Answers the groups, never none.
    pub fn groups(&self, rules: &Rules) -> Vec<GroupName> {
        let whole = GroupName { code: self.id.clone(), label_fr: self.label_fr.clone() };
        match &self.rule {
            Rule::Items(items) => items.groups(whole, rules),
            Rule::Consumption(consumption) => consumption.groups(whole, rules),
            Rule::Minutes(minutes) => minutes.groups(whole, rules),
            Rule::Team(team) => team.groups(),
            Rule::Appointments(_) | Rule::ActiveFile(_) | Rule::Leakage(_) | Rule::PractitionerChange => vec![whole],
        }
    }

    /// Answers what one patient brings to each group.
    pub(super) fn shares(&self, subject: &Subject<'_>) -> Vec<Share> {
        let member = subject.population(self.population);
        let mut shares = match &self.rule {
            Rule::Items(items) => items.shares(subject, &member),
            Rule::Appointments(appointments) => appointments.shares(subject, &member),
            Rule::Consumption(consumption) => consumption.shares(subject, &member),
            Rule::Minutes(minutes) => minutes.shares(subject, &member),
            Rule::ActiveFile(file) => file.shares(subject, &member),
            Rule::Leakage(leakage) => leakage.shares(subject, &member),
            Rule::PractitionerChange => change::shares(subject, &member),
            Rule::Team(team) => team.shares(subject, &member),
        };
        for share in &mut shares {
            share.status = share.status.max(self.status);
        }
        shares
    }
}
