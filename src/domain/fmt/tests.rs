//! The public vectors of the FMT, and the limits of what is known.

use super::*;
use crate::domain::calendar::Period;
use crate::domain::condition::EvidenceId;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::enrolment::testing::*;
use crate::domain::fact::*;
use crate::domain::forfait::Tariff;
use crate::domain::forfait::TariffKind;
use crate::domain::param::ParamValue;
use crate::domain::prevention::Component;
use crate::domain::prevention::Eligibility;
use crate::domain::prevention::Evidence;
use crate::domain::prevention::EvidenceSource;
use crate::domain::prevention::Item;
use crate::domain::prevention::Proof;
use crate::domain::prevention::Rule;
use crate::domain::prevention::Tier;
use crate::domain::prevention::Validity;
use crate::domain::rules::Rules;
use crate::domain::typologie::patient_month;

/// Amounts and thresholds are known from 2026 only, as in the public text.
fn from_2026(rules: &mut Rules, id: &str, value: ParamValue) -> ParamId {
    param(rules, id, &[("2026-01-01", Some(value), RuleStatus::Fallback)])
}

fn euros(rules: &mut Rules, id: &str, cents: i64) -> ParamId {
    from_2026(rules, id, ParamValue::Amount(Centimes(cents)))
}

fn years(rules: &mut Rules, id: &str, n: i64) -> ParamId {
    from_2026(rules, id, ParamValue::Number(n.into()))
}

fn rows(rules: &mut Rules) -> Vec<FmtRow> {
    let ald = || Condition::Ald { number: None };
    let under = |max| Condition::Age { min: None, max: Some(max) };
    let over = |min| Condition::Age { min: Some(min), max: None };
    let (child, elder, old) =
        (years(rules, "fmt.child", 6), years(rules, "fmt.elder", 75), years(rules, "fmt.old", 80));
    let table = [
        ("80 ans et plus en ALD", Condition::All(vec![over(old), ald()]), 10_000),
        ("ALD", ald(), 5_500),
        ("80 ans et plus", over(old), 5_500),
        ("75 à 79 ans", over(elder), 1_500),
        ("moins de 7 ans", under(child), 1_500),
        ("7 à 74 ans", Condition::Always, 500),
    ];
    table
        .into_iter()
        .map(|(label, when, cents)| FmtRow { label_fr: label.into(), when, amount: euros(rules, label, cents) })
        .collect()
}

/// An item up to date whenever its code was ever met.
fn item(rules: &mut Rules, id: &str, code: ConceptId) -> usize {
    let source = EvidenceSource::Coded { concept: code, numeric: false };
    rules.evidences.push(Evidence { id: id.into(), label_fr: id.into(), source, min_age: None });
    let evidence = EvidenceId((rules.evidences.len() - 1) as u16);
    let proof = Proof {
        evidence,
        age_at: (None, None),
        age_now: (None, None),
        only_if_count: None,
        min_count: None,
        months: None,
    };
    let tiers = vec![Tier { when: Condition::Always, proofs: vec![proof], lead_days: None }];
    let lead_days = number(rules, "fmt.lead", 90);
    let refusal_months = number(rules, "fmt.refusal", 12);
    let rule = Rule::Validity(Validity { tiers, abnormal: None });
    rules.items.push(Item {
        ordinal: 1,
        id: id.into(),
        domain: "test".into(),
        label_fr: id.into(),
        short_fr: id.into(),
        eligibility: vec![Eligibility { sex: None, age_min: None, age_max: None, requires_any: Vec::new() }],
        exclusions: Vec::new(),
        components: vec![Component { id: id.into(), not_applicable_if: Vec::new(), rule, lead_days }],
        refusal_months,
        status: RuleStatus::Official,
    });
    rules.not_done.per_item.push((concept("refusal"), concept("contraindication")));
    rules.items.len() - 1
}

