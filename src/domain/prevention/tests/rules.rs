//! The four rule kinds, one table of boundary cases each.

use super::*;
use crate::domain::condition::Condition;
use crate::domain::fact::Coding;
use crate::domain::fact::Comparator;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Value;

/// Checks `told` of item 0 over (acts, date, expected).
fn check(book: &Book, birth: &str, cases: &[(&[&str], &str, &str)]) {
    for (facts, date, want) in cases {
        assert_eq!(told(&line_of(book, birth, &acts(facts), date)), *want, "{facts:?} on {date}");
    }
}

#[test]
fn a_proof_holds_until_the_day_before_its_due_date() {
    let mut book = Book::new();
    let evidence = book.evidence("test");
    let rule = book.valid(evidence, "12");
    book.item("item", vec![rule]);
    check(
        &book,
        "1980-01-01",
        &[
            (&[], "2026-05-10", "never-done"),
            (&["test 2025-05-11"], "2026-05-10", "up-to-date 2026-05-11 soon"),
            (&["test 2025-05-10"], "2026-05-10", "expired 2026-05-10"),
            (&["test 2026-05-10"], "2026-05-10", "up-to-date 2027-05-10"),
            (&["test 2026-05-11"], "2026-05-10", "never-done"),
            (&["test 2025-08-09"], "2026-05-10", "up-to-date 2026-08-09"),
            (&["test 2025-08-08"], "2026-05-10", "up-to-date 2026-08-08 soon"),
            (&["test 2024-02-29"], "2025-02-27", "up-to-date 2025-02-28 soon"),
            (&["test 2024-02-29"], "2025-02-28", "expired 2025-02-28"),
            (&["test 2025"], "2025-12-31", "up-to-date 2026-01-01 soon"),
            (&["test 2025"], "2026-01-01", "expired 2026-01-01"),
            (&["test 2025-06"], "2026-05-10", "up-to-date 2026-06-01 soon"),
            (&["test 2020-01-01", "test 2025-12-01"], "2026-05-10", "up-to-date 2026-12-01"),
            (&["test 1979-12-31"], "2026-05-10", "never-done"),
            (&["other 2026-01-01"], "2026-05-10", "never-done"),
        ],
    );
}

#[test]
fn last_done_keeps_the_precision_of_its_source() {
    let mut book = Book::new();
    let evidence = book.evidence("test");
    let rule = book.valid(evidence, "12");
    book.item("item", vec![rule]);
    for date in ["2025", "2025-11", "2025-11-03"] {
        let result = line_of(&book, "1980-01-01", &acts(&[&format!("test {date}")]), "2025-12-01");
        assert_eq!(result.last_done, Some(date.parse().unwrap()), "{date}");
    }
}

#[test]
fn evidence_possible_for_the_true_birth_date_still_counts() {
    let mut book = Book::new();
    let evidence = book.evidence("test");
    let rule = book.valid(evidence, "12");
    book.item("item", vec![rule]);
    let facts = acts(&["test 2026-02-01"]);
    assert_eq!(told(&line_of(&book, "2026", &facts, "2026-03-01")), "up-to-date 2027-02-01");
    assert_eq!(told(&line_of(&book, "2026-02-02", &facts, "2026-03-01")), "never-done");
    assert_eq!(told(&line_of(&book, "2026-06-01", &acts(&["test 2026"]), "2026-07-01")), "up-to-date 2027-01-01");
}

