//! By what a measure is broken down: of one patient, on the last day of the period.
//!
//! Owns: the stratifiers, their strata in the order they are published, and where a patient stands.
//! What overlaps (typologies, attending practitioners) is said to; the others add up to the whole.

use super::Arm;
use super::ReportRules;
use super::Subject;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::enrolment::Attending;
use crate::domain::enrolment::attending;
use crate::domain::fact::Sex;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;

/// The stratum of those of whom nobody told.
pub const UNKNOWN: &str = "unknown";
/// The stratum of those who are in no other.
pub const NONE: &str = "none";

/// One way to break a measure down (MeasureReport.group.stratifier).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stratifier {
    Typologie,
    AgeBand,
    Sex,
    /// By attending practitioner (médecin traitant).
    Practitioner,
    /// Which side of the comparison with the patients outside MTR.
    Arm,
    Structure,
}

impl Stratifier {
    /// In the order they are published.
    pub const ALL: [Stratifier; 6] = [
        Stratifier::Typologie,
        Stratifier::AgeBand,
        Stratifier::Sex,
        Stratifier::Practitioner,
        Stratifier::Arm,
        Stratifier::Structure,
    ];

    /// Answers its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Stratifier::Typologie => "typologie",
            Stratifier::AgeBand => "age-band",
            Stratifier::Sex => "sex",
            Stratifier::Practitioner => "practitioner",
            Stratifier::Arm => "arm",
            Stratifier::Structure => "structure",
        }
    }

    /// Answers the stratifier of that code.
    pub fn from_code(code: &str) -> Option<Stratifier> {
        Stratifier::ALL.into_iter().find(|one| one.code() == code)
    }

    pub fn label_fr(self) -> &'static str {
        match self {
            Stratifier::Typologie => "Typologie payée",
            Stratifier::AgeBand => "Tranche d'âge",
            Stratifier::Sex => "Sexe",
            Stratifier::Practitioner => "Médecin traitant",
            Stratifier::Arm => "MTR, déclarés, vus, autres",
            Stratifier::Structure => "Structure",
        }
    }

    /// Answers whether a patient may be in several strata, so that they do not add up to the whole.
    pub fn overlaps(self) -> bool {
        matches!(self, Stratifier::Typologie | Stratifier::Practitioner)
    }

    /// Answers the weakest status of what says in which stratum a patient is, on that day.
    pub fn status(self, rules: &Rules, day: Day) -> RuleStatus {
        let payable = rules.enrolment.status.max(rules.consommant.status);
        match self {
            Stratifier::Typologie => rules.typologies.iter().map(|rule| rule.status).fold(payable, Ord::max),
            Stratifier::AgeBand => rules.reports.bands_status(&rules.params, day),
            Stratifier::Practitioner => rules.enrolment.status,
            Stratifier::Arm => payable.max(rules.params.status(rules.enrolment.basis, day)),
            Stratifier::Sex | Stratifier::Structure => RuleStatus::Official,
        }
    }
}

/// One stratum as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stratum {
    pub code: Box<str>,
    pub label_fr: Box<str>,
}

impl Stratum {
    fn new(code: &str, label_fr: &str) -> Stratum {
        Stratum { code: code.into(), label_fr: label_fr.into() }
    }
}

/// Where one patient stands; of stratifiers nobody asked for, nowhere. Small, for it is kept of every
/// patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strata {
    /// Number in `Frame::sexes`.
    pub sex: u8,
    /// Number in `Frame::bands`.
    pub band: u8,
    /// `None`: nobody can tell.
    pub arm: Option<Arm>,
    /// The typologies paid that month, as bits by their index in `Rules::typologies`.
    pub typologies: u32,
    /// Ids of the Practitioners who attend, sorted.
    pub practitioners: Box<[Box<str>]>,
    /// Somebody attends whom no Practitioner tells.
    pub attended_by_unknown: Attended,
}

/// Whether somebody attends whom no Practitioner tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attended {
    #[default]
    ByThoseNamed,
    ByUnknown,
}

/// The strata of fixed vocabularies, by the rules of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Lower bounds of the age bands in completed years, ascending, the first is 0.
    bounds: Vec<i16>,
    pub bands: Vec<Stratum>,
    pub sexes: Vec<Stratum>,
    /// The typologies in catalogue order, then none of them.
    pub typologies: Vec<Stratum>,
    /// In the order of `Arm::ALL`, then unknown.
    pub arms: Vec<Stratum>,
}

