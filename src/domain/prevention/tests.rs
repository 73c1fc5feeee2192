mod composition;
mod properties;
mod rules;

use super::*;
use crate::domain::dossier::Dossier;
use crate::domain::fact::ActFact;
use crate::domain::fact::Record;
use crate::domain::testing::*;

/// Answers the line of item 0 on a day, for a woman born on that day.
fn line_of(book: &Book, birth: &str, facts: &[Record], date: &str) -> ItemResult {
    let mut records = vec![person(birth, Sex::Female)];
    records.extend_from_slice(facts);
    line(book, &records, date)
}

fn line(book: &Book, records: &[Record], date: &str) -> ItemResult {
    let dossier = Dossier::build(records, &book.0);
    let result = item(&dossier, day(date), 0);
    assert_eq!(card(&dossier, day(date)).items[0], result);
    result
}

/// Answers acts coded by our own evidence codes, one per `code date`.
fn acts(told: &[&str]) -> Vec<Record> {
    told.iter()
        .enumerate()
        .map(|(n, text)| {
            let (code, date) = text.split_once(' ').unwrap();
            observation(&format!("o{n}"), act((OWN, code), date))
        })
        .collect()
}

/// Says a line in short: `up-to-date 2027-01-01 soon reason`.
fn told(result: &ItemResult) -> String {
    let mut text = result.status.code().to_owned();
    if let Some(due) = result.due {
        text += &format!(" {due}");
    }
    if result.due_soon {
        text += " soon";
    }
    if let Some(reason) = &result.reason {
        text += &format!(" ({reason})");
    }
    text
}
