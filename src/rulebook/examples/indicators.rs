//! Runs one example of an indicator: what one patient brings to its groups over a period.

use super::Wrong;
use super::facts::Reader;
use super::facts::unreadable;
use super::practice;
use super::practice::STRUCTURE;
use crate::domain::calendar::Day;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::StructureScope;
use crate::domain::indicator::Counts;
use crate::domain::indicator::Derived;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Share;
use crate::domain::indicator::Subject;
use crate::rulebook::Rulebook;
use crate::rulebook::link::at::At;

/// Answers everything wrong with one example of an indicator.
pub fn one(book: &Rulebook, reader: &Reader<'_>, root: &At<'_>, example: &At<'_>) -> Vec<Wrong> {
    checked(book, reader, root, example).unwrap_or_else(|wrong| vec![wrong])
}

fn checked(book: &Rulebook, reader: &Reader<'_>, root: &At<'_>, example: &At<'_>) -> Result<Vec<Wrong>, Wrong> {
    let rules = &book.rules;
    let expect = example.key("expect").ok_or_else(|| unreadable("expect"))?;
    let period = period(example)?;
    let records = reader.records(example, &period.1.to_string())?;
    let directory = Directory::build(&practice::records(), rules);
    let scope = StructureScope::new(&directory, STRUCTURE, &[], SitePolicy::Tree);
    let dossier = Dossier::build(&records, rules);
    let subject = Subject::new(&dossier, &scope, period);
    let measure = QualityMeasure::find(rules, root.text_of("id")).ok_or_else(|| unreadable("id"))?;
    let shares = measure.shares(&subject);
    let codes: Vec<Box<str>> = measure.groups(rules).into_iter().map(|group| group.code).collect();
    let counts: Vec<Counts> = (0..codes.len()).map(|group| summed(&shares, group)).collect();

    let mut wrong = Vec::new();
    for (code, at) in expect.key("groups").map(|groups| groups.entries()).unwrap_or_default() {
        let group = codes.iter().position(|known| **known == *code).ok_or_else(|| unreadable(code))?;
        differs(&mut wrong, code, in_words(expected(&at)), in_words(counts[group]));
    }
    if expect.key("arm").is_some() {
        let found = subject.arm().map_or("unknown", |arm| arm.code());
        differs(&mut wrong, "arm", expect.text_of("arm").to_owned(), found.to_owned());
    }
    if expect.key("rule_status").is_some() {
        let found = shares.iter().map(|share| share.status).max().map(|status| status.code()).unwrap_or_default();
        differs(&mut wrong, "rule_status", expect.text_of("rule_status").to_owned(), found.to_owned());
    }
    let QualityMeasure::Indicator(n) = measure else { return Ok(wrong) };
    let derived = rules.indicators[n].derived(rules, subject.day(), &counts, STRUCTURE);
    for (code, at) in expect.key("derived").map(|derived| derived.entries()).unwrap_or_default() {
        let found = derived.iter().find(|one| one.code == code).ok_or_else(|| unreadable(code))?;
        differs(&mut wrong, code, at.text().to_owned(), value(found));
    }
    Ok(wrong)
}

fn period(example: &At<'_>) -> Result<(Day, Day), Wrong> {
    let period = example.key("period").ok_or_else(|| unreadable("period"))?;
    let day = |key: &str| period.text_of(key).parse::<Day>().map_err(|_| unreadable(key));
    Ok((day("from")?, day("to")?))
}

fn summed(shares: &[Share], group: usize) -> Counts {
    shares.iter().filter(|share| share.group == group).map(|share| share.counts).sum()
}

fn expected(at: &At<'_>) -> Counts {
    let large = |key: &str| at.integer_of(key).and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let number = |key: &str| u32::try_from(large(key)).unwrap_or(u32::MAX);
    Counts {
        initial: number("initial"),
        denominator: number("denominator"),
        excluded: number("excluded"),
        numerator: number("numerator"),
        undecided: number("undecided"),
        measured: number("measured"),
        sum: large("sum"),
        known: number("known"),
        missing: number("missing"),
    }
}

/// `initial 1, denominator 1`: what is not named is none.
fn in_words(counts: Counts) -> String {
    let members = [
        ("initial", counts.initial.into()),
        ("denominator", counts.denominator.into()),
        ("excluded", counts.excluded.into()),
        ("numerator", counts.numerator.into()),
        ("undecided", counts.undecided.into()),
        ("measured", counts.measured.into()),
        ("sum", counts.sum),
        ("known", counts.known.into()),
        ("missing", counts.missing.into()),
    ];
    let told: Vec<String> = members.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name} {n}")).collect();
    told.join(", ")
}

fn value(derived: &Derived) -> String {
    derived.value.map_or_else(|| "unknown".to_owned(), |value| value.to_string())
}

fn differs(wrong: &mut Vec<Wrong>, key: &str, expected: String, found: String) {
    if expected != found {
        wrong.push(Wrong::Differs(key.to_owned(), expected, found));
    }
}
