//! Precedence, eligibility, exclusions, refusals, components, evidence that counts.

use super::*;
use crate::domain::condition::ConceptState;
use crate::domain::condition::Condition;
use crate::domain::fact::Component as Part;
use crate::domain::fact::*;
use crate::domain::measure::SameDay;
use crate::domain::verdict::RuleStatus;

/// One item `item` of 12 months on evidence `test`, for women of 25 to 65, not for C53.
fn screening() -> Book {
    let mut book = Book::new();
    let evidence = book.evidence("test");
    let rule = book.valid(evidence, "12");
    let item = book.item("item", vec![rule]);
    let concept = book.concept("cancer", &[(CIM10, "C53*")]);
    let bounds = (Some(book.number("25")), Some(book.number("65")));
    let described = book.item_mut(item);
    described.eligibility[0].sex = Some(Sex::Female);
    (described.eligibility[0].age_min, described.eligibility[0].age_max) = bounds;
    let when = Condition::Concept { concept, state: ConceptState::History };
    described.exclusions.push(Exclusion { when, reason: "specialised-follow-up".into() });
    book
}

fn not_done(code: &str, reason: &str, date: &str) -> ActFact {
    ActFact { state: ActState::NotDone, reasons: vec![Coding::new(REASON, reason)], ..act((OWN, code), date) }
}

#[test]
fn the_order_of_precedence_is_that_of_the_catalogue() {
    let book = screening();
    let dead = |death| {
        let mut fact = patient("1980-01-01", Sex::Female);
        fact.death = death;
        record(Kind::Patient, "p", Fact::Patient(fact))
    };
    let who = |birth: &str, sex| person(birth, sex);
    let cancer = || problem("c", condition((CIM10, "C53")));
    let barred = || procedure("b", not_done("test", "MEDPREC", "2020-01-01"));
    let refused = || procedure("r", not_done("test", "PATOBJ", "2026-01-01"));
    let done = |date: &str| observation("t", act((OWN, "test"), date));
    let day = when("2026-05-10");
    let cases: Vec<(Vec<Record>, &str)> = vec![
        (vec![], "indeterminate (missing-birth-date)"),
        (vec![dead(Death::On(when("2026-05-09"))), cancer()], "not-eligible (deceased)"),
        (vec![dead(Death::On(day))], "never-done"),
        (vec![dead(Death::On(day)), cancer()], "excluded (specialised-follow-up)"),
        (vec![who("", Sex::Female), cancer()], "indeterminate (missing-birth-date)"),
        (vec![who("1980-01-01", Sex::Male)], "not-eligible"),
        (vec![who("1950-01-01", Sex::Unknown)], "not-eligible"),
        (vec![who("1980-01-01", Sex::Unknown)], "indeterminate (missing-sex)"),
        (vec![who("1980-01-01", Sex::Other), cancer()], "indeterminate (missing-sex)"),
        (
            vec![who("1980-01-01", Sex::Female), cancer(), barred(), done("2026-01-01")],
            "excluded (specialised-follow-up)",
        ),
        (vec![who("1980-01-01", Sex::Female), barred(), done("2026-01-01")], "excluded (contraindicated)"),
        (vec![who("1980-01-01", Sex::Female), refused(), done("2026-01-01")], "up-to-date 2027-01-01"),
        (vec![who("1980-01-01", Sex::Female), refused(), done("2024-01-01")], "refused 2025-01-01 (refused)"),
        (vec![who("1980-01-01", Sex::Female), refused()], "refused (refused)"),
        (vec![who("1980-01-01", Sex::Female), done("2024-01-01")], "expired 2025-01-01"),
        (vec![who("1980-01-01", Sex::Female)], "never-done"),
    ];
    for (records, want) in cases {
        assert_eq!(told(&line(&book, &records, "2026-05-10")), want, "{records:?}");
    }
}

#[test]
fn a_partial_date_of_death_leaves_the_days_between_undecided() {
    let book = screening();
    let cases = [
        ("1980-01-01", "2026-05", "2026-05-01", "never-done"),
        ("1980-01-01", "2026-05", "2026-05-02", "indeterminate (death-date-partial)"),
        ("1980-01-01", "2026-05", "2026-05-31", "indeterminate (death-date-partial)"),
        ("1980-01-01", "2026-05", "2026-06-01", "not-eligible (deceased)"),
        ("1980-01-01", "2026", "2026-01-01", "never-done"),
        ("1980-01-01", "2026", "2026-12-31", "indeterminate (death-date-partial)"),
        // Whom it does not concern, alive or dead, it does not concern.
        ("1950-01-01", "2026", "2026-12-31", "not-eligible"),
    ];
    for (birth, death, date, want) in cases {
        let fact = PatientFact { death: Death::On(when(death)), ..patient(birth, Sex::Female) };
        let records = [record(Kind::Patient, "p", Fact::Patient(fact))];
        assert_eq!(told(&line(&book, &records, date)), want, "{death} {date}");
    }
}

