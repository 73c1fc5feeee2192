//! Builders of small rules and facts for the tests of enrolment, typologies and money.

// A test fails by panicking, and so do the functions it calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::ConsommantRule;
use super::EnrolmentRule;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::Period;
use crate::domain::calendar::When;
use crate::domain::fact::*;
use crate::domain::indicator::ReportRules;
use crate::domain::measure::CodeSystem;
use crate::domain::measure::Concept;
use crate::domain::measure::ConceptCode;
use crate::domain::measure::ConceptId;
use crate::domain::measure::Concepts;
use crate::domain::money::Centimes;
use crate::domain::param::DatedValue;
use crate::domain::param::Param;
use crate::domain::param::ParamId;
use crate::domain::param::ParamValue;
use crate::domain::param::Params;
use crate::domain::prevention::NotDone;
use crate::domain::rules::Rules;
use crate::domain::statement::StatementRules;
use crate::domain::verdict::RuleStatus;
use crate::domain::worklist::WorklistRules;

pub(crate) const SYSTEM: &str = "https://test.example/codes";

/// Concepts of the test rules: name and the codes it holds.
const CONCEPTS: &[(&str, &[&str])] = &[
    ("contract", &["mtr"]),
    ("primary-care", &["PCP"]),
    ("consultation", &["AMB", "HH", "VR"]),
    ("physician", &["10"]),
    ("general-practice", &["SM26", "SM53", "SM54"]),
    ("any-specialty", &["SM26", "SM53", "SM54", "SM04", "SI01"]),
    ("midwife", &["50"]),
    ("any-profession", &["10", "21", "50", "60"]),
    ("payor", &["pay"]),
    ("c2s", &["c2s"]),
    ("right-ald", &["ald"]),
    ("ald-8", &["8"]),
    ("refusal", &["refused"]),
    ("contraindication", &["contraindicated"]),
    ("abnormal", &["A"]),
    ("declares-infant", &["nourrisson"]),
    ("declares-women", &["sante-femme"]),
    ("declares-elder", &["personne-agee"]),
    ("declares-ald", &["declares-ald"]),
    ("declares-autonomy", &["perte-autonomie"]),
    ("parcours", &["parcours"]),
    ("session", &["psychologue"]),
    ("workshop", &["atelier"]),
    ("ten-sessions", &["psychologue-10"]),
];

pub fn concept(name: &str) -> ConceptId {
    ConceptId(CONCEPTS.iter().position(|(id, _)| *id == name).unwrap() as u16)
}

fn concepts() -> Concepts {
    let mut built = Concepts::default();
    let system = built.add_system(CodeSystem { uri: SYSTEM.into(), aliases: Vec::new(), dotless: false });
    built.by_uri.insert(SYSTEM, system);
    for (n, (id, codes)) in CONCEPTS.iter().enumerate() {
        let code = |code: &&str| ConceptCode {
            system: SYSTEM.into(),
            code: (*code).into(),
            display: None,
            prefix: false,
            verified: true,
        };
        let codes_of = codes.iter().map(code).collect();
        built.add(Concept { id: (*id).into(), label_fr: (*id).into(), kinds: Vec::new(), codes: codes_of });
        for code in *codes {
            built.codes[0].add(code, ConceptId(n as u16));
        }
    }
    built
}

/// Adds a parameter with dated values and answers its id.
pub fn param(rules: &mut Rules, id: &str, values: &[(&str, Option<ParamValue>, RuleStatus)]) -> ParamId {
    let dated = |(from, value, status): &(&str, Option<ParamValue>, RuleStatus)| DatedValue {
        from: day(from),
        value: value.clone(),
        status: *status,
        source: "test".into(),
    };
    let values = values.iter().map(dated).collect();
    rules.params.push(Param { id: id.into(), label_fr: id.into(), unit: "".into(), values })
}

pub fn number(rules: &mut Rules, id: &str, n: i64) -> ParamId {
    param(rules, id, &[("1900-01-01", Some(ParamValue::Number(n.into())), RuleStatus::Official)])
}

pub fn word(text: &str) -> Option<ParamValue> {
    Some(ParamValue::Word(text.into()))
}

