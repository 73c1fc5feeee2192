//! The shipped rulebook, and each kind of fault a file can have.

mod indicators;

use super::*;
use crate::domain::fact::Coding;
use crate::domain::fact::Kind;
use crate::domain::forfait::TariffKind;
use crate::domain::param::Param;
use crate::domain::pathway::Places;
use crate::domain::statement::LateChange;
use crate::domain::statement::OncePerMonth;
use crate::domain::verdict::RuleStatus;
use crate::domain::worklist::Closing;

fn shipped() -> Source {
    Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings")).unwrap()
}

fn book() -> Rulebook {
    load(&shipped()).unwrap_or_else(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

#[test]
fn the_shipped_rulebook_loads_and_is_whole() {
    let rules = book().rules;
    assert_eq!(rules.typologies.len(), 10);
    assert_eq!(rules.items.len(), 26);
    assert_eq!(rules.pathways.len(), 3);
    assert_eq!(rules.indicators.len(), 9);
    assert_eq!(rules.ald_numbers.len(), 32);
    assert_eq!(rules.not_done.per_item.len(), 26);
    assert!(rules.items.iter().map(|i| i.ordinal).eq(1..=26));
    assert!(rules.typologies.iter().map(|t| t.ordinal).eq(1..=10));
    assert!(rules.tariff("mtr-demo").is_some() && rules.tariff("fmt-2026").is_some());
}

#[test]
fn every_example_of_the_shipped_rulebook_holds() {
    let book = book();
    let failures: Vec<String> = examples::run_examples(&book).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    assert!(examples::count(&book) > 200);
}

#[test]
fn every_item_typology_pathway_and_tariff_has_three_examples() {
    for (path, content) in &shipped().0 {
        let examples = node::read(&String::from_utf8_lossy(content)).unwrap();
        let given = examples.get("examples").map_or(0, |e| e.items().len());
        let folder = path.split('/').next().unwrap_or_default();
        let asked =
            ["typologies", "pathways", "prevention", "indicators", "tariffs", "consommant.yaml", "enrolment.yaml"];
        assert!(!asked.contains(&folder) || given >= 3, "{path}: {given}");
    }
}

#[test]
fn an_example_that_does_not_hold_is_told() {
    let file = "prevention/falls.yaml";
    let mut source = shipped();
    let (_, content) = source.0.iter_mut().find(|(path, _)| path == file).unwrap();
    let text = String::from_utf8(content.clone()).unwrap();
    *content = text.replace("value: 65", "value: 80").into_bytes();
    let failures = examples::run_examples(&load(&source).unwrap());
    assert!(!failures.is_empty());
    for failure in failures {
        assert_eq!(failure.file, file);
        assert!(failure.line > 1 && !failure.text_fr.is_empty() && !failure.text_en.is_empty());
    }
}

#[test]
fn an_example_of_the_wrong_shape_is_told_with_its_line() {
    let cases = [("    expect:", "    expects:", "expects"), ("  - name: ", "  - : : ", "")];
    for (from, to, name) in cases {
        let (source, text) = mutated("prevention/falls.yaml", from, to);
        let failures = examples::run_examples(&load(&source).unwrap());
        let told = failures.iter().find(|f| f.name.contains(name)).unwrap();
        assert_eq!(told.file, "prevention/falls.yaml");
        let line = text.lines().position(|l| l.starts_with(to)).unwrap() as u32 + 1;
        assert!(told.line.abs_diff(line) <= 3, "{told:?} {line}");
    }
}

#[test]
fn a_rule_after_the_examples_is_read_too() {
    let mut late = shipped();
    let (_, content) = late.0.iter_mut().find(|(path, _)| path == "prevention/falls.yaml").unwrap();
    content.extend_from_slice(b"\nordre: 3\n");
    let faults = load(&late).unwrap_err();
    assert_eq!((faults[0].code, faults[0].path.as_str()), ("unknown-key", "ordre"));
}

#[test]
fn the_digest_names_the_content_and_not_the_order() {
    let source = shipped();
    let mut reversed = source.clone();
    reversed.0.reverse();
    assert_eq!(load(&source).unwrap().digest, load(&reversed).unwrap().digest);
    let mut changed = source.clone();
    changed.0[0].1.push(b'\n');
    assert_ne!(source.digest(), changed.digest());
    let mut moved = source.clone();
    moved.0[0].0.push('x');
    assert_ne!(source.digest(), moved.digest());
    assert_eq!(book().digest_hex().len(), 64);
}

#[test]
fn codings_as_sent_reach_their_concepts() {
    let rules = book().rules;
    let cases = [
        ("https://smt.esante.gouv.fr/terminologie-cim-10/", "E11.9", Kind::Condition, "diabetes", true),
        ("http://hl7.org/fhir/sid/icd-10-fr", "e119", Kind::Condition, "diabetes", true),
        ("urn:oid:2.16.840.1.113883.6.3", "I84.1", Kind::Condition, "diabetes", false),
        ("http://loinc.org", "29771-3", Kind::Observation, "fit", true),
        ("http://loinc.org", "29771-3", Kind::Procedure, "fit", false),
        ("https://mtr-gateway.example/fhir/CodeSystem/prevention-evidence", "fit", Kind::Procedure, "fit", true),
        ("https://mos.esante.gouv.fr/NOS/CCAM_REF/FHIR/CCAM-REF", "QEQK004", Kind::Procedure, "mammography", true),
        ("https://exemple-editeur.example/nomenclature", "DIAB2", Kind::Condition, "diabetes", true),
        ("https://exemple-editeur.example/nomenclature", "TA_SYS", Kind::Observation, "measure-systolic", true),
        ("https://mtr-gateway.example/fhir/CodeSystem/mtr-typologie", "ald", Kind::Flag, "declared:ald", true),
        ("https://mtr-gateway.example/fhir/CodeSystem/ald-number", "23", Kind::Condition, "ald-23", true),
        ("https://mtr-gateway.example/fhir/CodeSystem/ald-number", "2", Kind::Condition, "ald-23", false),
        ("", "E11.9", Kind::Condition, "diabetes", false),
    ];
    for (system, code, kind, concept, belongs) in cases {
        let mut found = Vec::new();
        rules.concepts.resolve(&Coding::new(system, code), kind, &mut found);
        let wanted = rules.concepts.find(concept).unwrap();
        assert_eq!(found.contains(&wanted), belongs, "{system} {code} on {kind:?}: {concept}");
    }
}

#[test]
fn units_of_each_analyte_are_converted_exactly() {
    let rules = book().rules;
    let cases = [
        ("hba1c", "39", Some("mmol/mol"), Some("5.71972")),
        ("fasting-glucose", "6.1", Some("mmol/L"), Some("1.098976")),
        ("fasting-glucose", "110", Some("mg/dL"), Some("1.10")),
        ("ldl", "3", Some("mmol/L"), Some("1.15995")),
        ("height", "180", Some("cm"), Some("1.80")),
        ("precar", "45", None, Some("45")),
        ("weight", "80", Some("mmol/L"), None),
    ];
    for (measure, value, unit, want) in cases {
        let measure = rules.measures.get(rules.measures.find(measure).unwrap());
        let found = measure.convert(value.parse().unwrap(), unit);
        assert_eq!(found, want.map(|w| w.parse().unwrap()), "{} {value} {unit:?}", measure.id);
    }
}

/// file, text to replace, by what, code, text of the line that is blamed.
const FAULTS: &[(&str, &str, &str, &str, &str)] = &[
    ("prevention/falls.yaml", "ordinal: 19\n", "", "missing-ordinal", "id: falls"),
    ("prevention/falls.yaml", "ordinal: 19", "ordinal: 18", "duplicate-ordinal", "ordinal: 18"),
    ("prevention/falls.yaml", "id: falls\n", "id: fall\n", "id-not-file-name", "id: fall"),
    ("prevention/falls.yaml", "status: fallback\n", "status: guess\n", "unknown-status", "status: guess"),
    ("prevention/falls.yaml", "value: 65, status: fallback", "value: 65, status: ofical", "unknown-status", "ofical"),
    ("prevention/falls.yaml", "{ min: age_min }", "{ min: 65 }", "bare-number", "{ min: 65 }"),
    ("prevention/falls.yaml", "{ min: age_min }", "{ min: \"65\" }", "bare-number", "min: \"65\""),
    ("prevention/falls.yaml", "{ min: age_min }", "{ min: age_mim }", "unknown-parameter", "age_mim"),
    ("prevention/falls.yaml", "commun.refusal_months", "commun.refusal_month", "unknown-parameter", "refusal_months:"),
    (
        "prevention/falls.yaml",
        "evidence: falls-screening",
        "evidence: fals-screening",
        "unknown-evidence",
        "fals-screening",
    ),
    ("prevention/falls.yaml", "refusal_months:", "refusal_month:", "unknown-key", "refusal_month:"),
    ("prevention/falls.yaml", "validity:", "validite:", "unknown-key", "validite:"),
    ("prevention/falls.yaml", "value: 65,", "value: 65.5,", "decimal-not-string", "65.5"),
    ("prevention/falls.yaml", "value: 65,", "value: \"beaucoup\",", "bad-value", "beaucoup"),
    (
        "prevention/falls.yaml",
        "value: 65, status: fallback",
        "value: 65, status: unknown",
        "unknown-with-value",
        "value: 65",
    ),
    ("prevention/falls.yaml", "id: falls\n", "id: falls\nid: falls\n", "not-yaml", "id: falls"),
    ("tariffs/mtr-demo.yaml", "value: \"31.50\"", "value: \"-31.50\"", "amount-negative", "-31.50"),
    ("tariffs/mtr-demo.yaml", "value: \"2.50\"", "value: \"2.505\"", "amount-too-fine", "2.505"),
    ("tariffs/mtr-demo.yaml", "value: \"2.50\"", "value: \"1e30\"", "bad-value", "1e30"),
    ("prevention/falls.yaml", "unit: \"years\"", "unit: \"EUR\"", "amount-not-string", "value: 65"),
    (
        "prevention/vision-hearing.yaml",
        "concept: blindness-known",
        "concept: blindnes-known",
        "unknown-concept",
        "blindnes",
    ),
    ("prevention/vision-hearing.yaml", "state: active", "state: actif", "unknown-word", "actif"),
    ("pathways/obesite-risque-cv.yaml", "measure: bmi", "measure: bmy", "unknown-measure", "bmy"),
    (
        "pathways/obesite-risque-cv.yaml",
        "flag: high-cardiovascular-risk",
        "flag: high-risk",
        "unknown-flag",
        "high-risk",
    ),
    ("facts/flags/smoker-current.yaml", "any:\n", "any:\n    - flag: smoker-ever\n", "flag-cycle", "when:"),
    ("facts/concepts/copd.yaml", "code: \"J43\"", "code: 43", "code-not-string", "code: 43"),
    ("facts/concepts/copd.yaml", "system: cim-10", "system: cim10", "unknown-system", "cim10"),
    ("facts/concepts/copd.yaml", "id: copd", "id: copd\nkinds: [Disease]", "unknown-word", "Disease"),
    ("facts/codes/risk-factor.yaml", "id: prep,", "id: msm,", "duplicate-id", "id: msm, code: \"prep\""),
    ("facts/measures/precar.yaml", "factor: \"1\"", "factor: 1", "decimal-not-string", "factor: 1 "),
    (
        "facts/evidence/weight-and-height.yaml",
        "same_day:",
        "all_of: [diabetes]\nsame_day:",
        "evidence-source-count",
        "id:",
    ),
    ("systems/atc.yaml", "http://www.whocc.no/atc", "http://loinc.org", "duplicate-id", "id:"),
    ("tariffs/mtr-demo.yaml", "value: \"8.40\"", "value: 8", "amount-not-string", "value: 8,"),
    (
        "tariffs/mtr-demo.yaml",
        "source: \"Montant inventé pour la démonstration\"",
        "sources: \"x\"",
        "unsourced-value",
        "sources",
    ),
    ("tariffs/mtr-demo.yaml", "from: \"2026-01-01\"", "from: \"2020-01-01\"", "dates-disorder", "2020-01-01"),
    ("tariffs/mtr-demo.yaml", "value: \"8.00\"", "value: null", "hole-in-values", "value: null"),
    ("tariffs/mtr-demo.yaml", "from: \"2026-01-01\"", "from: \"2026-02-31\"", "bad-date", "2026-02-31"),
    ("tariffs/mtr-demo.yaml", "socle: socle", "socle: fmt_treatment", "parameter-of-wrong-kind", "socle: fmt"),
    ("tariffs/mtr-demo.yaml", "typologie: nourrisson", "typologie: nourisson", "unknown-typology", "nourisson"),
    ("tariffs/fmt-2026.yaml", "item: hpv-vaccine", "item: hpv-vacine", "unknown-item", "hpv-vacine"),
    ("tariffs/fmt-2026.yaml", "component: covid-19", "component: covid", "unknown-component", "component: covid "),
    ("sources/exemple-editeur.yaml", "to: \"8480-6\"", "to: \"8480-7\"", "unknown-code", "8480-7"),
    ("pathways/obesite-risque-cv.yaml", "value: \"and\"", "value: \"both\"", "unknown-word", "both"),
    (
        "pathways/obesite-risque-cv.yaml",
        "word: high_risk",
        "word: higher_risk",
        "unknown-parameter",
        "higher_risk_and_weight",
    ),
    ("pathways/obesite-risque-cv.yaml", "        of:\n", "        parts:\n", "unknown-key", "parts"),
    ("pathways/obesite-risque-cv.yaml", "group_size: workshop_group", "group_size: 8", "bare-number", "group_size"),
    (
        "pathways/souffrance-psychologique.yaml",
        "type: session-",
        "type: seance-",
        "unknown-concept",
        "seance-psychologist",
    ),
    ("pathways/souffrance-psychologique.yaml", "value: 5,", "value: \"5.5\",", "bad-value", "5.5"),
    ("worklist.yaml", "    breast-cancer: cancer", "    brest-cancer: cancer", "unknown-item", "brest-cancer"),
    ("worklist.yaml", "    breast-cancer: cancer_weight", "    breast-cancer: 3", "bare-number", "breast-cancer: 3"),
    ("prevention/bmi.yaml", "one_visit: true", "one_visit: \"true\"", "wrong-type", "one_visit"),
    ("statements.yaml", "value: \"first-declared\"", "value: \"first\"", "unknown-word", "\"first\""),
    ("statements.yaml", "value: \"yes\"", "value: true", "wrong-type", "value: true"),
    ("statements.yaml", "value: \"yes\"", "value: \"maybe\"", "unknown-word", "maybe"),
    ("statements.yaml", "value: 36", "value: \"36.5\"", "bad-value", "36.5"),
    ("statements.yaml", "value: 90", "value: -90", "bad-value", "-90"),
    (
        "statements.yaml",
        "recovery_months: recovery_months",
        "recovery_months: 36",
        "bare-number",
        "recovery_months: 36",
    ),
    ("statements.yaml", "identity: reopens_identity", "identite: reopens_identity", "unknown-key", "identite"),
    ("statements.yaml", "  rules: reopens_rules\n", "", "missing-key", "reopens:"),
    ("statements.yaml", "data: reopens_data", "data: reopens_date", "unknown-parameter", "reopens_date"),
    (
        "statements.yaml",
        "once_per_month: once_per_month",
        "once_per_month: leaving_days",
        "parameter-of-wrong-kind",
        "leaving_days",
    ),
    ("statements.yaml", "label_fr:", "applies_to_closed_from: 2026\nlabel_fr:", "wrong-type", "applies_to_closed_from"),
    (
        "tariffs/mtr-demo.yaml",
        "id: mtr-demo",
        "id: mtr-demo\napplies_to_closed_from: \"2026-13\"",
        "bad-form",
        "2026-13",
    ),
    ("tariffs/mtr-demo.yaml", "id: mtr-demo", "id: mtr-demo\napplies_to_closed_from: \"2026\"", "bad-form", "\"2026\""),
    (
        "systems/atc.yaml",
        "id: atc",
        "id: atc\napplies_to_close_from: \"2026-10\"",
        "unknown-key",
        "applies_to_close_from",
    ),
    ("tariffs/mtr-demo.yaml", "default: enveloppe", "default: envelope", "unknown-parameter", "default: envelope"),
    ("tariffs/mtr-demo.yaml", "default: enveloppe", "default: fmt_treatment", "parameter-of-wrong-kind", "envelope:"),
    ("tariffs/mtr-demo.yaml", "{ default: enveloppe }", "{ by_structure: { \"a b\": enveloppe } }", "bad-shape", "a b"),
    ("tariffs/mtr-demo.yaml", "{ default: enveloppe }", "{ by_structure: { a: 25000 } }", "bare-number", "a: 25000"),
    (
        "tariffs/mtr-demo.yaml",
        "{ default: enveloppe }",
        "{ per_structure: { a: enveloppe } }",
        "unknown-key",
        "per_structure",
    ),
    ("indicators/no-show-rate.yaml", "ordinal: 2", "ordinal: 3", "duplicate-ordinal", "ordinal: 3"),
    ("indicators/no-show-rate.yaml", "id: no-show-rate\n", "id: no-shows\n", "id-not-file-name", "id: no-shows"),
    ("indicators/no-show-rate.yaml", "population: any", "population: all", "unknown-word", "population: all"),
    ("indicators/no-show-rate.yaml", "counted: [noshow]", "counted: [absent]", "unknown-word", "[absent]"),
    ("indicators/no-show-rate.yaml", "counted: [noshow]", "counted: [booked]", "unknown-word", "[booked]"),
    ("indicators/no-show-rate.yaml", "numerator_fr:", "numerateur_fr:", "unknown-key", "numerateur_fr"),
    ("indicators/leakage.yaml", "\nnumerator_fr:", "\nexclusion_fr:", "missing-key", "ordinal:"),
    ("indicators/no-show-rate.yaml", "appointments:\n", "rendez-vous:\n", "unknown-key", "rendez-vous"),
    (
        "indicators/leakage.yaml",
        "leakage:\n",
        "practitioner_change: declaration\nleakage:\n",
        "indicator-kind-count",
        "ordinal:",
    ),
    (
        "indicators/cancer-screenings.yaml",
        "colorectal-cancer]",
        "colorectal-cancers]",
        "unknown-item",
        "colorectal-cancers",
    ),
    ("indicators/cancer-screenings.yaml", "colorectal-cancer]", "breast-cancer]", "duplicate-id", "breast-cancer]"),
    ("indicators/prevention-fill-rate.yaml", "of: all", "of: each", "unknown-word", "of: each"),
    (
        "indicators/prevention-fill-rate.yaml",
        "followed_more_than: followed_months",
        "followed_more_than: 18",
        "bare-number",
        "followed_more_than: 18",
    ),
    ("indicators/high-consumers.yaml", "above: above", "above: 10", "bare-number", "above: 10"),
    (
        "indicators/high-consumers.yaml",
        "within: window_months",
        "within: window",
        "unknown-parameter",
        "within: window",
    ),
    ("indicators/high-consumers.yaml", "value: 12,", "value: \"12.5\",", "bad-value", "12.5"),
    (
        "indicators/high-consumers.yaml",
        "class: consultation",
        "class: consultations",
        "unknown-concept",
        "consultations",
    ),
    ("indicators/high-consumers.yaml", "by: [gp, midwife]", "by: [gp, midwives]", "unknown-word", "midwives"),
    ("indicators/high-consumers.yaml", "split: typology", "split: brick", "unknown-word", "split: brick"),
    ("indicators/consultation-minutes.yaml", "[year, month]", "[year, week]", "unknown-word", "week"),
    ("indicators/consultation-minutes.yaml", "value: 240,", "value: -1,", "bad-value", "-1"),
    (
        "indicators/active-file.yaml",
        "minutes_of: consultation-minutes",
        "minutes_of: minutes",
        "unknown-indicator",
        "of:",
    ),
    (
        "indicators/active-file.yaml",
        "minutes_of: consultation-minutes",
        "minutes_of: leakage",
        "unknown-indicator",
        "of:",
    ),
    (
        "indicators/active-file.yaml",
        "  weeks_per_year: weeks_per_year",
        "  weeks_per_year: weeks_per_year\n  full_time_gps: { by_structure: { a: 3 } }",
        "bare-number",
        "a: 3",
    ),
    (
        "indicators/team-contacts.yaml",
        "concepts: [social-worker]",
        "concepts: [social-workers]",
        "unknown-concept",
        "social-workers",
    ),
    ("indicators/team-contacts.yaml", "id: dietician,", "id: nurse,", "duplicate-id", "id: nurse, label_fr: \"Diét"),
    ("indicators/team-contacts.yaml", ", profession: gp }", " }", "bad-shape", "Médecin généraliste"),
    ("indicators/practitioner-change.yaml", "change: declaration", "change: contract", "unknown-word", "contract"),
    ("typologies/ald.yaml", "ald: any", "ald: ald-33", "unknown-concept", "ald-33"),
    ("facts/flags/obesity.yaml", "not_during: pregnancy", "not_during: pregnanci", "unknown-concept", "pregnanci"),
    ("typologies/ald.yaml", "{ ald: any }", "{ ald: any, flag: obesity }", "bad-shape", "eligible"),
];

/// As `load`, checking only the file that differs from the shipped one.
fn reload(source: &Source, changed: &str) -> Result<Rulebook, Vec<MappingError>> {
    static SHIPPED: std::sync::OnceLock<Vec<LinkFile>> = std::sync::OnceLock::new();
    let known =
        SHIPPED.get_or_init(|| check_files(&shipped().0, Reading::New).into_iter().map(Result::unwrap).collect());
    let check = |(path, content): &(String, Vec<u8>)| {
        let same = known.iter().find(|f| f.path == *path && path != changed).cloned();
        same.map_or_else(|| check_file(path, rules_of(&String::from_utf8_lossy(content))), Ok)
    };
    let checked = source.0.iter().map(check).collect();
    assemble(source.clone(), checked, Reading::New)
}

fn mutated(file: &str, from: &str, to: &str) -> (Source, String) {
    let mut source = shipped();
    let (_, content) = source.0.iter_mut().find(|(path, _)| path == file).unwrap_or_else(|| panic!("{file}"));
    let text = String::from_utf8(content.clone()).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    let changed = text.replacen(from, to, 1);
    *content = changed.clone().into_bytes();
    (source, changed)
}

#[test]
fn each_kind_of_fault_names_file_line_and_code_in_both_languages() {
    let mut wrong = Vec::new();
    for (file, from, to, code, blamed) in FAULTS {
        let (source, text) = mutated(file, from, to);
        let Err(faults) = reload(&source, file) else {
            wrong.push(format!("{file} {code}: accepted"));
            continue;
        };
        let Some(fault) = faults.iter().find(|f| f.code == *code) else {
            wrong.push(format!("{file} {code}: {faults:?}"));
            continue;
        };
        let line = text.lines().nth(fault.line as usize - 1).unwrap_or_default();
        let elsewhere = faults.iter().filter(|f| f.file != *file).count();
        // The second file of a duplicate or the others of a cycle are blamed too.
        let shared = ["duplicate-ordinal", "duplicate-id", "flag-cycle"].contains(code);
        if (fault.file != *file || !line.contains(blamed)) && !shared {
            wrong.push(format!("{file} {code}: line {} is {line:?}", fault.line));
        }
        if elsewhere > 0 && !shared {
            wrong.push(format!("{file} {code}: one fault told in other files too: {faults:?}"));
        }
        if fault.text_fr.is_empty() || fault.text_en.is_empty() || fault.text_fr == fault.text_en {
            wrong.push(format!("{file} {code}: {fault:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fault_is_told_at_once_and_a_slip_gets_a_suggestion() {
    let (mut source, _) = mutated("prevention/falls.yaml", "{ min: age_min }", "{ min: age_mim }");
    for (path, content) in &mut source.0 {
        let text = String::from_utf8_lossy(content).into_owned();
        if path == "typologies/ald.yaml" {
            *content = text.replace("ordinal: 5\n", "").into_bytes();
        }
        if path == "pathways/souffrance-psychologique.yaml" {
            *content = text.replace("flag: precarity", "flag: precarite").into_bytes();
        }
    }
    source.0.push(("divers/notes.yaml".to_owned(), b"a: 1".to_vec()));
    let faults = load(&source).unwrap_err();
    let found: Vec<(&str, &str)> = faults.iter().map(|f| (f.file.as_str(), f.code)).collect();
    let expected = [
        ("divers/notes.yaml", "stranger"),
        ("pathways/souffrance-psychologique.yaml", "unknown-flag"),
        ("prevention/falls.yaml", "unknown-parameter"),
        ("typologies/ald.yaml", "missing-ordinal"),
    ];
    assert_eq!(found, expected);
    assert!(faults[1].text_fr.contains("precarity") && faults[1].text_en.contains("did you mean"));
    assert!(faults[2].text_en.contains("age_min"), "{}", faults[2].text_en);
    assert_eq!(faults[2].path, "eligible[0].age.min");
}

#[test]
fn a_file_in_another_encoding_is_told_with_its_line() {
    let (mut source, _) = mutated("prevention/falls.yaml", "id: falls", "id: falls");
    let (_, content) = source.0.iter_mut().find(|(path, _)| path == "prevention/falls.yaml").unwrap();
    let at = content.windows(8).position(|w| w == b"label_fr").unwrap();
    content.splice(at + 11..at + 11, [0xe9]);
    let line = 1 + content[..at].iter().filter(|byte| **byte == b'\n').count();
    let faults = load(&source).unwrap_err();
    let fault = faults.iter().find(|fault| fault.code == "not-utf8").unwrap();
    assert_eq!((fault.file.as_str(), fault.line as usize), ("prevention/falls.yaml", line));
}

#[test]
fn what_was_accepted_once_is_read_whatever_is_a_fault_by_now() {
    for (from, to) in [("value: \"2.50\"", "value: \"2.505\""), ("value: \"31.50\"", "value: \"-31.50\"")] {
        let (source, _) = mutated("tariffs/mtr-demo.yaml", from, to);
        assert!(load(&source).is_err(), "{to}");
        assert!(load_accepted(&source).is_ok(), "{to}");
    }
}

#[test]
fn a_missing_file_is_told() {
    let mut source = shipped();
    source.0.retain(|(path, _)| path != "enrolment.yaml" && path != "facts/codes/ald-number.yaml");
    let faults = load(&source).unwrap_err();
    let has = |file: &str, code: &str| faults.iter().any(|f| f.file == file && f.code == code);
    assert!(has("enrolment.yaml", "missing-file"), "{faults:?}");
    assert!(faults.iter().any(|f| f.code == "missing-concept"));
    assert!(has("facts/flags/mental-health-disorder.yaml", "unknown-concept"));
}

#[test]
fn a_rulebook_from_before_the_statements_file_reads_and_prices_as_it_did() {
    let mut old = shipped();
    old.0.retain(|(path, _)| path != "statements.yaml");
    let loaded = load(&old).unwrap();
    assert_eq!((loaded.digest, &loaded.files), (old.digest(), &old));
    assert!(examples::run_examples(&loaded).is_empty());
    let (rules, day) = (&loaded.rules, "2026-10-31".parse().unwrap());
    let (statements, params) = (&rules.statements, &rules.params);
    assert_eq!(statements.recovery_months(params, day), Some(36));
    assert_eq!(statements.leaving_days(params, day), Some(90));
    assert_eq!(statements.once_per_month(params, day), Some(OncePerMonth::FirstDeclared));
    assert!(LateChange::ALL.iter().all(|change| statements.reopens(params, *change, day).is_yes()));
    let added: Vec<&Param> = params.iter().filter(|p| p.id.starts_with("statements.")).collect();
    assert_eq!(added.len(), 7);
    let interpreted = |p: &&Param| p.values.iter().all(|v| v.status == RuleStatus::Interpretation);
    assert!(added.iter().all(interpreted));
}

#[test]
fn a_rulebook_from_before_the_indicators_has_none() {
    let mut old = shipped();
    old.0.retain(|(path, _)| !path.starts_with("indicators/"));
    let loaded = load(&old).unwrap();
    assert_eq!(loaded.rules.indicators, []);
    assert!(examples::run_examples(&loaded).is_empty());
}

#[test]
fn a_rulebook_from_before_worklists_has_them_by_default_and_says_nothing_of_visits() {
    let mut old = shipped();
    old.0.retain(|(path, _)| path != "worklist.yaml");
    for (_, content) in &mut old.0 {
        let text = String::from_utf8_lossy(content);
        *content = text.replace("\none_visit: true", "").replace("\none_visit: false", "").into_bytes();
    }
    let loaded = load(&old).unwrap();
    assert_eq!((loaded.digest, &loaded.files), (old.digest(), &old));
    let (worklist, day) = (&loaded.rules.worklist, "2026-10-31".parse().unwrap());
    assert!((0..26).all(|item| loaded.rules.params.integer(worklist.weight_of(item), day) == Some(1)));
    assert_eq!(worklist.closing, [None; 26]);
    let now = book().rules.worklist;
    let settled = |closing| now.closing.iter().filter(|found| **found == Some(closing)).count();
    assert_eq!((settled(Closing::InVisit), settled(Closing::Elsewhere)), (15, 11));
}

#[test]
fn a_structure_may_have_places_of_its_own() {
    let of = "capacity: { default: capacity, by_structure: { \"c1-1\": workshop_group } }";
    let (source, _) = mutated("pathways/obesite-risque-cv.yaml", "capacity: { default: capacity }", of);
    let rules = reload(&source, "pathways/obesite-risque-cv.yaml").unwrap().rules;
    let pathway = rules.pathways.iter().position(|p| &*p.id == "obesite-risque-cv").unwrap();
    let day = "2026-10-31".parse().unwrap();
    let places = ["c1-1", "c1-2"].map(|structure| Places::of(&rules, pathway, structure, day).capacity);
    assert_eq!(places, [Some(8), None]);
}

#[test]
fn a_structure_may_have_an_envelope_of_its_own() {
    let of = "{ default: enveloppe, by_structure: { \"c1-1\": cap } }";
    let (source, _) = mutated("tariffs/mtr-demo.yaml", "{ default: enveloppe }", of);
    let rules = reload(&source, "tariffs/mtr-demo.yaml").unwrap().rules;
    let Some(TariffKind::Monthly(pack)) = rules.tariff("mtr-demo").map(|t| &t.kind) else { panic!("no such tariff") };
    let envelope = pack.envelope.as_ref().unwrap();
    for (structure, param) in [("c1-1", "tariffs/mtr-demo.cap"), ("c1-2", "tariffs/mtr-demo.enveloppe")] {
        assert_eq!(&*rules.params.get(envelope.of(structure).unwrap()).id, param);
    }
}

#[test]
fn a_faulty_statements_file_is_not_replaced_by_the_defaults() {
    let (source, _) = mutated("statements.yaml", "leaving_days: leaving_days", "leaving: leaving_days");
    let faults = reload(&source, "statements.yaml").unwrap_err();
    assert!(faults.iter().all(|f| f.file == "statements.yaml"), "{faults:?}");
}

#[test]
fn every_value_has_a_source_and_only_the_demonstration_is_fictional() {
    let params = book().rules.params;
    for param in params.iter() {
        for value in &param.values {
            assert!(value.source.len() > 2, "{}", param.id);
            let fictional = value.status == RuleStatus::Fictional;
            assert!(!fictional || param.id.starts_with("tariffs/mtr-demo."), "{}", param.id);
        }
    }
}
