//! Pages under writes: whatever happens between two pages, what nobody changes is told once, and what
//! comes later is left out. A driver with a seed: a run that fails is run again by its number.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Whom the resources are of.
const PATIENTS: [&str; 3] = ["p", "q", "r"];
const WEIGHT: &str = "29463-7";
const HEIGHT: &str = "8302-2";

/// A search, and which resources it finds: by patient and by code.
type Asked = (&'static str, fn(&Known) -> bool);

/// Every way in which candidates are found and put in order.
const SEARCHES: [Asked; 11] = [
    ("code=29463-7", |one| one.code == WEIGHT),
    ("code=29463-7,8302-2", |_| true),
    ("patient=p", |one| one.patient == "p"),
    ("subject=Patient/p,Patient/q", |one| one.patient != "r"),
    ("status=final", |_| true),
    ("_lastUpdated=ge2020-01-01", |_| true),
    ("date=ge2024-02-10", |one| one.day >= 10),
    ("_sort=-date", |_| true),
    ("code=29463-7&_sort=date,-_id", |one| one.code == WEIGHT),
    ("patient.gender=male", |one| one.patient != "q"),
    ("patient:not=p&_sort=code", |one| one.patient != "p"),
];

/// Numbers that are the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }
}

/// What a resource says, as far as it is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    patient: &'static str,
    code: &'static str,
    day: usize,
    value: usize,
}

impl Known {
    fn any(dice: &mut Dice) -> Known {
        let code = if dice.roll(2) == 0 { WEIGHT } else { HEIGHT };
        Known { patient: PATIENTS[dice.roll(3)], code, day: 1 + dice.roll(28), value: 60 + dice.roll(60) }
    }

    fn resource(&self, id: &str) -> Value {
        make::with(
            make::observation(
                id,
                self.patient,
                make::concept("http://loinc.org", self.code),
                &format!("2024-02-{:02}", self.day),
            ),
            json!({"valueQuantity": make::quantity(self.value as f64, if self.code == WEIGHT { "kg" } else { "cm" })}),
        )
    }
}

/// The records of a structure, and which of them were touched since its first page.
struct Practice {
    client: Client,
    dice: Dice,
    stored: BTreeMap<String, Known>,
    touched: BTreeSet<String>,
    made: usize,
}

impl Practice {
    fn open(seed: u64) -> Practice {
        let client = harness::structure();
        client.push(&[
            make::patient("p", "male", "1950-01-01"),
            make::patient("q", "female", "1950-01-01"),
            make::patient("r", "male", "1950-01-01"),
        ]);
        let mut practice =
            Practice { client, dice: Dice(seed), stored: BTreeMap::new(), touched: BTreeSet::new(), made: 0 };
        for _ in 0..5 + practice.dice.roll(25) {
            practice.create();
        }
        practice
    }

    fn create(&mut self) {
        self.made += 1;
        // Ids stand anywhere among the others.
        let id = format!("{}{}", char::from(b'a' + u8::try_from(self.dice.roll(26)).unwrap()), self.made);
        let known = Known::any(&mut self.dice);
        self.client.store(&known.resource(&id)).expect(201);
        self.touched.insert(id.clone());
        self.stored.insert(id, known);
    }

    fn one(&mut self) -> Option<String> {
        let count = self.stored.len();
        (count > 0).then(|| self.stored.keys().nth(self.dice.roll(count)).unwrap().clone())
    }

    fn write(&mut self) {
        let what = self.dice.roll(4);
        let Some(id) = self.one().filter(|_| what > 0) else { return self.create() };
        self.touched.insert(id.clone());
        if what == 1 {
            self.client.delete(&format!("/Observation/{id}")).expect(204);
            self.stored.remove(&id);
            // Sometimes it comes back, as something else.
            if self.dice.roll(3) > 0 {
                return;
            }
        }
        let known = Known::any(&mut self.dice);
        self.client.store(&known.resource(&id));
        self.stored.insert(id, known);
    }

    /// Follows a search to its end with writes between the pages; answers the ids told, in order.
    fn walk(&mut self, query: &str) -> Vec<String> {
        let mut path = format!("/Observation?{query}&_count={}", 1 + self.dice.roll(6));
        let mut told = Vec::new();
        loop {
            let page = self.client.found(&path);
            let entries = page["entry"].as_array().cloned().unwrap_or_default();
            told.extend(entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()));
            let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
            let Some(next) = next else { return told };
            assert!(told.len() <= self.made * 4, "no end: {query}");
            path = next["url"].as_str().unwrap().split("/fhir").last().unwrap().to_owned();
            for _ in 0..self.dice.roll(5) {
                self.write();
            }
        }
    }
}

#[test]
fn what_nobody_changes_is_told_once_and_later_creations_are_left_out() {
    let (mut pages_with_writes, mut unchanged_seen) = (0, 0);
    for seed in 0..44 {
        let mut practice = Practice::open(seed);
        let (query, finds) = SEARCHES[usize::try_from(seed).unwrap() % SEARCHES.len()];
        practice.touched.clear();
        let before = practice.stored.clone();
        let told = practice.walk(query);
        let unchanged = before.iter().filter(|(id, known)| !practice.touched.contains(*id) && finds(known));
        for (id, known) in unchanged {
            let times = told.iter().filter(|one| *one == id).count();
            assert_eq!(times, 1, "seed {seed}, {query}: {id} {known:?} in {told:?}");
            unchanged_seen += 1;
        }
        for id in &told {
            assert!(before.contains_key(id), "seed {seed}, {query}: {id} came later, in {told:?}");
            let asked_for = practice.touched.contains(id) || finds(&before[id]);
            assert!(asked_for, "seed {seed}, {query}: {id} was not asked for");
        }
        pages_with_writes += usize::from(!practice.touched.is_empty());
    }
    // A driver that writes nothing, or finds nothing, would say nothing.
    assert!(pages_with_writes > 20 && unchanged_seen > 100, "{pages_with_writes} {unchanged_seen}");
}