#[test]
fn an_undated_death_counts_from_the_day_it_became_known() {
    let book = screening();
    let mut fact = patient("1980-01-01", Sex::Female);
    let alive = record(Kind::Patient, "p", Fact::Patient(fact.clone()));
    fact.death = Death::Undated;
    let records = [then(alive, "2026-05-10", Some(Fact::Patient(fact)))];
    assert_eq!(told(&line(&book, &records, "2026-05-09")), "never-done");
    assert_eq!(told(&line(&book, &records, "2026-05-10")), "not-eligible (deceased)");
}

#[test]
fn ages_of_eligibility_are_included_and_partial_births_take_the_middle() {
    let book = screening();
    let cases = [
        ("2001-05-10", "2026-05-09", "not-eligible"),
        ("2001-05-10", "2026-05-10", "never-done"),
        ("1960-05-10", "2026-05-09", "never-done"),
        ("1960-05-10", "2026-05-10", "not-eligible"),
        ("2001", "2026-06-30", "not-eligible"),
        ("2001", "2026-07-01", "never-done"),
        ("2001-05", "2026-05-14", "not-eligible"),
        ("2001-05", "2026-05-15", "never-done"),
    ];
    for (birth, date, want) in cases {
        assert_eq!(told(&line_of(&book, birth, &[], date)), want, "{birth} {date}");
        let records = [person(birth, Sex::Female)];
        let dossier = Dossier::build(&records, &book.0);
        assert_eq!(card(&dossier, day(date)).approximate, birth.len() < 10, "{birth}");
    }
}

#[test]
fn eligible_for_either_sex_alike_needs_no_sex() {
    let mut book = screening();
    let mut male = book.0.items[0].eligibility[0].clone();
    male.sex = Some(Sex::Male);
    male.age_min = Some(book.number("50"));
    book.item_mut(0).eligibility.push(male);
    let cases = [
        ("1970-01-01", Sex::Unknown, "never-done"),
        ("1990-01-01", Sex::Unknown, "indeterminate (missing-sex)"),
        ("1990-01-01", Sex::Male, "not-eligible"),
        ("1970-01-01", Sex::Male, "never-done"),
    ];
    for (birth, sex, want) in cases {
        assert_eq!(told(&line(&book, &[person(birth, sex)], "2026-05-10")), want, "{birth} {sex:?}");
    }
}

#[test]
fn a_required_risk_that_is_unknown_counts_as_none() {
    let mut book = screening();
    let male = Condition::Sex(Sex::Male);
    let line_ = &mut book.item_mut(0).eligibility[0];
    line_.sex = None;
    line_.requires_any = vec![male];
    for (sex, want) in [(Sex::Unknown, "not-eligible"), (Sex::Female, "not-eligible"), (Sex::Male, "never-done")] {
        assert_eq!(told(&line(&book, &[person("1980-01-01", sex)], "2026-05-10")), want, "{sex:?}");
    }
}

#[test]
fn a_refusal_holds_for_the_interval_and_twelve_months_at_most() {
    let cases = [
        ("12", "2025-05-11", "refused (refused)"),
        ("12", "2025-05-10", "never-done"),
        ("60", "2025-05-11", "refused (refused)"),
        ("60", "2025-05-10", "never-done"),
        ("3", "2026-02-11", "refused (refused)"),
        ("3", "2026-02-10", "never-done"),
        ("3", "2026-05-11", "never-done"),
    ];
    for (months, date, want) in cases {
        let mut book = Book::new();
        let evidence = book.evidence("test");
        let rule = book.valid(evidence, months);
        book.item("item", vec![rule]);
        let ways = [
            procedure("r", not_done("test", "PATOBJ", date)),
            immunization("r", not_done("test", "PATOBJ", date)),
            observation("r", act((OWN, "refused:item"), date)),
            procedure("r", ActFact { codings: [Coding::new(LOINC, "test")].into(), ..not_done("", "PATOBJ", date) }),
        ];
        for fact in ways {
            let told = told(&line_of(&book, "1980-01-01", std::slice::from_ref(&fact), "2026-05-10"));
            assert_eq!(told, want, "{months} {fact:?}");
        }
    }
}

