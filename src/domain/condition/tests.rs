use super::*;
use crate::domain::asked::Asked;
use crate::domain::calendar::Month;
use crate::domain::dossier::Dossier;
use crate::domain::fact::*;
use crate::domain::finding::FactIndex;
use crate::domain::finding::Finding;
use crate::domain::finding::Missing;
use crate::domain::finding::Uses;
use crate::domain::measure::*;
use crate::domain::param::ParamValue;
use crate::domain::testing::*;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;
use crate::domain::verdict::Verdict::*;

/// A finding that outlives its dossier.
struct Said {
    verdict: Verdict,
    evidence: Vec<FactIndex>,
    missing: Vec<Missing>,
}

fn on(book: &Book, records: &[Record], condition: &Condition, date: &str, birth: BirthReading) -> Said {
    let dossier = Dossier::build(records, &book.0);
    let finding = evaluate(condition, &mut Context::new(&dossier, day(date), birth));
    Said { verdict: finding.verdict, missing: Finding::told(&finding.missing), evidence: finding.evidence.to_vec() }
}

fn verdict(book: &Book, records: &[Record], condition: &Condition, date: &str) -> Verdict {
    on(book, records, condition, date, BirthReading::Money).verdict
}

fn in_month(book: &Book, records: &[Record], condition: &Condition, month: &str) -> Verdict {
    let dossier = Dossier::build(records, &book.0);
    evaluate(condition, &mut Context::for_month(&dossier, month.parse::<Month>().unwrap())).verdict
}

fn is_missing(finding: &Said, code: &str) -> bool {
    finding.missing.iter().any(|m: &Missing| &*m.code == code)
}

#[test]
fn age_bounds_are_included_and_partial_births_open_money_only() {
    let mut book = Book::new();
    let condition = Condition::Age { min: Some(book.number("18")), max: Some(book.number("40")) };
    let cases = [
        ("2008-05-10", "2026-05-09", No, No),
        ("2008-05-10", "2026-05-10", Yes, Yes),
        ("1985-05-10", "2026-05-09", Yes, Yes),
        ("1985-05-10", "2026-05-10", No, No),
        ("2008-02-29", "2026-02-28", No, No),
        ("2008-02-29", "2026-03-01", Yes, Yes),
        ("2008", "2026-06-30", No, Unknown),
        ("2008", "2026-07-01", Yes, Unknown),
        ("2008", "2026-12-31", Yes, Yes),
        ("2008-05", "2026-05-15", Yes, Unknown),
        ("2008-05", "2026-05-14", No, Unknown),
        ("2000", "2026-01-01", Yes, Yes),
        ("", "2026-01-01", Unknown, Unknown),
        ("2026-06-01", "2026-05-31", No, No),
    ];
    for (birth, date, card, money) in cases {
        let records = [person(birth, Sex::Female)];
        assert_eq!(on(&book, &records, &condition, date, BirthReading::Card).verdict, card, "card {birth} {date}");
        let found = on(&book, &records, &condition, date, BirthReading::Money);
        assert_eq!(found.verdict, money, "money {birth} {date}");
        assert_eq!(is_missing(&found, "birth-date"), money == Unknown, "{birth} {date}");
    }
}

#[test]
fn nobody_is_an_infant_before_birth() {
    let mut book = Book::new();
    let condition = Condition::Age { min: None, max: Some(book.number("1")) };
    assert_eq!(verdict(&book, &[person("2026-06-01", Sex::Male)], &condition, "2026-05-31"), No);
    assert_eq!(verdict(&book, &[person("2026-06-01", Sex::Male)], &condition, "2026-06-01"), Yes);
    assert_eq!(verdict(&book, &[person("2026", Sex::Male)], &condition, "2026-03-31"), Yes);
}

#[test]
fn an_unsaid_sex_is_unknown_and_says_so() {
    let book = Book::new();
    let condition = Condition::Sex(Sex::Female);
    for (sex, want) in [(Sex::Female, Yes), (Sex::Male, No), (Sex::Other, Unknown), (Sex::Unknown, Unknown)] {
        let found = on(&book, &[person("1990", sex)], &condition, "2026-01-31", BirthReading::Money);
        assert_eq!(found.verdict, want, "{sex:?}");
        assert_eq!(is_missing(&found, "sex"), want == Unknown, "{sex:?}");
    }
    assert_eq!(verdict(&book, &[], &condition, "2026-01-31"), Unknown);
}