#[test]
fn only_the_first_tier_that_applies_accepts_anything() {
    let mut book = Book::new();
    let exam = book.evidence("exam");
    let quiz = book.evidence("quiz");
    let risk = book.concept("risk", &[(CIM10, "C43*")]);
    let at_risk = Condition::Concept { concept: risk, state: crate::domain::condition::ConceptState::History };
    let strict = Tier { when: at_risk, proofs: vec![book.proof(exam, Some("12"))], lead_days: None };
    let both = vec![book.proof(exam, Some("60")), book.proof(quiz, Some("60"))];
    let usual = Tier { when: Condition::Always, proofs: both, lead_days: None };
    book.item("item", vec![Rule::Validity(Validity { tiers: vec![strict, usual], abnormal: None })]);
    check(&book, "1980-01-01", &[(&["quiz 2024-01-01"], "2026-05-10", "up-to-date 2029-01-01")]);
    let mut facts = acts(&["quiz 2024-01-01"]);
    facts.push(problem("c", condition((CIM10, "C43.1"))));
    assert_eq!(told(&line_of(&book, "1980-01-01", &facts, "2026-05-10")), "never-done");
    facts.push(observation("x", act((OWN, "exam"), "2025-01-01")));
    assert_eq!(told(&line_of(&book, "1980-01-01", &facts, "2026-05-10")), "expired 2026-01-01");
}

#[test]
fn of_two_proofs_of_one_evidence_the_first_that_accepts_governs() {
    let mut book = Book::new();
    let cytology = book.evidence("cytology");
    let hpv = book.evidence("hpv");
    let first = Proof {
        age_now: (Some(book.number("25")), Some(book.number("29"))),
        only_if_count: Some(book.number("1")),
        ..book.proof(cytology, Some("12"))
    };
    let usual = book.proof(cytology, Some("36"));
    let older = Proof { age_at: (Some(book.number("30")), None), ..book.proof(hpv, Some("60")) };
    let younger = Proof { age_at: (None, Some(book.number("29"))), ..book.proof(hpv, Some("36")) };
    let tier = Tier { when: Condition::Always, proofs: vec![first, usual, older, younger], lead_days: None };
    book.item("item", vec![Rule::Validity(Validity { tiers: vec![tier], abnormal: None })]);
    check(
        &book,
        "1998-06-01",
        &[
            (&["cytology 2025-06-02"], "2026-06-01", "up-to-date 2026-06-02 soon"),
            (&["cytology 2025-06-01"], "2026-06-01", "expired 2026-06-01"),
            (&["cytology 2025-06-01"], "2028-06-01", "expired 2028-06-01"),
            (&["cytology 2025-06-02"], "2028-06-01", "up-to-date 2028-06-02 soon"),
            (&["cytology 2024-06-01", "cytology 2025-06-01"], "2026-06-01", "up-to-date 2028-06-01"),
            (&["cytology 2025-06-01", "cytology 2025-06-01"], "2026-06-01", "expired 2026-06-01"),
            (&["hpv 2028-05-31"], "2028-06-01", "up-to-date 2031-05-31"),
            (&["hpv 2028-06-01"], "2028-06-01", "up-to-date 2033-06-01"),
        ],
    );
}

#[test]
fn the_item_is_up_to_date_until_the_latest_end_among_proofs() {
    let mut book = Book::new();
    let fit = book.evidence("fit");
    let colonoscopy = book.evidence("colonoscopy");
    let proofs = vec![book.proof(fit, Some("24")), book.proof(colonoscopy, Some("60"))];
    let rule = Validity { tiers: vec![Tier { when: Condition::Always, proofs, lead_days: None }], abnormal: None };
    book.item("item", vec![Rule::Validity(rule)]);
    let result = line_of(&book, "1966-01-01", &acts(&["fit 2024-06-01", "colonoscopy 2023-01-01"]), "2026-05-10");
    assert_eq!(told(&result), "up-to-date 2028-01-01");
    assert_eq!(result.last_done, Some("2024-06-01".parse().unwrap()));
    assert_eq!(result.evidence.len(), 2);
}

