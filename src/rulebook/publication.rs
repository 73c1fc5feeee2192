//! What the files of a rulebook say beside the rules: notes and sources of the concepts, maps of vendors.
//!
//! Owns: which key of which file is such a saying. The files were checked when the rulebook was
//! loaded: what cannot be read any more is passed over.

use super::Rulebook;
use super::node;
use super::node::Node;
use super::rules_of;
use super::schema::FileKind;
use crate::domain::param::ParamId;
use crate::domain::param::Params;
use crate::domain::publication::Catalogue;
use crate::domain::publication::Note;
use crate::domain::publication::Publication;
use crate::domain::publication::RuleNote;
use crate::domain::publication::Source;
use crate::domain::publication::TariffNote;
use crate::domain::publication::VendorCode;
use crate::domain::publication::VendorMap;
use std::collections::HashMap;

/// Answers what the rulebook says for its readers.
pub fn publication(rulebook: &Rulebook) -> Publication {
    let mut files: Vec<(FileKind, &str, Node)> = Vec::new();
    for (path, content) in &rulebook.files.0 {
        let kind = FileKind::of(path);
        let tree = node::read(rules_of(&String::from_utf8_lossy(content)));
        if let (Some(kind), Ok(tree)) = (kind, tree) {
            files.push((kind, path, tree));
        }
    }
    let of_kind = |wanted: FileKind| files.iter().filter(move |(kind, ..)| *kind == wanted);
    let systems: HashMap<&str, &str> =
        of_kind(FileKind::System).filter_map(|(_, _, tree)| Some((text(tree, "id")?, text(tree, "uri")?))).collect();
    let maps = of_kind(FileKind::Source).filter_map(|(_, path, tree)| vendor(path, tree, &systems)).collect();
    let notes = files.iter().flat_map(|(kind, path, tree)| notes(*kind, path, tree)).collect();
    let tariffs = of_kind(FileKind::Tariff).filter_map(|(_, path, tree)| tariff(path, tree)).collect();
    let by_name = named(&rulebook.rules.params);
    let content =
        |path: &str| rulebook.files.0.iter().find(|(at, _)| at == path).map(|(_, content)| content.as_slice());
    let rules = files.iter().filter_map(|(kind, path, tree)| rule((*kind, path, content(path)?), tree, &by_name));
    let rules = rules.collect();
    Publication { notes, maps, tariffs, rules }
}

/// Every parameter under the name that rules give it.
fn named(params: &Params) -> HashMap<&str, ParamId> {
    let all = params.iter().enumerate();
    all.filter_map(|(n, param)| Some((&*param.id, ParamId(u16::try_from(n).ok()?)))).collect()
}

/// Answers the file of a rule of a catalogue.
fn rule(
    (kind, path, content): (FileKind, &str, &[u8]),
    tree: &Node,
    by_name: &HashMap<&str, ParamId>,
) -> Option<RuleNote> {
    let catalogue = match kind {
        FileKind::Prevention => Catalogue::Prevention,
        FileKind::Indicator => Catalogue::Indicators,
        _ => return None,
    };
    let id = text(tree, "id")?;
    let scope = path.trim_end_matches(".yaml");
    let own = tree.get("parameters").map(Node::entries).unwrap_or_default();
    let own = own.iter().filter_map(|(key, _)| by_name.get(format!("{scope}.{}", key.name).as_str()).copied());
    let mut parameters: Vec<ParamId> = own.collect();
    foreign(tree, by_name, &mut parameters);
    let source = |at: &Node| {
        Some(Source {
            title: text(at, "title")?.into(),
            year: at.get("year").map(|year| year.to_json().to_string().trim_matches('"').into()),
            url: text(at, "url").map(Into::into),
        })
    };
    Some(RuleNote {
        catalogue,
        id: id.into(),
        file: path.into(),
        content: content.into(),
        notes_fr: list(tree, "notes_fr").filter_map(Node::text).map(Into::into).collect(),
        sources: list(tree, "sources").filter_map(source).collect(),
        parameters,
    })
}

/// Adds the parameters of other files that a file names, each once.
fn foreign(node: &Node, by_name: &HashMap<&str, ParamId>, found: &mut Vec<ParamId>) {
    if let Some(id) = node.text().and_then(|text| by_name.get(text))
        && !found.contains(id)
    {
        found.push(*id);
    }
    node.items().iter().for_each(|item| foreign(item, by_name, found));
    node.entries().iter().for_each(|(_, value)| foreign(value, by_name, found));
}

/// Answers the notes of one file, one for each concept it makes.
fn notes(kind: FileKind, path: &str, tree: &Node) -> Vec<Note> {
    let id = text(tree, "id").unwrap_or_default();
    let concepts: Vec<String> = match kind {
        FileKind::Concept | FileKind::Evidence => vec![id.to_owned()],
        FileKind::Measure => vec![format!("measure-{id}")],
        FileKind::Typologie => vec![format!("declared:{id}")],
        FileKind::Pathway => vec![format!("pathway:{id}")],
        FileKind::Prevention => vec![format!("refused:{id}"), format!("contraindicated:{id}")],
        FileKind::Codes => list(tree, "concepts").filter_map(|c| text(c, "id")).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let sources = sources(tree);
    let note_fr: Option<Box<str>> = text(tree, "note_fr").map(Into::into);
    let note = |concept: String| Note {
        concept: concept.into(),
        file: path.into(),
        note_fr: note_fr.clone(),
        sources: sources.clone(),
    };
    concepts.into_iter().map(note).collect()
}

fn sources(tree: &Node) -> Vec<Box<str>> {
    let titles = list(tree, "sources").filter_map(|source| text(source, "title"));
    let lists = list(tree, "codes").filter_map(|code| text(code, "via")).chain(text(tree, "via"));
    let mut out: Vec<Box<str>> = Vec::new();
    for source in titles.chain(lists) {
        if !out.iter().any(|known| &**known == source) {
            out.push(source.into());
        }
    }
    out
}

fn tariff(path: &str, tree: &Node) -> Option<TariffNote> {
    let notes_fr = list(tree, "notes_fr").filter_map(Node::text).map(Into::into).collect();
    Some(TariffNote { id: text(tree, "id")?.into(), file: path.into(), notes_fr, sources: sources(tree) })
}

fn vendor(path: &str, tree: &Node, systems: &HashMap<&str, &str>) -> Option<VendorMap> {
    let code = |map: &Node| {
        Some(VendorCode {
            code: text(map, "code")?.into(),
            label_fr: text(map, "label_fr").map(Into::into),
            target_system: (*systems.get(text(map, "system")?)?).into(),
            target: text(map, "to")?.into(),
        })
    };
    Some(VendorMap {
        id: text(tree, "id")?.into(),
        label_fr: text(tree, "label_fr")?.into(),
        note_fr: text(tree, "note_fr").map(Into::into),
        file: path.into(),
        system: text(tree, "system")?.into(),
        codes: list(tree, "maps").filter_map(code).collect(),
    })
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key)?.text()
}

fn list<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> {
    node.get(key).map(Node::items).unwrap_or_default().iter()
}