#[test]
fn combinations_follow_three_valued_logic_and_keep_only_deciding_grounds() {
    let book = Book::new();
    let records = [person("1990", Sex::Unknown)];
    let unknown = || Condition::Sex(Sex::Male);
    let no = || Condition::None(vec![Condition::Always]);
    let cases = [
        (Condition::All(vec![unknown(), no()]), No),
        (Condition::All(vec![unknown(), Condition::Always]), Unknown),
        (Condition::All(vec![]), Yes),
        (Condition::Any(vec![unknown(), Condition::Always]), Yes),
        (Condition::Any(vec![unknown(), no()]), Unknown),
        (Condition::Any(vec![]), No),
        (Condition::None(vec![unknown()]), Unknown),
        (Condition::None(vec![unknown(), Condition::Always]), No),
        (Condition::None(vec![no()]), Yes),
    ];
    for (condition, want) in cases {
        let found = on(&book, &records, &condition, "2026-01-31", BirthReading::Money);
        assert_eq!(found.verdict, want, "{condition:?}");
        assert_eq!(found.missing.is_empty(), want != Unknown, "{condition:?}");
    }
}

#[test]
fn a_coded_problem_is_active_between_its_onset_and_its_abatement() {
    let mut book = Book::new();
    let concept = book.concept("diabetes", &[(CIM10, "E11*")]);
    let state = |state| Condition::Concept { concept, state };
    let base = || condition((CIM10, "e11.9"));
    let ended = |abatement: &str| ConditionFact {
        clinical: Clinical::Ended,
        onset: Some(when("2020-03-10")),
        abatement: (!abatement.is_empty()).then(|| when(abatement)),
        abated: !abatement.is_empty(),
        ..base()
    };
    // (fact, day, active, history, in month)
    let cases = [
        (base(), "2026-05-15", Yes, Yes, Yes),
        (ConditionFact { clinical: Clinical::Absent, ..base() }, "2026-05-15", Yes, Yes, Yes),
        (ConditionFact { onset: Some(when("2026-05-16")), ..base() }, "2026-05-15", No, No, Yes),
        (ConditionFact { onset: Some(when("2026-05-15")), ..base() }, "2026-05-15", Yes, Yes, Yes),
        (ConditionFact { recorded: Some(when("2026-06-01")), ..base() }, "2026-05-31", No, No, No),
        (
            ConditionFact { onset: Some(when("2010")), recorded: Some(when("2026-06-01")), ..base() },
            "2026-05-31",
            Yes,
            Yes,
            Yes,
        ),
        (ConditionFact { confirmed: false, ..base() }, "2026-05-15", No, No, No),
        (ConditionFact { void: true, ..base() }, "2026-05-15", No, No, No),
        (ended("2026-05-10"), "2026-05-10", Yes, Yes, Yes),
        (ended("2026-05-10"), "2026-05-11", No, Yes, Yes),
        (ended("2026-05-01"), "2026-05-31", No, Yes, Yes),
        (ended("2026-04-30"), "2026-05-31", No, Yes, No),
        (ended("2026-05"), "2026-05-31", Yes, Yes, Yes),
        (ended(""), "2026-05-15", No, Yes, No),
        (ended("2026-05-10"), "2020-03-09", No, No, Yes),
    ];
    for (fact, date, active, history, month) in cases {
        let records = [person("1960-01-01", Sex::Male), problem("c", fact.clone())];
        for (name, want) in
            [(ConceptState::Active, active), (ConceptState::History, history), (ConceptState::InMonth, month)]
        {
            assert_eq!(verdict(&book, &records, &state(name), date), want, "{name:?} {date} {fact:?}");
        }
    }
}

#[test]
fn a_problem_resolved_without_a_date_ends_when_that_became_known() {
    let mut book = Book::new();
    let concept = book.concept("depression", &[(CIM10, "F32*")]);
    let active = ConditionFact { onset: Some(when("2026-01-10")), ..condition((CIM10, "F32")) };
    let resolved = ConditionFact { clinical: Clinical::Ended, ..active.clone() };
    let unreadable = ConditionFact { abated: true, ..active.clone() };
    for over in [resolved, unreadable] {
        let mut record = then(problem("c", active.clone()), "2026-05-20", Some(Fact::Condition(over.clone())));
        // A later correction that still says so does not move the end.
        record = then(record, "2026-07-02", Some(Fact::Condition(over)));
        let records = [person("1960-01-01", Sex::Male), record];
        let during = Condition::Concept { concept, state: ConceptState::InMonth };
        for (month, want) in
            [("2025-12", No), ("2026-01", Yes), ("2026-04", Yes), ("2026-05", Yes), ("2026-06", No), ("2026-08", No)]
        {
            assert_eq!(in_month(&book, &records, &during, month), want, "{month}");
        }
        let now = Condition::Concept { concept, state: ConceptState::Active };
        assert_eq!(verdict(&book, &records, &now, "2026-05-20"), Yes);
        assert_eq!(verdict(&book, &records, &now, "2026-05-21"), No);
    }
}