#[test]
fn fewer_doses_than_needed_are_incomplete() {
    let mut book = Book::new();
    let [test, whole, dose] = ["test", "three-doses", "dose"].map(|id| book.evidence(id));
    let counted = Proof { min_count: Some(book.number("3")), ..book.proof(dose, None) };
    let proofs = vec![book.proof(test, None), book.proof(whole, None), counted];
    let tiers = vec![Tier { when: Condition::Always, proofs, lead_days: None }];
    book.item("item", vec![Rule::Validity(Validity { tiers, abnormal: None })]);
    let one = "dose 2001-01-01";
    check(
        &book,
        "1980-01-01",
        &[
            (&[], "2026-05-10", "never-done"),
            (&[one], "2026-05-10", "expired (incomplete)"),
            (&[one, "dose 2001-02-01"], "2026-05-10", "expired (incomplete)"),
            (&[one, "dose 2001-02-01", "dose 2001-02-01"], "2026-05-10", "expired (incomplete)"),
            (&[one, "dose 2001-02-01", "dose 2001-07-01"], "2026-05-10", "up-to-date"),
            (&["three-doses 2001"], "2026-05-10", "up-to-date"),
            (&[one, "test 2020-01-01"], "2026-05-10", "up-to-date"),
        ],
    );
}

#[test]
fn a_short_interval_has_its_own_notice() {
    let mut book = Book::new();
    let evidence = book.evidence("test");
    let proofs = vec![book.proof(evidence, Some("3"))];
    let lead_days = Some(book.number("30"));
    let tiers = vec![Tier { when: Condition::Always, proofs, lead_days }];
    book.item("item", vec![Rule::Validity(Validity { tiers, abnormal: None })]);
    let facts: &[&str] = &["test 2026-03-10"];
    check(
        &book,
        "1980-01-01",
        &[(facts, "2026-05-10", "up-to-date 2026-06-10"), (facts, "2026-05-11", "up-to-date 2026-06-10 soon")],
    );
}

fn colorectal(book: &mut Book) {
    let fit = book.evidence("fit");
    let colonoscopy = book.evidence("colonoscopy");
    let proofs = vec![book.proof(fit, Some("24")), book.proof(colonoscopy, Some("60"))];
    let abnormal = Abnormal {
        evidence: vec![fit],
        cleared_by: vec![colonoscopy],
        months: book.number("0"),
        reason: "abnormal-needs-follow-up".into(),
    };
    let tiers = vec![Tier { when: Condition::Always, proofs, lead_days: None }];
    book.item("item", vec![Rule::Validity(Validity { tiers, abnormal: Some(abnormal) })]);
}

fn positive(id: &str, code: &str, date: &str) -> Record {
    observation(id, ActFact { value: coded(OWN, "abnormal"), ..act((OWN, code), date) })
}

#[test]
fn a_positive_test_overrides_everything_until_it_is_followed_up() {
    let mut book = Book::new();
    colorectal(&mut book);
    let cases: [(&[&str], &str); 5] = [
        (&[], "expired 2026-03-01 (abnormal-needs-follow-up)"),
        (&["fit 2026-04-01"], "expired 2026-03-01 (abnormal-needs-follow-up)"),
        (&["colonoscopy 2026-02-28"], "expired 2026-03-01 (abnormal-needs-follow-up)"),
        (&["colonoscopy 2026-03-01"], "up-to-date 2031-03-01"),
        (&["colonoscopy 2026-04-10"], "up-to-date 2031-04-10"),
    ];
    for (others, want) in cases {
        let mut facts = acts(others);
        facts.push(positive("pos", "fit", "2026-03-01"));
        assert_eq!(told(&line_of(&book, "1966-01-01", &facts, "2026-05-10")), want, "{others:?}");
    }
    let facts = [positive("pos", "fit", "2026-03-01")];
    assert_eq!(told(&line_of(&book, "1966-01-01", &facts, "2026-02-28")), "never-done");
}