fn fmt_rules() -> (Rules, Tariff) {
    let mut rules = rules();
    let seen = item(&mut rules, "act", concept("abnormal"));
    let indicator = |id: &str, item| FmtIndicator { id: id.into(), label_fr: id.into(), item };
    let exists_from = param(
        &mut rules,
        "fmt.exists-from",
        &[("1900-01-01", Some(ParamValue::Day(day("2026-01-01"))), RuleStatus::Official)],
    );
    let mut months = Vec::new();
    for n in [4, 6, 9, 11] {
        months.push(number(&mut rules, "fmt.instalment", n));
    }
    let last = [("1900-01-01", Some(ParamValue::Word("balance".into())), RuleStatus::Interpretation)];
    let balance = param(&mut rules, "fmt.last-instalment", &last);
    let pack = FmtTariff {
        exists_from,
        not_seen: euros(&mut rules, "fmt.not-seen", 500),
        not_seen_months: years(&mut rules, "fmt.not-seen-months", 24),
        rows: rows(&mut rules),
        c2s: euros(&mut rules, "fmt.c2s", 1_000),
        c2s_right: concept("c2s"),
        instalment_months: months,
        last_instalment: Some(balance),
        per_indicator: euros(&mut rules, "fmt.indicator", 500),
        indicators: vec![
            indicator("one", Some((seen, None))),
            indicator("two", Some((seen, Some(0)))),
            indicator("three", Some((seen, None))),
        ],
    };
    (rules, Tariff { id: "fmt".into(), label_fr: "FMT".into(), kind: TariffKind::Fmt(pack) })
}

fn fmt_of(records: &[Record], month: &str) -> Result<Forfait, PricingError> {
    let (rules, tariff) = fmt_rules();
    price_with(records, month, &rules, &tariff)
}