#[test]
fn an_accepted_procedure_is_history_and_never_a_running_problem() {
    let mut book = Book::new();
    let concept = book.concept("colectomy", &[(CIM10, "Z90*")]);
    let done = |state| procedure("x", ActFact { state, ..act((CIM10, "Z90.4"), "2020-05-05") });
    let history = Condition::Concept { concept, state: ConceptState::History };
    let active = Condition::Concept { concept, state: ConceptState::Active };
    let person = || person("1950-01-01", Sex::Male);
    assert_eq!(verdict(&book, &[person(), done(ActState::Done)], &history, "2026-01-01"), Yes);
    assert_eq!(verdict(&book, &[person(), done(ActState::Done)], &history, "2020-05-04"), No);
    assert_eq!(verdict(&book, &[person(), done(ActState::Done)], &active, "2026-01-01"), No);
    assert_eq!(verdict(&book, &[person(), done(ActState::Ignored)], &history, "2026-01-01"), No);
    assert_eq!(verdict(&book, &[person(), done(ActState::NotDone)], &history, "2026-01-01"), No);
}

fn score(book: &mut Book, same_day: SameDay) -> MeasureId {
    book.measure("score", &[(OBS, "score")], "{score}", same_day)
}

fn scored(id: &str, value: &str, date: &str) -> Record {
    observation(id, ActFact { value: amount(value, "{score}"), ..act((OBS, "score"), date) })
}

fn above(book: &mut Book, measure: MeasureId, limit: &str, absent: Absent) -> Latest {
    let bounds = vec![(Compare::Above, book.number(limit))];
    Latest {
        of: vec![LatestBound { measure, bounds }],
        within_months: None,
        age_at_measure: (None, None),
        not_during: None,
        absent,
    }
}

#[test]
fn comparisons_include_or_exclude_their_limit_as_they_say() {
    let mut book = Book::new();
    let measure = score(&mut book, SameDay::Latest);
    let limit = book.number("44");
    let records = |value| [person("1960-01-01", Sex::Male), scored("a", value, "2026-01-01")];
    let cases = [
        (Compare::Above, [("43.99", No), ("44", No), ("44.01", Yes)]),
        (Compare::AtLeast, [("43.99", No), ("44", Yes), ("44.01", Yes)]),
        (Compare::AtMost, [("43.99", Yes), ("44.0", Yes), ("44.01", No)]),
        (Compare::Below, [("43.99", Yes), ("44", No), ("44.01", No)]),
    ];
    for (compare, values) in cases {
        for (value, want) in values {
            let condition = Condition::Latest(Latest {
                of: vec![LatestBound { measure, bounds: vec![(compare, limit)] }],
                within_months: None,
                age_at_measure: (None, None),
                not_during: None,
                absent: Absent::Unknown,
            });
            assert_eq!(verdict(&book, &records(value), &condition, "2026-01-31"), want, "{compare:?} {value}");
        }
    }
}

#[test]
fn a_value_that_is_only_bounded_decides_where_all_it_may_be_is_on_one_side() {
    use crate::domain::fact::Comparator::{Above as Over, AtLeast as From, AtMost as UpTo, Below as Under};
    let mut book = Book::new();
    let measure = score(&mut book, SameDay::Latest);
    let limit = book.number("44");
    let cases = [
        (Compare::AtLeast, [(Under, "44", No), (Under, "45", Unknown), (UpTo, "43", No), (UpTo, "44", Unknown)]),
        (Compare::AtLeast, [(From, "44", Yes), (From, "43", Unknown), (Over, "44", Yes), (Over, "43", Unknown)]),
        (Compare::Above, [(Under, "44", No), (Under, "45", Unknown), (UpTo, "44", No), (UpTo, "45", Unknown)]),
        (Compare::Above, [(From, "45", Yes), (From, "44", Unknown), (Over, "44", Yes), (Over, "43", Unknown)]),
        (Compare::AtMost, [(Under, "44", Yes), (UpTo, "44", Yes), (Over, "44", No), (From, "44", Unknown)]),
        (Compare::Below, [(Under, "44", Yes), (UpTo, "44", Unknown), (Over, "44", No), (From, "44", No)]),
    ];
    for (compare, values) in cases {
        for (comparator, value, want) in values {
            let condition = Condition::Latest(Latest {
                of: vec![LatestBound { measure, bounds: vec![(compare, limit)] }],
                within_months: None,
                age_at_measure: (None, None),
                not_during: None,
                absent: Absent::No,
            });
            let unit = Some("{score}".into());
            let value = Value::Bounded { comparator, value: value.parse().unwrap(), unit };
            let fact = ActFact { value: value.clone(), ..act((OBS, "score"), "2026-01-01") };
            let records = [person("1960-01-01", Sex::Male), observation("a", fact)];
            let found = on(&book, &records, &condition, "2026-01-31", BirthReading::Money);
            assert_eq!(found.verdict, want, "{compare:?} {value:?}");
            assert_eq!(is_missing(&found, "score"), want == Unknown, "{compare:?} {value:?}");
        }
    }
}

