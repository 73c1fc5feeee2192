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
use crate::domain::verdict::Verdict;

mod changes;
mod properties;
mod windows;

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
        entry: concept("parcours"),
        allowances: Vec::new(),
        capacity: None,
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
            let pathways = pathway::evaluate(dossier, scope, month.month.last_day());
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

/// A man born in 1980 whose GP is of the structure, but for what the words say: `born`, `died`,
/// `team` (declared by a CareTeam only), `contract` (not declared), `seen`, `ald`, `c2s`, `flag`.
fn told(words: &str) -> Chart {
    let mut who = declared("1980", Sex::Male);
    let mut records = Vec::new();
    for (n, item) in words.split(", ").enumerate() {
        let (word, value) = item.split_once(' ').unwrap();
        match word {
            "born" => who.birth = Some(value.parse().unwrap()),
            "died" => who.death = Death::On(when(value).unwrap()),
            "team" => records.push(enrolled(value)),
            "contract" => records.push(record("EpisodeOfCare/c", Fact::Episode(contract(value)))),
            "seen" => records.push(seen_on(value)),
            "ald" | "c2s" => records.push(right(&format!("{word}{n}"), word, value)),
            "flag" => records.push(flag("declares-ald", value)),
            other => panic!("{other}"),
        }
        if matches!(word, "team" | "contract") {
            who.general_practitioners.clear();
        }
    }
    records.insert(0, person(who));
    Chart::new(records)
}

#[test]
fn what_decides_beside_the_dates_has_its_reason_too() {
    let chart = told("seen 2025-09-10");
    let payable = chart.side("2026-09");
    let refused = |reason: NotPayable| {
        let mut side = chart.side("2026-10");
        side.month.refuse(reason);
        side.month.identified = reason != NotPayable::IdentityMissing;
        side.month.alive = if reason == NotPayable::Deceased { Verdict::No } else { Verdict::Yes };
        side
    };
    let cases = [
        (NotPayable::Merged, Reason::Merged, Reason::Unmerged),
        (NotPayable::Deleted, Reason::Deleted, Reason::DataChanged),
        (NotPayable::Deceased, Reason::Death, Reason::DataChanged),
        (NotPayable::DeathDatePartial, Reason::DeathDatePartial, Reason::DataChanged),
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
    let chart = told("seen 2025-09-10");
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
        let chart = told(&format!("seen {consulted}"));
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
    let unseen = told("born 1980");
    assert_eq!(leaving(&unseen.rules, &unseen.side("2026-10").month, (day("2026-10-20"), 90)), None);
}

#[test]
fn where_no_ground_has_days_they_are_those_of_the_month() {
    let mut chart = told("seen 2025-03-10, team 2026-10-12/");
    chart.rules.typologies[2].eligible = Condition::None(vec![Condition::Right { right: concept("c2s") }]);
    let days = chart.days(LONG_TERM, "2026-10").unwrap();
    assert_eq!(days, ("2026-10-12".to_owned(), "2026-10-31".to_owned()));
    let change = chart.change(LONG_TERM, "2026-10", "2026-11").unwrap();
    assert_eq!(change.moved, Move::Unchanged);
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
        ("parcours-precarite-entered", "Dans le parcours : Précarité"),
        ("parcours-precarite-waiting", "En attente du parcours : Précarité"),
    ];
    assert_eq!(told, want.map(|(code, name)| (code.to_owned(), name.to_owned())));
}