#[test]
fn what_is_neither_refusal_nor_contraindication_of_this_item_changes_nothing() {
    let book = screening();
    let facts = [
        procedure("a", not_done("test", "OSTOCK", "2026-01-01")),
        procedure("b", not_done("other", "PATOBJ", "2026-01-01")),
        procedure("c", not_done("test", "PATOBJ", "")),
        observation("d", ActFact { state: ActState::Ignored, ..act((OWN, "refused:item"), "2026-01-01") }),
        observation("e", act((OWN, "refused:another"), "2026-01-01")),
        procedure("f", ActFact { state: ActState::Ignored, ..not_done("test", "MEDPREC", "2026-01-01") }),
        procedure("g", not_done("test", "MEDPREC", "2026-05-11")),
    ];
    for fact in facts {
        assert_eq!(
            told(&line_of(&book, "1980-01-01", std::slice::from_ref(&fact), "2026-05-10")),
            "never-done",
            "{fact:?}"
        );
    }
}

#[test]
fn a_contraindication_holds_until_it_is_withdrawn() {
    let book = screening();
    let facts = [
        procedure("a", not_done("test", "MEDPREC", "1999")),
        procedure("a", not_done("test", "MEDPREC", "")),
        observation("a", act((OWN, "contraindicated:item"), "2001-01-01")),
        problem("a", condition((OWN, "contraindicated:item"))),
    ];
    for fact in facts {
        let told = told(&line_of(&book, "1980-01-01", std::slice::from_ref(&fact), "2026-05-10"));
        assert_eq!(told, "excluded (contraindicated)", "{fact:?}");
    }
}

#[test]
fn only_done_dated_answered_acts_are_evidence() {
    let mut book = Book::new();
    let concept = book.concept_on(
        "test",
        &[Kind::Observation],
        &[(LOINC, "test"), (OWN, "test"), (CIM10, "Z01.2"), (CIM10, "Z012")],
    );
    let evidence = book.evidence_of("test", EvidenceSource::Coded { concept, numeric: false });
    let rule = book.valid(evidence, "12");
    book.item("item", vec![rule]);
    let plain = || act((LOINC, "test"), "2026-01-01");
    let own = || act((OWN, "test"), "2026-01-01");
    let value = |absent, value| Part { codings: [Coding::new(LOINC, "test")].into(), value, absent };
    let encounter = EncounterFact {
        state: ActState::Done,
        class: None,
        types: vec![Coding::new(OWN, "test")],
        reasons: Vec::new(),
        period: period("2026-01-01/"),
        minutes: None,
        participants: Vec::new(),
        service_provider: None,
        location: None,
    };
    let panel = |components| ActFact { components, ..act((LOINC, "panel"), "2026-01-01") };
    let own_condition = ConditionFact { recorded: Some(when("2026-01-01")), ..condition((OWN, "test")) };
    let counting = [
        observation("t", plain()),
        observation("t", own()),
        procedure("t", own()),
        immunization("t", own()),
        observation("t", panel(vec![value(false, Value::Integer(1))])),
        record(Kind::Encounter, "t", Fact::Encounter(encounter.clone())),
        problem("t", own_condition),
    ];
    for fact in counting {
        let told = told(&line_of(&book, "1980-01-01", std::slice::from_ref(&fact), "2026-05-10"));
        assert_eq!(told, "up-to-date 2027-01-01", "{fact:?}");
    }
    let ignored = [
        procedure("t", plain()),
        observation("t", ActFact { state: ActState::Ignored, ..own() }),
        observation("t", ActFact { state: ActState::NotDone, ..own() }),
        observation("t", ActFact { when: None, ..own() }),
        observation("t", ActFact { absent: true, ..own() }),
        observation("t", panel(vec![value(true, Value::None)])),
        record(Kind::Encounter, "t", Fact::Encounter(EncounterFact { state: ActState::Ignored, ..encounter })),
        then(observation("t", own()), "2026-02-01", None),
    ];
    for fact in ignored {
        let told = told(&line_of(&book, "1980-01-01", std::slice::from_ref(&fact), "2026-05-10"));
        assert_eq!(told, "never-done", "{fact:?}");
    }
}