#[test]
fn which_of_two_came_first_decides_nothing() {
    use crate::domain::fact::Comparator;
    let mut book = Book::new();
    let measure = score(&mut book, SameDay::Latest);
    let number = Condition::Latest(above(&mut book, measure, "44", Absent::No));
    let question = book.concept("living-place", &[(OBS, "living-place")]);
    let value = book.concept("home", &[(OBS, "home")]);
    let coded_answer = Condition::LatestCoded { question, value, absent: Absent::No };
    let answer = |id: &str, code: &str| {
        observation(id, ActFact { value: coded(OBS, code), ..act((OBS, "living-place"), "2026-01-01") })
    };
    let first_of = |mut pair: [Record; 2], first: usize| {
        pair[first].versions[0].known = noon("2026-01-02");
        pair[1 - first].versions[0].known = noon("2026-01-03");
        let [a, b] = pair;
        [person("1940-01-01", Sex::Female), a, b]
    };
    let numbers = |a: &str, b: &str| [scored("a", a, "2026-01-01"), scored("b", b, "2026-01-01")];
    let bounded = |comparator, number: &str| Value::Bounded {
        comparator,
        value: number.parse().unwrap(),
        unit: Some("{score}".into()),
    };
    let told = |id: &str, value: Value| observation(id, ActFact { value, ..act((OBS, "score"), "2026-01-01") });
    for first in [0, 1] {
        // What is above a number is more than it; a bound that may be anything hides no number.
        let above = || bounded(Comparator::Above, "44");
        for pair in [
            [told("a", amount("44", "{score}")), told("b", above())],
            [told("a", above()), told("b", amount("44", "{score}"))],
            [told("a", amount("45", "{score}")), told("b", bounded(Comparator::Below, "50"))],
            [told("a", bounded(Comparator::Below, "50")), told("b", amount("45", "{score}"))],
        ] {
            assert_eq!(verdict(&book, &first_of(pair, first), &number, "2026-01-31"), Yes);
        }
        // The higher of two numbers counts; contradictory answers are no answer.
        for (a, b) in [("10", "50"), ("50", "10")] {
            assert_eq!(verdict(&book, &first_of(numbers(a, b), first), &number, "2026-01-31"), Yes, "{a} {b}");
        }
        let contradictory = first_of([answer("a", "home"), answer("b", "institution")], first);
        let found = on(&book, &contradictory, &coded_answer, "2026-01-31", BirthReading::Money);
        assert_eq!((found.verdict, found.evidence.len()), (Unknown, 2));
        assert!(is_missing(&found, "living-place"));
        let agreed = first_of([answer("a", "home"), answer("b", "home")], first);
        assert_eq!(verdict(&book, &agreed, &coded_answer, "2026-01-31"), Yes);
    }
}

#[test]
fn absence_says_what_the_rule_says_it_does() {
    let mut book = Book::new();
    let measure = score(&mut book, SameDay::Latest);
    let adult = Condition::Age { min: Some(book.number("18")), max: None };
    let cases = [
        (Absent::No, "1980-01-01", No),
        (Absent::Yes, "1980-01-01", Yes),
        (Absent::Unknown, "1980-01-01", Unknown),
        (Absent::UnknownIf(Box::new(adult.clone())), "1980-01-01", Unknown),
        (Absent::UnknownIf(Box::new(adult.clone())), "2020-01-01", No),
        (Absent::UnknownIf(Box::new(adult)), "", Unknown),
    ];
    for (absent, birth, want) in cases {
        let condition = Condition::Latest(above(&mut book, measure, "44", absent));
        let found = on(&book, &[person(birth, Sex::Male)], &condition, "2026-01-31", BirthReading::Money);
        assert_eq!(found.verdict, want, "{condition:?}");
        assert_eq!(is_missing(&found, "score"), want == Unknown, "{condition:?}");
    }
}

#[test]
fn a_measure_counts_to_the_last_day_of_its_window() {
    let mut book = Book::new();
    let measure = score(&mut book, SameDay::Latest);
    let mut latest = above(&mut book, measure, "9", Absent::No);
    latest.within_months = Some(book.number("12"));
    let condition = Condition::Latest(latest);
    let cases = [
        ("2025-02-28", "2026-02-28", Yes),
        ("2025-02-27", "2026-02-28", No),
        ("2023-02-28", "2024-02-29", Yes),
        ("2023-02-27", "2024-02-29", No),
        ("2023-02-28", "2024-02-28", Yes),
        ("2026-03-01", "2026-02-28", No),
        ("2026-02-28", "2026-02-28", Yes),
        ("2025", "2026-02-28", No),
        ("2026-02", "2026-02-10", Yes),
    ];
    for (date, reference, want) in cases {
        let records = [person("1960-01-01", Sex::Male), scored("a", "10", date)];
        assert_eq!(verdict(&book, &records, &condition, reference), want, "{date} at {reference}");
    }
}

