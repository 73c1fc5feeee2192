//! Tables of memberships, of changes with their reasons, of who is leaving.

use super::*;
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::condition::Condition;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::NotPayable;
use crate::domain::enrolment::StructureScope;
use crate::domain::enrolment::testing::*;
use crate::domain::fact::*;
use crate::domain::money::Centimes;
use crate::domain::param::ParamValue;
use crate::domain::pathway;
use crate::domain::pathway::Pathway;
use crate::domain::typologie::Typologie;
use crate::domain::typologie::patient_month;

mod properties;

const INFANT: Roster = Roster::Typologie(0);
const ELDER: Roster = Roster::Typologie(1);
const LONG_TERM: Roster = Roster::Typologie(2);
const PRECARIOUS: Roster = Roster::Pathway(0);

/// nourrisson (under 2), personne-agee (75 and over, 70 from 2027), ald; the pathway of who has the C2S.
fn book() -> Rules {
    let mut rules = rules();
    let infant = number(&mut rules, "nourrisson.max", 1);
    let years = |n: i64| Some(ParamValue::Number(n.into()));
    let status = RuleStatus::Interpretation;
    let dated = [("1900-01-01", years(75), status), ("2027-01-01", years(70), status)];
    let elder = param(&mut rules, "personne-agee.min", &dated);
    let age = |min, max| Condition::Age { min, max };
    let rows = [
        ("nourrisson", age(None, Some(infant)), age(None, Some(infant)), "declares-infant"),
        ("personne-agee", age(Some(elder), None), age(Some(elder), None), "declares-elder"),
        ("ald", Condition::Ald { number: None }, Condition::Always, "declares-ald"),
    ];
    for (ordinal, (id, eligible, limits, declaration)) in rows.into_iter().enumerate() {
        rules.typologies.push(Typologie {
            ordinal: ordinal as u16,
            id: id.into(),
            label_fr: id.into(),
            eligible,
            limits,
            declaration: concept(declaration),
            status: RuleStatus::Official,
        });
    }
    rules.pathways.push(Pathway {
        id: "precarite".into(),
        label_fr: "Précarité".into(),
        eligible: Condition::Right { right: concept("c2s") },
        status: RuleStatus::Official,
    });
    rules
}

/// A structure, its rules, and one patient of it.
struct Chart {
    rules: Rules,
    directory: Directory,
    records: Vec<Record>,
}

impl Chart {
    fn new(records: Vec<Record>) -> Chart {
        let rules = book();
        Chart { directory: Directory::build(&tenant(), &rules), rules, records }
    }

    fn read<R>(&self, ask: impl FnOnce(&Dossier<'_>, &StructureScope<'_>) -> R) -> R {
        let scope = StructureScope::new(&self.directory, "home", &[], SitePolicy::Tree);
        ask(&Dossier::build(&self.records, &self.rules), &scope)
    }

    /// One month, and which of the amounts it comes to: 8 euros, 5 more for each typology.
    fn side(&self, month: &str) -> Side {
        self.read(|dossier, scope| {
            let month = patient_month(dossier, scope, month.parse().unwrap());
            let pathways = pathway::evaluate(dossier, month.month.last_day());
            let paid = month.typologies.iter().filter(|result| result.paid).count() as i64;
            let total = if month.not_payable.is_none() { 800 + 500 * paid } else { 0 };
            Side { month, pathways, total: Some(Centimes(total)) }
        })
    }

    fn days(&self, roster: Roster, month: &str) -> Option<(String, String)> {
        let Side { month, pathways, .. } = self.side(month);
        let told = |day: Option<Day>| day.map_or_else(String::new, |day| day.to_string());
        let on = roster.has(&month, &pathways);
        on.then(|| self.read(|dossier, scope| days(roster, dossier, scope, &month)))
            .map(|window| (told(window.from.map(|bound| bound.day)), told(window.until.map(|bound| bound.day))))
    }

    fn change(&self, roster: Roster, from: &str, to: &str) -> Option<Change> {
        let (before, after) = (self.side(from), self.side(to));
        self.read(|dossier, _| compare(roster, dossier, &before, &after))
    }
}

fn person(fact: PatientFact) -> Record {
    record("Patient/p", Fact::Patient(fact))
}

fn man(birth: &str) -> PatientFact {
    declared(birth, Sex::Male)
}