#[test]
fn a_positive_result_is_said_in_many_ways() {
    let mut book = Book::new();
    colorectal(&mut book);
    let plain = || act((OWN, "fit"), "2026-03-01");
    let interpreted = |code| ActFact { interpretation: vec![Coding::new(INTERPRETATION, code)], ..plain() };
    let high = || Some("30".parse().unwrap());
    let bounded = |comparator, value: &str| Value::Bounded {
        comparator,
        value: value.parse().unwrap(),
        unit: Some("ug/g".into()),
    };
    let bad = [
        interpreted("A"),
        interpreted("POS"),
        ActFact { value: coded(OWN, "abnormal"), ..plain() },
        ActFact { value: Value::Boolean(true), ..plain() },
        ActFact { value: amount("30.1", "ug/g"), reference_high: high(), ..plain() },
        ActFact { value: bounded(Comparator::Above, "30"), reference_high: high(), ..plain() },
        ActFact { value: bounded(Comparator::AtLeast, "31"), reference_high: high(), ..plain() },
    ];
    let good = [
        plain(),
        interpreted("N"),
        ActFact { value: Value::Boolean(false), ..plain() },
        ActFact { value: amount("30", "ug/g"), reference_high: high(), ..plain() },
        ActFact { value: amount("500", "ug/g"), ..plain() },
        ActFact { value: bounded(Comparator::Below, "30"), reference_high: high(), ..plain() },
        ActFact { value: bounded(Comparator::Above, "29"), reference_high: high(), ..plain() },
    ];
    for (facts, want) in [(&bad, "expired 2026-03-01 (abnormal-needs-follow-up)"), (&good, "up-to-date 2028-03-01")] {
        for fact in facts {
            let told = told(&line_of(&book, "1966-01-01", &[observation("f", fact.clone())], "2026-05-10"));
            assert_eq!(told, want, "{fact:?}");
        }
    }
}

#[test]
fn a_later_normal_result_clears_where_nothing_else_is_named() {
    let mut book = Book::new();
    let cytology = book.evidence("cytology");
    let proofs = vec![book.proof(cytology, Some("36"))];
    let abnormal = Abnormal {
        evidence: vec![cytology],
        cleared_by: Vec::new(),
        months: book.number("12"),
        reason: "abnormal-needs-follow-up".into(),
    };
    let tiers = vec![Tier { when: Condition::Always, proofs, lead_days: None }];
    book.item("item", vec![Rule::Validity(Validity { tiers, abnormal: Some(abnormal) })]);
    let cases: [(&[&str], &str, &str); 6] = [
        (&[], "2026-05-10", "up-to-date 2027-03-01 (abnormal-needs-follow-up)"),
        (&[], "2027-03-01", "expired 2027-03-01 (abnormal-needs-follow-up)"),
        (&["cytology 2026-03-01"], "2026-05-10", "up-to-date 2027-03-01 (abnormal-needs-follow-up)"),
        (&["cytology 2025-03-01"], "2026-05-10", "up-to-date 2027-03-01 (abnormal-needs-follow-up)"),
        (&["cytology 2026-04-01"], "2026-05-10", "up-to-date 2029-04-01"),
        (&["cytology 2026-04-01"], "2026-03-31", "up-to-date 2027-03-01 (abnormal-needs-follow-up)"),
    ];
    for (others, date, want) in cases {
        let mut facts = acts(others);
        facts.push(positive("pos", "cytology", "2026-03-01"));
        assert_eq!(told(&line_of(&book, "1980-01-01", &facts, date)), want, "{others:?} on {date}");
    }
    // A report leaves what it says to the results it refers to, unless it concludes itself.
    let reported = |interpretation: Vec<Coding>, value| {
        let fact = ActFact { interpretation, value, ..act((OWN, "cytology"), "2026-04-01") };
        [positive("pos", "cytology", "2026-03-01"), record(Kind::DiagnosticReport, "r", Fact::Act(fact))]
    };
    let concluded = || vec![Coding::new(INTERPRETATION, "N")];
    let reports = [
        (reported(Vec::new(), Value::Other), "up-to-date 2027-03-01 (abnormal-needs-follow-up)"),
        (reported(concluded(), Value::Other), "up-to-date 2029-04-01"),
        (reported(Vec::new(), Value::None), "up-to-date 2029-04-01"),
    ];
    for (facts, want) in reports {
        assert_eq!(told(&line_of(&book, "1980-01-01", &facts, "2026-05-10")), want, "{facts:?}");
    }
    let timed = |second| ActFact { when: Some(at("2026-03-01", second)), ..act((OWN, "cytology"), "") };
    let ill = ActFact { value: coded(OWN, "abnormal"), ..timed(100) };
    let facts = [observation("a", ill), observation("b", timed(200))];
    assert_eq!(told(&line_of(&book, "1980-01-01", &facts, "2026-05-10")), "up-to-date 2029-03-01");
}

