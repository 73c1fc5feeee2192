//! Linking: from checked trees to `domain::rules::Rules`, names resolved across files.
//!
//! Owns: the order of linking and the sink of faults. Every name that nothing bears is a fault, all
//! of them at once; a file whose shape is faulty is left out, and names it would have borne are not
//! reported a second time.

pub mod at;
mod concepts;
mod conditions;
mod indicators;
pub mod params;
mod practice;
mod prevention;
mod reports;
mod rules;
mod statements;
mod worklist;

use super::Reading;
use super::error::Fault;
use super::error::MappingError;
use super::node::Node;
use super::schema::FileKind;
use crate::domain::condition::Flag;
use crate::domain::measure::ConceptId;
use crate::domain::measure::Concepts;
use crate::domain::measure::MeasureId;
use crate::domain::measure::Measures;
use crate::domain::param::ParamId;
use crate::domain::param::Params;
use crate::domain::prevention::Evidence;
use crate::domain::rules::Rules;
use at::At;
use params::ParamKind;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

/// A file whose shape is right.
#[derive(Clone)]
pub struct LinkFile {
    pub path: String,
    pub kind: FileKind,
    pub tree: Node,
}

/// What is known so far, and what went wrong.
pub struct Linker<'f> {
    files: &'f [LinkFile],
    reading: Reading,
    /// Ids of files left out for their shape: a reference to them is not a second fault.
    left_out: HashSet<String>,
    pub faults: Vec<MappingError>,
    systems: BTreeMap<&'f str, u16>,
    concepts: Concepts,
    concept_ids: BTreeMap<Box<str>, ConceptId>,
    params: Params,
    param_ids: BTreeMap<Box<str>, ParamId>,
    param_kinds: Vec<ParamKind>,
    /// Where each parameter is written.
    param_places: Vec<At<'f>>,
    measures: Measures,
    measure_ids: BTreeMap<&'f str, MeasureId>,
    flags: Vec<Flag>,
    flag_ids: BTreeMap<&'f str, u16>,
    evidences: Vec<Evidence>,
    evidence_ids: BTreeMap<&'f str, u16>,
}

/// Links the files; `Err` holds every fault found.
pub fn link(files: &[LinkFile], left_out: HashSet<String>, reading: Reading) -> Result<Rules, Vec<MappingError>> {
    let mut linker = Linker {
        files,
        reading,
        left_out,
        faults: Vec::new(),
        systems: BTreeMap::new(),
        concepts: Concepts::default(),
        concept_ids: BTreeMap::new(),
        params: Params::default(),
        param_ids: BTreeMap::new(),
        param_kinds: Vec::new(),
        param_places: Vec::new(),
        measures: Measures::default(),
        measure_ids: BTreeMap::new(),
        flags: Vec::new(),
        flag_ids: BTreeMap::new(),
        evidences: Vec::new(),
        evidence_ids: BTreeMap::new(),
    };
    linker.systems();
    linker.concepts();
    linker.parameters();
    linker.measures();
    linker.sources();
    linker.name_flags_and_evidences();
    linker.flags();
    linker.evidences();
    let rules = linker.rules();
    match rules {
        Some(rules) if linker.faults.is_empty() => Ok(rules),
        _ => Err(linker.faults),
    }
}

impl<'f> Linker<'f> {
    /// Answers the roots of all files of a kind, in the order of their paths.
    fn roots(&self, kind: FileKind) -> Vec<At<'f>> {
        let files = self.files.iter().filter(|f| f.kind == kind);
        files.map(|f| At::root(&f.path, &f.tree)).collect()
    }

    fn blame(&mut self, at: &At<'_>, fault: Fault) {
        self.faults.push(MappingError {
            file: at.file.to_owned(),
            line: at.line,
            path: at.path.clone(),
            code: fault.code,
            text_fr: fault.text_fr,
            text_en: fault.text_en,
        });
    }

    /// Answers what a map knows under the name written at `at`; blames the file otherwise.
    fn resolve<T: Copy, K: AsRef<str> + Ord>(
        &mut self,
        at: &At<'_>,
        known: &BTreeMap<K, T>,
        code: &'static str,
        what: (&str, &str),
    ) -> Option<T> {
        self.resolve_name((at, at.text()), known, code, what)
    }

    /// Answers the same for a name that is a key.
    fn resolve_name<T: Copy, K: AsRef<str> + Ord>(
        &mut self,
        (at, name): (&At<'_>, &str),
        known: &BTreeMap<K, T>,
        code: &'static str,
        what: (&str, &str),
    ) -> Option<T> {
        if let Some(found) = known.iter().find(|(k, _)| k.as_ref() == name) {
            return Some(*found.1);
        }
        if !self.left_out.contains(name) {
            self.blame(at, Fault::unknown(code, what, name, known.keys().map(AsRef::as_ref)));
        }
        None
    }

    fn concept(&mut self, at: &At<'_>) -> Option<ConceptId> {
        if let Some(id) = self.concept_ids.get(at.text()) {
            return Some(*id);
        }
        let known = std::mem::take(&mut self.concept_ids);
        let found = self.resolve(at, &known, "unknown-concept", ("concept", "concept"));
        self.concept_ids = known;
        found
    }

    fn concept_of(&mut self, at: &At<'_>, key: &str) -> Option<ConceptId> {
        let at = at.key(key)?;
        self.concept(&at)
    }

    fn measure_of(&mut self, at: &At<'_>, key: &str) -> Option<MeasureId> {
        let at = at.key(key)?;
        self.measure(&at)
    }

    fn measure(&mut self, at: &At<'_>) -> Option<MeasureId> {
        let known = std::mem::take(&mut self.measure_ids);
        let found = self.resolve(at, &known, "unknown-measure", ("mesure", "measure"));
        self.measure_ids = known;
        found
    }

    /// An id must be that of its file, so that a reader finds it.
    fn check_file_name(&mut self, at: &At<'_>) {
        let stem = at.file.rsplit('/').next().and_then(|f| f.strip_suffix(".yaml")).unwrap_or_default();
        if let Some(id) = at.key("id").filter(|id| id.text() != stem) {
            let fault = Fault::new(
                "id-not-file-name",
                format!("l’identifiant doit être celui du fichier : « {stem} »"),
                format!("the id must be that of the file: \"{stem}\""),
            );
            self.blame(&id, fault);
        }
    }

    fn blame_duplicate(&mut self, at: &At<'_>, name: &str) {
        let fault = Fault::new(
            "duplicate-id",
            format!("« {name} » est déjà défini ailleurs"),
            format!("\"{name}\" is already defined elsewhere"),
        );
        self.blame(at, fault);
    }
}

/// Unique names, kept with the first that bore them.
type Named<'f, T> = HashMap<&'f str, T>;