fn price_with(records: &[Record], month: &str, rules: &Rules, tariff: &Tariff) -> Result<Forfait, PricingError> {
    let directory = Directory::build(&tenant(), rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    let dossier = Dossier::build(records, rules);
    let patient = patient_month(&dossier, &scope, month.parse().unwrap());
    crate::domain::forfait::price(&dossier, &scope, &patient, tariff)
}

fn born(birth: &str) -> Record {
    record("Patient/p", Fact::Patient(declared(birth, Sex::Female)))
}

fn right(code: &str) -> Record {
    let codings = codings(&[code]);
    let fact = CoverageFact { active: true, void: false, codings, period: Period::default(), exceptions: Vec::new() };
    record(&format!("Coverage/{code}"), Fact::Coverage(fact))
}

fn act() -> Record {
    act_on("2026-03-01")
}

fn act_on(day: &str) -> Record {
    let fact = ActFact {
        state: ActState::Done,
        codings: codings(&["A"]).into(),
        when: when(day),
        period: None,
        value: Value::Boolean(true),
        absent: false,
        components: Vec::new(),
        interpretation: Vec::new(),
        reference_high: None,
        reasons: Vec::new(),
    };
    record("Procedure/a", Fact::Act(fact))
}

#[test]
fn the_public_vectors_hold() {
    let seen = || seen_on("2025-06-10");
    let cases = [
        ("82 years with ALD", vec![born("1943-01-01"), seen(), right("ald")], 10_000),
        ("82 years with C2S", vec![born("1943-01-01"), seen(), right("c2s")], 6_500),
        ("82 years", vec![born("1943-01-01"), seen()], 5_500),
        ("5 years", vec![born("2020-06-01"), seen()], 1_500),
        ("77 years not seen", vec![born("1948-06-01")], 500),
        ("77 years not seen, C2S", vec![born("1948-06-01"), right("c2s")], 1_500),
        ("77 years and 3 indicators", vec![born("1948-06-01"), seen(), act()], 3_000),
        ("40 years", vec![born("1985-06-01"), seen()], 500),
        ("40 years with ALD", vec![born("1985-06-01"), seen(), right("ald")], 5_500),
        ("7 years on 31 December", vec![born("2018-12-31"), seen()], 500),
        ("7 years on 1 January", vec![born("2019-01-01"), seen()], 1_500),
        ("80 years on 31 December", vec![born("1945-12-31"), seen()], 5_500),
        ("80 years on 1 January", vec![born("1946-01-01"), seen()], 1_500),
        ("74 years on 31 December", vec![born("1951-01-01"), seen()], 500),
    ];
    for (name, records, want) in cases {
        let mut paid = Centimes::ZERO;
        for month in ["2026-04", "2026-06", "2026-09", "2026-11"] {
            let forfait = fmt_of(&records, month).unwrap();
            assert_eq!(forfait.year.as_ref().unwrap().total, Centimes(want), "{name}");
            assert_eq!(forfait.status, RuleStatus::Interpretation, "{name}");
            paid += forfait.total;
        }
        assert_eq!(paid, Centimes(want), "{name}");
    }
}

#[test]
fn months_without_an_instalment_have_no_line_but_tell_the_year() {
    for month in ["2026-01", "2026-05", "2026-12"] {
        let forfait = fmt_of(&[born("1943-01-01"), seen_on("2025-06-10")], month).unwrap();
        assert_eq!((forfait.lines.len(), forfait.total, forfait.not_payable), (0, Centimes::ZERO, None));
        assert_eq!(forfait.year.unwrap().total, Centimes(5_500));
    }
}

#[test]
fn the_first_instalments_take_the_extra_centimes() {
    let (mut rules, tariff) = fmt_rules();
    let id = rules.params.find("7 à 74 ans").unwrap();
    rules.params.change(id, |param| param.values[0].value = Some(ParamValue::Amount(Centimes(502))));
    let records = [born("1985-06-01"), seen_on("2025-06-10")];
    for (month, want) in [("2026-04", 126), ("2026-06", 126), ("2026-09", 125), ("2026-11", 125)] {
        let forfait = price_with(&records, month, &rules, &tariff).unwrap();
        assert_eq!(forfait.lines.iter().map(|l| l.amount.0).collect::<Vec<_>>(), [want], "{month}");
    }
}

#[test]
fn the_photograph_of_31_december_decides_who_is_paid_for() {
    let team_from =
        |span: &str| record("CareTeam/t", Fact::CareTeam(team(vec![participant("PCP", "Practitioner/gp")], span)));
    let person = || record("Patient/p", Fact::Patient(patient("1985-06-01", Sex::Male)));
    let dead = |on: &str| {
        let death = Death::On(when(on).unwrap());
        record("Patient/p", Fact::Patient(PatientFact { death, ..declared("1985-06-01", Sex::Male) }))
    };
    let nameless =
        record("Patient/p", Fact::Patient(PatientFact { identity: Identity::default(), ..declared("", Sex::Male) }));
    let open =
        |on: &str| record("Encounter/o", Fact::Encounter(encounter(on, participant("", "Practitioner/physician"))));
    let cases = [
        (vec![person(), team_from("2025-12-31/")], None),
        (vec![person(), team_from("2026-01-01/")], Some(NotPayable::NotEnrolled)),
        (vec![person(), team_from("2025-01-01/2025-12-30")], Some(NotPayable::NotEnrolled)),
        (vec![person(), team_from("2025-01-01/2026-01-05")], None),
        (vec![dead("2026-02-01")], None),
        (vec![dead("2025-12-31")], None),
        (vec![dead("2025-12-30")], Some(NotPayable::Deceased)),
        (vec![dead("2025-12")], Some(NotPayable::DeathDatePartial)),
        (vec![dead("2025-11")], Some(NotPayable::Deceased)),
        (vec![nameless], Some(NotPayable::IdentityMissing)),
        (vec![born("2026-02-01")], Some(NotPayable::NotEnrolled)),
        (vec![born("1985-06-01"), open("2025-06-01")], Some(NotPayable::ProfessionUnknown)),
        (vec![born("1985-06-01"), open("2026-02-01")], None),
    ];
    for (n, (records, want)) in cases.into_iter().enumerate() {
        let forfait = fmt_of(&records, "2026-04").unwrap();
        assert_eq!(forfait.not_payable, want, "case {n}");
        assert_eq!(forfait.total == Centimes::ZERO, want.is_some(), "case {n}");
        assert_eq!(forfait.year.is_none(), want.is_some(), "case {n}");
    }
}

#[test]
fn seen_24_months_to_the_day_before_31_december_is_seen() {
    for (on, want) in [("2023-12-31", 1_500), ("2023-12-30", 500), ("2026-01-02", 500)] {
        let forfait = fmt_of(&[born("1948-06-01"), seen_on(on)], "2026-04").unwrap();
        assert_eq!(forfait.year.unwrap().total, Centimes(want), "{on}");
    }
}

#[test]
fn before_the_fmt_its_amount_is_unknown() {
    let records = [born("1943-01-01"), seen_on("2025-06-10")];
    let error = fmt_of(&records, "2025-11").unwrap_err();
    assert_eq!(error.to_string(), "no known amount for fmt.exists-from in 2025-11");
    let nobody = record("Patient/p", Fact::Patient(patient("1943-01-01", Sex::Male)));
    assert_eq!(fmt_of(&[nobody], "2025-11").unwrap().not_payable, Some(NotPayable::NotEnrolled));
}

#[test]
fn a_birth_date_that_leaves_two_rows_open_is_a_missing_fact() {
    let of = |birth: &str| fmt_of(&[born(birth), seen_on("2025-06-10")], "2026-04");
    let month: Month = "2026-04".parse().unwrap();
    assert_eq!(of(""), Err(PricingError::FactMissing { missing: "birth-date".into(), month }));
    assert_eq!(of("1985").unwrap().year.unwrap().total, Centimes(500));
    assert_eq!(of("1950").unwrap().year.unwrap().total, Centimes(1_500));
    assert_eq!(of("1945").unwrap().year.unwrap().total, Centimes(5_500));
    assert_eq!(of("1943-05").unwrap().year.unwrap().total, Centimes(5_500));
}

#[test]
fn an_indicator_nobody_decides_makes_the_year_partial() {
    let (rules, mut tariff) = fmt_rules();
    if let TariffKind::Fmt(pack) = &mut tariff.kind {
        pack.indicators[1].item = None;
    }
    let records = [born("1948-06-01"), seen_on("2025-06-10"), act()];
    let year = price_with(&records, "2026-04", &rules, &tariff).unwrap().year.unwrap();
    assert_eq!((year.total, year.partial), (Centimes(2_500), true));
    assert_eq!(year.unknown_indicators, ["two".into()]);
    let labels: Vec<&str> = year.parts.iter().map(|(label, _)| &**label).collect();
    assert_eq!(labels, ["75 à 79 ans", "one", "three"]);
}

#[test]
fn an_indicator_is_decided_on_the_last_day_of_the_month_asked() {
    // The act is of 1 March 2026.
    let records = [born("1948-06-01"), seen_on("2025-06-10"), act()];
    for (month, want) in [("2026-02", 1_500), ("2026-03", 3_000)] {
        assert_eq!(fmt_of(&records, month).unwrap().year.unwrap().total, Centimes(want), "{month}");
    }
}

/// The forfait of each month that pays, and what they come to.
fn year_paid(records: &[Record]) -> (Vec<i64>, Forfait) {
    let priced = ["2026-04", "2026-06", "2026-09", "2026-11"].map(|month| fmt_of(records, month).unwrap());
    let paid = priced.iter().map(|forfait| forfait.total.0).collect();
    let [.., balance] = priced;
    (paid, balance)
}

#[test]
fn the_balance_makes_the_instalments_one_year() {
    // The three indicators are worth 15.00 beside the row of 15.00.
    let cases: [(&str, [i64; 4]); 6] = [
        ("2026-04-30", [750, 750, 750, 750]),
        ("2026-05-01", [375, 750, 750, 1_125]),
        ("2026-07-01", [375, 375, 750, 1_500]),
        ("2026-10-01", [375, 375, 375, 1_875]),
        ("2026-11-30", [375, 375, 375, 1_875]),
        ("2026-12-01", [375, 375, 375, 375]),
    ];
    for (on, want) in cases {
        let records = [born("1948-06-01"), seen_on("2025-06-10"), act_on(on)];
        let (paid, balance) = year_paid(&records);
        assert_eq!(paid, want, "{on}");
        let year = balance.year.unwrap();
        assert_eq!(Centimes(paid.iter().sum()), year.total, "{on}");
        assert_eq!(year.parts.iter().map(|(_, amount)| *amount).sum::<Centimes>(), year.total, "{on}");
        assert_eq!(year.advances.iter().map(|(_, amount)| amount.0).collect::<Vec<_>>(), want[..3], "{on}");
        let after = fmt_of(&records, "2026-12").unwrap();
        assert_eq!((after.lines.len(), after.year.unwrap().total), (0, year.total), "{on}: settled");
    }
}

#[test]
fn a_tariff_without_the_word_pays_the_last_share_like_the_others() {
    let (rules, mut tariff) = fmt_rules();
    if let TariffKind::Fmt(pack) = &mut tariff.kind {
        pack.last_instalment = None;
    }
    let records = [born("1948-06-01"), seen_on("2025-06-10"), act_on("2026-10-01")];
    let forfait = price_with(&records, "2026-11", &rules, &tariff).unwrap();
    assert_eq!((forfait.total, forfait.year.unwrap().advances.len()), (Centimes(750), 0));
}

#[test]
fn what_the_last_instalment_pays_is_unknown_without_a_word_in_force() {
    let (mut rules, tariff) = fmt_rules();
    let id = rules.params.find("fmt.last-instalment").unwrap();
    rules.params.change(id, |param| param.values[0].value = None);
    let error = price_with(&[born("1948-06-01"), seen_on("2025-06-10")], "2026-11", &rules, &tariff).unwrap_err();
    assert_eq!(error.to_string(), "no known amount for fmt.last-instalment in 2026-11");
}
