//! What a month costs: tables of amounts and the laws they keep.

use super::*;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::enrolment::testing::*;
use crate::domain::param::ParamValue;
use crate::domain::typologie::Ground;
use crate::domain::typologie::TypologieResult;
use crate::domain::verdict::Verdict;
use proptest::prelude::*;

/// A monthly pack over typologies 0, 1, 2...: socle, (amount, capped) of each, cap.
struct Pack {
    rules: Rules,
    tariff: Tariff,
}

fn pack(socle: i64, bricks: &[(i64, bool)], cap: Option<i64>) -> Pack {
    let mut rules = rules();
    let fictional = RuleStatus::Fictional;
    let socle = amount(&mut rules, "demo.socle", socle, fictional);
    let of = |(n, (cents, capped)): (usize, &(i64, bool))| (n, format!("demo.brick-{n}"), *cents, *capped);
    let named: Vec<_> = bricks.iter().enumerate().map(of).collect();
    let mut priced = Vec::new();
    for (typologie, id, cents, capped) in named {
        priced.push(Brick { typologie, amount: amount(&mut rules, &id, cents, fictional), capped });
    }
    let cap = cap.map(|cents| amount(&mut rules, "demo.cap", cents, fictional));
    let treatment = [("2021-01-01", word("included"), fictional), ("2025-01-01", word("on_top"), fictional)];
    let fmt_treatment = param(&mut rules, "demo.fmt", &treatment);
    let monthly = MonthlyTariff { socle, bricks: priced, cap, fmt_treatment, envelope: None };
    let tariff = Tariff { id: "demo".into(), label_fr: "demo".into(), kind: TariffKind::Monthly(monthly) };
    Pack { rules, tariff }
}

fn ground() -> Ground {
    Ground {
        verdict: Verdict::Yes,
        evidence: Vec::new(),
        missing: Vec::new(),
        uses: Uses::default(),
        status: RuleStatus::Official,
    }
}

fn patient_month(month: &str, paid: &[bool]) -> PatientMonth {
    let result = |(typologie, paid): (usize, &bool)| TypologieResult {
        typologie,
        declared: false,
        eligible: Verdict::of(*paid),
        paid: *paid,
        declared_only: false,
        missing: Vec::new(),
        evidence: Vec::new(),
        rule_status: RuleStatus::Official,
        uses: Uses::default(),
    };
    PatientMonth {
        month: month.parse().unwrap(),
        alive: Verdict::Yes,
        identified: true,
        enrolled: ground(),
        enrolment: (None, None),
        consulted: None,
        died: None,
        consommant: ground(),
        not_payable: None,
        typologies: paid.iter().enumerate().map(result).collect(),
        doubtful: Vec::new(),
    }
}

fn run(pack: &Pack, patient: &PatientMonth) -> Result<Forfait, PricingError> {
    let directory = Directory::default();
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    price(&Dossier::build(&[], &pack.rules), &scope, patient, &pack.tariff)
}

fn shown(forfait: &Forfait) -> Vec<(LineCode, i64)> {
    forfait.lines.iter().map(|line| (line.code, line.amount.0)).collect()
}

#[test]
fn the_cap_is_a_line_of_its_own_and_bricks_keep_their_amounts() {
    use LineCode::*;
    let bricks = [(735, true), (1240, true), (999, true), (3000, false)];
    let pack = pack(0, &bricks, Some(2500));
    let forfait = run(&pack, &patient_month("2026-10", &[true; 4])).unwrap();
    let want = vec![(Brick(0), 735), (Brick(1), 1240), (Brick(2), 999), (Ecretement, -474), (Brick(3), 3000)];
    assert_eq!(shown(&forfait), want);
    assert_eq!(forfait.total, Centimes(5500));
    assert!(forfait.fictional);
    assert_eq!(forfait.status, RuleStatus::Fictional);
}

#[test]
fn a_sum_at_the_cap_is_not_cut_and_one_centime_more_is() {
    for (cap, cut) in [(2000, 0), (1999, -1), (2001, 0)] {
        let pack = pack(800, &[(1200, true)], Some(cap));
        let forfait = run(&pack, &patient_month("2026-10", &[true])).unwrap();
        let found = forfait.lines.iter().find(|line| line.code == LineCode::Ecretement).map_or(0, |l| l.amount.0);
        assert_eq!(found, cut, "cap {cap}");
    }
}

#[test]
fn only_what_is_paid_and_not_zero_is_a_line() {
    let pack = pack(800, &[(1200, true), (0, true), (600, true)], None);
    let forfait = run(&pack, &patient_month("2026-10", &[false, true, true])).unwrap();
    assert_eq!(shown(&forfait), [(LineCode::Socle, 800), (LineCode::Brick(2), 600)]);
}

#[test]
fn whoever_is_not_payable_costs_nothing_even_where_no_amount_is_known() {
    let pack = pack(800, &[(1200, true)], Some(3000));
    let patient = PatientMonth { not_payable: Some(NotPayable::NotConsuming), ..patient_month("2019-10", &[true]) };
    let forfait = run(&pack, &patient).unwrap();
    assert_eq!((forfait.lines.len(), forfait.total, forfait.fmt), (0, Centimes::ZERO, None));
    assert_eq!(forfait.not_payable, Some(NotPayable::NotConsuming));
    assert!(forfait.fictional, "every answer of an invented tariff says so");
}