#[test]
fn a_value_taken_during_the_problem_is_passed_over_then_and_afterwards() {
    let mut book = Book::new();
    let measure = score(&mut book, SameDay::Latest);
    let problem_code = (OBS, "pregnant");
    let pregnancy = book.concept("pregnancy", &[problem_code]);
    let mut latest = above(&mut book, measure, "30", Absent::No);
    latest.not_during = Some(pregnancy);
    let always = Condition::Latest(latest.clone());
    latest.within_months = Some(book.number("12"));
    let recent = Condition::Latest(latest);
    let lasting = |abatement: &str| ConditionFact {
        onset: Some(when("2025-06-01")),
        abatement: (!abatement.is_empty()).then(|| when(abatement)),
        clinical: if abatement.is_empty() { Clinical::Active } else { Clinical::Ended },
        ..condition(problem_code)
    };
    let (open, over) = (lasting(""), lasting("2026-03-01"));
    type Case<'a> = (&'a ConditionFact, &'a [(&'a str, &'a str)], Verdict, Verdict);
    let cases: &[Case<'_>] = &[
        (&over, &[("41", "2026-01-01")], No, No),
        (&open, &[("41", "2026-01-01")], No, No),
        (&over, &[("41", "2025-06-01")], No, No),
        (&over, &[("41", "2026-03-01")], No, No),
        (&over, &[("41", "2026-03-02")], Yes, Yes),
        (&over, &[("41", "2025-05-31")], Yes, No),
        (&open, &[("41", "2025-05-31"), ("20", "2026-01-01")], Yes, No),
        (&open, &[("20", "2025-05-31"), ("41", "2026-01-01")], No, No),
        (&over, &[("41", "2026-01-01"), ("20", "2026-04-01")], No, No),
        // It may have been taken then.
        (&over, &[("41", "2026-03")], No, No),
        (&over, &[("41", "2026")], No, No),
        (&over, &[("41", "2026-04")], Yes, Yes),
    ];
    for (problem, values, ever, lately) in cases {
        let mut records = vec![person("1990-01-01", Sex::Female), self::problem("c", (*problem).clone())];
        records.extend(values.iter().enumerate().map(|(n, (value, on))| scored(&format!("o{n}"), value, on)));
        assert_eq!(verdict(&book, &records, &always, "2026-10-31"), *ever, "{values:?}");
        assert_eq!(verdict(&book, &records, &recent, "2026-10-31"), *lately, "{values:?}");
    }
    let unconfirmed = ConditionFact { confirmed: false, ..open };
    let records = [problem("c", unconfirmed), scored("o", "41", "2026-01-01")];
    assert_eq!(verdict(&book, &records, &always, "2026-10-31"), Yes, "nobody confirmed it");
}

#[test]
fn a_condition_holds_since_the_value_that_counts() {
    let mut book = Book::new();
    let measure = score(&mut book, SameDay::Latest);
    let code = (OBS, "pregnant");
    let pregnancy = book.concept("pregnancy", &[code]);
    let mut latest = above(&mut book, measure, "30", Absent::No);
    latest.not_during = Some(pregnancy);
    latest.within_months = Some(book.number("12"));
    let asked = Condition::Latest(latest);
    let problem = problem("c", ConditionFact { onset: Some(when("2026-06-01")), ..condition(code) });
    let records =
        [person("1990-01-01", Sex::Female), problem, scored("a", "41", "2026-02-01"), scored("b", "45", "2026-07-01")];
    let dossier = Dossier::build(&records, &book.0);
    let window = holding(&asked, &mut Context::for_card(&dossier, day("2026-10-31"))).unwrap();
    let days = |bound: Option<Bound>| bound.map(|bound| bound.day);
    assert_eq!(days(window.from), Some(day("2026-02-01")));
    assert_eq!(days(window.until), Some(day("2027-02-01")));
    let mut found = Asked::of(&book.0);
    found.condition(&asked);
    assert!(found.concepts.contains(&pregnancy), "what is asked names the problem");
}

#[test]
fn of_several_measures_the_latest_counts_and_of_one_day_what_the_measure_says() {
    let cases = [
        (SameDay::Latest, vec![("50", "2026-01-01", 10), ("10", "2026-01-02", 5)], No),
        (SameDay::Latest, vec![("10", "2026-01-01", 10), ("50", "2026-01-02", 5)], Yes),
        (SameDay::Latest, vec![("50", "2026-01-01", 10), ("10", "2026-01-01", 20)], No),
        (SameDay::Latest, vec![("50", "2026-01-01", 20), ("10", "2026-01-01", 10)], Yes),
        (SameDay::Highest, vec![("50", "2026-01-01", 10), ("10", "2026-01-01", 20)], Yes),
        (SameDay::Lowest, vec![("50", "2026-01-01", 20), ("10", "2026-01-01", 10)], No),
        (SameDay::Highest, vec![("50", "2026-01-01", 10), ("10", "2026-01-02", 20)], No),
    ];
    for (same_day, values, want) in cases {
        let mut book = Book::new();
        let measure = score(&mut book, same_day);
        let condition = Condition::Latest(above(&mut book, measure, "44", Absent::No));
        let mut records = vec![person("1960-01-01", Sex::Male)];
        for (n, (value, date, second)) in values.iter().enumerate() {
            let when = Some(at(date, *second));
            let fact = ActFact { value: amount(value, "{score}"), when, ..act((OBS, "score"), "") };
            records.push(observation(&format!("o{n}"), fact));
        }
        let found = on(&book, &records, &condition, "2026-01-31", BirthReading::Money);
        assert_eq!(found.verdict, want, "{same_day:?} {values:?}");
        assert_eq!(found.evidence.len(), 1, "{same_day:?} {values:?}");
    }
}

