//! Merged patients: which records are one person's, and which of them stands for it.
//!
//! Owns: how Patient.link is read (R4 patient.html: replaced-by, replaces). A merge is an alias read
//! at evaluation: nothing moves, and a link that is removed is undone. Must not know: where records
//! are kept. Links that contradict each other are doubts, never an error: each record still counts
//! for one person and once.

use super::fact::Fact;
use super::fact::Kind;
use super::fact::PatientFact;
use super::fact::Record;

/// How many records of one person are followed.
const LIMIT: usize = 64;

/// Several living patients stand for one.
pub const AMBIGUOUS: &str = "merge-ambiguous";
/// Patients stand for each other in a circle: the one of the least id is taken.
pub const CYCLE: &str = "merge-cycle";
/// The patient that stands for this one is not known, or deleted: it counts alone.
pub const UNKNOWN: &str = "merge-survivor-unknown";
/// More records than are followed.
pub const INCOMPLETE: &str = "merge-incomplete";

/// What the records of a patient say of its merges; each list in order, without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Who stands for it.
    by: Vec<Box<str>>,
    /// For whom it stands.
    of: Vec<Box<str>>,
    /// It is said to stand for itself.
    itself: Itself,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Itself {
    #[default]
    No,
    Yes,
}

/// One person: the patient that stands for it, and all its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The survivor first.
    pub records: Vec<Box<str>>,
    /// Stable codes, each once.
    pub doubts: Vec<&'static str>,
}

impl Person {
    /// Answers the patient that stands for the person.
    pub fn survivor(&self) -> &str {
        self.records.first().map_or("", |id| id)
    }
}

/// How a record takes part in an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub place: Place,
    pub doubts: Vec<&'static str>,
}

/// Whether the record asked about is the one that is paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Survivor,
    /// Another stands for the person: asked about for itself it is never paid.
    Replaced,
}

/// Adds a record to those of a person. An appointment that is of several of the merged patients
/// stands there once, as the one who still has it tells it.
pub fn add(records: &mut Vec<Record>, record: Record) {
    let twin = |other: &Record| other.kind == record.kind && other.id == record.id;
    let met = if record.kind == Kind::Appointment { records.iter().position(twin) } else { None };
    let lives = |record: &Record| record.current().is_some_and(|version| version.fact.is_some());
    match met {
        None => records.push(record),
        Some(place) if !lives(&records[place]) => records[place] = record,
        Some(_) => {}
    }
}

impl Links {
    /// Reads the links of a patient from the records kept with it: its own, and those of the
    /// patients that name it. Most have none.
    pub fn of(id: &str, records: &[Record]) -> Links {
        let mut links = Links::default();
        for (other, fact) in patients(records) {
            if other == id {
                fact.replaced_by.iter().for_each(|by| links.add_by(id, by));
                fact.replaces.iter().for_each(|of| links.add_of(id, of));
            }
        }
        for (other, fact) in patients(records).filter(|(other, _)| *other != id) {
            if fact.replaces.iter().any(|named| **named == *id) {
                links.add_by(id, other);
            }
            if fact.replaced_by.iter().any(|named| **named == *id) {
                links.add_of(id, other);
            }
        }
        links
    }

    pub fn is_empty(&self) -> bool {
        *self == Links::default()
    }

    fn add_by(&mut self, id: &str, by: &str) {
        if by == id {
            self.itself = Itself::Yes;
        } else if !self.by.iter().any(|known| **known == *by) {
            self.by.push(by.into());
        }
    }

    fn add_of(&mut self, id: &str, of: &str) {
        if of != id && !self.of.iter().any(|known| **known == *of) {
            self.of.push(of.into());
        }
    }
}

/// The patients in force among records.
fn patients(records: &[Record]) -> impl Iterator<Item = (&str, &PatientFact)> {
    records.iter().filter(|record| record.kind == Kind::Patient).filter_map(|record| {
        match record.current().and_then(|version| version.fact.as_ref()) {
            Some(Fact::Patient(fact)) => Some((&*record.id, fact)),
            _ => None,
        }
    })
}

/// Answers the person whose record `id` is. `links` reads those of a patient; `None` when it is not
/// known or deleted.
pub fn resolve<E>(id: &str, links: &mut dyn FnMut(&str) -> Result<Option<Links>, E>) -> Result<Person, E> {
    let mut found = Found { links, doubts: Vec::new() };
    let survivor = found.climb(id)?;
    let mut records = vec![survivor];
    let mut next = 0;
    while let Some(standing) = records.get(next).cloned() {
        next += 1;
        for other in found.of(&standing)?.of {
            if records.contains(&other) || !found.knows(&other)? {
                continue;
            }
            if records.len() >= LIMIT {
                found.doubt(INCOMPLETE);
                break;
            }
            match found.stands_for(&other)? {
                Some(by) if by == standing => records.push(other),
                // Another stands for it, who is asked in its turn.
                _ => found.doubt(AMBIGUOUS),
            }
        }
    }
    Ok(Person { records, doubts: found.doubts })
}