pub fn amount(rules: &mut Rules, id: &str, cents: i64, status: RuleStatus) -> ParamId {
    param(rules, id, &[("2021-01-01", Some(ParamValue::Amount(Centimes(cents))), status)])
}

/// Rules with enrolment (contract until 2024, declaration from 2025) and the patient consommant
/// over 24 months; no typology, no tariff.
pub fn rules() -> Rules {
    let unread = ParamId(0);
    let mut rules = Rules {
        concepts: concepts(),
        measures: Default::default(),
        params: Params::default(),
        flags: Vec::new(),
        evidences: Vec::new(),
        enrolment: EnrolmentRule {
            basis: unread,
            contract: concept("contract"),
            primary_care: concept("primary-care"),
            status: RuleStatus::Interpretation,
        },
        consommant: ConsommantRule {
            window_months: unread,
            consultation: concept("consultation"),
            physician: concept("physician"),
            general_practice: concept("general-practice"),
            any_specialty: concept("any-specialty"),
            midwife: concept("midwife"),
            any_profession: concept("any-profession"),
            payor: concept("payor"),
            status: RuleStatus::Official,
        },
        typologies: Vec::new(),
        items: Vec::new(),
        not_done: NotDone {
            refusal: concept("refusal"),
            contraindication: concept("contraindication"),
            abnormal: concept("abnormal"),
            per_item: Vec::new(),
        },
        pathways: Vec::new(),
        indicators: Vec::new(),
        tariffs: Vec::new(),
        statements: StatementRules {
            recovery_months: unread,
            reopens: [unread; 4],
            once_per_month: unread,
            leaving_days: unread,
        },
        reports: ReportRules::default(),
        published: Default::default(),
        worklist: WorklistRules {
            weight: unread,
            by_item: Vec::new(),
            closing: Vec::new(),
            status: RuleStatus::Interpretation,
        },
        ald_numbers: vec![concept("ald-8")],
        ald_right: concept("right-ald"),
    };
    rules.enrolment.basis = param(
        &mut rules,
        "enrolment.basis",
        &[
            ("2020-06-16", word("contract"), RuleStatus::Interpretation),
            ("2025-01-01", word("declaration"), RuleStatus::Interpretation),
        ],
    );
    rules.consommant.window_months = number(&mut rules, "consommant.window", 24);
    rules.statements = statements(&mut rules);
    rules
}