fn died(birth: &str, on: &str) -> PatientFact {
    PatientFact { death: Death::On(when(on).unwrap()), ..man(birth) }
}

/// A declaration of the GP with its dates.
fn enrolled(span: &str) -> Record {
    let mut with = participant("PCP", "Practitioner/gp");
    with.period = period(span);
    record("CareTeam/t", Fact::CareTeam(team(vec![with], "/")))
}

fn right(id: &str, code: &str, span: &str) -> Record {
    let coverage = CoverageFact {
        active: true,
        void: false,
        codings: codings(&[code]),
        period: period(span),
        exceptions: Vec::new(),
    };
    record(&format!("Coverage/{id}"), Fact::Coverage(coverage))
}

fn flag(code: &str, span: &str) -> Record {
    let flag = FlagFact { active: true, void: false, codings: codings(&[code]), period: period(span) };
    record("Flag/f", Fact::Flag(flag))
}

#[test]
fn a_membership_lasts_as_long_as_its_grounds_tell() {
    let all = Roster::FileActive;
    let cases: Vec<(&str, Roster, Vec<Record>, Option<(&str, &str)>)> = vec![
        ("seen once", all, vec![person(man("1980")), seen_on("2025-03-10")], Some(("2025-03-10", "2027-03-10"))),
        ("never seen", all, vec![person(man("1980"))], None),
        (
            "seen again within the window: since the first time",
            all,
            vec![person(man("1980")), seen_on("2023-06-01"), seen_on("2025-06-01"), seen_on("2026-01-05")],
            Some(("2023-06-01", "2028-01-05")),
        ),
        (
            "seen again a day after the window: since then",
            all,
            vec![person(man("1980")), seen_on("2023-06-01"), seen_on("2025-06-02")],
            Some(("2025-06-02", "2027-06-02")),
        ),
        (
            "declared after the consultation, until a day",
            all,
            vec![person(patient("1980", Sex::Male)), enrolled("2026-02-01/2026-10-12"), seen_on("2025-03-10")],
            Some(("2026-02-01", "2026-10-12")),
        ),
        (
            "a death comes before the end of the window",
            all,
            vec![person(died("1950", "2026-10-03")), seen_on("2025-03-10")],
            Some(("2025-03-10", "2026-10-03")),
        ),
        (
            "declaration and consultation of one month that never meet",
            all,
            vec![person(patient("1980", Sex::Male)), enrolled("2026-10-01/2026-10-10"), seen_on("2026-10-20")],
            Some(("2026-10-01", "2026-10-31")),
        ),
        (
            "in the last month of the window",
            all,
            vec![person(man("1980")), seen_on("2024-10-31")],
            Some(("2024-10-31", "2026-10-31")),
        ),
        (
            "a baby until the day before his second birthday",
            INFANT,
            vec![person(man("2025-01-20")), seen_on("2025-03-10")],
            Some(("2025-03-10", "2027-01-19")),
        ),
        (
            "from a birthday on",
            ELDER,
            vec![person(man("1951-10-31")), seen_on("2025-03-10")],
            Some(("2026-10-31", "2027-03-10")),
        ),
        (
            "a birth known to the year: from the last day it may be",
            ELDER,
            vec![person(man("1950")), seen_on("2025-03-10")],
            Some(("2025-12-31", "2027-03-10")),
        ),
        (
            "a right with its dates",
            LONG_TERM,
            vec![person(man("1980")), seen_on("2025-03-10"), right("a", "ald", "2026-01-01/2026-10-05")],
            Some(("2026-01-01", "2026-10-05")),
        ),
        (
            "two rights of one month",
            LONG_TERM,
            vec![
                person(man("1980")),
                seen_on("2025-03-10"),
                right("a", "ald", "2026-01-01/2026-10-05"),
                right("b", "ald", "2026-10-06/"),
            ],
            Some(("2026-01-01", "2027-03-10")),
        ),
        (
            "a right that ended before the patient was enrolled in the same month",
            LONG_TERM,
            vec![
                person(patient("1980", Sex::Male)),
                enrolled("2026-10-20/"),
                seen_on("2025-03-10"),
                right("a", "ald", "/2026-10-05"),
            ],
            Some(("2026-10-01", "2026-10-31")),
        ),
        (
            "declared by the GP alone",
            LONG_TERM,
            vec![person(man("1980")), seen_on("2025-03-10"), flag("declares-ald", "2026-05-01/2026-12-31")],
            Some(("2026-05-01", "2026-12-31")),
        ),
        (
            "a pathway needs no consultation; who told no date, has none",
            PRECARIOUS,
            vec![person(man("1980")), right("c", "c2s", "/")],
            Some(("", "")),
        ),
        (
            "nobody dead is on a pathway",
            PRECARIOUS,
            vec![person(died("1980", "2026-09-30")), right("c", "c2s", "/")],
            None,
        ),
        (
            "a pathway ends with a death in the month",
            PRECARIOUS,
            vec![person(died("1980", "2026-10-03")), right("c", "c2s", "2026-01-01/")],
            Some(("2026-01-01", "2026-10-03")),
        ),
    ];
    for (what, roster, records, want) in cases {
        let want = want.map(|(from, until)| (from.to_owned(), until.to_owned()));
        assert_eq!(Chart::new(records).days(roster, "2026-10"), want, "{what}");
    }
}

