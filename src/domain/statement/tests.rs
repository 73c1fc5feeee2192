//! Rows, adjustments and totals: what they come to, to the centime.

use super::*;
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::testing;

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn line(code: &str, cents: i64) -> DueLine {
    DueLine {
        code: code.into(),
        amount: Centimes(cents),
        status: RuleStatus::Fictional,
        declared_only: false,
        evidence: Vec::new(),
    }
}

/// A row of lines; a word without amount is the reason not to pay.
fn row(patient: &str, lines: &[(&str, i64)], refused: Option<&str>) -> MonthRow {
    MonthRow {
        patient: patient.into(),
        merged_into: None,
        not_payable: refused.map(Into::into),
        lines: lines.iter().map(|(code, cents)| line(code, *cents)).collect(),
        fmt: None,
        year: None,
        status: RuleStatus::Fictional,
        fictional: true,
        doubts: Vec::new(),
        contested: false,
        adjustments: Vec::new(),
    }
}

fn paid(lines: &[(&str, i64)]) -> Vec<(Box<str>, Centimes)> {
    lines.iter().map(|(code, cents)| ((*code).into(), Centimes(*cents))).collect()
}

#[test]
fn an_adjustment_brings_what_was_paid_to_what_is_due() {
    type Case<'c> = (&'c str, &'c [(&'c str, i64)], MonthRow, &'c [(&'c str, i64, i64, Reason)]);
    let socle: &[(&str, i64)] = &[("socle", 840)];
    let cases: [Case<'_>; 8] = [
        ("nothing changed", socle, row("p", socle, None), &[]),
        ("a brick came", socle, row("p", &[("socle", 840), ("ald", 735)], None), &[("ald", 0, 735, Reason::Typologie)]),
        (
            "a brick went and was adjusted before",
            &[("socle", 840), ("ald", 735)],
            row("p", socle, None),
            &[("ald", 735, 0, Reason::Typologie)],
        ),
        ("an amount changed", socle, row("p", &[("socle", 900)], None), &[("socle", 840, 900, Reason::Amount)]),
        (
            "a death nobody can place",
            socle,
            row("p", &[], Some("death-date-partial")),
            &[("socle", 840, 0, Reason::Death)],
        ),
        ("a death", socle, row("p", &[], Some("deceased")), &[("socle", 840, 0, Reason::Death)]),
        (
            "the cap follows",
            &[("socle", 840), ("ecretement", -100)],
            row("p", socle, None),
            &[("ecretement", -100, 0, Reason::Amount)],
        ),
        ("adjusted to nothing already", &[("socle", 0)], row("p", &[], Some("merged")), &[]),
    ];
    for (name, before, due, want) in cases {
        let issued = row("p", before, None);
        let change = Change::default();
        let found = adjust(month("2026-03"), Some(&issued), &paid(before), &due, &change);
        let told: Vec<_> = found.iter().map(|a| (&*a.line, a.before.0, a.after.0, a.reason)).collect();
        assert_eq!(told, want, "{name}");
        let balance: Centimes = before.iter().map(|(_, cents)| Centimes(*cents)).sum();
        let adjusted: Centimes = found.iter().map(Adjustment::amount).sum();
        assert_eq!(balance + adjusted, due.due(), "{name}");
    }
}

#[test]
fn an_adjustment_cites_what_came_late() {
    let version = |kind, id: &str| EvidenceRef { kind, id: id.into(), version: 2 };
    let mut due = row("p", &[("socle", 840), ("ald", 735)], None);
    due.lines[1].evidence = vec![EvidenceRef { version: 1, ..version(Kind::Coverage, "c") }];
    let versions = vec![version(Kind::Encounter, "e"), version(Kind::Coverage, "c")];
    let change = Change { versions: versions.clone(), ..Change::default() };
    let issued = row("p", &[("socle", 840)], None);
    let found = adjust(month("2026-03"), Some(&issued), &paid(&[("socle", 840)]), &due, &change);
    assert_eq!(found[0].causes, [Cause::Version(versions[1].clone())]);
    // Nothing of the line tells: all that came late is cited.
    due.lines[1].evidence.clear();
    let found = adjust(month("2026-03"), Some(&issued), &paid(&[("socle", 840)]), &due, &change);
    assert_eq!(found[0].causes.len(), 2);
    let rules = Change { rulebook: Some([7; 32]), ..Change::default() };
    let found = adjust(month("2026-03"), Some(&issued), &paid(&[("socle", 840)]), &due, &rules);
    assert_eq!((found[0].reason, &found[0].causes[..]), (Reason::Rules, &[Cause::Rulebook([7; 32])][..]));
}