#[test]
fn where_a_number_is_needed_only_our_own_code_does_without() {
    let mut book = Book::new();
    let concept = book.concept("pressure", &[(LOINC, "85354-9"), (LOINC, "8480-6"), (OWN, "pressure")]);
    let evidence = book.evidence_of("pressure", EvidenceSource::Coded { concept, numeric: true });
    let rule = book.valid(evidence, "12");
    book.item("item", vec![rule]);
    let component = |value: Value| Part { codings: [Coding::new(LOINC, "8480-6")].into(), absent: false, value };
    let panel = |components| ActFact { components, ..act((LOINC, "85354-9"), "2026-01-01") };
    let cases = [
        (panel(vec![component(amount("120", "mm[Hg]"))]), "up-to-date 2027-01-01"),
        (panel(vec![component(Value::Other)]), "never-done"),
        (panel(vec![]), "never-done"),
        (ActFact { value: Value::Integer(12), ..panel(vec![]) }, "up-to-date 2027-01-01"),
        (act((OWN, "pressure"), "2026-01-01"), "up-to-date 2027-01-01"),
    ];
    for (fact, want) in cases {
        let told = told(&line_of(&book, "1980-01-01", &[observation("t", fact.clone())], "2026-05-10"));
        assert_eq!(told, want, "{fact:?}");
    }
}

#[test]
fn evidence_of_several_measures_needs_them_on_one_day() {
    let mut book = Book::new();
    let weight = book.measure("weight", &[(LOINC, "w")], "kg", SameDay::Latest);
    let height = book.measure("height", &[(LOINC, "h")], "m", SameDay::Latest);
    let evidence = book.evidence_of("weight-and-height", EvidenceSource::SameDay(vec![weight, height]));
    let rule = book.valid(evidence, "12");
    book.item("item", vec![rule]);
    let w = |date: &str| observation("w", ActFact { value: amount("70", "kg"), ..act((LOINC, "w"), date) });
    let h = |date: &str| observation("h", ActFact { value: amount("1.7", "m"), ..act((LOINC, "h"), date) });
    let cases = [
        (vec![w("2026-01-01"), h("2026-01-01")], "up-to-date 2027-01-01"),
        (vec![w("2026-01-01"), h("2026-01-02")], "never-done"),
        (vec![w("2026-01"), h("2026-01")], "never-done"),
        (vec![w("2026-01-01")], "never-done"),
        (acts(&["weight-and-height 2026-01-01"]), "up-to-date 2027-01-01"),
    ];
    for (facts, want) in cases {
        let result = line_of(&book, "1980-01-01", &facts, "2026-05-10");
        assert_eq!(told(&result), want, "{facts:?}");
        assert_eq!(result.evidence.len(), if want == "never-done" { 0 } else { facts.len() });
    }
}

#[test]
fn evidence_of_several_groups_is_as_old_as_the_oldest_of_their_latest() {
    let mut book = Book::new();
    let groups = ["lipids", "pressure", "tobacco"].map(|g| book.concept(g, &[(LOINC, g)]));
    let evidence = book.evidence_of("inputs", EvidenceSource::AllOf(groups.into()));
    let rule = book.valid(evidence, "60");
    book.item("item", vec![rule]);
    let of = |told: &[&str]| -> Vec<Record> {
        let one = |(n, t): (usize, &&str)| {
            let (code, date) = t.split_once(' ').unwrap();
            observation(&format!("o{n}"), act((LOINC, code), date))
        };
        told.iter().enumerate().map(one).collect()
    };
    let all = of(&["lipids 2020-01-01", "lipids 2024-01-01", "pressure 2026-03-01", "tobacco 2025-01-01"]);
    assert_eq!(told(&line_of(&book, "1970-01-01", &all, "2026-05-10")), "up-to-date 2029-01-01");
    assert_eq!(told(&line_of(&book, "1970-01-01", &all, "2025-12-31")), "never-done");
    assert_eq!(line_of(&book, "1970-01-01", &all, "2026-05-10").evidence.len(), 3);
    let two = of(&["lipids 2024-01-01", "pressure 2026-03-01"]);
    assert_eq!(told(&line_of(&book, "1970-01-01", &two, "2026-05-10")), "never-done");
}

fn two_components() -> Book {
    let mut book = Book::new();
    let vision = book.evidence("vision");
    let hearing = book.evidence("hearing");
    let rules = vec![book.valid(vision, "24"), book.valid(hearing, "36")];
    book.item("item", rules);
    for (n, code) in ["H54*", "H90*"].into_iter().enumerate() {
        let concept = book.concept(code, &[(CIM10, code)]);
        let known = Condition::Concept { concept, state: ConceptState::History };
        book.item_mut(0).components[n].not_applicable_if.push(known);
    }
    book
}

