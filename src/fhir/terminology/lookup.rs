//! `CodeSystem/$lookup`, `CodeSystem/$validate-code`, `ValueSet/$validate-code`.

use super::code_systems::Code;
use super::content::What;
use super::{Artefact, AskedCoding, Language, Library, Published, text};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search::folded;
use serde_json::{Value, json};

/// Whether a code is one of those asked about, and what is to be said of it.
struct Judged {
    valid: bool,
    display: Option<String>,
    message: Option<&'static str>,
}

const NOT_IN_SET: &str = "Le code n'est pas dans ce ValueSet. (The code is not in that value set.)";
const NOT_IN_SYSTEM: &str = "Le code n'est pas dans ce CodeSystem. (The code is not in that code system.)";
const NO_CODES: &str = "Les codes de ce CodeSystem ne sont pas publiés ici : il n'est pas possible d'en juger. \
                        (The codes of that system are not published here: it cannot be judged.)";
const OTHER_DISPLAY: &str = "Le code est connu sous un autre libellé. (The code is known by another display.)";
const OTHER_SYSTEM: &str = "Le codage est d'une autre nomenclature. (The coding is of another system.)";

impl Library {
    /// Answers what is known of a code of a published system (codesystem-operation-lookup.html).
    pub fn lookup(&self, coding: &AskedCoding, language: Language) -> Result<Value, Issue> {
        let sent = coding.system.as_deref().unwrap_or_default();
        let (system, code) = self.code(sent, &coding.code)?;
        let code = code.ok_or_else(|| Issue::general(&issues::CODE_NOT_FOUND, &[&system.id]))?;
        let english = code.english.as_ref().filter(|_| language == Language::English);
        let display = english.unwrap_or(&code.display);
        let mut parameter = vec![
            json!({"name": "name", "valueString": text(&system.json, "title")}),
            json!({"name": "version", "valueString": system.version}),
            json!({"name": "display", "valueString": display}),
        ];
        let told = |name: &str, value: &str| json!({"name": name, "valueString": value});
        if let Some(definition) = code.concept.get("definition").and_then(Value::as_str) {
            parameter.push(told("definition", definition));
        }
        if let Some(english) = &code.english {
            parameter.push(json!({"name": "designation", "part": [
                {"name": "language", "valueCode": "en"}, told("value", english)]}));
        }
        for property in code.concept.get("property").and_then(Value::as_array).into_iter().flatten() {
            let value = property.as_object().and_then(|p| p.iter().find(|(name, _)| name.starts_with("value")));
            if let Some((name, value)) = value {
                let mut part = json!({"name": "value"});
                part[name.as_str()] = value.clone();
                parameter.push(json!({"name": "property", "part": [
                    {"name": "code", "valueCode": property["code"]}, part]}));
            }
        }
        Ok(json!({"resourceType": "Parameters", "parameter": parameter}))
    }

    fn code(&self, system: &str, code: &str) -> Result<(&Artefact, Option<&Code>), Issue> {
        let unknown = || Issue::general(&issues::CANONICAL_UNKNOWN, &["CodeSystem"]);
        let artefact = self.by_url(Published::CodeSystem, self.system(system).0).ok_or_else(unknown)?;
        Ok((artefact, self.code_systems.get(&artefact.url).and_then(|codes| codes.get(code))))
    }

    /// Answers whether one of the codings is a code of the system; those of other systems are not.
    pub fn validate_in_system(&self, system: &Artefact, codings: &[AskedCoding]) -> Value {
        let listed = self.code_systems.get(&system.url).is_some_and(|codes| codes.listed);
        answer(codings, |coding| {
            let elsewhere = coding.system.as_deref().is_some_and(|uri| self.system(uri).0 != &*system.url);
            let code = self.code_systems.get(&system.url).and_then(|codes| codes.get(&coding.code));
            match code {
                _ if elsewhere => refused(OTHER_SYSTEM),
                None => refused(if listed { NOT_IN_SYSTEM } else { NO_CODES }),
                Some(code) => judged(coding, Some(&code.display), code.english.as_deref()),
            }
        })
    }

    /// Answers whether one of the codings is in the value set.
    pub fn validate_in_set(&self, set: &Artefact, codings: &[AskedCoding]) -> Value {
        let empty = super::content::Content::default();
        let content = self.contents.get(&set.url).unwrap_or(&empty);
        answer(codings, |coding| {
            let system = self.system(coding.system.as_deref().unwrap_or_default()).0;
            for include in content.includes.iter().filter(|include| *include.system == *system) {
                let published = self.code_systems.get(&include.system).and_then(|codes| codes.get(&coding.code));
                let english = published.and_then(|code| code.english.as_deref());
                let named = published.map(|code| &*code.display);
                if include.what == What::Whole && published.is_some() {
                    return judged(coding, named, english);
                }
                if let Some(member) = include.find(&coding.code) {
                    // The display of a prefix is not that of the codes below it.
                    let exact = *member.code == *coding.code;
                    return judged(coding, member.display.as_deref().filter(|_| exact).or(named), english);
                }
            }
            refused(NOT_IN_SET)
        })
    }
}

fn refused(message: &'static str) -> Judged {
    Judged { valid: false, display: None, message: Some(message) }
}

/// Answers a code that is known; a display sent with it is to be one of its own.
fn judged(coding: &AskedCoding, display: Option<&str>, english: Option<&str>) -> Judged {
    let same = |known: &str| coding.display.as_deref().is_none_or(|sent| folded(sent) == folded(known));
    let agrees = display.is_none_or(same) || english.is_some_and(same);
    let message = (!agrees).then_some(OTHER_DISPLAY);
    Judged { valid: agrees, display: display.map(str::to_owned), message }
}

/// Answers the Parameters of `$validate-code`: the first coding that is valid, else why none is.
fn answer(codings: &[AskedCoding], judge: impl Fn(&AskedCoding) -> Judged) -> Value {
    let mut last = None;
    for coding in codings {
        let judged = judge(coding);
        let valid = judged.valid;
        last = Some(judged);
        if valid {
            break;
        }
    }
    let told = last.unwrap_or_else(|| refused(NOT_IN_SET));
    let mut parameter = vec![json!({"name": "result", "valueBoolean": told.valid})];
    if let Some(message) = told.message {
        parameter.push(json!({"name": "message", "valueString": message}));
    }
    if let Some(display) = told.display {
        parameter.push(json!({"name": "display", "valueString": display}));
    }
    json!({"resourceType": "Parameters", "parameter": parameter})
}
