//! Small rulebooks and dossiers for tests: what a test does not name has a harmless default.

use super::calendar::Day;
use super::calendar::Instant;
use super::calendar::Period;
use super::calendar::When;
use super::condition::Condition;
use super::condition::EvidenceId;
use super::condition::Flag;
use super::condition::FlagId;
use super::enrolment::ConsommantRule;
use super::enrolment::EnrolmentRule;
use super::fact::*;
use super::indicator::ReportRules;
use super::measure::*;
use super::param::*;
use super::prevention::Component as ItemComponent;
use super::prevention::*;
use super::rules::Rules;
use super::statement::StatementRules;
use super::verdict::RuleStatus;
use super::worklist::WorklistRules;
use rust_decimal::Decimal;

pub const CIM10: &str = "http://hl7.org/fhir/sid/icd-10";
pub const LOINC: &str = "http://loinc.org";
pub const OBS: &str = "https://mtr-gateway.example/fhir/CodeSystem/mtr-observation";
pub const RIGHT: &str = "https://mtr-gateway.example/fhir/CodeSystem/coverage-right";
pub const ALD: &str = "https://mtr-gateway.example/fhir/CodeSystem/ald-number";
pub const OWN: &str = PREVENTION_EVIDENCE;
pub const REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
pub const INTERPRETATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
pub const CVX: &str = "http://hl7.org/fhir/sid/cvx";

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn when(text: &str) -> When {
    When { date: text.parse().unwrap(), second: None }
}

pub fn at(text: &str, second: u32) -> When {
    When { date: text.parse().unwrap(), second: Some(second) }
}

/// Reads `2020-01-01/2021-05-31`; an empty end is open.
pub fn period(text: &str) -> Period {
    let (start, end) = text.split_once('/').unwrap();
    let bound = |t: &str| (!t.is_empty()).then(|| when(t));
    Period { start: bound(start), end: bound(end) }
}

/// Answers an instant at noon in Paris of that day.
pub fn noon(text: &str) -> Instant {
    let zoned = day(text).civil().at(12, 0, 0, 0).to_zoned(super::calendar::paris().clone()).unwrap();
    Instant(zoned.timestamp().as_microsecond())
}

/// A rulebook under construction.
pub struct Book(pub Rules);

impl Default for Book {
    fn default() -> Book {
        Book::new()
    }
}

impl Book {
    pub fn new() -> Book {
        let mut concepts = Concepts::default();
        for uri in [CIM10, LOINC, OBS, RIGHT, ALD, OWN, REASON, INTERPRETATION, CVX] {
            let described = CodeSystem { uri: uri.into(), aliases: Vec::new(), dotless: uri == CIM10 };
            let system = concepts.add_system(described);
            concepts.by_uri.insert(uri, system);
        }
        let zero = ConceptId(0);
        let status = RuleStatus::Interpretation;
        let none = ParamId(0);
        let mut book = Book(Rules {
            concepts,
            measures: Measures::default(),
            params: Params::default(),
            flags: Vec::new(),
            evidences: Vec::new(),
            enrolment: EnrolmentRule { basis: none, contract: zero, primary_care: zero, status },
            consommant: ConsommantRule {
                window_months: none,
                consultation: zero,
                physician: zero,
                general_practice: zero,
                any_specialty: zero,
                midwife: zero,
                any_profession: zero,
                payor: zero,
                status,
            },
            typologies: Vec::new(),
            items: Vec::new(),
            not_done: NotDone { refusal: zero, contraindication: zero, abnormal: zero, per_item: Vec::new() },
            pathways: Vec::new(),
            indicators: Vec::new(),
            tariffs: Vec::new(),
            statements: StatementRules {
                recovery_months: none,
                reopens: [none; 4],
                once_per_month: none,
                leaving_days: none,
            },
            reports: ReportRules::default(),
            published: Default::default(),
            worklist: WorklistRules { weight: none, by_item: Vec::new(), closing: Vec::new(), status },
            ald_numbers: Vec::new(),
            ald_right: zero,
        });
        book.concept("nothing", &[]);
        book.0.not_done.refusal = book.concept("refusal", &[(REASON, "PATOBJ")]);
        book.0.not_done.contraindication = book.concept("contraindication", &[(REASON, "MEDPREC")]);
        let abnormal = [(INTERPRETATION, "A"), (INTERPRETATION, "POS"), (OWN, "abnormal")];
        book.0.not_done.abnormal = book.concept("abnormal", &abnormal);
        book.0.ald_right = book.concept("ald", &[(RIGHT, "ald")]);
        for number in ["8", "23"] {
            let id = book.concept(&format!("ald-{number}"), &[(ALD, number)]);
            book.0.ald_numbers.push(id);
        }
        book
    }