#[test]
fn totals_foot_to_the_rows() {
    let mut adjusted = row("c", &[("socle", 840)], None);
    adjusted.adjustments = vec![Adjustment {
        month: month("2026-01"),
        line: "ald".into(),
        before: Centimes(735),
        after: Centimes(0),
        reason: Reason::Typologie,
        causes: Vec::new(),
    }];
    let rows = [row("a", &[("socle", 840), ("ald", 735)], None), row("b", &[], Some("deceased")), adjusted];
    let names = [("socle", "Part socle"), ("ald", "ALD"), (REGULARISATION, "Régularisation")];
    let tally = Tally::of(rows.iter(), &names);
    assert_eq!((tally.patients, tally.payable, tally.count), (3, 2, 4));
    let lines: Vec<_> = tally.lines.iter().map(|l| (&*l.code, l.count, l.sum.0)).collect();
    assert_eq!(lines, [("socle", 2, 1680), ("ald", 1, 735), (REGULARISATION, 1, -735)]);
    assert_eq!(tally.total, tally.lines.iter().map(|l| l.sum).sum());
    assert_eq!(tally.total, rows.iter().map(MonthRow::total).sum());
    assert_eq!(tally.refused, [("deceased".into(), 1)]);
}

#[test]
fn a_late_fact_reaches_no_month_before_its_own() {
    let observed = |id: &str, date: &str| testing::observation(id, testing::act((testing::OWN, "a"), date));
    let cases = [
        (vec![observed("o", "2026-10-12")], Some("2026-10")),
        (vec![observed("o", "2026-10-12"), observed("q", "2025-02-01")], Some("2025-02")),
        // Without a date it may matter to any month, as may what holds over a time.
        (vec![observed("o", "")], None),
        (vec![observed("o", "2026-10-12"), testing::covering("c", testing::coverage("ald", "2026-01-01/"))], None),
        (vec![testing::person("1950", crate::domain::fact::Sex::Male)], None),
    ];
    for (records, want) in cases {
        assert_eq!(first_month(records.iter()), want.map(month), "{records:?}");
    }
    // A correction reaches as far back as what it corrects.
    let act = testing::act((testing::OWN, "a"), "2026-10-12");
    let moved = testing::then(observed("o", "2024-05-01"), "2026-11-01", Some(Fact::Act(act)));
    assert_eq!(reach(&moved), Some("2024-05-01".parse::<Day>().unwrap()));
}

#[test]
fn a_person_is_paid_to_one_structure() {
    let claim = |structure: &str, declared: Option<&str>, known: &str, consulted: Option<&str>| Claim {
        structure: structure.into(),
        patient: "p".into(),
        declared: declared.map(|day| day.parse().unwrap()),
        known: testing::noon(known),
        consulted: consulted.map(|day| day.parse().unwrap()),
    };
    let early = claim("b", Some("2025-01-01"), "2026-01-01", None);
    let late = claim("a", Some("2026-01-01"), "2025-01-01", None);
    let undated = claim("c", None, "2025-06-01", None);
    let seen = claim("d", Some("2025-01-01"), "2026-01-01", Some("2026-02-01"));
    let twin = claim("a", Some("2025-01-01"), "2026-01-01", None);
    use OncePerMonth::*;
    let cases = [
        (vec![&early, &late], FirstDeclared, "b"),
        (vec![&early, &late], LatestDeclared, "a"),
        (vec![&late, &undated], FirstDeclared, "c"),
        (vec![&early, &undated], LatestDeclared, "c"),
        (vec![&early, &seen], FirstDeclared, "d"),
        (vec![&early, &twin], FirstDeclared, "a"),
    ];
    for (claims, rule, want) in cases {
        let claims: Vec<Claim> = claims.into_iter().cloned().collect();
        let turned: Vec<Claim> = claims.iter().rev().cloned().collect();
        for claims in [claims, turned] {
            assert_eq!(first_of(&claims, rule).map(|c| &*c.structure), Some(want), "{claims:?} {rule:?}");
        }
    }
}

#[test]
fn a_row_is_no_surer_than_what_it_adjusts() {
    let change = Change::default();
    let issued = row("p", &[("socle", 840)], None);
    let due = MonthRow { status: RuleStatus::Official, fictional: false, ..row("p", &[], Some("deleted")) };
    let taken_back = adjust(month("2026-03"), Some(&issued), &paid(&[("socle", 840)]), &due, &change);
    let mut adjusted = Adjusted::default();
    adjusted.add(taken_back, Some(&issued), &due);
    let told = due.clone().adjusted_by(adjusted);
    assert_eq!((told.total().0, told.status, told.fictional), (-840, RuleStatus::Fictional, true));
    // A month that comes to the same adds nothing to doubt.
    let mut same = Adjusted::default();
    same.add(Vec::new(), Some(&issued), &due);
    assert_eq!(due.clone().adjusted_by(same), due);
}
