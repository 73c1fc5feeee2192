//! Facts that are passed over, unread, change nothing: over the facts of every worked example.

use crate::domain::calendar::Day;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::StructureScope;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
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