#[test]
fn a_measure_taken_at_another_age_is_a_no_and_not_an_absence() {
    let mut book = Book::new();
    let measure = score(&mut book, SameDay::Latest);
    let mut young = above(&mut book, measure, "2", Absent::Unknown);
    young.age_at_measure = (None, Some(book.number("49")));
    let condition = Condition::Latest(young);
    let records = |birth| [person(birth, Sex::Male), scored("a", "3", "2026-01-10")];
    assert_eq!(verdict(&book, &records("1976-01-11"), &condition, "2026-03-31"), Yes);
    assert_eq!(verdict(&book, &records("1976-01-10"), &condition, "2026-03-31"), No);
    assert_eq!(verdict(&book, &records("1976"), &condition, "2026-03-31"), Unknown);
}

#[test]
fn values_are_converted_and_impossible_ones_are_left_out() {
    let mut book = Book::new();
    let measure = book.measure("hba1c", &[(LOINC, "4548-4")], "%", SameDay::Latest);
    let described = book.measure_mut(measure);
    described.hard_max = Some("20".parse().unwrap());
    described.conversions = vec![UnitConversion {
        ucum: "mmol/mol".into(),
        factor: "0.09148".parse().unwrap(),
        offset: "2.152".parse().unwrap(),
    }];
    let condition = Condition::Latest(above(&mut book, measure, "6.5", Absent::Unknown));
    let cases = [
        (amount("48", "mmol/mol"), Yes),
        (amount("47", "mmol/mol"), No),
        (amount("6.6", "%"), Yes),
        (amount("25", "%"), Unknown),
        (amount("7", "g/L"), Unknown),
        (Value::Integer(7), Unknown),
        (coded(OWN, "abnormal"), Unknown),
    ];
    for (value, want) in cases {
        let fact = ActFact { value, ..act((LOINC, "4548-4"), "2026-01-10") };
        let records = [person("1960-01-01", Sex::Male), observation("a", fact.clone())];
        assert_eq!(verdict(&book, &records, &condition, "2026-01-31"), want, "{fact:?}");
    }
}

#[test]
fn a_component_carries_a_measure_unless_it_is_absent() {
    let mut book = Book::new();
    let systolic = book.measure("systolic", &[(LOINC, "8480-6")], "mm[Hg]", SameDay::Latest);
    let condition = Condition::Latest(above(&mut book, systolic, "140", Absent::No));
    let panel = |value: Value| {
        let component =
            Component { codings: [Coding::new(LOINC, "8480-6")].into(), absent: value == Value::None, value };
        observation("a", ActFact { components: vec![component], ..act((LOINC, "85354-9"), "2026-01-10") })
    };
    let person = || person("1960-01-01", Sex::Male);
    assert_eq!(verdict(&book, &[person(), panel(amount("150", "mm[Hg]"))], &condition, "2026-01-31"), Yes);
    assert_eq!(verdict(&book, &[person(), panel(Value::None)], &condition, "2026-01-31"), No);
}

#[test]
fn body_mass_index_comes_from_weight_and_height_of_one_day() {
    let mut book = Book::new();
    let weight = book.measure("weight", &[(LOINC, "29463-7")], "kg", SameDay::Latest);
    let height = book.measure("height", &[(LOINC, "8302-2")], "m", SameDay::Latest);
    let bmi = book.measure("bmi", &[(LOINC, "39156-5")], "kg/m2", SameDay::Latest);
    book.measure_mut(bmi).derived = Some(Derived::BodyMassIndex { weight, height });
    let obese = Condition::Latest(above(&mut book, bmi, "29.99", Absent::No));
    let one = |id: &str, code: &str, value: &str, unit: &str, date: &str| {
        observation(id, ActFact { value: amount(value, unit), ..act((LOINC, code), date) })
    };
    let at = |heights: &str| {
        vec![
            person("1960-01-01", Sex::Male),
            one("w", "29463-7", "90", "kg", "2026-01-10"),
            one("h", "8302-2", "1.7", "m", heights),
        ]
    };
    let found = on(&book, &at("2026-01-10"), &obese, "2026-01-31", BirthReading::Money);
    assert_eq!((found.verdict, found.evidence.len()), (Yes, 2));
    assert_eq!(verdict(&book, &at("2026-01-09"), &obese, "2026-01-31"), No);
    let mut direct = at("2026-01-10");
    direct.push(one("b", "39156-5", "24", "kg/m2", "2026-01-10"));
    assert_eq!(verdict(&book, &direct, &obese, "2026-01-31"), No);
    let mut months = at("2026-01");
    months[1] = one("w", "29463-7", "90", "kg", "2026-01");
    assert_eq!(verdict(&book, &months, &obese, "2026-01-31"), No);
}

