//! The practice has what each indicator counts: a demonstration that shows zeros shows nothing.

use super::october;
use crate::cli::demo::population::Resource;
use crate::cli::demo::population::resources;
use crate::domain::calendar::Instant;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::StructureScope;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::fact::Version;
use crate::domain::indicator::Arm;
use crate::domain::indicator::Counts;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Subject;
use crate::domain::rules::Rules;
use crate::fhir::facts;
use crate::fhir::facts::HashKey;
use crate::fhir::json::tree;
use crate::rulebook::Source;
use crate::rulebook::load;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

fn record(resource: Resource) -> Record {
    let fact = facts::fact(resource.kind, &tree(&resource.body), "http://localhost/fhir", &HashKey([7; 32]));
    let version = Version { number: 1, known: Instant(1_577_836_800_000_000), fact };
    Record { kind: resource.kind, id: resource.id.into(), versions: [version].into() }
}

/// Sums by measure id and group, and the arms met.
type Sums = (BTreeMap<(String, String), Counts>, BTreeSet<&'static str>);

fn sums(rules: &Rules, patients: u32) -> Sums {
    let mut shared = Vec::new();
    let mut charts: Vec<Vec<Record>> = Vec::new();
    for resource in resources(&october(patients)) {
        match resource.kind {
            Kind::Practitioner | Kind::PractitionerRole | Kind::Organization | Kind::Location => {
                shared.push(record(resource));
            }
            Kind::Patient => charts.push(vec![record(resource)]),
            _ => charts.last_mut().unwrap().push(record(resource)),
        }
    }
    let directory = Directory::build(&shared, rules);
    let scope = StructureScope::new(&directory, "msp-demo", &[], SitePolicy::EveryOrganization);
    let period = ("2025-11-01".parse().unwrap(), "2026-10-31".parse().unwrap());
    let (mut all, mut arms) = Sums::default();
    for chart in &charts {
        let dossier = Dossier::build(chart, rules);
        let subject = Subject::new(&dossier, &scope, period);
        arms.insert(subject.arm().map_or("unknown", Arm::code));
        for measure in QualityMeasure::all(rules) {
            let groups = measure.groups(rules);
            for share in measure.shares(&subject) {
                let key = (measure.id(rules).to_owned(), groups[share.group].code.to_string());
                *all.entry(key).or_default() += share.counts;
            }
        }
    }
    (all, arms)
}

#[test]
fn every_indicator_has_something_to_show() {
    let rules =
        load(&Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings")).unwrap()).unwrap().rules;
    let (sums, arms) = sums(&rules, 400);
    let of = |id: &str, group: &str| sums.get(&(id.to_owned(), group.to_owned())).copied().unwrap_or_default();
    for (id, group) in [
        ("prevention-fill-rate", "blood-pressure"),
        ("prevention-fill-rate", "colorectal-cancer"),
        ("no-show-rate", "no-show-rate"),
        ("high-consumers", "high-consumers"),
        ("high-consumers", "personne-agee"),
        ("cancer-screenings", "cancer-screenings"),
        ("team-contacts", "gp"),
        ("team-contacts", "midwife"),
        ("team-contacts", "nurse"),
        ("team-contacts", "advanced-practice-nurse"),
    ] {
        let counts = of(id, group);
        assert!(counts.numerator > 0 && counts.numerator < counts.base(), "{id} {group} {counts:?}");
    }
    let minutes = of("consultation-minutes", "consultation-minutes");
    assert!(minutes.measured > 100 && minutes.sum > 0 && of("consultation-minutes", "year-3").measured > 0);
    assert!((200..400).contains(&of("active-file", "active-file").initial));
    // One patient in two hundred leaves within a year: none of so few has to.
    assert!(of("practitioner-change", "practitioner-change").base() > 200);
    // Every Organization of a demonstration is of the structure: nobody is consulted elsewhere.
    let leakage = of("leakage", "leakage");
    assert!(leakage.denominator > 0 && leakage.numerator == 0);
    for arm in ["mtr", "seen", "other"] {
        assert!(arms.contains(arm), "{arm}");
    }
    for ((id, group), counts) in &sums {
        assert!(counts.numerator <= counts.base(), "{id} {group}");
    }
}
