//! How an item's components, exclusions and refusals become one status, in the order of precedence
//! of the catalogue.

use super::Card;
use super::Eligibility;
use super::Item;
use super::ItemResult;
use super::ItemStatus;
use super::VACCINATION;
use super::not_done::NotDoneActs;
use super::part;
use super::part::INCOMPLETE;
use super::part::Part;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::condition::Condition;
use crate::domain::condition::Context;
use crate::domain::condition::evaluate;
use crate::domain::dossier::Dossier;
use crate::domain::fact::Sex;
use crate::domain::finding::Facts;
use crate::domain::param::ParamId;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;
use compact_str::CompactString;
use smallvec::smallvec;

/// Answers the prevention card of the person on a day: every item, in catalogue order.
pub fn card(dossier: &Dossier<'_>, date: Day) -> Card {
    let mut lines = Lines::new(dossier, date);
    let items = (0..dossier.rules().items.len()).map(|item| lines.told(item, None)).collect();
    Card { date, approximate: dossier.birth().is_some_and(|b| !b.is_exact()), items }
}

/// Answers one line of the card: item number `item` of the catalogue.
pub fn item(dossier: &Dossier<'_>, date: Day, item: usize) -> ItemResult {
    Lines::new(dossier, date).told(item, None)
}

/// Answers the status of every line of the card with the weakest status of what it used: what is
/// counted of many patients.
pub fn statuses(dossier: &Dossier<'_>, date: Day) -> Vec<(ItemStatus, RuleStatus)> {
    let mut lines = Lines::new(dossier, date);
    (0..dossier.rules().items.len()).map(|item| lines.status(item)).collect()
}

/// Answers the same of one line: item number `item` of the catalogue.
pub fn status(dossier: &Dossier<'_>, date: Day, item: usize) -> (ItemStatus, RuleStatus) {
    Lines::new(dossier, date).status(item)
}

/// Answers what the line would be were `component` the item's only component (an indicator that
/// looks at the flu vaccine alone).
pub fn component(dossier: &Dossier<'_>, date: Day, item: usize, component: usize) -> ItemResult {
    Lines::new(dossier, date).told(item, Some(component))
}

/// Answers a line for each component of the items that are vaccines, with its place in the item.
pub fn vaccines(dossier: &Dossier<'_>, date: Day) -> Vec<(usize, ItemResult)> {
    let mut lines = Lines::new(dossier, date);
    let items = dossier.rules().items.iter().enumerate().filter(|(_, item)| &*item.domain == VACCINATION);
    let parts = items.flat_map(|(n, item)| (0..item.components.len()).map(move |part| (n, part)));
    parts.map(|(item, part)| (part, lines.told(item, Some(part)))).collect()
}

impl Card {
    /// Answers the summary in French: "à jour 6/15, expirés 4/15, jamais faits 5/15", and the
    /// refusals when there are some.
    pub fn text_fr(&self) -> String {
        let of = self.applicable();
        let count = |status| self.count(status);
        let (done, expired) = (count(ItemStatus::UpToDate), count(ItemStatus::Expired));
        let (never, refused) = (count(ItemStatus::NeverDone), count(ItemStatus::Refused));
        let text = format!("à jour {done}/{of}, expirés {expired}/{of}, jamais faits {never}/{of}");
        if refused > 0 { format!("{text}, refusés {refused}/{of}") } else { text }
    }
}

/// What the items of one card share.
struct Lines<'d> {
    ctx: Context<'d>,
    alive: Verdict,
    not_done: NotDoneActs,
    /// The components of the line under way, each with whether it is due soon.
    parts: Vec<(Part<'d>, bool)>,
    /// The first day on which a date of the line under way changes it.
    turns: Option<Day>,
}

/// What is concluded of an item, before it is told.
struct Line<'r> {
    status: ItemStatus,
    reason: Option<&'r str>,
    due: Option<Day>,
    last_done: Option<PartialDate>,
    due_soon: bool,
    /// See `ItemResult::turns`.
    turns: Option<Day>,
    facts: Facts,
}

impl<'r> Line<'r> {
    /// Answers a line that no component decides.
    fn barred(status: ItemStatus, reason: Option<&'r str>) -> Line<'r> {
        Line { status, reason, due: None, last_done: None, due_soon: false, turns: None, facts: Facts::new() }
    }
}

impl<'d> Lines<'d> {
    fn new(dossier: &'d Dossier<'_>, date: Day) -> Lines<'d> {
        Lines {
            ctx: Context::for_card(dossier, date),
            alive: dossier.lives_on(date),
            not_done: NotDoneActs::of(dossier, date),
            parts: Vec::new(),
            turns: None,
        }
    }

