//! Systems, concepts, measures and vendor sources: the index from codings to concepts.

use super::At;
use super::Linker;
use crate::domain::fact::Kind;
use crate::domain::measure::CodeSystem;
use crate::domain::measure::Concept;
use crate::domain::measure::ConceptCode;
use crate::domain::measure::ConceptId;
use crate::domain::measure::Derived;
use crate::domain::measure::Measure;
use crate::domain::measure::PREVENTION_EVIDENCE;
use crate::domain::measure::SameDay;
use crate::domain::measure::UnitConversion;
use crate::rulebook::error::Fault;
use crate::rulebook::schema::FileKind;
use rust_decimal::Decimal;

const MTR_TYPOLOGIE: &str = "https://mtr-gateway.example/fhir/CodeSystem/mtr-typologie";
const MTR_PARCOURS: &str = "https://mtr-gateway.example/fhir/CodeSystem/mtr-parcours";

impl<'f> Linker<'f> {
    pub(super) fn systems(&mut self) {
        for at in self.roots(FileKind::System) {
            self.check_file_name(&at);
            let n = self.add_system(&at, at.text_of("uri"), at.is_true("dotless"));
            for alias in at.list("aliases") {
                self.claim_uri(&alias, alias.text(), n);
            }
            self.systems.insert(at.text_of("id"), n);
        }
    }

    fn add_system(&mut self, at: &At<'f>, uri: &str, dotless: bool) -> u16 {
        let aliases = at.list("aliases").iter().map(|a| a.text().into()).collect();
        let n = self.concepts.add_system(CodeSystem { uri: uri.into(), aliases, dotless });
        self.claim_uri(at, uri, n);
        n
    }

    fn claim_uri(&mut self, at: &At<'_>, uri: &str, system: u16) {
        if self.concepts.by_uri.insert(uri, system).is_some() {
            self.blame_duplicate(at, uri);
        }
    }

    pub(super) fn concepts(&mut self) {
        for at in self.roots(FileKind::Concept) {
            self.check_file_name(&at);
            self.coded_concept(&at, at.text_of("id"), "kinds");
        }
        for at in self.roots(FileKind::Codes) {
            self.vocabulary(&at);
        }
        for at in self.roots(FileKind::Evidence) {
            if at.key("codes").is_some() {
                self.coded_concept(&at, at.text_of("id"), "accepted_on");
            }
        }
        for at in self.roots(FileKind::Measure) {
            self.coded_concept(&at, &format!("measure-{}", at.text_of("id")), "kinds");
        }
        self.own_concepts();
    }

    // Codes that follow from other files: declarations of typologies, stays in pathways, refusals of items.
    fn own_concepts(&mut self) {
        for at in self.roots(FileKind::Typologie) {
            let id = at.text_of("id");
            self.own_concept(&at, MTR_TYPOLOGIE, &format!("declared:{id}"), id);
        }
        for at in self.roots(FileKind::Pathway) {
            let id = at.text_of("id");
            self.own_concept(&at, MTR_PARCOURS, &format!("pathway:{id}"), id);
        }
        for at in self.roots(FileKind::Prevention) {
            for word in ["refused", "contraindicated"] {
                let code = format!("{word}:{}", at.text_of("id"));
                self.own_concept(&at, PREVENTION_EVIDENCE, &code, &code);
            }
        }
    }

    fn own_concept(&mut self, at: &At<'f>, uri: &str, id: &str, code: &str) {
        let Some(system) = self.concepts.system(uri) else {
            self.blame(at, Fault::unknown("unknown-system", ("système", "system"), uri, []));
            return;
        };
        let label = at.text_of("label_fr");
        let own = ConceptCode {
            system: uri.into(),
            code: code.into(),
            display: Some(label.into()),
            prefix: false,
            verified: true,
        };
        self.add_concept(at, id, label, Vec::new(), vec![(system, own)]);
    }

    fn coded_concept(&mut self, at: &At<'f>, id: &str, kinds: &str) {
        let codes = at.list("codes").iter().filter_map(|code| self.code(code)).collect();
        let kinds = at.list(kinds).iter().filter_map(|k| Kind::from_name(k.text())).collect();
        self.add_concept(at, id, at.text_of("label_fr"), kinds, codes);
    }

    fn code(&mut self, at: &At<'f>) -> Option<(u16, ConceptCode)> {
        let system = self.system(&at.key("system")?)?;
        let code = ConceptCode {
            system: self.concepts.systems[usize::from(system)].uri.clone(),
            code: at.text_of("code").into(),
            display: Some(at.text_of("display")).filter(|d| !d.is_empty()).map(Into::into),
            prefix: at.text_of("match") == "prefix",
            verified: at.text_of("verified") != "unverified",
        };
        Some((system, code))
    }

    fn system(&mut self, at: &At<'f>) -> Option<u16> {
        let known = std::mem::take(&mut self.systems);
        let found = self.resolve(at, &known, "unknown-system", ("système", "system"));
        self.systems = known;
        found
    }