#[test]
fn a_seasonal_dose_holds_until_the_next_campaign() {
    let mut book = Book::new();
    let evidence = book.evidence("flu");
    let season = Season { evidence, campaign_start: book.word("10-15"), window_start: book.word("09-01") };
    book.item("item", vec![Rule::Season(season)]);
    check(
        &book,
        "1950-01-01",
        &[
            (&["flu 2025-09-01"], "2026-10-14", "up-to-date 2026-10-15 soon"),
            (&["flu 2025-08-31"], "2026-10-14", "expired 2025-10-15"),
            (&["flu 2025-08-31"], "2025-10-14", "up-to-date 2025-10-15 soon"),
            (&["flu 2025-08-31"], "2025-10-15", "expired 2025-10-15"),
            (&["flu 2025-11-20"], "2026-10-15", "expired 2026-10-15"),
            (&["flu 2026-09-20"], "2026-10-01", "up-to-date 2027-10-15"),
            (&["flu 2026-09-20"], "2026-10-15", "up-to-date 2027-10-15"),
            (&["flu 2026-02-01"], "2026-06-01", "up-to-date 2026-10-15"),
            (&["flu 2025-11-20"], "2026-07-17", "up-to-date 2026-10-15 soon"),
            (&["flu 2025-11-20"], "2026-07-16", "up-to-date 2026-10-15"),
            (&[], "2026-06-01", "never-done"),
        ],
    );
}

fn boosters(book: &mut Book) {
    let dose = book.evidence("dtp");
    let with = book.evidence("dtcap");
    let ages = [("6", "1"), ("11", "1"), ("25", "5"), ("45", "5"), ("65", "5")]
        .map(|(age, tolerance)| (book.number(age), book.number(tolerance)));
    let must =
        MustContain { at: ages[2].0, until: book.number("39"), evidence: with, reason: "pertussis-missing".into() };
    let rule = Milestones { evidence: dose, ages: ages.into(), must_contain: Some(must) };
    book.item("item", vec![Rule::Milestones(rule)]);
}

#[test]
fn a_booster_holds_until_the_birthday_of_the_next_milestone() {
    let mut book = Book::new();
    boosters(&mut book);
    check(
        &book,
        "1976-05-10",
        &[
            (&["dtp 2021-05-10"], "2026-05-10", "up-to-date 2041-05-10"),
            (&["dtp 2016-05-10"], "2026-05-10", "up-to-date 2041-05-10"),
            (&["dtp 2016-05-09"], "2026-05-10", "expired 2021-05-10"),
            (&["dtp 2016-05-09"], "2021-05-09", "up-to-date 2021-05-10 soon"),
            (&["dtp 1990-01-01"], "2026-05-10", "expired 2001-05-10"),
            (&["dtp 1980-01-01"], "2026-05-10", "expired 1982-05-10"),
            (&["dtp 2040-01-01"], "2041-05-10", "up-to-date"),
            (&["dtp 2036-05-10"], "2050-01-01", "up-to-date"),
            (&[], "2026-05-10", "never-done"),
        ],
    );
}

#[test]
fn the_booster_of_25_must_contain_pertussis_up_to_39() {
    let mut book = Book::new();
    boosters(&mut book);
    check(
        &book,
        "1996-05-10",
        &[
            (&["dtp 2021-06-01"], "2026-05-10", "expired 2021-05-10 (pertussis-missing)"),
            (&["dtp 2021-06-01"], "2036-05-09", "expired 2021-05-10 (pertussis-missing)"),
            (&["dtp 2021-06-01"], "2036-05-10", "up-to-date 2041-05-10"),
            (&["dtp 2021-06-01", "dtcap 2022-06-01"], "2026-05-10", "up-to-date 2041-05-10"),
            (&["dtcap 2022-06-01"], "2026-05-10", "up-to-date 2041-05-10"),
            (&["dtp 2021-06-01", "dtcap 2010-06-01"], "2026-05-10", "expired 2021-05-10 (pertussis-missing)"),
            (&["dtp 2019-06-01"], "2020-05-10", "up-to-date 2021-05-10"),
            (&["dtcap 2010-06-01"], "2026-05-10", "expired 2021-05-10"),
        ],
    );
}