    /// Answers one line with its grounds.
    fn told(&mut self, index: usize, only: Option<usize>) -> ItemResult {
        let line = self.line(index, only);
        ItemResult {
            item: index,
            status: line.status,
            due: line.due,
            last_done: line.last_done,
            due_soon: line.due_soon,
            turns: line.turns,
            reason: line.reason.map(CompactString::from),
            rule_status: self.rule_status(index),
            evidence: self.ctx.dossier.references(&line.facts),
            uses: self.ctx.uses.clone(),
        }
    }

    fn status(&mut self, index: usize) -> (ItemStatus, RuleStatus) {
        (self.line(index, None).status, self.rule_status(index))
    }

    /// Answers the weakest status of what the line under way used.
    fn rule_status(&self, index: usize) -> RuleStatus {
        let rules = self.ctx.dossier.rules();
        self.ctx.uses.weakest(rules.items[index].status, &rules.params, self.ctx.rules_of)
    }

    fn line(&mut self, index: usize, only: Option<usize>) -> Line<'d> {
        let item = &self.ctx.dossier.rules().items[index];
        self.ctx.uses.0.clear();
        match self.barred(item, index) {
            Some(barred) => barred,
            None => self.concluded(item, index, only),
        }
    }

    /// Answers what keeps the item from being asked at all: the first of death, no birth date,
    /// eligibility, a death that nobody can place, exclusion, contraindication.
    fn barred(&mut self, item: &'d Item, index: usize) -> Option<Line<'d>> {
        if self.alive == Verdict::No {
            return Some(Line::barred(ItemStatus::NotEligible, Some("deceased")));
        }
        if self.ctx.dossier.birth().is_none() {
            return Some(Line::barred(ItemStatus::Indeterminate, Some("missing-birth-date")));
        }
        match self.eligible(item) {
            Eligible::Yes => {}
            Eligible::No => return Some(Line::barred(ItemStatus::NotEligible, None)),
            Eligible::SexMissing => return Some(Line::barred(ItemStatus::Indeterminate, Some("missing-sex"))),
        }
        if self.alive == Verdict::Unknown {
            return Some(Line::barred(ItemStatus::Indeterminate, Some("death-date-partial")));
        }
        for exclusion in &item.exclusions {
            let finding = evaluate(&exclusion.when, &mut self.ctx);
            if finding.verdict.is_yes() {
                let barred = Line::barred(ItemStatus::Excluded, Some(&exclusion.reason));
                return Some(Line { facts: finding.evidence, ..barred });
            }
        }
        let fact = self.not_done.contraindication(self.ctx.dossier, index, self.ctx.day)?;
        Some(Line { facts: smallvec![fact], ..Line::barred(ItemStatus::Excluded, Some("contraindicated")) })
    }

    /// Answers whether some line of eligibility holds, whatever the sex where it is not known.
    fn eligible(&mut self, item: &'d Item) -> Eligible {
        let sex = match self.ctx.dossier.patient().map(|p| p.sex) {
            Some(known @ (Sex::Female | Sex::Male)) => Some(known),
            _ => None,
        };
        let (mut female, mut male) = (false, false);
        for line in &item.eligibility {
            if line.sex.is_some() && sex.is_some() && line.sex != sex {
                continue;
            }
            if self.holds(line) {
                female |= line.sex != Some(Sex::Male);
                male |= line.sex != Some(Sex::Female);
            }
        }
        match (sex, female, male) {
            (_, true, true) | (Some(Sex::Female), true, _) | (Some(Sex::Male), _, true) => Eligible::Yes,
            (None, false, false) | (Some(_), _, _) => Eligible::No,
            (None, _, _) => Eligible::SexMissing,
        }
    }

    fn holds(&mut self, line: &'d Eligibility) -> bool {
        let day = self.ctx.day;
        self.ctx.is_aged(day, (line.age_min, line.age_max))
            && (line.requires_any.is_empty() || self.any_yes(&line.requires_any).is_some())
    }

    fn any_yes(&mut self, conditions: &'d [Condition]) -> Option<Facts> {
        for condition in conditions {
            let finding = evaluate(condition, &mut self.ctx);
            if finding.verdict.is_yes() {
                return Some(finding.evidence);
            }
        }
        None
    }

    /// Answers the line of an item that is asked: its components, then a refusal.
    fn concluded(&mut self, item: &'d Item, index: usize, only: Option<usize>) -> Line<'d> {
        let mut unconcerned = Facts::new();
        self.turns = None;
        for (n, component) in item.components.iter().enumerate() {
            if only.is_some_and(|o| o != n) {
                continue;
            }
            if let Some(facts) = self.any_yes(&component.not_applicable_if) {
                unconcerned.extend(facts);
                continue;
            }
            let part = part::conclude(&component.rule, &mut self.ctx);
            let soon = self.is_due_soon(&part, component.lead_days);
            self.parts.push((part, soon));
        }
        let Some(mut whole) = join(&mut self.parts) else {
            return Line { facts: unconcerned, ..Line::barred(ItemStatus::Excluded, Some("known-disease")) };
        };
        self.refuse(&mut whole.0, item, index);
        let (part, due_soon) = whole;
        let (status, due, reason) = (part.status, part.due, part.reason);
        let last_done = part::last_date(&part);
        Line { status, reason, due, last_done, due_soon, turns: self.turns, facts: part.facts }
    }

    fn is_due_soon(&mut self, part: &Part<'_>, usual: ParamId) -> bool {
        let Some(due) = part.due.filter(|_| part.is_current()) else { return false };
        self.may_turn(due);
        let Some(lead) = self.ctx.integer(part.lead_days.unwrap_or(usual)) else { return false };
        let notice = due.add_days(-lead);
        self.may_turn(notice);
        self.ctx.day >= notice
    }

    fn may_turn(&mut self, day: Day) {
        if day > self.ctx.day {
            self.turns = Some(self.turns.map_or(day, |known| known.min(day)));
        }
    }

    /// Turns what is not up to date into a refusal in force: for as long as the item's interval,
    /// and no longer than the catalogue says.
    fn refuse(&mut self, part: &mut Part<'_>, item: &'d Item, index: usize) {
        if !matches!(part.status, ItemStatus::Expired | ItemStatus::NeverDone) {
            return;
        }
        let Some((fact, day)) = self.not_done.refusal(self.ctx.dossier, index, self.ctx.day) else { return };
        let Some(most) = self.ctx.integer(item.refusal_months) else { return };
        let months = part.months.map_or(most, |own| own.min(most));
        let ends = day.add_months(months);
        if self.ctx.day < ends {
            self.may_turn(ends);
            part.status = ItemStatus::Refused;
            part.reason = Some("refused");
            part.facts.push(fact);
        }
    }
}

/// What the lines of eligibility say together.
enum Eligible {
    Yes,
    No,
    /// It would hold for one sex only, and the sex is not known.
    SexMissing,
}

/// Joins the parts of the applicable components, each with whether it is due soon, and leaves none;
/// `None` when none is applicable.
fn join<'r>(parts: &mut Vec<(Part<'r>, bool)>) -> Option<(Part<'r>, bool)> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let has = |status| parts.iter().any(|(p, _)| p.status == status);
    let every = |status| parts.iter().all(|(p, _)| p.status == status);
    let unknown = has(ItemStatus::Indeterminate);
    let status = if unknown {
        ItemStatus::Indeterminate
    } else if every(ItemStatus::UpToDate) {
        ItemStatus::UpToDate
    } else if every(ItemStatus::NeverDone) {
        ItemStatus::NeverDone
    } else {
        ItemStatus::Expired
    };
    let due = match status {
        ItemStatus::UpToDate => parts.iter().filter_map(|(p, _)| p.due).min(),
        // A component that never was up to date leaves no day on which the whole ceased to be.
        ItemStatus::Expired if parts.iter().all(|(p, _)| p.due.is_some() || p.is_current()) => {
            parts.iter().filter_map(|(p, _)| p.due).min()
        }
        _ => None,
    };
    let reason = match status {
        ItemStatus::Expired => Some(INCOMPLETE),
        ItemStatus::Indeterminate => Some(part::PARAMETER_UNKNOWN),
        _ => None,
    };
    let due_soon = status == ItemStatus::UpToDate && parts.iter().any(|(_, soon)| *soon);
    let months = parts.iter().filter_map(|(p, _)| p.months).min();
    let facts = parts.iter().flat_map(|(p, _)| p.facts.iter().copied()).collect();
    let last = parts.drain(..).filter_map(|(p, _)| p.last).max_by_key(|d| (d.moment(), d.fact));
    Some((Part { status, due, last, facts, reason, months, lead_days: None }, due_soon))
}