#[test]
fn each_change_has_its_reasons_and_its_effect() {
    use Move::*;
    let all = Roster::FileActive;
    let seen = || seen_on("2025-09-10");
    type Case = (&'static str, Roster, Vec<Record>, (&'static str, &'static str), Move, Vec<Reason>, i64);
    let cases: Vec<Case> = vec![
        ("nothing happened", all, vec![person(man("1980")), seen()], ("2026-09", "2026-10"), Unchanged, vec![], 0),
        (
            "a consultation more changes nothing that is paid",
            all,
            vec![person(man("1980")), seen(), seen_on("2026-10-02")],
            ("2026-09", "2026-10"),
            Unchanged,
            vec![],
            0,
        ),
        (
            "declared",
            all,
            vec![person(patient("1980", Sex::Male)), enrolled("2026-10-05/"), seen()],
            ("2026-09", "2026-10"),
            Entered,
            vec![Reason::NewDeclaration],
            800,
        ),
        (
            "declared and seen for the first time",
            all,
            vec![person(patient("1980", Sex::Male)), enrolled("2026-10-05/"), seen_on("2026-10-05")],
            ("2026-09", "2026-10"),
            Entered,
            vec![Reason::NewDeclaration, Reason::Consultation],
            800,
        ),
        (
            "seen again",
            all,
            vec![person(man("1980")), seen_on("2026-10-31")],
            ("2026-09", "2026-10"),
            Entered,
            vec![Reason::Consultation],
            800,
        ),
        (
            "twenty-four months elapsed",
            all,
            vec![person(man("1980")), seen_on("2024-10-30")],
            ("2026-09", "2026-10"),
            Left,
            vec![Reason::WindowElapsed],
            -800,
        ),
        (
            "the declaration ended",
            all,
            vec![person(patient("1980", Sex::Male)), enrolled("2025-01-01/2026-09-30"), seen()],
            ("2026-09", "2026-10"),
            Left,
            vec![Reason::DeclarationEnded],
            -800,
        ),
        (
            "a death says all",
            all,
            vec![person(died("1980", "2026-09-30")), seen_on("2024-10-30")],
            ("2026-09", "2026-10"),
            Left,
            vec![Reason::Death],
            -800,
        ),
        (
            "an ALD ended, and he stays",
            all,
            vec![person(man("1980")), seen(), right("a", "ald", "2020-01-01/2026-09-15")],
            ("2026-09", "2026-10"),
            Changed,
            vec![Reason::RightEnded],
            -500,
        ),
        (
            "an ALD ended: the same on its own roster",
            LONG_TERM,
            vec![person(man("1980")), seen(), right("a", "ald", "2020-01-01/2026-09-15")],
            ("2026-09", "2026-10"),
            Left,
            vec![Reason::RightEnded],
            -500,
        ),
        (
            "one ALD ended, another began in between",
            LONG_TERM,
            vec![
                person(man("1980")),
                seen(),
                right("a", "ald", "2020-01-01/2026-02-15"),
                right("b", "ald", "2026-05-01/"),
            ],
            ("2026-01", "2026-10"),
            Unchanged,
            vec![],
            0,
        ),
        (
            "an ALD began",
            LONG_TERM,
            vec![person(man("1980")), seen(), right("a", "ald", "2026-10-31/")],
            ("2026-09", "2026-10"),
            Entered,
            vec![Reason::RightBegan],
            500,
        ),
        (
            "an ALD of who had none and was not declared",
            LONG_TERM,
            vec![person(patient("1980", Sex::Male)), enrolled("2026-10-05/"), seen(), right("a", "ald", "2026-10-01/")],
            ("2026-09", "2026-10"),
            Entered,
            vec![Reason::NewDeclaration, Reason::RightBegan],
            1300,
        ),
        (
            "an old ALD of who was not declared",
            LONG_TERM,
            vec![person(patient("1980", Sex::Male)), enrolled("2026-10-05/"), seen(), right("a", "ald", "/")],
            ("2026-09", "2026-10"),
            Entered,
            vec![Reason::NewDeclaration],
            1300,
        ),
        (
            "who leaves the file leaves its typologies for that",
            LONG_TERM,
            vec![person(man("1980")), seen_on("2024-10-30"), right("a", "ald", "/2026-09-15")],
            ("2026-09", "2026-10"),
            Left,
            vec![Reason::WindowElapsed],
            -1300,
        ),
        (
            "two years old",
            INFANT,
            vec![person(man("2024-10-31")), seen()],
            ("2026-09", "2026-10"),
            Left,
            vec![Reason::Birthday],
            -500,
        ),
        (
            "seventy-five",
            ELDER,
            vec![person(man("1951-10-01")), seen()],
            ("2026-09", "2026-10"),
            Entered,
            vec![Reason::Birthday],
            500,
        ),
        (
            "the limit of age is another from 2027",
            ELDER,
            vec![person(man("1955-03-01")), seen()],
            ("2026-12", "2027-01"),
            Entered,
            vec![Reason::RulesChanged],
            500,
        ),
        (
            "the GP declares it",
            LONG_TERM,
            vec![person(man("1980")), seen(), flag("declares-ald", "2026-10-05/")],
            ("2026-09", "2026-10"),
            Entered,
            vec![Reason::DeclaredByGp],
            500,
        ),
        (
            "the GP declares it no more",
            LONG_TERM,
            vec![person(man("1980")), seen(), flag("declares-ald", "2026-01-05/2026-09-30")],
            ("2026-09", "2026-10"),
            Left,
            vec![Reason::GpDeclarationEnded],
            -500,
        ),
        (
            "the contract alone enrols no more from 2025",
            all,
            vec![
                person(patient("1980", Sex::Male)),
                record("EpisodeOfCare/c", Fact::Episode(contract("2021-01-01/"))),
                seen_on("2024-06-01"),
            ],
            ("2024-12", "2025-01"),
            Left,
            vec![Reason::RulesChanged],
            -800,
        ),
        (
            "somebody who is not seen is on a pathway all the same",
            PRECARIOUS,
            vec![person(man("1980")), right("c", "c2s", "2026-10-05/")],
            ("2026-09", "2026-10"),
            Entered,
            vec![Reason::RightBegan],
            0,
        ),
        (
            "and leaves it by dying",
            PRECARIOUS,
            vec![person(died("1980", "2026-09-10")), right("c", "c2s", "2026-01-05/")],
            ("2026-09", "2026-10"),
            Left,
            vec![Reason::Death],
            0,
        ),
        (
            "on a pathway, and payable no more",
            PRECARIOUS,
            vec![person(man("1980")), seen_on("2024-10-30"), right("c", "c2s", "2026-01-05/")],
            ("2026-09", "2026-10"),
            Changed,
            vec![Reason::WindowElapsed],
            -800,
        ),
    ];
    for (what, roster, records, (from, to), moved, reasons, effect) in cases {
        let want = Change { moved, reasons, effect: Some(Centimes(effect)) };
        assert_eq!(Chart::new(records).change(roster, from, to), Some(want), "{what}");
    }
}

#[test]
fn what_decides_beside_the_dates_has_its_reason_too() {
    let chart = Chart::new(vec![person(man("1980")), seen_on("2025-09-10")]);
    let payable = chart.side("2026-09");
    let refused = |reason: NotPayable| {
        let mut side = chart.side("2026-10");
        side.month.refuse(reason);
        side.month.identified = reason != NotPayable::IdentityMissing;
        side.month.alive = reason != NotPayable::Deceased;
        side
    };
    let cases = [
        (NotPayable::Merged, Reason::Merged, Reason::Unmerged),
        (NotPayable::Deleted, Reason::Deleted, Reason::DataChanged),
        (NotPayable::Deceased, Reason::Death, Reason::DataChanged),
        (NotPayable::IdentityMissing, Reason::IdentityMissing, Reason::IdentityFound),
        (NotPayable::PaidElsewhere, Reason::PaidElsewhere, Reason::PaidHere),
    ];
    chart.read(|dossier, _| {
        let compare = |before: &Side, after: &Side| compare(Roster::FileActive, dossier, before, after).unwrap();
        for (reason, leaves, enters) in cases {
            let other = refused(reason);
            let left = compare(&payable, &other);
            assert_eq!((left.moved, left.reasons), (Move::Left, vec![leaves]), "{}", reason.code());
            let entered = compare(&other, &payable);
            assert_eq!((entered.moved, entered.reasons), (Move::Entered, vec![enters]), "{}", reason.code());
        }
    });
}

#[test]
fn an_amount_that_changes_or_is_unknown_is_said_and_never_zero() {
    let chart = Chart::new(vec![person(man("1980")), seen_on("2025-09-10")]);
    let side = |month: &str, total: Option<i64>| Side { total: total.map(Centimes), ..chart.side(month) };
    let cases = [
        (Some(800), Some(840), Move::Changed, vec![Reason::AmountChanged], Some(40)),
        (Some(800), None, Move::Changed, vec![Reason::AmountUnknown], None),
        (None, Some(800), Move::Changed, vec![Reason::AmountUnknown], None),
        (None, None, Move::Unchanged, vec![], None),
    ];
    let mut counts = Counts::default();
    for (before, after, moved, reasons, effect) in cases {
        let (before, after) = (side("2026-09", before), side("2026-10", after));
        let change = chart.read(|dossier, _| compare(Roster::FileActive, dossier, &before, &after)).unwrap();
        counts.add(&change);
        assert_eq!(change, Change { moved, reasons, effect: effect.map(Centimes) });
    }
    assert_eq!((counts.moved, counts.unpriced), ([0, 0, 3, 1], [0, 0, 2, 1]));
    assert_eq!((counts.effect[2], counts.total()), (Centimes(40), None));
}

#[test]
fn who_is_leaving_is_told_with_the_last_month_that_is_paid() {
    let cases = [
        // Consultation, day asked, days: the day it ends and the last month it counts in.
        ("2024-12-15", "2026-10-20", 90, Some(("2026-12-15", "2026-11"))),
        ("2024-12-15", "2026-10-20", 56, Some(("2026-12-15", "2026-11"))),
        ("2024-12-15", "2026-10-20", 55, None),
        ("2024-12-31", "2026-10-20", 90, Some(("2026-12-31", "2026-12"))),
        ("2024-10-31", "2026-10-31", 0, Some(("2026-10-31", "2026-10"))),
        // No consultation of October counts in it any more.
        ("2024-10-30", "2026-10-20", 90, None),
        // The last day of February counts in that of the leap year.
        ("2026-02-28", "2028-02-29", 0, Some(("2028-02-28", "2028-02"))),
        ("2026-09-01", "2026-10-20", 90, None),
    ];
    for (consulted, on, days, want) in cases {
        let chart = Chart::new(vec![person(man("1980")), seen_on(consulted)]);
        let on: Day = day(on);
        let Side { month, .. } = chart.side(&on.month().to_string());
        let found = leaving(&chart.rules, &month, (on, days));
        let want = want.map(|(ends, last)| Leaving {
            ends: day(ends),
            consulted: day(consulted),
            last_month: last.parse::<Month>().unwrap(),
        });
        assert_eq!(found, want, "{consulted} on {on} within {days}");
    }
    let unseen = Chart::new(vec![person(man("1980"))]);
    assert_eq!(leaving(&unseen.rules, &unseen.side("2026-10").month, (day("2026-10-20"), 90)), None);
}

#[test]
fn every_roster_has_its_code_and_name() {
    let rules = book();
    let told: Vec<(String, String)> =
        Roster::all(&rules).into_iter().map(|roster| (roster.code(&rules), roster.label_fr(&rules))).collect();
    let want = [
        ("file-active", "File active"),
        ("nourrisson", "Typologie : nourrisson"),
        ("personne-agee", "Typologie : personne-agee"),
        ("ald", "Typologie : ald"),
        ("parcours-precarite", "Parcours : Précarité"),
    ];
    assert_eq!(told, want.map(|(code, name)| (code.to_owned(), name.to_owned())));
}
