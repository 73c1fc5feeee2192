//! How what each patient brings adds up to the figures of a measure, as a whole and by stratum.
//!
//! Counts are added as whole numbers, so that the order of patients, and who adds them, changes
//! nothing. Must not know: where patients come from.

use super::Arm;
use super::Counts;
use super::Frame;
use super::Share;
use super::Strata;
use super::Stratifier;
use super::Stratum;
use super::strata::Attended;
use super::strata::NONE;
use super::strata::UNKNOWN;
use crate::domain::verdict::RuleStatus;
use std::collections::BTreeMap;

/// What one patient brings to one group, evidence left aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub group: u16,
    pub status: RuleStatus,
    pub counts: Counts,
}

impl Part {
    /// Answers what a share brings; `None` where it brings nothing.
    pub fn of(share: &Share) -> Option<Part> {
        let group = u16::try_from(share.group).ok()?;
        (!share.counts.is_empty()).then_some(Part { group, status: share.status, counts: share.counts })
    }
}

/// The figures of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFigures {
    pub whole: Counts,
    /// In the order asked for.
    pub strata: Vec<(Stratifier, Vec<(Stratum, Counts)>)>,
}

/// The figures of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// In the order of `QualityMeasure::groups`.
    pub groups: Vec<GroupFigures>,
    /// Weakest status of what the patients counted rest on; that of the rule itself is apart.
    pub status: RuleStatus,
}

/// Figures under way.
pub struct Tally<'f> {
    frame: &'f Frame,
    stratifiers: &'f [Stratifier],
    /// Of each group: the whole, then the fixed strata, then one per practitioner met.
    table: Vec<Vec<Counts>>,
    practitioners: BTreeMap<Box<str>, usize>,
    status: RuleStatus,
    /// The slots of the patient under way.
    slots: Vec<usize>,
    /// Whether somebody stands in a slot, whatever is counted of them.
    met: Vec<bool>,
}

/// Where the strata of a fixed vocabulary begin in a row of the table.
struct Layout {
    sexes: usize,
    bands: usize,
    typologies: usize,
    arms: usize,
    unattended: usize,
    unknown: usize,
    practitioners: usize,
}

impl Layout {
    fn of(frame: &Frame) -> Layout {
        let sexes = 1;
        let bands = sexes + frame.sexes.len();
        let typologies = bands + frame.bands.len();
        let arms = typologies + frame.typologies.len();
        let unattended = arms + frame.arms.len();
        Layout { sexes, bands, typologies, arms, unattended, unknown: unattended + 1, practitioners: unattended + 2 }
    }
}