impl Frame {
    /// Reads the strata of a day.
    pub fn of(rules: &Rules, day: Day) -> Frame {
        let bounds = rules.reports.bands(&rules.params, day);
        let mut bands: Vec<Stratum> = bounds
            .iter()
            .enumerate()
            .map(|(n, from)| match bounds.get(n + 1) {
                Some(next) => {
                    let last = next - 1;
                    Stratum::new(&format!("{from}-{last}"), &format!("De {from} à {last} ans"))
                }
                None => Stratum::new(&format!("{from}+"), &format!("{from} ans et plus")),
            })
            .collect();
        bands.push(Stratum::new(UNKNOWN, "Âge inconnu"));
        let sexes = vec![
            Stratum::new("female", "Femmes"),
            Stratum::new("male", "Hommes"),
            Stratum::new("other", "Autre"),
            Stratum::new(UNKNOWN, "Sexe inconnu"),
        ];
        let mut typologies: Vec<Stratum> =
            rules.typologies.iter().map(|rule| Stratum::new(&rule.id, &rule.label_fr)).collect();
        typologies.push(Stratum::new(NONE, "Aucune typologie payée"));
        let mut arms: Vec<Stratum> = Arm::ALL.iter().map(|arm| Stratum::new(arm.code(), arm.label_fr())).collect();
        arms.push(Stratum::new(UNKNOWN, "Indéterminé, faute de donnée"));
        Frame { bounds, bands, sexes, typologies, arms }
    }

    /// Answers the number of the age band of that day; the last where nobody knows the age.
    fn band(&self, birth: Option<PartialDate>, day: Day) -> u8 {
        // Ages are read as the prevention card reads them.
        let age = birth.filter(|birth| birth.earliest() <= day).map(|birth| birth.midpoint().age_at(day).max(0));
        let number = match age {
            Some(age) => self.bounds.iter().filter(|from| **from <= age).count() - 1,
            None => self.bounds.len(),
        };
        u8::try_from(number).unwrap_or(u8::MAX)
    }
}

impl Strata {
    /// Answers where a patient stands on the last day of the period, by the stratifiers asked for:
    /// who is paid for what, and by whom attended, costs more to find than many a measure.
    pub fn of(subject: &Subject<'_>, frame: &Frame, asked: &[Stratifier]) -> Strata {
        let person = subject.dossier.patient();
        let asks = |one| asked.contains(&one);
        let sex = match person.map(|person| person.sex) {
            Some(Sex::Female) => 0,
            Some(Sex::Male) => 1,
            Some(Sex::Other) => 2,
            Some(Sex::Unknown) | None => 3,
        };
        let Attending { practitioners, unknown } = match asks(Stratifier::Practitioner) {
            true => attending(subject.dossier, subject.scope, subject.day()),
            false => Attending::default(),
        };
        Strata {
            sex,
            band: frame.band(subject.dossier.birth(), subject.day()),
            arm: asks(Stratifier::Arm).then(|| subject.arm()).flatten(),
            typologies: if asks(Stratifier::Typologie) { paid(subject) } else { 0 },
            practitioners: practitioners.into(),
            attended_by_unknown: if unknown { Attended::ByUnknown } else { Attended::ByThoseNamed },
        }
    }

    /// Answers whether that Practitioner attends.
    pub fn attended_by(&self, practitioner: &str) -> bool {
        self.practitioners.iter().any(|id| **id == *practitioner)
    }
}

/// The typologies paid that month, as bits.
fn paid(subject: &Subject<'_>) -> u32 {
    let paid = subject.month().typologies.iter().filter(|result| result.paid);
    // There are ten typologies; a rulebook of more than 32 has no bit for the rest.
    paid.fold(0, |bits, result| bits | 1_u32.checked_shl(result.typologie as u32).unwrap_or(0))
}

impl ReportRules {
    /// Answers the lower bounds of the age bands on that day, ascending, from 0 on; a bound without a
    /// value that day is none.
    pub fn bands(&self, params: &crate::domain::param::Params, day: Day) -> Vec<i16> {
        let told = self.age_bands.iter().filter_map(|id| i16::try_from(params.integer(*id, day)?).ok());
        let mut bounds: Vec<i16> = std::iter::once(0).chain(told.filter(|years| *years > 0)).collect();
        bounds.sort_unstable();
        bounds.dedup();
        bounds
    }

    fn bands_status(&self, params: &crate::domain::param::Params, day: Day) -> RuleStatus {
        self.age_bands.iter().map(|id| params.status(*id, day)).max().unwrap_or(RuleStatus::Official)
    }
}
