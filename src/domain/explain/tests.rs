//! What the explanation says, and that it says nothing else than the figures.

use super::*;
use crate::domain::condition::Condition;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::enrolment::StructureScope;
use crate::domain::enrolment::testing::*;
use crate::domain::fact::*;
use crate::domain::forfait::Brick;
use crate::domain::forfait::MonthlyTariff;
use crate::domain::forfait::Tariff;
use crate::domain::forfait::TariffKind;
use crate::domain::forfait::price;
use crate::domain::statement::Adjustment;
use crate::domain::statement::Reason;
use crate::domain::typologie::Typologie;
use crate::domain::typologie::patient_month;

fn demo() -> (Rules, Tariff) {
    let mut rules = rules();
    let fictional = RuleStatus::Fictional;
    let elder = number(&mut rules, "personne-agee.min", 75);
    let age = || Condition::Age { min: Some(elder), max: None };
    rules.typologies.push(Typologie {
        ordinal: 1,
        id: "personne-agee".into(),
        label_fr: "Personne âgée".into(),
        eligible: age(),
        limits: age(),
        declaration: concept("declares-elder"),
        status: RuleStatus::Fallback,
    });
    let monthly = MonthlyTariff {
        socle: amount(&mut rules, "demo.socle", 840, fictional),
        bricks: vec![Brick { typologie: 0, amount: amount(&mut rules, "demo.elder", 900, fictional), capped: true }],
        cap: Some(amount(&mut rules, "demo.cap", 1_500, fictional)),
        fmt_treatment: param(&mut rules, "demo.fmt", &[("2025-01-01", word("on_top"), fictional)]),
        envelope: None,
    };
    let tariff = Tariff { id: "demo".into(), label_fr: "demo".into(), kind: TariffKind::Monthly(monthly) };
    (rules, tariff)
}