#[test]
fn an_amount_is_that_of_the_last_day_of_the_month() {
    let mut pack = pack(0, &[], None);
    let values = [
        ("2021-01-01", Some(ParamValue::Amount(Centimes(800))), RuleStatus::Fictional),
        ("2026-01-31", Some(ParamValue::Amount(Centimes(840))), RuleStatus::Fictional),
        ("2027-01-01", None, RuleStatus::Unknown),
    ];
    let socle = param(&mut pack.rules, "demo.dated", &values);
    if let TariffKind::Monthly(monthly) = &mut pack.tariff.kind {
        monthly.socle = socle;
    }
    for (month, want) in [("2025-12", 800), ("2026-01", 840), ("2026-12", 840)] {
        assert_eq!(run(&pack, &patient_month(month, &[])).unwrap().total, Centimes(want), "{month}");
    }
    for month in ["2020-12", "2027-01"] {
        let unknown = PricingError::AmountUnknown { param: "demo.dated".into(), month: month.parse().unwrap() };
        assert_eq!(run(&pack, &patient_month(month, &[])), Err(unknown), "{month}");
    }
}

#[test]
fn an_unknown_amount_is_an_error_only_when_it_is_needed() {
    let mut pack = pack(800, &[(1200, true)], None);
    let nobody_knows = [("2021-01-01", None, RuleStatus::Unknown)];
    let unknown = param(&mut pack.rules, "demo.unknown", &nobody_knows);
    if let TariffKind::Monthly(monthly) = &mut pack.tariff.kind {
        monthly.bricks[0].amount = unknown;
    }
    assert_eq!(run(&pack, &patient_month("2026-10", &[false])).unwrap().total, Centimes(800));
    let error = run(&pack, &patient_month("2026-10", &[true])).unwrap_err();
    assert_eq!(error.to_string(), "no known amount for demo.unknown in 2026-10");
    if let TariffKind::Monthly(monthly) = &mut pack.tariff.kind {
        monthly.bricks[0].capped = false;
        monthly.cap = Some(unknown);
    }
    assert!(run(&pack, &patient_month("2026-10", &[false])).is_err());
}

#[test]
fn the_fmt_is_named_and_never_added() {
    let pack = pack(800, &[], None);
    for (month, want) in [("2024-12", FmtTreatment::Included), ("2025-01", FmtTreatment::OnTop)] {
        let forfait = run(&pack, &patient_month(month, &[])).unwrap();
        assert_eq!((forfait.fmt, forfait.total), (Some(want), Centimes(800)), "{month}");
    }
}

#[test]
fn a_brick_paid_on_declaration_alone_says_so_on_its_line() {
    let pack = pack(800, &[(1200, true)], None);
    let mut patient = patient_month("2026-10", &[true]);
    patient.typologies[0].declared_only = true;
    let forfait = run(&pack, &patient).unwrap();
    assert_eq!(forfait.lines.iter().map(|l| l.declared_only).collect::<Vec<_>>(), [false, true]);
}

/// Socle, (amount, capped) of each brick, cap, which bricks are paid.
type Drawn = (i64, Vec<(i64, bool)>, Option<i64>, Vec<bool>);

fn some_pack() -> impl Strategy<Value = Drawn> {
    let bricks = prop::collection::vec((0i64..100_000, any::<bool>()), 0..10);
    (0i64..100_000, bricks, prop::option::of(0i64..200_000)).prop_flat_map(|(socle, bricks, cap)| {
        let paid = prop::collection::vec(any::<bool>(), bricks.len());
        (Just(socle), Just(bricks), Just(cap), paid)
    })
}

proptest! {
    #[test]
    fn totals_foot_and_the_cap_is_never_exceeded((socle, bricks, cap, paid) in some_pack()) {
        let pack = pack(socle, &bricks, cap);
        let forfait = run(&pack, &patient_month("2026-10", &paid)).unwrap();
        prop_assert_eq!(forfait.total, forfait.lines.iter().map(|l| l.amount).sum());
        prop_assert!(forfait.lines.iter().all(|l| l.amount != Centimes::ZERO));
        let outside = |code: LineCode| matches!(code, LineCode::Brick(n) if !bricks[n].1);
        let capped: i64 = forfait.lines.iter().filter(|l| !outside(l.code)).map(|l| l.amount.0).sum();
        prop_assert!(cap.is_none_or(|cap| capped <= cap), "{capped} over {cap:?}");
    }

    #[test]
    fn one_more_brick_never_lowers_the_total((socle, bricks, cap, paid) in some_pack()) {
        let pack = pack(socle, &bricks, cap);
        let before = run(&pack, &patient_month("2026-10", &paid)).unwrap().total;
        for n in 0..paid.len() {
            let mut more = paid.clone();
            more[n] = true;
            let after = run(&pack, &patient_month("2026-10", &more)).unwrap().total;
            prop_assert!(after >= before, "brick {n}: {after} < {before}");
        }
    }

    #[test]
    fn the_order_of_the_tariff_file_changes_nothing((socle, bricks, cap, paid) in some_pack()) {
        let mut pack = pack(socle, &bricks, cap);
        let straight = run(&pack, &patient_month("2026-10", &paid)).unwrap();
        if let TariffKind::Monthly(monthly) = &mut pack.tariff.kind {
            monthly.bricks.reverse();
        }
        let mut patient = patient_month("2026-10", &paid);
        patient.typologies.reverse();
        prop_assert_eq!(run(&pack, &patient).unwrap(), straight);
    }
}
