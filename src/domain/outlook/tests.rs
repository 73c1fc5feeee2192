//! What changes by itself, when and why; and that no day before it was another.

use super::*;
use crate::domain::condition::Condition;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::enrolment::testing as tenant;
use crate::domain::enrolment::testing::concept;
use crate::domain::enrolment::testing::declared;
use crate::domain::enrolment::testing::record as named;
use crate::domain::enrolment::testing::seen_on;
use crate::domain::explain::Language;
use crate::domain::fact::*;
use crate::domain::finding::EvidenceRef;
use crate::domain::forfait::Brick;
use crate::domain::forfait::LineCode;
use crate::domain::forfait::MonthlyTariff;
use crate::domain::forfait::TariffKind;
use crate::domain::money::Centimes;
use crate::domain::param::ParamId;
use crate::domain::param::ParamValue;
use crate::domain::prevention::Eligibility;
use crate::domain::prevention::ItemStatus;
use crate::domain::prevention::Rule;
use crate::domain::prevention::Season;
use crate::domain::rules::Rules;
use crate::domain::testing::{Book, OWN, act, condition, day, observation, person, problem, when};
use crate::domain::typologie::Typologie;
use crate::domain::verdict::RuleStatus;
use proptest::prelude::*;

fn in_years(rules: &mut Rules, id: ParamId) -> ParamId {
    rules.params.change(id, |param| param.unit = "years".into());
    id
}

fn typologie(rules: &mut Rules, id: &str, eligible: Condition, declaration: &str) -> usize {
    rules.typologies.push(Typologie {
        ordinal: rules.typologies.len() as u16 + 1,
        id: id.into(),
        label_fr: id.into(),
        limits: eligible.clone(),
        eligible,
        declaration: concept(declaration),
        status: RuleStatus::Fallback,
    });
    rules.typologies.len() - 1
}

/// Socle 8.00 then 8.40 from 2026, elder 9.00 from 75 years, ALD 7.35, cap 20.00.
fn demo() -> (Rules, Tariff) {
    let fictional = RuleStatus::Fictional;
    let mut rules = tenant::rules();
    let limit = tenant::number(&mut rules, "elder.min", 75);
    let elder = in_years(&mut rules, limit);
    let first = typologie(&mut rules, "elder", Condition::Age { min: Some(elder), max: None }, "declares-elder");
    let second = typologie(&mut rules, "ald", Condition::Ald { number: None }, "declares-ald");
    let euros = |cents| Some(ParamValue::Amount(Centimes(cents)));
    let socle = [("2021-01-01", euros(800), fictional), ("2026-01-01", euros(840), fictional)];
    let monthly = MonthlyTariff {
        envelope: None,
        socle: tenant::param(&mut rules, "demo.socle", &socle),
        bricks: vec![
            Brick { typologie: first, amount: tenant::amount(&mut rules, "demo.elder", 900, fictional), capped: true },
            Brick { typologie: second, amount: tenant::amount(&mut rules, "demo.ald", 735, fictional), capped: true },
        ],
        cap: Some(tenant::amount(&mut rules, "demo.cap", 2_000, fictional)),
        fmt_treatment: tenant::param(&mut rules, "demo.fmt", &[("2021-01-01", tenant::word("on_top"), fictional)]),
    };
    (rules, Tariff { id: "demo".into(), label_fr: "demo".into(), kind: TariffKind::Monthly(monthly) })
}

