//! On which side of the comparison somebody is.

use super::told::rules;
use super::told::visit;
use super::told::who;
use super::told::with;
use crate::domain::enrolment::testing::contract;
use crate::domain::enrolment::testing::declared;
use crate::domain::enrolment::testing::patient;
use crate::domain::enrolment::testing::record;
use crate::domain::fact::Fact;
use crate::domain::fact::Record;
use crate::domain::fact::Sex;
use crate::domain::indicator::Arm;
use crate::domain::merge::Standing;

fn arm(records: &[Record], on: &str) -> Option<Arm> {
    with(&rules(), records, Standing::default(), (on, on), |subject| {
        assert!(subject.arm_status() >= crate::domain::verdict::RuleStatus::Interpretation);
        subject.arm()
    })
}

fn episode(span: &str) -> Record {
    record("EpisodeOfCare/c", Fact::Episode(contract(span)))
}

#[test]
fn until_2024_the_contract_decides_and_from_2025_the_declaration() {
    let free = || who(patient("1970-01-01", Sex::Male));
    let bound = || who(declared("1970-01-01", Sex::Male));
    let seen = || visit("e", "2024-06-01", "Practitioner/gp", None);
    let unknown = || visit("e", "2024-06-01", "Practitioner/nobody", None);
    let cases: Vec<(Vec<Record>, &str, Option<Arm>)> = vec![
        (vec![free()], "2024-12-31", Some(Arm::Other)),
        (vec![free(), seen()], "2024-12-31", Some(Arm::Seen)),
        (vec![free(), seen()], "2026-06-01", Some(Arm::Seen)),
        (vec![free(), seen()], "2026-06-02", Some(Arm::Other)),
        (vec![free(), unknown()], "2024-12-31", None),
        (vec![bound()], "2024-12-31", Some(Arm::Declared)),
        (vec![bound(), unknown()], "2024-12-31", Some(Arm::Declared)),
        (vec![bound()], "2025-01-01", Some(Arm::Mtr)),
        (vec![bound(), episode("2023-01-01/")], "2024-12-31", Some(Arm::Mtr)),
        (vec![free(), episode("2023-01-01/"), seen()], "2024-12-31", Some(Arm::Mtr)),
        (vec![free(), episode("2023-01-01/"), seen()], "2025-01-01", Some(Arm::Seen)),
        // A contract that says when it ended takes a declared patient out.
        (vec![bound(), episode("2023-01-01/2025-03-31")], "2025-03-31", Some(Arm::Mtr)),
        (vec![bound(), episode("2023-01-01/2025-03-31")], "2025-04-01", Some(Arm::Declared)),
        // A contract of which only the month is known.
        (vec![free(), episode("2024-06/")], "2024-06-15", None),
        (vec![free(), episode("2024-06/")], "2024-07-01", Some(Arm::Mtr)),
    ];
    for (records, on, want) in cases {
        assert_eq!(arm(&records, on), want, "{on} {records:?}");
    }
}

#[test]
fn every_arm_has_its_own_code_and_label() {
    for (n, one) in Arm::ALL.iter().enumerate() {
        assert!(Arm::ALL[..n].iter().all(|other| other.code() != one.code() && other.label_fr() != one.label_fr()));
    }
}
