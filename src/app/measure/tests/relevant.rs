//! Facts that are passed over, unread, change nothing: over the facts of every worked example.

use crate::domain::asked::Asked;
use crate::domain::calendar::Day;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::StructureScope;
use crate::domain::fact::ActFact;
use crate::domain::fact::ActState;
use crate::domain::fact::Coding;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::fact::Value;
use crate::domain::prevention;
use crate::domain::relevance;
use crate::domain::typologie;
use crate::rulebook;
use crate::store::Relevant;
use std::collections::BTreeSet;
use std::path::Path;

fn wanted(records: &[Record], texts: &BTreeSet<Box<str>>, sought: &[Kind]) -> Vec<Record> {
    let relevant = Relevant::new(texts.iter().map(|text| &**text), sought).unwrap();
    let wants = |record: &&Record| {
        let fact = record.current().unwrap().fact.as_ref().unwrap();
        relevant.wants(record.kind, &postcard::to_stdvec(fact).unwrap())
    };
    records.iter().filter(wants).cloned().collect()
}

/// Runs `same` over the facts of every example, whole and without what is passed over; answers how many
/// facts were.
fn compared(
    texts: fn(&crate::domain::rules::Rules) -> BTreeSet<Box<str>>,
    sought: &[Kind],
    same: impl Fn(&Dossier<'_>, &Dossier<'_>, Day) -> bool,
) -> usize {
    let book = rulebook::load(&rulebook::Source::read_dir(Path::new("mappings")).unwrap()).unwrap();
    let texts = texts(&book.rules);
    let mut passed_over = 0;
    for (n, (day, records)) in rulebook::examples::charts(&book).into_iter().enumerate() {
        let fewer = wanted(&records, &texts, sought);
        passed_over += records.len() - fewer.len();
        let (whole, fewer) = (Dossier::build(&records, &book.rules), Dossier::build(&fewer, &book.rules));
        for day in [day, day.add_months(-7), day.add_months(13)] {
            assert!(same(&whole, &fewer, day), "example {n} on {day}");
        }
    }
    passed_over
}

/// An act with that code alone.
fn coded(system: &str, code: &str) -> Fact {
    Fact::Act(ActFact {
        state: ActState::Done,
        codings: [Coding::new(system, code)].into(),
        when: None,
        period: None,
        value: Value::None,
        absent: false,
        components: Vec::new(),
        interpretation: Vec::new(),
        reference_high: None,
        reasons: Vec::new(),
    })
}

/// Every way to write a code that leads to a concept asked for: by each address of its system, and by the
/// codes of vendors too.
#[test]
fn whatever_means_a_concept_that_is_asked_for_is_read() {
    let book = rulebook::load(&rulebook::Source::read_dir(Path::new("mappings")).unwrap()).unwrap();
    let rules = &book.rules;
    let mut of_items = Asked::of(rules);
    rules.items.iter().for_each(|item| of_items.item(item));
    let mut of_money = Asked::of(rules);
    rules.typologies.iter().for_each(|typologie| of_money.condition(&typologie.eligible));
    let cases = [
        (of_items, relevance::texts_of_items(rules), &relevance::SOUGHT_FOR_CARD[..]),
        (of_money, relevance::texts_of_acts(rules), &relevance::SOUGHT_FOR_MONEY[..]),
    ];
    for (asked, texts, sought) in cases {
        let relevant = Relevant::new(texts.iter().map(|text| &**text), sought).unwrap();
        let mut vendors = 0;
        for (system, code, found) in rules.concepts.codes() {
            if !found.iter().any(|concept| asked.concepts.contains(concept)) {
                continue;
            }
            vendors += usize::from(system.uri.contains("exemple-editeur"));
            for address in system.aliases.iter().chain([&system.uri]) {
                let fact = postcard::to_stdvec(&coded(address, &code)).unwrap();
                assert!(relevant.wants(Kind::Observation, &fact), "{address}|{code}");
            }
        }
        assert!(vendors > 0);
    }
}

#[test]
fn the_card_is_the_same() {
    let same =
        |whole: &Dossier<'_>, fewer: &Dossier<'_>, day| prevention::card(whole, day) == prevention::card(fewer, day);
    assert!(compared(relevance::texts_of_items, &relevance::SOUGHT_FOR_CARD, same) > 100);
}

#[test]
fn a_month_of_money_is_the_same() {
    let directory = Directory::default();
    let scope = StructureScope::new(&directory, "s", &[], SitePolicy::EveryOrganization);
    let same = |whole: &Dossier<'_>, fewer: &Dossier<'_>, day: Day| {
        typologie::patient_month(whole, &scope, day.month()) == typologie::patient_month(fewer, &scope, day.month())
    };
    assert!(compared(relevance::texts_of_acts, &relevance::SOUGHT_FOR_MONEY, same) > 100);
}