    // A closed vocabulary: one system, one concept per code.
    fn vocabulary(&mut self, at: &At<'f>) {
        let Some(system) = at.key("system").and_then(|s| self.system(&s)) else { return };
        let uri = self.concepts.systems[usize::from(system)].uri.clone();
        let verified = at.text_of("verified") != "unverified";
        for concept in at.list("concepts") {
            let label = concept.text_of("label_fr");
            let code = ConceptCode {
                system: uri.clone(),
                code: concept.text_of("code").into(),
                display: Some(label.into()),
                prefix: concept.text_of("match") == "prefix",
                verified,
            };
            self.add_concept(&concept, concept.text_of("id"), label, Vec::new(), vec![(system, code)]);
        }
    }

    fn add_concept(&mut self, at: &At<'f>, id: &str, label: &str, kinds: Vec<Kind>, codes: Vec<(u16, ConceptCode)>) {
        if self.concept_ids.contains_key(id) {
            self.blame_duplicate(&at.key("id").unwrap_or_else(|| at.clone()), id);
            return;
        }
        let concept = ConceptId(self.concepts.all.len() as u16);
        self.concept_ids.insert(id.into(), concept);
        for (system, code) in &codes {
            self.index(*system, &code.code, code.prefix, concept);
        }
        let codes = codes.into_iter().map(|(_, code)| code).collect();
        self.concepts.add(Concept { id: id.into(), label_fr: label.into(), kinds, codes });
    }

    fn index(&mut self, system: u16, code: &str, prefix: bool, concept: ConceptId) {
        let n = usize::from(system);
        let code = normal(code, self.concepts.systems[n].dotless);
        let codes = &mut self.concepts.codes[n];
        if prefix { codes.add_prefix(&code, concept) } else { codes.add(&code, concept) }
    }

    pub(super) fn measures(&mut self) {
        let roots = self.roots(FileKind::Measure);
        for (n, at) in roots.iter().enumerate() {
            self.check_file_name(at);
            if self.measure_ids.insert(at.text_of("id"), super::MeasureId(n as u16)).is_some() {
                self.blame_duplicate(at, at.text_of("id"));
            }
        }
        for at in roots {
            if let Some(measure) = self.one_measure(&at) {
                self.measures.0.push(measure);
            }
        }
    }

    fn one_measure(&mut self, at: &At<'f>) -> Option<Measure> {
        let id = at.text_of("id");
        let concept = *self.concept_ids.get(format!("measure-{id}").as_str())?;
        let bounds = at.key("bounds");
        let bound = |name: &str| bounds.as_ref().and_then(|b| b.text_of(name).parse::<Decimal>().ok());
        let derived = match at.key("derived").and_then(|d| d.key("body_mass_index")) {
            Some(bmi) => Some(Derived::BodyMassIndex {
                weight: self.measure_of(&bmi, "weight")?,
                height: self.measure_of(&bmi, "height")?,
            }),
            None => None,
        };
        Some(Measure {
            id: id.into(),
            label_fr: at.text_of("label_fr").into(),
            concept,
            unit: at.text_of("unit").into(),
            conversions: at.list("accepts").iter().map(conversion).collect(),
            hard_min: bound("hard_min"),
            hard_max: bound("hard_max"),
            soft_min: bound("soft_min"),
            soft_max: bound("soft_max"),
            same_day: match at.text_of("same_day") {
                "highest" => SameDay::Highest,
                "lowest" => SameDay::Lowest,
                _ => SameDay::Latest,
            },
            derived,
        })
    }

    /// A vendor's codes join the concepts of the standard codes they stand for.
    pub(super) fn sources(&mut self) {
        for at in self.roots(FileKind::Source) {
            self.check_file_name(&at);
            let uri = at.text_of("system");
            let local = match self.concepts.system(uri) {
                Some(n) => n,
                None => self.add_system(&at, uri, false),
            };
            for map in at.list("maps") {
                self.source_code(&map, local);
            }
        }
    }

    fn source_code(&mut self, at: &At<'f>, local: u16) {
        let Some(system) = at.key("system").and_then(|s| self.system(&s)) else { return };
        let n = usize::from(system);
        let code = normal(at.text_of("to"), self.concepts.systems[n].dotless);
        let mut found = Vec::new();
        self.concepts.codes[n].of(&code, |concepts| found.extend_from_slice(concepts));
        // A file left out for its shape may be the one that names this code.
        if found.is_empty() && self.left_out.is_empty() {
            let known: Vec<_> = self.concepts.codes[n].named().collect();
            let fault = Fault::unknown("unknown-code", ("code", "code"), &code, known.iter().map(AsRef::as_ref));
            self.blame(&at.key("to").unwrap_or_else(|| at.clone()), fault);
        }
        for concept in found {
            self.index(local, at.text_of("code"), false, concept);
        }
    }
}

fn conversion(at: &At<'_>) -> UnitConversion {
    UnitConversion {
        ucum: at.text_of("unit").into(),
        factor: at.text_of("factor").parse().unwrap_or(Decimal::ONE),
        offset: at.text_of("offset").parse().unwrap_or(Decimal::ZERO),
    }
}

// As `Concepts::resolve` reads what is sent.
fn normal(code: &str, dotless: bool) -> Box<str> {
    if dotless {
        code.chars().filter(|c| *c != '.').collect::<String>().to_ascii_uppercase().into()
    } else {
        code.into()
    }
}
