//! Faults of mapping files: what, where, in both languages.
//!
//! Codes are stable: they are documented in `mappings/README.md` and tested.

/// One fault of a mapping file. Every fault of a rulebook is reported at once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MappingError {
    /// Path inside the mappings, with `/`: `prevention/falls.yaml`.
    pub file: String,
    /// Line of the file, from 1.
    pub line: u32,
    /// Where in the tree: `parameters.age_min.values[0].status`. Empty for the whole file.
    pub path: String,
    pub code: &'static str,
    pub text_fr: String,
    pub text_en: String,
}

impl std::fmt::Display for MappingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {} [{}] {}", self.file, self.line, self.path, self.code, self.text_en)
    }
}

/// What is wrong, before it is known where.
#[derive(Debug)]
pub struct Fault {
    pub code: &'static str,
    pub text_fr: String,
    pub text_en: String,
}

impl Fault {
    pub fn new(code: &'static str, text_fr: impl Into<String>, text_en: impl Into<String>) -> Fault {
        Fault { code, text_fr: text_fr.into(), text_en: text_en.into() }
    }

    /// A name that nothing bears, with the nearest known one.
    pub fn unknown<'a>(
        code: &'static str,
        what: (&str, &str),
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Fault {
        let near = nearest(name, known);
        let fr = near.map(|n| format!(" ; vouliez-vous dire « {n} » ?")).unwrap_or_default();
        let en = near.map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default();
        Fault::new(
            code,
            format!("« {name} » : {} introuvable{fr}", what.0),
            format!("unknown {} \"{name}\"{en}", what.1),
        )
    }
}

/// Answers the known name nearest to `name`, when one is near enough to be a slip.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|k| (strsim::jaro_winkler(name, k), k))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}