#[test]
fn every_applicable_component_must_be_up_to_date() {
    let book = two_components();
    let blind = || problem("b", condition((CIM10, "H54.0")));
    let deaf = || problem("d", condition((CIM10, "H90.3")));
    let cases: Vec<(&[&str], Vec<Record>, &str)> = vec![
        (&[], vec![], "never-done"),
        (&["vision 2025-01-01"], vec![], "expired (incomplete)"),
        (&["vision 2025-01-01", "hearing 2025-01-01"], vec![], "up-to-date 2027-01-01"),
        (&["vision 2025-01-01", "hearing 2023-01-01"], vec![], "expired 2026-01-01 (incomplete)"),
        (&["vision 2020-01-01", "hearing 2023-01-01"], vec![], "expired 2022-01-01 (incomplete)"),
        (&["vision 2024-06-01", "hearing 2025-01-01"], vec![], "up-to-date 2026-06-01 soon"),
        (&["vision 2025-01-01"], vec![deaf()], "up-to-date 2027-01-01"),
        (&["vision 2020-01-01"], vec![deaf()], "expired 2022-01-01"),
        (&[], vec![blind(), deaf()], "excluded (known-disease)"),
    ];
    for (told_acts, others, want) in cases {
        let mut facts = acts(told_acts);
        facts.extend(others);
        assert_eq!(told(&line_of(&book, "1950-01-01", &facts, "2026-05-10")), want, "{facts:?}");
    }
}

#[test]
fn a_refusal_of_one_component_concerns_the_whole_item() {
    let book = two_components();
    let mut facts = acts(&["vision 2025-01-01"]);
    facts.push(procedure("r", not_done("hearing", "PATOBJ", "2026-01-01")));
    assert_eq!(told(&line_of(&book, "1950-01-01", &facts, "2026-05-10")), "refused (refused)");
}

#[test]
fn one_component_can_be_asked_alone() {
    let book = two_components();
    let mut records = vec![person("1950-01-01", Sex::Female)];
    records.extend(acts(&["vision 2025-01-01"]));
    let dossier = Dossier::build(&records, &book.0);
    assert_eq!(told(&component(&dossier, day("2026-05-10"), 0, 0)), "up-to-date 2027-01-01");
    assert_eq!(told(&component(&dossier, day("2026-05-10"), 0, 1)), "never-done");
}

#[test]
fn the_rule_is_as_sure_as_the_weakest_of_what_it_read() {
    let mut book = screening();
    let fictional = book.param(None, RuleStatus::Unknown);
    assert_eq!(line_of(&book, "1980-01-01", &[], "2026-05-10").rule_status, RuleStatus::Interpretation);
    book.item_mut(0).eligibility[0].age_min = Some(fictional);
    assert_eq!(line_of(&book, "1980-01-01", &[], "2026-05-10").rule_status, RuleStatus::Unknown);
    let never_read = [person("", Sex::Female)];
    assert_eq!(line(&book, &never_read, "2026-05-10").rule_status, RuleStatus::Fallback);
}

#[test]
fn an_interval_nobody_knows_makes_the_item_indeterminate() {
    let mut book = Book::new();
    let evidence = book.evidence("test");
    let mut proof = book.proof(evidence, None);
    proof.months = Some(book.param(None, RuleStatus::Unknown));
    let tiers = vec![Tier { when: Condition::Always, proofs: vec![proof], lead_days: None }];
    book.item("item", vec![Rule::Validity(Validity { tiers, abnormal: None })]);
    let facts = acts(&["test 2026-01-01"]);
    assert_eq!(told(&line_of(&book, "1980-01-01", &facts, "2026-05-10")), "indeterminate (missing-parameter)");
}

#[test]
fn the_card_says_its_counts_in_french() {
    let mut book = Book::new();
    for n in 0..3 {
        let evidence = book.evidence(&format!("e{n}"));
        let rule = book.valid(evidence, "12");
        book.item(&format!("i{n}"), vec![rule]);
    }
    let mut records = vec![person("1980-01-01", Sex::Female)];
    records.extend(acts(&["e0 2026-01-01", "e1 2020-01-01"]));
    let text = |records: &[Record]| card(&Dossier::build(records, &book.0), day("2026-05-10")).text_fr();
    assert_eq!(text(&records), "à jour 1/3, expirés 1/3, jamais faits 1/3");
    records.push(observation("r", act((OWN, "refused:i2"), "2026-01-01")));
    assert_eq!(text(&records), "à jour 1/3, expirés 1/3, jamais faits 0/3, refusés 1/3");
    records.push(observation("x", act((OWN, "contraindicated:i1"), "2026-01-01")));
    assert_eq!(text(&records), "à jour 1/2, expirés 0/2, jamais faits 0/2, refusés 1/2");
}
