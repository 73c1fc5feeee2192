//! One patient's resources, built as FHIR R4 (<https://hl7.org/fhir/R4/>) in the shapes of our
//! profiles: what each kind must carry, and nothing else.

use super::Resource;
use super::codes::*;
use super::ins;
use crate::domain::calendar::Day;
use crate::domain::calendar::paris;
use crate::domain::fact::Kind;
use crate::domain::fact::Sex;
use serde_json::Map;
use serde_json::Number;
use serde_json::Value;
use serde_json::json;

/// The resources of one patient, in the order they were added.
pub(super) struct Chart {
    patient: String,
    resources: Vec<Resource>,
}

/// Who a patient is. `birth` is written as known: YYYY, YYYY-MM or a day.
pub(super) struct Person<'a> {
    pub(super) family: &'a str,
    pub(super) given: &'a str,
    pub(super) sex: Sex,
    pub(super) birth: String,
    pub(super) identifiers: Vec<Value>,
    pub(super) birthplace: Option<String>,
    /// Id of the Practitioner declared as médecin traitant.
    pub(super) declared: Option<&'a str>,
    pub(super) site: &'a str,
    pub(super) deceased: Option<Day>,
}

/// What an Observation answers.
pub(super) enum Answer {
    /// Evidence of our own system needs a date and no value.
    Done,
    Integer(i32),
    /// Decimal text and UCUM code.
    Quantity(String, &'static str),
    Coded(Code),
    /// Systolic and diastolic pressure, in `mm[Hg]`.
    Pressure(i32, i32),
}

/// One meeting of a patient and a professional.
pub(super) struct Visit<'a> {
    pub(super) start: String,
    pub(super) end: String,
    pub(super) class: Code,
    pub(super) practitioner: &'a str,
    pub(super) site: &'a str,
}

/// A right, a diagnosis or a declaration in force from a day, maybe to another.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: Day,
    pub(super) end: Option<Day>,
}

impl Span {
    pub(super) fn since(start: Day) -> Span {
        Span { start, end: None }
    }

    fn json(self) -> Value {
        match self.end {
            Some(end) => json!({"start": self.start.to_string(), "end": end.to_string()}),
            None => json!({"start": self.start.to_string()}),
        }
    }
}

/// Answers the resource `kind/id` with these members after its type and its id.
pub(super) fn resource(kind: Kind, id: String, members: Value) -> Resource {
    let mut body = Map::new();
    body.insert("resourceType".to_owned(), json!(kind.name()));
    body.insert("id".to_owned(), json!(id));
    if let Value::Object(members) = members {
        body.extend(members);
    }
    Resource { kind, id, body: Value::Object(body) }
}

pub(super) fn coding(code: Code) -> Value {
    json!({"system": code.system, "code": code.code, "display": code.display})
}

pub(super) fn concept(codes: &[Code]) -> Value {
    json!({"coding": codes.iter().copied().map(coding).collect::<Vec<_>>()})
}

pub(super) fn reference(kind: Kind, id: &str) -> Value {
    json!({"reference": format!("{}/{id}", kind.name())})
}

/// Answers the decimal text of `value` tenths: 235 is 23.5.
pub(super) fn tenths(value: i32) -> String {
    format!("{}.{}", value / 10, value % 10)
}

/// Answers the decimal text of `value` hundredths: 118 is 1.18.
pub(super) fn hundredths(value: i32) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

