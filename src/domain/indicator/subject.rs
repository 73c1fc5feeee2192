//! A patient asked about over a period.

use super::Standing;
use super::contacts::Contact;
use super::of_card::Told;
use crate::domain::calendar::Day;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::StructureScope;
use crate::domain::prevention;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemResult;
use crate::domain::rules::Rules;
use crate::domain::typologie;
use crate::domain::typologie::PatientMonth;
use std::cell::OnceCell;

/// A patient asked about over a period. What several measures need is worked out once.
#[derive(Debug)]
pub struct Subject<'d> {
    pub dossier: &'d Dossier<'d>,
    pub scope: &'d StructureScope<'d>,
    /// First and last day, both included. States are those of the last day.
    pub period: (Day, Day),
    card: OnceCell<Card>,
    statuses: OnceCell<Vec<Told>>,
    month: OnceCell<PatientMonth>,
    contacts: OnceCell<Vec<Contact>>,
    pub(super) enrolled: OnceCell<Standing>,
    pub(super) declared: OnceCell<Standing>,
    pub(super) seen: OnceCell<Standing>,
}

impl<'d> Subject<'d> {
    pub fn new(dossier: &'d Dossier<'d>, scope: &'d StructureScope<'d>, period: (Day, Day)) -> Subject<'d> {
        Subject {
            dossier,
            scope,
            period,
            card: OnceCell::new(),
            statuses: OnceCell::new(),
            month: OnceCell::new(),
            contacts: OnceCell::new(),
            enrolled: OnceCell::new(),
            declared: OnceCell::new(),
            seen: OnceCell::new(),
        }
    }

    pub fn rules(&self) -> &'d Rules {
        self.dossier.rules()
    }

    /// Answers the day whose states count: the last of the period.
    pub fn day(&self) -> Day {
        self.period.1
    }

    /// Answers the prevention card of that day.
    pub fn card(&self) -> &Card {
        self.card.get_or_init(|| prevention::card(self.dossier, self.day()))
    }

    /// Answers one line of that card.
    pub fn item(&self, item: usize) -> ItemResult {
        match self.card.get() {
            Some(card) => card.items[item].clone(),
            None => prevention::item(self.dossier, self.day(), item),
        }
    }

    /// Answers what is counted of each line of that card.
    pub(super) fn statuses(&self) -> &[Told] {
        self.statuses.get_or_init(|| match self.card.get() {
            Some(card) => card.items.iter().map(|line| (line.status, line.rule_status)).collect(),
            None => prevention::statuses(self.dossier, self.day()),
        })
    }

    /// Answers what is counted of one line of that card.
    pub(super) fn status(&self, item: usize) -> Told {
        match (self.statuses.get(), self.card.get()) {
            (Some(lines), _) => lines[item],
            (None, Some(card)) => (card.items[item].status, card.items[item].rule_status),
            (None, None) => prevention::status(self.dossier, self.day(), item),
        }
    }

    /// Answers what `read` makes of one line of that card.
    pub(super) fn with_item<T>(&self, item: usize, read: impl FnOnce(&ItemResult) -> T) -> T {
        match self.card.get() {
            Some(card) => read(&card.items[item]),
            None => read(&prevention::item(self.dossier, self.day(), item)),
        }
    }

    /// Answers the month of that day: who is enrolled, consommant, of which typologies.
    pub fn month(&self) -> &PatientMonth {
        self.month.get_or_init(|| typologie::patient_month(self.dossier, self.scope, self.day().month()))
    }

    /// Answers the encounters that took place, whenever, in the order of the facts.
    pub(super) fn contacts(&self) -> &[Contact] {
        self.contacts.get_or_init(|| Contact::all(self.dossier, self.scope))
    }

    /// Answers whether the record counts for nobody: merged into another, which counts, or deleted.
    pub(super) fn counts_for_nobody(&self) -> bool {
        self.dossier.is_replaced() || self.dossier.person().is_none()
    }
}