/// Every late change adjusts for 36 months; the first declared is paid.
fn statements(rules: &mut Rules) -> StatementRules {
    let (from, status) = ("1900-01-01", RuleStatus::Interpretation);
    let yes = param(rules, "statements.reopens", &[(from, word("yes"), status)]);
    StatementRules {
        recovery_months: number(rules, "statements.recovery_months", 36),
        reopens: [yes; 4],
        once_per_month: param(rules, "statements.once_per_month", &[(from, word("first-declared"), status)]),
        leaving_days: number(rules, "statements.leaving_days", 90),
    }
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn coding(code: &str) -> Coding {
    Coding::new(SYSTEM, code)
}

pub fn codings(codes: &[&str]) -> Vec<Coding> {
    codes.iter().map(|code| coding(code)).collect()
}

pub fn when(text: &str) -> Option<When> {
    (!text.is_empty()).then(|| When { date: text.parse::<PartialDate>().unwrap(), second: None })
}

/// `start/end`, either side empty when open.
pub fn period(text: &str) -> Period {
    let (start, end) = text.split_once('/').unwrap();
    Period { start: when(start), end: when(end) }
}

/// Noon in Paris, winter time, of a day.
pub fn known(text: &str) -> Instant {
    Instant(i64::from(day(text).days_since(day("1970-01-01"))) * 86_400_000_000 + 11 * 3_600_000_000)
}

pub fn reference(text: &str) -> Reference {
    let (kind, id) = text.split_once('/').unwrap();
    Reference::new(Kind::from_name(kind).unwrap(), id)
}

pub fn named(text: &str) -> Named {
    reference(text).into()
}

/// A record from its versions: the day each became known, and its fact.
pub fn history(name: &str, versions: Vec<(&str, Option<Fact>)>) -> Record {
    let Reference { kind, id } = reference(name);
    let numbered = versions.into_iter().zip(1..);
    let versions = numbered.map(|((at, fact), number)| Version { number, known: known(at), fact }).collect();
    Record { kind, id: id.into(), versions }
}

pub fn record(name: &str, fact: Fact) -> Record {
    history(name, vec![("2020-01-01", Some(fact))])
}

pub fn patient(birth: &str, sex: Sex) -> PatientFact {
    PatientFact {
        birth: (!birth.is_empty()).then(|| birth.parse().unwrap()),
        sex,
        death: Death::None,
        identity: Identity { ins_key: true, pi: false },
        general_practitioners: Vec::new(),
        managing_organization: None,
        replaced_by: Vec::new(),
        replaces: Vec::new(),
        persons: Vec::new(),
    }
}

/// A patient whose médecin traitant is Practitioner/gp.
pub fn declared(birth: &str, sex: Sex) -> PatientFact {
    PatientFact { general_practitioners: vec![named("Practitioner/gp")], ..patient(birth, sex) }
}

pub fn participant(role: &str, actor: &str) -> Participant {
    Participant {
        roles: if role.is_empty() { Vec::new() } else { codings(&role.split('+').collect::<Vec<_>>()) },
        actor: (!actor.is_empty()).then(|| named(actor)),
        on_behalf_of: None,
        period: Period::default(),
    }
}

pub fn encounter(start: &str, with: Participant) -> EncounterFact {
    EncounterFact {
        state: ActState::Done,
        class: Some(coding("AMB")),
        types: Vec::new(),
        reasons: Vec::new(),
        period: Period { start: when(start), end: None },
        minutes: None,
        participants: vec![with],
        service_provider: None,
        location: None,
    }
}

/// A consultation with Practitioner/gp of the structure.
pub fn seen_on(start: &str) -> Record {
    record(&format!("Encounter/e-{start}"), Fact::Encounter(encounter(start, participant("", "Practitioner/gp"))))
}

pub fn team(participants: Vec<Participant>, span: &str) -> CareTeamFact {
    CareTeamFact { counts: true, ended: false, period: period(span), participants, organizations: Vec::new() }
}

pub fn contract(span: &str) -> EpisodeFact {
    EpisodeFact {
        status: EpisodeStatus::Active,
        counts: true,
        finished: false,
        types: codings(&["mtr"]),
        period: period(span),
        organization: None,
    }
}

pub fn practitioner(id: &str, codes: &[&str]) -> Record {
    record(
        &format!("Practitioner/{id}"),
        Fact::Practitioner(PractitionerFact { qualifications: codings(codes), ..Default::default() }),
    )
}

pub fn role(person: &str, organization: &str, codes: &[&str]) -> RoleFact {
    RoleFact {
        active: true,
        practitioner: (!person.is_empty()).then(|| named(&format!("Practitioner/{person}"))),
        organization: (!organization.is_empty()).then(|| named(&format!("Organization/{organization}"))),
        codings: codings(codes),
        period: Period::default(),
        identifiers: Vec::new(),
    }
}

pub fn organization(id: &str, part_of: &str, codes: &[&str]) -> Record {
    let part_of = (!part_of.is_empty()).then(|| named(&format!("Organization/{part_of}")));
    record(
        &format!("Organization/{id}"),
        Fact::Organization(OrganizationFact { part_of, types: codings(codes), identifiers: Vec::new() }),
    )
}

/// The structure `home` with its annex, a hospital outside, a payor; a GP, a midwife, a nurse, a
/// dermatologist, a physician without specialty, somebody without code, a hospital GP.
pub fn tenant() -> Vec<Record> {
    vec![
        organization("home", "", &[]),
        organization("annex", "home", &[]),
        organization("room", "annex", &[]),
        organization("hospital", "", &[]),
        organization("cpam", "", &["pay"]),
        practitioner("gp", &["10", "SM54"]),
        practitioner("midwife", &["50"]),
        practitioner("nurse", &["60", "SI01"]),
        practitioner("dermatologist", &["10", "SM04"]),
        practitioner("physician", &["10"]),
        practitioner("by-role", &["10"]),
        practitioner("nobody", &[]),
        practitioner("elsewhere", &["10", "SM26"]),
        record("PractitionerRole/out", Fact::Role(role("elsewhere", "hospital", &[]))),
        record("PractitionerRole/in", Fact::Role(role("by-role", "annex", &["SM53"]))),
    ]
}