#[test]
fn the_latest_coded_answer_decides() {
    let mut book = Book::new();
    let question = book.concept("living-place", &[(OBS, "living-place")]);
    let value = book.concept("home", &[(OBS, "home")]);
    let condition = Condition::LatestCoded { question, value, absent: Absent::Unknown };
    let answer = |id: &str, code: &str, date: &str| {
        observation(id, ActFact { value: coded(OBS, code), ..act((OBS, "living-place"), date) })
    };
    let person = || person("1940-01-01", Sex::Female);
    let home = answer("a", "home", "2025-01-01");
    let institution = answer("b", "institution", "2026-01-01");
    assert_eq!(verdict(&book, &[person()], &condition, "2026-01-31"), Unknown);
    assert_eq!(verdict(&book, &[person(), home.clone()], &condition, "2026-01-31"), Yes);
    assert_eq!(verdict(&book, &[person(), home.clone(), institution.clone()], &condition, "2026-01-31"), No);
    assert_eq!(verdict(&book, &[person(), home.clone(), institution], &condition, "2025-12-31"), Yes);
    let declined = observation("c", ActFact { absent: true, ..act((OBS, "living-place"), "2026-01-02") });
    assert_eq!(verdict(&book, &[person(), home, declined], &condition, "2026-01-31"), Yes);
}

#[test]
fn evidence_exists_from_a_day_and_an_age_on() {
    let mut book = Book::new();
    let evidence = book.evidence("dose");
    let from = Some(book.date("2024-01-01"));
    let min_age = Some(book.number("18"));
    let condition = Condition::Exists(Exists { evidence, from, min_age });
    let cases = [
        ("1990-01-01", "2023-12-31", No),
        ("1990-01-01", "2024-01-01", Yes),
        ("2006-06-01", "2024-05-31", No),
        ("2006-06-01", "2024-06-01", Yes),
        ("2006", "2024-06-01", Unknown),
        ("1990-01-01", "2026-02-01", No),
    ];
    for (birth, date, want) in cases {
        let records = [person(birth, Sex::Male), immunization("i", act((OWN, "dose"), date))];
        assert_eq!(verdict(&book, &records, &condition, "2026-01-31"), want, "{birth} {date}");
    }
}

#[test]
fn a_right_holds_when_it_covers_one_day_of_the_month() {
    let mut book = Book::new();
    let c2s = book.concept("c2s", &[(RIGHT, "c2s")]);
    let condition = Condition::Right { right: c2s };
    let cases = [
        ("2026-05-31/2026-12-31", Yes),
        ("2026-06-01/2026-12-31", No),
        ("2025-01-01/2026-05-01", Yes),
        ("2025-01-01/2026-04-30", No),
        ("2025-01-01/", Yes),
        ("/", Yes),
        ("2025/2026-05", Yes),
    ];
    for (dates, want) in cases {
        let records = [person("1990", Sex::Male), covering("c", coverage("c2s", dates))];
        assert_eq!(in_month(&book, &records, &condition, "2026-05"), want, "{dates}");
    }
    let other = [person("1990", Sex::Male), covering("c", coverage("ame", "/"))];
    assert_eq!(in_month(&book, &other, &condition, "2026-05"), No);
    let void = [person("1990", Sex::Male), covering("c", CoverageFact { void: true, ..coverage("c2s", "/") })];
    assert_eq!(in_month(&book, &void, &condition, "2026-05"), No);
}

#[test]
fn a_cancelled_right_stands_for_the_months_before_that_was_known() {
    let mut book = Book::new();
    let c2s = book.concept("c2s", &[(RIGHT, "c2s")]);
    let condition = Condition::Right { right: c2s };
    let cancelled = CoverageFact { active: false, ..coverage("c2s", "2026-01-01/") };
    let record =
        then(covering("c", coverage("c2s", "2026-01-01/")), "2026-05-20", Some(Fact::Coverage(cancelled.clone())));
    let records = [person("1990", Sex::Male), record];
    for (month, want) in [("2025-12", No), ("2026-04", Yes), ("2026-05", Yes), ("2026-06", No)] {
        assert_eq!(in_month(&book, &records, &condition, month), want, "{month}");
    }
    let never = [person("1990", Sex::Male), covering("c", cancelled)];
    assert_eq!(in_month(&book, &never, &condition, "2026-04"), No);
}