struct Found<'l, E> {
    links: &'l mut dyn FnMut(&str) -> Result<Option<Links>, E>,
    doubts: Vec<&'static str>,
}

impl<E> Found<'_, E> {
    fn doubt(&mut self, code: &'static str) {
        if !self.doubts.contains(&code) {
            self.doubts.push(code);
        }
    }

    fn of(&mut self, id: &str) -> Result<Links, E> {
        (self.links)(id).map(Option::unwrap_or_default)
    }

    fn knows(&mut self, id: &str) -> Result<bool, E> {
        (self.links)(id).map(|links| links.is_some())
    }

    /// Answers who stands for a patient: the first that is named and known.
    fn stands_for(&mut self, id: &str) -> Result<Option<Box<str>>, E> {
        let links = self.of(id)?;
        if links.itself == Itself::Yes {
            self.doubt(CYCLE);
        }
        let mut known = Vec::new();
        for by in &links.by {
            if self.knows(by)? {
                known.push(by.clone());
            }
        }
        if known.is_empty() && !links.by.is_empty() {
            self.doubt(UNKNOWN);
        }
        if known.len() > 1 {
            self.doubt(AMBIGUOUS);
        }
        Ok(known.into_iter().next())
    }

    /// Follows who stands for whom to the last.
    fn climb(&mut self, id: &str) -> Result<Box<str>, E> {
        let mut path: Vec<Box<str>> = vec![id.into()];
        let mut last: Box<str> = id.into();
        while let Some(by) = self.stands_for(&last)? {
            if let Some(start) = path.iter().position(|step| *step == by) {
                self.doubt(CYCLE);
                return Ok(path.split_off(start).into_iter().min().unwrap_or(last));
            }
            if path.len() >= LIMIT {
                self.doubt(INCOMPLETE);
                break;
            }
            path.push(by.clone());
            last = by;
        }
        Ok(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `a>b` (a is replaced by b) and `a<b` (a says that it replaces b); `x!` is not known.
    fn person(id: &str, said: &str) -> (Vec<String>, Vec<&'static str>) {
        let links = |id: &str| -> Result<Option<Links>, ()> {
            if said.split(' ').any(|word| word == format!("{id}!")) {
                return Ok(None);
            }
            let mut links = Links::default();
            for word in said.split(' ') {
                let (a, b, forward) = match (word.split_once('>'), word.split_once('<')) {
                    (Some((a, b)), _) => (a, b, true),
                    (_, Some((a, b))) => (b, a, false),
                    _ => continue,
                };
                if a == id {
                    links.add_by(id, b);
                }
                if b == id && (forward || a != b) {
                    links.add_of(id, a);
                }
            }
            Ok(Some(links))
        };
        let found = resolve(id, &mut { links }).unwrap();
        (found.records.iter().map(ToString::to_string).collect(), found.doubts)
    }

    #[test]
    fn records_are_one_person_whichever_is_asked() {
        let none: &[&str] = &[];
        let cases = [
            ("", "a", "a", none),
            ("b>a", "a b", "a b", none),
            ("a<b", "a b", "a b", none),
            ("b>a a<b", "a b", "a b", none),
            ("c>b b>a", "a b c", "a b c", none),
            ("c>a b>a", "a b c", "a c b", none),
            ("a>b b>a", "a b", "a b", &[CYCLE]),
            ("b>c c>a a>b", "a b c", "a c b", &[CYCLE]),
            ("d>b a>b b>a", "a b d", "a b d", &[CYCLE]),
            ("a>a", "a", "a", &[CYCLE]),
            ("b>a a!", "b", "b", &[UNKNOWN]),
            ("b>x b>a x!", "a b", "a b", none),
        ];
        for (said, asked, want, doubts) in cases {
            for id in asked.split(' ') {
                let (records, told) = person(id, said);
                assert_eq!(records.join(" "), want, "{id} in {said}");
                assert_eq!(told, doubts, "{id} in {said}");
            }
        }
    }

    #[test]
    fn of_two_survivors_the_first_has_the_record_and_both_are_doubtful() {
        for (id, want) in [("a", "a x"), ("x", "a x"), ("b", "b")] {
            let (records, told) = person(id, "x>a x>b");
            assert_eq!((records.join(" ").as_str(), told.as_slice()), (want, &[AMBIGUOUS][..]), "{id}");
        }
    }

    #[test]
    fn a_long_chain_is_told_to_be_cut() {
        let chain: Vec<String> = (0..LIMIT + 5).map(|n| format!("p{n}>p{}", n + 1)).collect();
        let (records, told) = person("p0", &chain.join(" "));
        assert_eq!((records.len(), told), (LIMIT, vec![INCOMPLETE]));
    }
}