fn explained(records: &[Record], month: &str) -> (Explanation, Result<Forfait, PricingError>) {
    let (rules, tariff) = demo();
    let directory = Directory::build(&tenant(), &rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    let dossier = Dossier::build(records, &rules);
    let decided = patient_month(&dossier, &scope, month.parse().unwrap());
    let priced = price(&dossier, &scope, &decided, &tariff);
    (explain(&dossier, &decided, &priced), priced)
}

fn elder() -> Vec<Record> {
    vec![record("Patient/p", Fact::Patient(declared("1940-01-01", Sex::Male))), seen_on("2026-01-10")]
}

#[test]
fn every_step_is_told_in_the_order_in_which_it_was_decided() {
    let (explanation, priced) = explained(&elder(), "2026-10");
    let rules: Vec<&str> = explanation.steps.iter().map(|step| &*step.rule).collect();
    let want = [
        "alive",
        "identity",
        "enrolment",
        "consommant",
        "payable",
        "personne-agee",
        "socle",
        "personne-agee",
        "ecretement",
        "fmt",
        "total",
    ];
    assert_eq!(rules, want);
    let amounts: i64 = explanation
        .steps
        .iter()
        .filter(|s| matches!(s.about, Subject::Line { .. }))
        .filter_map(|s| s.amount)
        .map(|a| a.0)
        .sum();
    assert_eq!(Centimes(amounts), priced.unwrap().total);
    assert!(explanation.fictional);
}

#[test]
fn each_step_cites_its_parameters_and_evidence() {
    let (explanation, _) = explained(&elder(), "2026-10");
    let step = |rule: &str| explanation.steps.iter().find(|s| &*s.rule == rule).unwrap();
    let window = &step("consommant").parameters[0];
    assert_eq!(
        (&*window.id, window.from, window.status),
        ("consommant.window", Some(day("1900-01-01")), RuleStatus::Official)
    );
    assert_eq!(window.value, Some(ParamValue::Number(24.into())));
    assert_eq!(step("consommant").evidence[0].kind, Kind::Encounter);
    assert_eq!(step("enrolment").evidence[0].kind, Kind::Patient);
    assert_eq!(step("ecretement").amount, Some(Centimes(-240)));
    assert_eq!(step("personne-agee").status, RuleStatus::Fallback);
}

/// What is to be paid rests on the adjusted months too: it is as weak as the weakest of all.
#[test]
fn what_is_to_be_paid_is_as_weak_as_what_is_adjusted() {
    let (mut explanation, _) = explained(&elder(), "2026-10");
    explanation.steps.iter_mut().for_each(|step| step.status = RuleStatus::Official);
    explanation.fictional = false;
    let month = "2026-09".parse().unwrap();
    let adjustment = |after| Adjustment {
        month,
        line: "socle".into(),
        before: Centimes(840),
        after: Centimes(after),
        reason: Reason::Amount,
        causes: Vec::new(),
    };
    let row = MonthRow {
        patient: "p".into(),
        merged_into: None,
        not_payable: None,
        lines: Vec::new(),
        fmt: None,
        year: None,
        status: RuleStatus::Fictional,
        fictional: true,
        doubts: Vec::new(),
        contested: false,
        adjustments: vec![adjustment(740), adjustment(990)],
    };
    let adjusted = explanation.adjusted_by(&row);
    let last = adjusted.steps.last().unwrap();
    assert_eq!((last.about.clone(), last.amount), (Subject::ToPay, Some(Centimes(1500 - 100 + 150))));
    assert_eq!(
        (last.status, adjusted.weakest(), adjusted.fictional),
        (RuleStatus::Fictional, RuleStatus::Fictional, true)
    );
}

#[test]
fn people_read_it_in_french_or_in_english() {
    let (explanation, _) = explained(&elder(), "2026-10");
    let french = explanation.text(Language::Fr).replace('\u{a0}', " ");
    let lines = [
        "Forfait du mois 2026-10",
        "Inscription dans la structure : oui.",
        "Mois payable : oui.",
        "Typologie « Personne âgée » : éligible oui, déclarée non, payée oui.",
        "Ligne « Part socle » : 8,40 €.",
        "Ligne « Écrêtement » : -2,40 €.",
        "Total du mois : 15,00 €.",
        "Preuves : Encounter/e-2026-01-10/_history/1.",
        "Attention : montants fictifs",
    ];
    for line in lines {
        assert!(french.contains(line), "{line}\n{french}");
    }
    let english = explanation.text(Language::En).replace('\u{a0}', " ");
    let lines = [
        "Enrolled in the structure: yes.",
        "Typologie « Personne âgée »: eligible yes, declared no, paid yes.",
        "Line « Écrêtement »: EUR -2.40.",
        "Total of the month: EUR 15.00.",
        "Caution: fictional amounts",
    ];
    for line in lines {
        assert!(english.contains(line), "{line}\n{english}");
    }
}

#[test]
fn what_is_missing_and_why_nothing_is_paid_is_said() {
    let open = encounter("2026-01-10", participant("", "Practitioner/physician"));
    let records =
        [record("Patient/p", Fact::Patient(declared("1951", Sex::Male))), record("Encounter/o", Fact::Encounter(open))];
    let (explanation, _) = explained(&records, "2026-10");
    let french = explanation.text(Language::Fr).replace('\u{a0}', " ");
    for line in [
        "Patient consommant : inconnu.",
        "Manque : profession du soignant.",
        "(profession-unknown)",
        "Total du mois : 0,00 €.",
    ] {
        assert!(french.contains(line), "{line}\n{french}");
    }
    assert!(explanation.fictional, "a total of an invented tariff is one too");
    let english = explanation.text(Language::En);
    assert!(english.contains("Missing: profession."), "{english}");
}

#[test]
fn an_unknown_amount_is_explained_without_a_total() {
    let mut records = elder();
    records.push(record("EpisodeOfCare/c", Fact::Episode(contract("2020-06-16/"))));
    records.push(seen_on("2020-07-01"));
    let (explanation, priced) = explained(&records, "2020-10");
    assert!(priced.is_err());
    let last = explanation.steps.last().unwrap();
    assert!(matches!(last.about, Subject::Unpriced(PricingError::AmountUnknown { .. })));
    assert!(explanation.text(Language::Fr).contains("aucune valeur connue du paramètre demo.socle en 2020-10"));
    assert!(explanation.text(Language::En).contains("no known value of parameter demo.socle in 2020-10"));
}

#[test]
fn an_fmt_year_tells_its_parts_what_is_unknown_and_its_own_reason_not_to_pay() {
    let (rules, _) = demo();
    let directory = Directory::build(&tenant(), &rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    let records = elder();
    let dossier = Dossier::build(&records, &rules);
    let decided = patient_month(&dossier, &scope, "2026-04".parse().unwrap());
    let year = FmtYear {
        year: 2026,
        total: Centimes(5_500),
        parts: vec![("80 ans et plus".into(), Centimes(5_500))],
        advances: vec![("2026-04".parse().unwrap(), Centimes(1_500))],
        partial: true,
        unknown_indicators: vec!["hba1c".into()],
    };
    let paid = Forfait {
        month: decided.month,
        lines: Vec::new(),
        total: Centimes::ZERO,
        not_payable: None,
        fmt: None,
        year: Some(year),
        status: RuleStatus::Fallback,
        fictional: false,
    };
    let refused = Forfait { not_payable: Some(NotPayable::NotEnrolled), year: None, ..paid.clone() };
    let french = |forfait| explain(&dossier, &decided, &Ok(forfait)).text(Language::Fr).replace('\u{a0}', " ");
    let told = french(paid);
    assert!(told.contains("Part annuelle « 80 ans et plus » : 55,00 €."), "{told}");
    assert!(told.contains("de l’année : 55,00 € (partiel, indicateurs inconnus : hba1c)."), "{told}");
    assert!(told.contains("Avance de 2026-04, déduite du solde : -15,00 €."), "{told}");
    let told = french(refused);
    assert!(told.contains("Payable au 31 décembre de l’année précédente : non"), "{told}");
}