impl<'f> Tally<'f> {
    /// Begins the figures of a measure of so many groups.
    pub fn new(frame: &'f Frame, stratifiers: &'f [Stratifier], groups: usize) -> Tally<'f> {
        let width = Layout::of(frame).practitioners;
        Tally {
            frame,
            stratifiers,
            table: vec![vec![Counts::default(); width]; groups],
            practitioners: BTreeMap::new(),
            status: RuleStatus::Official,
            slots: Vec::new(),
            met: vec![false; width],
        }
    }

    /// Adds one patient.
    pub fn add(&mut self, strata: &Strata, parts: impl IntoIterator<Item = Part>) {
        self.place(strata);
        for part in parts {
            let Some(row) = self.table.get_mut(usize::from(part.group)) else { continue };
            self.status = self.status.max(part.status);
            for slot in &self.slots {
                row[*slot] += part.counts;
                self.met[*slot] = true;
            }
        }
    }

    /// Notes in which slots the patient stands.
    fn place(&mut self, strata: &Strata) {
        let layout = Layout::of(self.frame);
        self.slots.clear();
        self.slots.push(0);
        for stratifier in self.stratifiers {
            match stratifier {
                Stratifier::Sex => self.slots.push(layout.sexes + usize::from(strata.sex)),
                Stratifier::AgeBand => self.slots.push(layout.bands + usize::from(strata.band)),
                Stratifier::Typologie => {
                    let last = self.frame.typologies.len() - 1;
                    let paid = (0..last).filter(|n| strata.typologies >> (*n).min(31) & 1 == 1);
                    let before = self.slots.len();
                    self.slots.extend(paid.map(|n| layout.typologies + n));
                    if self.slots.len() == before {
                        self.slots.push(layout.typologies + last);
                    }
                }
                Stratifier::Practitioner => match (strata.practitioners.is_empty(), strata.attended_by_unknown) {
                    (true, Attended::ByUnknown) => self.slots.push(layout.unknown),
                    (true, Attended::ByThoseNamed) => self.slots.push(layout.unattended),
                    (false, _) => strata.practitioners.iter().for_each(|id| self.attend(id)),
                },
                Stratifier::Arm => {
                    let number = strata.arm.map_or(Arm::ALL.len(), |arm| arm as usize);
                    self.slots.push(layout.arms + number);
                }
                Stratifier::Structure => {}
            }
        }
    }

    fn attend(&mut self, id: &str) {
        let slot = match self.practitioners.get(id) {
            Some(slot) => *slot,
            None => {
                let slot = self.met.len();
                self.practitioners.insert(id.into(), slot);
                self.met.push(false);
                self.table.iter_mut().for_each(|row| row.push(Counts::default()));
                slot
            }
        };
        self.slots.push(slot);
    }

    /// Adds what another tally of the same measure and breakdown has added up of other patients.
    pub fn absorb(&mut self, other: &Tally<'_>) {
        self.status = self.status.max(other.status);
        let fixed = Layout::of(self.frame).practitioners;
        let mut places: Vec<(usize, usize)> = (0..fixed).map(|slot| (slot, slot)).collect();
        for (id, from) in &other.practitioners {
            self.slots.clear();
            self.attend(id);
            places.extend(self.slots.iter().map(|to| (*from, *to)));
        }
        for (from, to) in places {
            self.met[to] |= other.met[from];
            for (row, more) in self.table.iter_mut().zip(&other.table) {
                row[to] += more[from];
            }
        }
    }

    /// Answers the figures. Strata of a fixed vocabulary are all told, but for `unknown` and the like,
    /// which are told where somebody stands in them.
    pub fn finish(self, structure: &str) -> Figures {
        let strata = |row: &[Counts]| self.stratifiers.iter().map(|by| (*by, self.of(*by, row, structure))).collect();
        let groups = self.table.iter().map(|row| GroupFigures { whole: row[0], strata: strata(row) }).collect();
        Figures { groups, status: self.status }
    }

    fn of(&self, by: Stratifier, row: &[Counts], structure: &str) -> Vec<(Stratum, Counts)> {
        let layout = Layout::of(self.frame);
        let fixed = |from: usize, all: &[Stratum]| -> Vec<(Stratum, Counts)> {
            let told = all.iter().enumerate().map(|(n, stratum)| (from + n, stratum));
            let told = told.filter(|(slot, stratum)| self.met[*slot] || !is_rest(by, stratum));
            told.map(|(slot, stratum)| (stratum.clone(), row[slot])).collect()
        };
        match by {
            Stratifier::Sex => fixed(layout.sexes, &self.frame.sexes),
            Stratifier::AgeBand => fixed(layout.bands, &self.frame.bands),
            Stratifier::Typologie => fixed(layout.typologies, &self.frame.typologies),
            Stratifier::Practitioner => {
                let named = self.practitioners.iter().map(|(id, slot)| (id.clone(), "", *slot));
                let others = [
                    (UNKNOWN.into(), "Médecin traitant qu'aucune ressource ne nomme", layout.unknown),
                    (NONE.into(), "Sans médecin traitant ici", layout.unattended),
                ];
                let met = named.chain(others).filter(|(_, _, slot)| self.met[*slot]);
                met.map(|(code, label, slot)| (Stratum { code, label_fr: label.into() }, row[slot])).collect()
            }
            Stratifier::Arm => fixed(layout.arms, &self.frame.arms),
            Stratifier::Structure => {
                vec![(Stratum { code: structure.into(), label_fr: "".into() }, row[0])]
            }
        }
    }
}

/// Answers whether a stratum is told only where somebody stands in it.
fn is_rest(by: Stratifier, stratum: &Stratum) -> bool {
    *stratum.code == *UNKNOWN || by == Stratifier::Sex && &*stratum.code == "other"
}