fn number(decimal: &str) -> Value {
    decimal.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// Answers the instant of that civil time in Paris, with its offset.
pub(super) fn clock(day: Day, hour: i8, minute: i8) -> String {
    let zoned = paris().to_ambiguous_zoned(day.civil().at(hour, minute, 0, 0)).compatible();
    zoned.map_or_else(|_| day.to_string(), |time| time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

pub(super) fn ins_identifier(matricule: &str) -> Value {
    json!({
        "use": "official",
        "type": {"coding": [{"system": FR_0203, "code": "INS-NIR-TEST"}]},
        "system": INS_TEST,
        "value": matricule,
    })
}

/// A health insurance number: a child's may be its parent's, so that it identifies nobody.
pub(super) fn nss_identifier(number: &str) -> Value {
    json!({
        "use": "official",
        "type": {"coding": [{"system": V2_0203, "code": "NH"}]},
        "system": NSS_NIR,
        "value": number,
    })
}

pub(super) fn ipp_identifier(number: u32) -> Value {
    json!({
        "use": "usual",
        "type": {"coding": [{"system": V2_0203, "code": "PI"}]},
        "system": IPP,
        "value": format!("D{number:07}"),
    })
}

/// Answers the INS and the IPP of patient number `index`, and its place of birth.
pub(super) fn identity(index: u32, sex: Sex, born: Day) -> (Vec<Value>, Option<String>) {
    let identifiers = vec![ins_identifier(&ins::matricule(index, sex, born)), ipp_identifier(index)];
    (identifiers, Some(ins::place(index)))
}

fn gender(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => "other",
        Sex::Unknown => "unknown",
    }
}

fn qualified_identity() -> Value {
    let status = json!({
        "url": "identityStatus",
        "valueCoding": {"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445", "code": "VALI"},
    });
    json!({
        "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
        "extension": [status],
    })
}

fn birth_place(cog: &str) -> Value {
    let code = json!({
        "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code",
        "valueCoding": {"system": "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM", "code": cog},
    });
    json!({
        "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
        "valueAddress": {"extension": [code]},
    })
}

/// Answers the members of an Observation that hold its answer.
fn answer_members(answer: Answer) -> Value {
    match answer {
        Answer::Done => json!({}),
        Answer::Integer(value) => json!({"valueInteger": value}),
        Answer::Quantity(value, unit) => json!({"valueQuantity": quantity(number(&value), unit)}),
        Answer::Coded(value) => json!({"valueCodeableConcept": concept(&[value])}),
        Answer::Pressure(systolic, diastolic) => json!({"component": [
            {"code": concept(&[SYSTOLIC]), "valueQuantity": quantity(json!(systolic), "mm[Hg]")},
            {"code": concept(&[DIASTOLIC]), "valueQuantity": quantity(json!(diastolic), "mm[Hg]")},
        ]}),
    }
}

fn quantity(value: Value, unit: &str) -> Value {
    json!({"value": value, "unit": unit, "system": UCUM, "code": unit})
}

fn category(code: Code) -> &'static str {
    match code.code {
        "85354-9" | "29463-7" | "8302-2" | "39156-5" => "vital-signs",
        "72166-2" | "living-place" => "social-history",
        "29771-3" | "13457-7" | "4548-4" | "1558-6" | "62238-1" | "9318-7" => "laboratory",
        _ => "survey",
    }
}

impl Chart {
    pub(super) fn new(patient: &str) -> Chart {
        Chart { patient: patient.to_owned(), resources: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<Resource> {
        self.resources
    }

    fn subject(&self) -> Value {
        reference(Kind::Patient, &self.patient)
    }

    fn add(&mut self, kind: Kind, name: &str, members: Value) {
        self.resources.push(resource(kind, format!("{}-{name}", self.patient), members));
    }

    pub(super) fn patient(&mut self, person: Person<'_>) {
        let extensions: Vec<Value> = person
            .birthplace
            .iter()
            .map(|cog| birth_place(cog))
            .chain(person.birthplace.iter().map(|_| qualified_identity()))
            .collect();
        let mut members = Map::new();
        if !extensions.is_empty() {
            members.insert("extension".to_owned(), json!(extensions));
        }
        if !person.identifiers.is_empty() {
            members.insert("identifier".to_owned(), json!(person.identifiers));
        }
        members.insert("active".to_owned(), json!(true));
        let name = json!([{"use": "official", "family": person.family, "given": [person.given]}]);
        members.insert("name".to_owned(), name);
        members.insert("gender".to_owned(), json!(gender(person.sex)));
        members.insert("birthDate".to_owned(), json!(person.birth));
        if let Some(day) = person.deceased {
            members.insert("deceasedDateTime".to_owned(), json!(day.to_string()));
        }
        if let Some(doctor) = person.declared {
            members.insert("generalPractitioner".to_owned(), json!([reference(Kind::Practitioner, doctor)]));
        }
        members.insert("managingOrganization".to_owned(), reference(Kind::Organization, person.site));
        let id = self.patient.clone();
        self.resources.push(resource(Kind::Patient, id, Value::Object(members)));
    }

    /// The declaration of a médecin traitant, with its dates.
    pub(super) fn declaration(&mut self, practitioner: &str, span: Span) {
        let status = if span.end.is_some() { "inactive" } else { "active" };
        let doctor = json!({
            "role": [concept(&[PCP])],
            "member": reference(Kind::Practitioner, practitioner),
            "period": span.json(),
        });
        let members = json!({
            "status": status,
            "subject": self.subject(),
            "period": span.json(),
            "participant": [doctor],
        });
        self.add(Kind::CareTeam, "equipe", members);
    }

    /// The MTR contract the patient signed.
    pub(super) fn contract(&mut self, structure: &str, span: Span) {
        let members = json!({
            "status": if span.end.is_some() { "finished" } else { "active" },
            "type": [concept(&[CONTRACT])],
            "patient": self.subject(),
            "managingOrganization": reference(Kind::Organization, structure),
            "period": span.json(),
        });
        self.add(Kind::EpisodeOfCare, "contrat", members);
    }

    /// A coverage of that right, with the ALD it exempts from co-payment.
    pub(super) fn coverage(&mut self, name: &str, held: Code, span: Span, exemptions: &[(Code, Span)]) {
        let mut members = json!({
            "status": "active",
            "type": concept(&[held]),
            "beneficiary": self.subject(),
            "period": span.json(),
            "payor": [{"display": "Assurance maladie"}],
        });
        if !exemptions.is_empty() {
            let exceptions: Vec<Value> =
                exemptions.iter().map(|(ald, span)| json!({"type": concept(&[*ald]), "period": span.json()})).collect();
            members["costToBeneficiary"] = json!([{"valueQuantity": quantity(json!(0), "%"), "exception": exceptions}]);
        }
        self.add(Kind::Coverage, name, members);
    }

    /// A diagnosis on the problem list; with a list number it is also recorded as ALD.
    pub(super) fn problem(&mut self, name: &str, diagnosis: Code, list: Option<Code>, span: Span) {
        let categories: Vec<Value> = std::iter::once(PROBLEM_LIST).chain(list).map(|code| concept(&[code])).collect();
        let status = if span.end.is_some() { "resolved" } else { "active" };
        let mut members = json!({
            "clinicalStatus": {"coding": [{"system": CONDITION_CLINICAL, "code": status}]},
            "category": categories,
            "code": concept(&[diagnosis]),
            "subject": self.subject(),
            "onsetDateTime": span.start.to_string(),
        });
        if let Some(end) = span.end {
            members["abatementDateTime"] = json!(end.to_string());
        }
        self.add(Kind::Condition, name, members);
    }

    pub(super) fn observation(&mut self, name: &str, codes: &[Code], when: &str, answer: Answer) {
        let kind = codes.first().map_or("survey", |code| category(*code));
        let mut members = json!({
            "status": "final",
            "category": [{"coding": [{"system": OBSERVATION_CATEGORY, "code": kind}]}],
            "code": concept(codes),
            "subject": self.subject(),
            "effectiveDateTime": when,
        });
        if let (Value::Object(all), Value::Object(more)) = (&mut members, answer_members(answer)) {
            all.extend(more);
        }
        self.add(Kind::Observation, name, members);
    }

    /// A decision of the MDPH, valid over its period.
    pub(super) fn recognition(&mut self, name: &str, value: Code, span: Span) {
        let members = json!({
            "status": "final",
            "code": concept(&[RECOGNITION]),
            "subject": self.subject(),
            "effectivePeriod": span.json(),
            "valueCodeableConcept": concept(&[value]),
        });
        self.add(Kind::Observation, name, members);
    }

    pub(super) fn visit(&mut self, name: &str, visit: Visit<'_>, reason: Option<Code>) {
        let id = format!("{}-{name}", self.patient);
        let mut members = json!({
            "identifier": [{
                "type": {"coding": [{"system": V2_0203, "code": "VN"}]},
                "system": VISIT_NUMBER,
                "value": id,
            }],
            "status": "finished",
            "class": coding(visit.class),
            "subject": self.subject(),
            "participant": [{"individual": reference(Kind::Practitioner, visit.practitioner)}],
            "period": {"start": visit.start, "end": visit.end},
        });
        if let Some(reason) = reason {
            members["reasonCode"] = json!([concept(&[reason])]);
        }
        members["serviceProvider"] = reference(Kind::Organization, visit.site);
        self.add(Kind::Encounter, name, members);
    }

    /// An appointment of a quarter of an hour, starting at `hour`.
    pub(super) fn appointment(&mut self, name: &str, status: &str, day: Day, hour: i8, practitioner: &str) {
        let patient = json!({"actor": self.subject(), "status": "accepted"});
        let doctor = json!({"actor": reference(Kind::Practitioner, practitioner), "status": "accepted"});
        let members = json!({
            "status": status,
            "start": clock(day, hour, 0),
            "end": clock(day, hour, 15),
            "participant": [patient, doctor],
        });
        self.add(Kind::Appointment, name, members);
    }

    pub(super) fn procedure(&mut self, name: &str, act: Code, when: &str) {
        let members = json!({
            "status": "completed",
            "code": concept(&[act]),
            "subject": self.subject(),
            "performedDateTime": when,
        });
        self.add(Kind::Procedure, name, members);
    }

    /// An act that was proposed and not done, for a reason.
    pub(super) fn declined_procedure(&mut self, name: &str, act: Code, when: &str, reason: Code) {
        let members = json!({
            "status": "not-done",
            "statusReason": concept(&[reason]),
            "code": concept(&[act]),
            "subject": self.subject(),
            "performedDateTime": when,
        });
        self.add(Kind::Procedure, name, members);
    }

    pub(super) fn vaccine(&mut self, name: &str, product: Code, when: &str) {
        let members = json!({
            "status": "completed",
            "vaccineCode": concept(&[product]),
            "patient": self.subject(),
            "occurrenceDateTime": when,
        });
        self.add(Kind::Immunization, name, members);
    }

    /// A vaccine that was proposed and not given, for a reason.
    pub(super) fn declined_vaccine(&mut self, name: &str, product: Code, when: &str, reason: Code) {
        let members = json!({
            "status": "not-done",
            "statusReason": concept(&[reason]),
            "vaccineCode": concept(&[product]),
            "patient": self.subject(),
            "occurrenceDateTime": when,
        });
        self.add(Kind::Immunization, name, members);
    }

    pub(super) fn report(&mut self, name: &str, exam: Code, when: &str) {
        let members = json!({
            "status": "final",
            "code": concept(&[exam]),
            "subject": self.subject(),
            "effectiveDateTime": when,
        });
        self.add(Kind::DiagnosticReport, name, members);
    }

    /// A questionnaire named after the evidence it gives.
    pub(super) fn questionnaire(&mut self, name: &str, evidence: &str, when: &str) {
        let members = json!({
            "questionnaire": format!("https://mtr-gateway.example/fhir/Questionnaire/{evidence}"),
            "status": "completed",
            "subject": self.subject(),
            "authored": when,
            "item": [{"linkId": "1", "text": "Repérage", "answer": [{"valueBoolean": false}]}],
        });
        self.add(Kind::QuestionnaireResponse, name, members);
    }

    /// A typology the GP declares.
    pub(super) fn declared(&mut self, typologie: Code, span: Span) {
        let members = json!({
            "status": if span.end.is_some() { "inactive" } else { "active" },
            "category": [concept(&[typologie])],
            "code": {"text": typologie.display},
            "subject": self.subject(),
            "period": span.json(),
        });
        self.add(Kind::Flag, &format!("declare-{}", typologie.code), members);
    }
}