#[test]
fn coverage_exceptions_govern_their_ald_number() {
    let book = Book::new();
    let number = |n: usize| Condition::Ald { number: Some(book.0.ald_numbers[n]) };
    let eight = number(0);
    let twenty_three = number(1);
    let any = Condition::Ald { number: None };
    let category = |dates: &str| {
        let period = period(dates);
        let fact = ConditionFact {
            categories: vec![Coding::new(ALD, "8")],
            onset: period.start,
            abatement: period.end,
            abated: period.end.is_some(),
            ..condition((CIM10, "E11"))
        };
        problem("c", fact)
    };
    let excepted = |number: &str, dates: &str, whole: &str| {
        covering("v", CoverageFact { exceptions: vec![exception(number, dates)], ..coverage("ald", whole) })
    };
    // (records, number 8, number 23, any number), all in May 2026
    let cases = [
        (vec![], No, No, No),
        (vec![category("2026-05-31/")], Yes, No, Yes),
        (vec![category("2026-06-01/")], No, No, No),
        (vec![category("2020-01-01/2026-04-30")], No, No, No),
        (vec![category("/")], Yes, No, Yes),
        (vec![excepted("8", "2026-05-01/2026-05-31", "2000-01-01/2000-12-31")], Yes, No, Yes),
        (vec![excepted("8", "/", "2026-05-01/")], Yes, No, Yes),
        (vec![category("/"), excepted("8", "2020-01-01/2026-04-30", "/")], No, No, No),
        (vec![category("/"), excepted("23", "2020-01-01/2026-04-30", "/")], Yes, No, Yes),
        (vec![category("/"), excepted("23", "2020-01-01/", "/")], Yes, Yes, Yes),
        (vec![covering("v", coverage("ald", "2026-05-31/"))], No, No, Yes),
        (vec![covering("v", coverage("ald", "2026-06-01/"))], No, No, No),
        (vec![excepted("99", "2020-01-01/", "/")], No, No, Yes),
    ];
    for (mut records, want_eight, want_23, want_any) in cases {
        let label = format!("{records:?}");
        records.push(person("1960-01-01", Sex::Male));
        for (condition, want) in [(&eight, want_eight), (&twenty_three, want_23), (&any, want_any)] {
            assert_eq!(in_month(&book, &records, condition, "2026-05"), want, "{condition:?} {label}");
        }
    }
}

#[test]
fn a_recognition_holds_over_its_period_or_from_its_date_on() {
    let mut book = Book::new();
    let observation_concept = book.concept("recognition", &[(OBS, "handicap-recognition")]);
    let value = book.concept("handicap", &[(OBS, "aah"), (OBS, "rqth")]);
    let condition = Condition::Recognition { observation: observation_concept, value };
    let fact = |dates: &str| {
        let period = period(dates);
        ActFact {
            value: coded(OBS, "aah"),
            when: period.start,
            period: Some(period),
            ..act((OBS, "handicap-recognition"), "")
        }
    };
    let single = ActFact { period: None, ..fact("2026-03-01/") };
    let cases = [
        (fact("2024-01-01/2026-05-01"), Yes),
        (fact("2024-01-01/2026-04-30"), No),
        (fact("2026-05-31/"), Yes),
        (fact("2026-06-01/"), No),
        (fact("/2026-12-31"), Yes),
        (single, Yes),
        (ActFact { period: None, when: None, ..fact("/") }, No),
        (ActFact { state: ActState::Ignored, ..fact("2024-01-01/") }, No),
        (ActFact { value: coded(OBS, "home"), ..fact("2024-01-01/") }, No),
    ];
    for (fact, want) in cases {
        let records = [person("1990-01-01", Sex::Male), observation("r", fact.clone())];
        assert_eq!(in_month(&book, &records, &condition, "2026-05"), want, "{fact:?}");
    }
}

#[test]
fn a_flag_is_answered_once_and_its_parameters_are_told_each_time() {
    let mut book = Book::new();
    let min = book.number("18");
    let adult = book.flag("adult", Condition::Age { min: Some(min), max: None });
    let records = [person("1990-01-01", Sex::Male)];
    let dossier = Dossier::build(&records, &book.0);
    let mut ctx = Context::for_card(&dossier, day("2026-01-31"));
    for _ in 0..2 {
        assert_eq!(evaluate(&Condition::Flag(adult), &mut ctx).verdict, Yes);
        assert_eq!(ctx.take_uses(), Uses::of(&[min]));
    }
}

#[test]
fn a_parameter_nobody_knows_leaves_the_verdict_open_and_names_itself() {
    let mut book = Book::new();
    let nobody = book.param(None::<ParamValue>, RuleStatus::Unknown);
    let measure = score(&mut book, SameDay::Latest);
    let age = Condition::Age { min: Some(nobody), max: None };
    let mut latest = above(&mut book, measure, "1", Absent::No);
    latest.of[0].bounds.push((Compare::Below, nobody));
    let name = book.0.params.get(nobody).id.clone();
    let records = [person("1990-01-01", Sex::Male), scored("a", "3", "2026-01-01")];
    for condition in [age, Condition::Latest(latest)] {
        let found = on(&book, &records, &condition, "2026-01-31", BirthReading::Card);
        assert_eq!(found.verdict, Unknown, "{condition:?}");
        assert!(is_missing(&found, &name), "{condition:?}");
    }
}