fn money_of(records: &[Record], rules: &Rules, tariff: &Tariff, asked: (Day, u16)) -> Option<Turn> {
    let directory = Directory::build(&tenant::tenant(), rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    next_money(&Dossier::build(records, rules), &scope, Some(tariff), asked)
}

fn next(records: &[Record], from: &str) -> (Option<Turn>, Rules) {
    let (rules, tariff) = demo();
    (money_of(records, &rules, &tariff, (day(from), 24)), rules)
}

fn man(birth: &str, seen: &str) -> Vec<Record> {
    vec![named("Patient/p", Fact::Patient(declared(birth, Sex::Male))), seen_on(seen)]
}

fn ald(dates: &str) -> Record {
    let codings = vec![tenant::coding("ald")];
    let period = tenant::period(dates);
    named(
        "Coverage/c",
        Fact::Coverage(CoverageFact { active: true, void: false, codings, period, exceptions: Vec::new() }),
    )
}

#[test]
fn money_changes_on_the_first_of_the_month_in_which_something_ends_or_begins() {
    let with = |mut records: Vec<Record>, record: Record| {
        records.push(record);
        records
    };
    // Records, asked from, the day it changes, the reasons of its changes.
    type Case = (&'static str, Vec<Record>, &'static str, &'static str, &'static [&'static str]);
    let cases: Vec<Case> = vec![
        ("75 on the last day of May", man("1951-05-31", "2026-01-10"), "2026-02-15", "2026-05-01", &["birthday"]),
        ("75 on the first of June", man("1951-06-01", "2026-01-10"), "2026-02-15", "2026-06-01", &["birthday"]),
        (
            "seen 24 months before the last of March",
            man("1980-01-01", "2024-03-31"),
            "2026-02-15",
            "2026-04-01",
            &["window-ends"],
        ),
        (
            "seen a day too early for March",
            man("1980-01-01", "2024-03-30"),
            "2026-02-15",
            "2026-03-01",
            &["window-ends"],
        ),
        (
            "a right that ends on the last of March",
            with(man("1980-01-01", "2025-12-10"), ald("2020-01-01/2026-03-31")),
            "2026-02-15",
            "2026-04-01",
            &["period-ends"],
        ),
        (
            "a right that begins on the last of March",
            with(man("1980-01-01", "2025-12-10"), ald("2026-03-31/")),
            "2026-02-15",
            "2026-03-01",
            &["period-begins"],
        ),
        ("the socle of 2026", man("1980-01-01", "2025-12-10"), "2025-11-30", "2025-12-01", &["period-begins"]),
        (
            "the socle of 2026, seen before",
            man("1980-01-01", "2025-03-10"),
            "2025-11-30",
            "2026-01-01",
            &["parameter-changes"],
        ),
    ];
    for (name, records, from, date, reasons) in cases {
        let (turn, _) = next(&records, from);
        let turn = turn.unwrap_or_else(|| panic!("{name}: nothing changes"));
        assert_eq!(turn.date, day(date), "{name}");
        let told: Vec<&str> = turn
            .changes
            .iter()
            .flat_map(|told| &told.causes)
            .filter(|c| **c != Cause::Follows)
            .map(Cause::code)
            .collect();
        assert_eq!(told, reasons, "{name}: {turn:?}");
        assert!(turn.changes.iter().all(|told| !told.causes.is_empty()), "{name}");
    }
}

#[test]
fn a_death_ends_the_forfait_the_month_after() {
    let mut person = declared("1980-01-01", Sex::Male);
    person.death = Death::On(when("2026-04-30"));
    let records = [named("Patient/p", Fact::Patient(person)), seen_on("2026-01-10")];
    let turn = next(&records, "2026-02-15").0.unwrap();
    assert_eq!((turn.date, &turn.changes[0].causes[..]), (day("2026-05-01"), &[Cause::Death][..]));
}

#[test]
fn a_turn_tells_every_change_with_what_it_was_and_what_it_becomes() {
    let (turn, rules) = next(&man("1951-05-31", "2026-01-10"), "2026-02-15");
    let turn = turn.unwrap();
    let changes: Vec<&Change> = turn.changes.iter().map(|told| &told.change).collect();
    let euros = |cents| Some(Centimes(cents));
    assert!(
        matches!(changes[0], Change::Typologie { typologie: 0, to: Standing { paid: true, .. }, .. }),
        "{changes:?}"
    );
    assert_eq!(*changes[1], Change::Line { code: LineCode::Brick(0), from: None, to: euros(900) });
    assert_eq!(*changes[2], Change::Total { from: euros(840), to: euros(1740) });
    let french = sentence(Some(&turn), 24, &rules, Language::Fr).replace('\u{a0}', " ");
    for words in ["2026-05", "éligible non → oui", "75 ans le 2026-05-31", "total 8,40 € → 17,40 €"] {
        assert!(french.contains(words), "{words} in {french}");
    }
    let english = sentence(Some(&turn), 24, &rules, Language::En);
    assert!(english.contains("aged 75 on 2026-05-31") && english.contains("EUR 8.40 → EUR 17.40"), "{english}");
}

#[test]
fn the_words_of_a_change_say_from_what_to_what_and_why() {
    use crate::domain::enrolment::NotPayable;
    use crate::domain::forfait::FmtTreatment;
    let (rules, _) = demo();
    let told = |change: Change, causes: Vec<Cause>, language| {
        change_text(&Told { change, causes }, &rules, language).replace('\u{a0}', " ")
    };
    let visit = EvidenceRef { kind: Kind::Encounter, id: "e".into(), version: 1 };
    let window = || vec![Cause::WindowEnds { what: visit.clone() }];
    let ends = vec![Cause::PeriodEnds { what: visit.clone(), on: day("2026-03-10") }];
    let socle = Cause::Parameter { id: rules.params.find("demo.socle").unwrap(), on: day("2026-01-01") };
    let gone = Some(NotPayable::NotConsuming);
    let cases = [
        (
            Change::Payable { from: None, to: gone },
            window(),
            "le mois n’est plus payable : aucune consultation",
            "no longer payable: no consultation",
        ),
        (
            Change::Payable { from: Some(NotPayable::NotEnrolled), to: gone },
            window(),
            "reste impayable",
            "remains unpayable",
        ),
        (
            Change::Payable { from: gone, to: None },
            vec![Cause::Time],
            "devient payable (le temps passe)",
            "becomes payable (time passes)",
        ),
        (
            Change::Line { code: LineCode::Socle, from: Some(Centimes(800)), to: Some(Centimes(840)) },
            vec![socle],
            "« Part socle » 8,00 € → 8,40 € (le paramètre demo.socle change le 2026-01-01 : 8,40 €)",
            "EUR 8.00 → EUR 8.40 (parameter demo.socle changes on 2026-01-01: EUR 8.40)",
        ),
        (
            Change::Total { from: Some(Centimes(800)), to: None },
            vec![Cause::Follows],
            "total 8,00 € → aucun montant",
            "total EUR 8.00 → no amount",
        ),
        (
            Change::Fmt { from: Some(FmtTreatment::Included), to: Some(FmtTreatment::OnTop) },
            ends,
            "FMT compris → versé en sus (Encounter/e finit le 2026-03-10)",
            "FMT included → paid on top (Encounter/e ends on 2026-03-10)",
        ),
    ];
    for (change, causes, french, english) in cases {
        let fr = told(change.clone(), causes.clone(), Language::Fr);
        assert!(fr.contains(french), "{french} in {fr}");
        let en = told(change, causes, Language::En);
        assert!(en.contains(english), "{english} in {en}");
    }
}

#[test]
fn nothing_is_told_past_the_horizon() {
    let (rules, tariff) = demo();
    let records = man("1951-05-31", "2026-01-10");
    for (months, told) in [(1, false), (2, false), (3, true), (24, true)] {
        // Three months after 15 February is past the first of May.
        let turn = money_of(&records, &rules, &tariff, (day("2026-02-15"), months));
        assert_eq!(turn.is_some(), told, "{months} months");
    }
    assert!(sentence(None, 24, &rules, Language::Fr).contains("aucun dans les 24 mois"));
    let last = money_of(&records, &rules, &tariff, (day("9999-12-31"), 24));
    assert_eq!(last, None, "the calendar ends");
}

/// One act valid 24 months from 18 to 74, a season, another valid 12 months while a problem runs.
fn catalogue() -> Book {
    let mut book = Book::new();
    let [a, b, c] = ["a", "b", "c"].map(|id| book.evidence(id));
    let valid = book.valid(a, "24");
    let aged = book.item("aged", vec![valid]);
    let [young, old] = ["18", "74"].map(|age| {
        let limit = book.number(age);
        in_years(&mut book.0, limit)
    });
    let bounds = Eligibility { sex: None, age_min: Some(young), age_max: Some(old), requires_any: Vec::new() };
    book.item_mut(aged).eligibility = vec![bounds];
    let season = Season { evidence: b, campaign_start: book.word("10-15"), window_start: book.word("09-01") };
    book.item("season", vec![Rule::Season(season)]);
    let yearly = book.valid(c, "12");
    let sick = book.item("sick", vec![yearly]);
    let illness = book.concept("illness", &[(crate::domain::testing::CIM10, "E11")]);
    let state = crate::domain::condition::ConceptState::Active;
    let needed = vec![Condition::Concept { concept: illness, state }];
    book.item_mut(sick).eligibility =
        vec![Eligibility { sex: None, age_min: None, age_max: None, requires_any: needed }];
    book
}

#[test]
fn a_card_turns_on_the_very_day_and_says_why() {
    let book = catalogue();
    let done = |code: &str, date: &str| observation(&format!("o-{code}"), act((OWN, code), date));
    let ill = ConditionFact {
        abatement: Some(when("2026-03-10")),
        onset: Some(when("2020")),
        ..condition((crate::domain::testing::CIM10, "E11"))
    };
    type Case = (&'static str, Vec<Record>, &'static str, &'static str, (ItemStatus, ItemStatus));
    let (fresh, old, never, none) =
        (ItemStatus::UpToDate, ItemStatus::Expired, ItemStatus::NeverDone, ItemStatus::NotEligible);
    let cases: Vec<Case> = vec![
        (
            "24 months are over",
            vec![person("1980-01-01", Sex::Male), done("a", "2024-05-31")],
            "2026-05-31",
            "validity-ends",
            (fresh, old),
        ),
        (
            "the next campaign begins",
            vec![person("1980-01-01", Sex::Male), done("b", "2025-11-02")],
            "2026-10-15",
            "validity-ends",
            (fresh, old),
        ),
        ("18 years", vec![person("2008-03-02", Sex::Male)], "2026-03-02", "birthday", (none, never)),
        ("75 years", vec![person("1951-03-02", Sex::Male)], "2026-03-02", "birthday", (never, none)),
        (
            "the illness is over",
            vec![person("2015-01-01", Sex::Male), problem("c", ill)],
            "2026-03-11",
            "period-ends",
            (never, none),
        ),
    ];
    for (name, records, date, code, statuses) in cases {
        let turn = next_card(&Dossier::build(&records, &book.0), (day("2026-02-01"), 24));
        let turn = turn.unwrap_or_else(|| panic!("{name}: nothing changes"));
        assert_eq!(turn.date, day(date), "{name}");
        let [Told { change: Change::Item { from, to, .. }, causes }] = &turn.changes[..] else {
            panic!("{name}: {turn:?}")
        };
        assert_eq!((*from, *to), statuses, "{name}");
        assert_eq!(causes.iter().map(Cause::code).collect::<Vec<_>>(), [code], "{name}");
    }
}

prop_compose! {
    fn done()(
        code in prop::sample::select(vec!["a", "b", "c", "refused:aged"]),
        days in 0i32..2_500,
    ) -> ActFact {
        let date = day("2020-01-01").add_days(days);
        act((OWN, code), &date.to_string())
    }
}

prop_compose! {
    fn chart()(
        born in 0i32..31_000,
        seen in prop::collection::vec(0i32..1_800, 0..3),
        right in prop::option::of((0i32..2_500, 0i32..900)),
        death in prop::option::weighted(0.2, 0i32..1_500),
    ) -> Vec<Record> {
        let mut person = declared(&day("1940-01-01").add_days(born).to_string(), Sex::Female);
        if let Some(days) = death {
            person.death = Death::On(when(&day("2025-06-01").add_days(days).to_string()));
        }
        let mut records = vec![named("Patient/p", Fact::Patient(person))];
        records.extend(seen.into_iter().map(|days| seen_on(&day("2023-01-01").add_days(days).to_string())));
        if let Some((start, length)) = right {
            let start = day("2021-01-01").add_days(start);
            records.push(ald(&format!("{start}/{}", start.add_days(length))));
        }
        records
    }
}

/// What a month comes to, read anew.
fn state(records: &[Record], rules: &Rules, tariff: &Tariff, month: Month) -> String {
    let directory = Directory::build(&tenant::tenant(), rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    let month = Money::of(&Dossier::build(records, rules), &scope, month, Some(tariff));
    let typologies: Vec<_> = month.month.typologies.iter().map(|t| (t.declared, t.eligible, t.paid)).collect();
    let lines: Option<Vec<_>> = month.forfait().map(|f| f.lines.iter().map(|l| (l.code, l.amount)).collect());
    format!("{:?} {typologies:?} {lines:?} {:?}", month.not_payable(), month.forfait().map(|f| f.total))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..Default::default() })]

    #[test]
    fn money_is_the_same_in_every_month_before_and_another_from_the_one_told(
        records in chart(),
        days in 0i32..900,
    ) {
        let (rules, tariff) = demo();
        let from = day("2024-06-01").add_days(days);
        let turn = money_of(&records, &rules, &tariff, (from, 24));
        let now = state(&records, &rules, &tariff, from.month());
        let months = (1..=24).map(|n| from.month().add_months(n)).filter(|m| m.first_day() <= from.add_months(24));
        let want = months.map(Month::first_day).find(|d| state(&records, &rules, &tariff, d.month()) != now);
        prop_assert_eq!(turn.as_ref().map(|turn| turn.date), want);
        for told in turn.iter().flat_map(|turn| &turn.changes) {
            prop_assert!(!told.causes.is_empty());
        }
    }

    #[test]
    fn no_day_before_the_one_told_has_another_card(
        acts in prop::collection::vec(done(), 0..6),
        born in 0i32..31_000,
        days in 0i32..900,
    ) {
        let book = catalogue();
        let mut records = vec![person(&day("1940-01-01").add_days(born).to_string(), Sex::Female)];
        records.extend(acts.iter().enumerate().map(|(n, act)| observation(&format!("o{n}"), act.clone())));
        let from = day("2024-06-01").add_days(days);
        let statuses = |on: Day| -> Vec<ItemStatus> {
            prevention::card(&Dossier::build(&records, &book.0), on).items.iter().map(|i| i.status).collect()
        };
        let turn = next_card(&Dossier::build(&records, &book.0), (from, 12));
        let now = statuses(from);
        let last = from.add_months(12).days_since(from);
        let want = (1..=last).map(|n| from.add_days(n)).find(|on| statuses(*on) != now);
        prop_assert_eq!(turn.as_ref().map(|turn| turn.date), want);
        for told in turn.iter().flat_map(|turn| &turn.changes) {
            prop_assert!(!told.causes.is_empty());
        }
    }
}
