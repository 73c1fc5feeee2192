//! Conditional references of a Bundle (http.html#trules): `Patient?identifier=...` stands for the
//! one resource it finds, among what is stored and what the same Bundle writes.

use super::Gateway;
use super::failure::Failure;
use super::search::Criteria;
use super::transaction::Planned;
use crate::domain::fact::Kind;
use crate::fhir::json;
use crate::fhir::references;
use crate::fhir::references::Form;
use crate::fhir::references::Found;
use crate::store::Guard;

/// Answers the conditional references of a resource, with the type and criteria each names. A type
/// we do not accept has none stored: its reference stays as it is and is told by validation.
pub(super) fn references(sent: &[u8], kind: Kind) -> Vec<(Found, Kind, String)> {
    // Cheap for the many resources that have none.
    if !sent.contains(&b'?') {
        return Vec::new();
    }
    let named = |found: Found| match references::form(&found.text) {
        Form::Conditional { resource_type, query } => {
            let (kind, query) = (Kind::from_name(resource_type)?, query.to_owned());
            Some((found, kind, query))
        }
        _ => None,
    };
    references::collect(sent, kind.name()).into_iter().filter_map(named).collect()
}

impl Gateway {
    /// Answers the ids a conditional reference names once the Bundle is written, and guards what
    /// was found of the stored ones.
    pub(super) fn conditional(
        &self,
        structure: &str,
        (kind, query): (Kind, &str),
        planned: &[Planned<'_, '_>],
        guards: &mut Vec<Guard>,
    ) -> Result<Vec<String>, Failure> {
        let criteria = Criteria::read(self, structure, kind, query)?;
        let matched = criteria.run(self)?;
        guards.push(criteria.guard(self, &matched));
        let touched = |id: &str| planned.iter().any(|p| p.touched() == Some((kind, id)));
        let mut ids: Vec<String> = matched.ids.into_iter().filter(|id| !touched(id)).collect();
        for entry in planned {
            let (Some((its_kind, id)), Some(sent)) = (entry.touched(), entry.put()) else { continue };
            // What cannot be read is told where it is prepared.
            let Ok(value) = json::parse(sent) else { continue };
            if its_kind == kind && criteria.holds(&self.context, id, &value, &self.context.derive(kind, &value)) {
                ids.push(id.to_owned());
            }
        }
        Ok(ids)
    }
}