    /// Adds a concept; a code that ends with `*` stands for all that begins so.
    pub fn concept(&mut self, id: &str, codes: &[(&str, &str)]) -> ConceptId {
        self.concept_on(id, &[], codes)
    }

    pub fn concept_on(&mut self, id: &str, kinds: &[Kind], codes: &[(&str, &str)]) -> ConceptId {
        let concepts = &mut self.0.concepts;
        let new = ConceptId(concepts.all.len() as u16);
        for (system, code) in codes {
            let system = usize::from(concepts.system(system).unwrap());
            match code.strip_suffix('*') {
                Some(stem) => concepts.codes[system].add_prefix(stem, new),
                None => concepts.codes[system].add(code, new),
            }
        }
        concepts.add(Concept { id: id.into(), label_fr: id.into(), kinds: kinds.into(), codes: Vec::new() });
        new
    }

    pub fn measure(&mut self, id: &str, codes: &[(&str, &str)], unit: &str, same_day: SameDay) -> MeasureId {
        let concept = self.concept(id, codes);
        let bare = UnitConversion { ucum: "".into(), factor: Decimal::ONE, offset: Decimal::ZERO };
        self.0.measures.0.push(Measure {
            id: id.into(),
            label_fr: id.into(),
            concept,
            unit: unit.into(),
            conversions: vec![bare],
            hard_min: None,
            hard_max: None,
            soft_min: None,
            soft_max: None,
            same_day,
            derived: None,
        });
        MeasureId(self.0.measures.0.len() as u16 - 1)
    }

    pub fn measure_mut(&mut self, id: MeasureId) -> &mut Measure {
        &mut self.0.measures.0[usize::from(id.0)]
    }

    /// Adds a parameter with one value for ever, status `interpretation`.
    pub fn number(&mut self, text: &str) -> ParamId {
        self.param(Some(ParamValue::Number(text.parse().unwrap())), RuleStatus::Interpretation)
    }

    pub fn word(&mut self, text: &str) -> ParamId {
        self.param(Some(ParamValue::Word(text.into())), RuleStatus::Interpretation)
    }

    pub fn date(&mut self, text: &str) -> ParamId {
        self.param(Some(ParamValue::Day(day(text))), RuleStatus::Interpretation)
    }

    pub fn param(&mut self, value: Option<ParamValue>, status: RuleStatus) -> ParamId {
        let params = &mut self.0.params;
        let values = vec![DatedValue { from: Day::min_value(), value, status, source: "".into() }];
        let name = format!("test.p{}", params.len()).into_boxed_str();
        params.push(Param { id: name.clone(), label_fr: name, unit: "".into(), values })
    }

    pub fn flag(&mut self, id: &str, condition: Condition) -> FlagId {
        self.0.flags.push(Flag { id: id.into(), label_fr: id.into(), condition });
        FlagId(self.0.flags.len() as u16 - 1)
    }

    /// Adds an evidence proved by LOINC `id` on an Observation or by our own code `id` anywhere.
    pub fn evidence(&mut self, id: &str) -> EvidenceId {
        let concept = self.concept(id, &[(LOINC, id), (OWN, id)]);
        self.evidence_of(id, EvidenceSource::Coded { concept, numeric: false })
    }

    pub fn evidence_of(&mut self, id: &str, source: EvidenceSource) -> EvidenceId {
        self.0.evidences.push(Evidence { id: id.into(), label_fr: id.into(), source, min_age: None });
        EvidenceId(self.0.evidences.len() as u16 - 1)
    }