#[test]
fn a_series_is_complete_for_life_and_incomplete_for_a_while() {
    let mut book = Book::new();
    let evidence = book.evidence("zoster");
    let schedule = Schedule {
        when: Condition::Always,
        first_dose_before: None,
        min_spacing_months: None,
        doses: book.number("2"),
        incomplete_months: book.number("6"),
        lead_days: None,
    };
    let series = Series { evidence, min_days: book.number("28"), schedules: vec![schedule] };
    book.item("item", vec![Rule::Series(series)]);
    check(
        &book,
        "1950-01-01",
        &[
            (&[], "2026-05-10", "never-done"),
            (&["zoster 2026-01-10"], "2026-05-10", "up-to-date 2026-07-10 soon"),
            (&["zoster 2025-11-11"], "2026-05-10", "up-to-date 2026-05-11 soon"),
            (&["zoster 2025-11-10"], "2026-05-10", "expired 2026-05-10 (incomplete)"),
            (&["zoster 2025-01-01", "zoster 2025-01-29"], "2026-05-10", "up-to-date"),
            (&["zoster 2025-01-01", "zoster 2025-01-28"], "2026-05-10", "expired 2025-07-01 (incomplete)"),
            (&["zoster 2025-01-01", "zoster 2025-01-01"], "2026-05-10", "expired 2025-07-01 (incomplete)"),
        ],
    );
}

#[test]
fn the_schedule_follows_the_age_of_the_first_dose_and_the_spacing() {
    let mut book = Book::new();
    let evidence = book.evidence("hpv");
    let two = Schedule {
        when: Condition::Always,
        first_dose_before: Some(book.number("15")),
        min_spacing_months: Some(book.number("5")),
        doses: book.number("2"),
        incomplete_months: book.number("13"),
        lead_days: None,
    };
    let three = Schedule {
        when: Condition::Always,
        first_dose_before: None,
        min_spacing_months: None,
        doses: book.number("3"),
        incomplete_months: book.number("6"),
        lead_days: None,
    };
    let series = Series { evidence, min_days: book.number("0"), schedules: vec![two, three] };
    book.item("item", vec![Rule::Series(series)]);
    check(
        &book,
        "2010-05-10",
        &[
            (&["hpv 2025-05-09"], "2026-05-10", "up-to-date 2026-06-09 soon"),
            (&["hpv 2025-05-10"], "2026-05-10", "expired 2025-11-10 (incomplete)"),
            (&["hpv 2025-05-09", "hpv 2025-10-09"], "2026-05-10", "up-to-date"),
            (&["hpv 2025-05-09", "hpv 2025-10-08"], "2026-05-10", "expired 2026-04-08 (incomplete)"),
            (&["hpv 2025-05-10", "hpv 2025-12-10"], "2026-05-10", "up-to-date 2026-06-10 soon"),
            (&["hpv 2025-05-10", "hpv 2025-07-10", "hpv 2025-12-10"], "2026-05-10", "up-to-date"),
        ],
    );
}

#[test]
fn evidence_below_its_minimum_age_is_none() {
    let mut book = Book::new();
    let evidence = book.evidence("dose");
    let rule = book.valid(evidence, "120");
    book.item("item", vec![rule]);
    let min_age = book.number("18");
    book.0.evidences[usize::from(evidence.0)].min_age = Some(min_age);
    check(
        &book,
        "2000-05-10",
        &[
            (&["dose 2018-05-09"], "2026-01-01", "never-done"),
            (&["dose 2018-05-10"], "2026-01-01", "up-to-date 2028-05-10"),
        ],
    );
}
