//! What open gaps weigh, and which of them one visit closes.

use super::At;
use super::Linker;
use super::params::ParamKind;
use crate::domain::prevention::Item;
use crate::domain::verdict::RuleStatus;
use crate::domain::worklist::Closing;
use crate::domain::worklist::WorklistRules;
use crate::rulebook::node::Data;
use crate::rulebook::schema::FileKind;
use std::collections::BTreeMap;

impl<'f> Linker<'f> {
    /// Answers how worklists are made; `items` in catalogue order.
    pub(super) fn worklist(&mut self, items: &[Item]) -> Option<WorklistRules> {
        let at = self.only(FileKind::Worklist, "worklist.yaml")?;
        let weights = at.key("weights")?;
        let weight = self.number(&weights, "default");
        let known: BTreeMap<&str, usize> = items.iter().enumerate().map(|(n, item)| (&*item.id, n)).collect();
        let own = weights.key("by_item").map(|own| own.entries()).unwrap_or_default();
        let mut by_item = Vec::new();
        for (id, at) in &own {
            let item = self.resolve_name((at, id), &known, "unknown-item", ("item", "item"));
            let param = self.param_at(at, ParamKind::Number);
            by_item.extend(item.zip(param));
        }
        let roots = self.roots(FileKind::Prevention);
        let closing = items.iter().map(|item| roots.iter().find(|at| at.text_of("id") == &*item.id).and_then(closing));
        Some(WorklistRules {
            weight: weight?,
            by_item,
            closing: closing.collect(),
            status: RuleStatus::from_code(at.text_of("status"))?,
        })
    }
}

fn closing(at: &At<'_>) -> Option<Closing> {
    match at.key("one_visit")?.node.data {
        Data::Bool(true) => Some(Closing::InVisit),
        Data::Bool(false) => Some(Closing::Elsewhere),
        _ => None,
    }
}