    /// Adds an item for everybody, made of these rules, due soon 90 days before, refused 12 months.
    pub fn item(&mut self, id: &str, rules: Vec<Rule>) -> usize {
        let lead_days = self.number("90");
        let refusal_months = self.number("12");
        let refused = self.concept(&format!("refused:{id}"), &[(OWN, &format!("refused:{id}"))]);
        let barred = self.concept(&format!("contraindicated:{id}"), &[(OWN, &format!("contraindicated:{id}"))]);
        self.0.not_done.per_item.push((refused, barred));
        let part = |(n, rule)| ItemComponent {
            id: format!("{id}-{n}").into(),
            not_applicable_if: Vec::new(),
            rule,
            lead_days,
        };
        self.0.items.push(Item {
            ordinal: self.0.items.len() as u16 + 1,
            id: id.into(),
            domain: "test".into(),
            label_fr: id.into(),
            short_fr: id.into(),
            eligibility: vec![Eligibility { sex: None, age_min: None, age_max: None, requires_any: Vec::new() }],
            exclusions: Vec::new(),
            components: rules.into_iter().enumerate().map(part).collect(),
            refusal_months,
            status: RuleStatus::Fallback,
        });
        self.0.items.len() - 1
    }

    pub fn item_mut(&mut self, item: usize) -> &mut Item {
        &mut self.0.items[item]
    }

    /// Answers a rule of one tier for everybody with one proof, valid so many months.
    pub fn valid(&mut self, evidence: EvidenceId, months: &str) -> Rule {
        let proof = self.proof(evidence, Some(months));
        Rule::Validity(Validity {
            tiers: vec![Tier { when: Condition::Always, proofs: vec![proof], lead_days: None }],
            abnormal: None,
        })
    }

    pub fn proof(&mut self, evidence: EvidenceId, months: Option<&str>) -> Proof {
        let months = months.map(|m| self.number(m));
        Proof { evidence, age_at: (None, None), age_now: (None, None), only_if_count: None, min_count: None, months }
    }
}

/// A record with one version, known on 1 January 2020.
pub fn record(kind: Kind, id: &str, fact: Fact) -> Record {
    Record {
        kind,
        id: id.into(),
        versions: [Version { number: 1, known: noon("2020-01-01"), fact: Some(fact) }].into(),
    }
}

/// Adds a version to a record.
pub fn then(mut record: Record, known: &str, fact: Option<Fact>) -> Record {
    let number = record.versions.len() as u32 + 1;
    record.versions.push(Version { number, known: noon(known), fact });
    record
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

pub fn person(birth: &str, sex: Sex) -> Record {
    record(Kind::Patient, "p", Fact::Patient(patient(birth, sex)))
}

/// Answers a done act with one code; an empty date is no date.
pub fn act(coding: (&str, &str), date: &str) -> ActFact {
    ActFact {
        state: ActState::Done,
        codings: [Coding::new(coding.0, coding.1)].into(),
        when: (!date.is_empty()).then(|| when(date)),
        period: None,
        value: Value::None,
        absent: false,
        components: Vec::new(),
        interpretation: Vec::new(),
        reference_high: None,
        reasons: Vec::new(),
    }
}

pub fn observation(id: &str, act: ActFact) -> Record {
    record(Kind::Observation, id, Fact::Act(act))
}

pub fn procedure(id: &str, act: ActFact) -> Record {
    record(Kind::Procedure, id, Fact::Act(act))
}

pub fn immunization(id: &str, act: ActFact) -> Record {
    record(Kind::Immunization, id, Fact::Act(act))
}

/// Answers a value in the measure's own unit.
pub fn amount(value: &str, unit: &str) -> Value {
    Value::Quantity { value: value.parse().unwrap(), unit: Some(unit.into()) }
}

pub fn coded(system: &str, code: &str) -> Value {
    Value::Coded(vec![Coding::new(system, code)])
}

/// Answers an active, confirmed condition without dates.
pub fn condition(coding: (&str, &str)) -> ConditionFact {
    ConditionFact {
        codings: [Coding::new(coding.0, coding.1)].into(),
        categories: Vec::new(),
        clinical: Clinical::Active,
        confirmed: true,
        void: false,
        onset: None,
        abatement: None,
        abated: false,
        recorded: None,
    }
}

pub fn problem(id: &str, condition: ConditionFact) -> Record {
    record(Kind::Condition, id, Fact::Condition(condition))
}

/// Answers an active coverage of a right, without exceptions.
pub fn coverage(right: &str, dates: &str) -> CoverageFact {
    CoverageFact {
        active: true,
        void: false,
        codings: vec![Coding::new(RIGHT, right)],
        period: period(dates),
        exceptions: Vec::new(),
    }
}

pub fn exception(number: &str, dates: &str) -> CoverageException {
    CoverageException { codings: vec![Coding::new(ALD, number)], period: period(dates) }
}

pub fn covering(id: &str, coverage: CoverageFact) -> Record {
    record(Kind::Coverage, id, Fact::Coverage(coverage))
}
