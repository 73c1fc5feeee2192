//! References: to one of ours by id or address, to anything else by what is written.

use super::Asked;
use super::Reading;
use super::modifiers::unknown_modifier;
use crate::domain::fact::Kind;
use crate::fhir::references::Form as Written;
use crate::fhir::references::form as written;
use crate::fhir::references::is_id;
use crate::fhir::references::local;
use crate::fhir::search::extract::Form;
use crate::fhir::search::extract::reference_key;
use crate::fhir::search::fault::SearchFault;
use crate::fhir::search::query::Criterion;
use crate::fhir::search::query::How;
use crate::fhir::search::query::Test;
use crate::fhir::search::syntax::alternatives;
use crate::fhir::search::syntax::unescaped;
use crate::fhir::search::table::Kept;
use crate::fhir::search::table::Parameter;

impl Reading<'_> {
    pub(super) fn references(&mut self, asked: Asked<'_>, targets: &'static [Kind]) -> Result<(), SearchFault> {
        let Asked { parameter, modifier, value } = asked;
        let name = parameter.name;
        let how = if modifier == Some("not") { How::None } else { How::Any };
        let wanted = match modifier.filter(|m| *m != "not") {
            None => None,
            Some(other) => match Kind::from_name(other).filter(|kind| targets.contains(kind)) {
                Some(kind) => Some(kind),
                None => return Err(unknown_modifier(parameter, other)),
            },
        };
        let (mut homes, mut tests, mut only_homes) = (Vec::new(), Vec::new(), true);
        for text in alternatives(value) {
            let text = unescaped(text.trim());
            if targets.is_empty() && is_id(&text) {
                // It leads to types that are not kept here: any of them may have the id.
                only_homes = false;
                tests.push(Test::Ends(format!("/{text}").into_bytes().into()));
                continue;
            }
            let own = self.own_targets(&text, parameter, (targets, wanted));
            let bad = SearchFault::BadValue { name, form: "reference" };
            match own {
                Some(own) if own.is_empty() => return Err(bad),
                Some(own) => {
                    for (kind, id) in own {
                        if parameter.kept == Kept::Home && kind == Kind::Patient {
                            homes.push(Box::<str>::from(id.as_str()));
                        } else {
                            only_homes = false;
                        }
                        tests.push(Test::Exact(format!("{}/{id}", kind.name()).into_bytes().into()));
                    }
                }
                None => {
                    only_homes = false;
                    let elsewhere = !matches!(written(&text), Written::Contained(_) | Written::Conditional { .. });
                    let key = elsewhere.then(|| reference_key(&text, Kind::ALL, self.reader.context.base)).flatten();
                    tests.push(Test::Exact(key.ok_or(bad)?.into_bytes().into()));
                }
            }
        }
        if only_homes && how == How::Any && !homes.is_empty() {
            self.query.of_patients(homes);
        } else {
            self.query.criteria.push(Criterion { parameter, form: Form::Usual, how, alternatives: tests, homes });
        }
        Ok(())
    }

    /// Reads `Type/id`, `id` or an absolute URL of ours: every resource it may name. `None`: not one
    /// of ours; empty: of a type the parameter does not lead to.
    fn own_targets(
        &self,
        text: &str,
        parameter: &Parameter,
        (targets, wanted): (&[Kind], Option<Kind>),
    ) -> Option<Vec<(Kind, String)>> {
        if is_id(text) {
            // A bare id of who owns a resource is a patient's.
            let patient = (parameter.kept == Kept::Home).then_some(Kind::Patient);
            let of = |kind: &Kind| (*kind, text.to_owned());
            return Some(match wanted.or(patient) {
                Some(kind) => vec![of(&kind)],
                None => targets.iter().map(of).collect(),
            });
        }
        let target = local(text, self.reader.context.base)?;
        let kind = Kind::from_name(target.resource_type);
        if kind.is_none() && wanted.is_none() && targets != [Kind::Patient] {
            return None;
        }
        let fits = kind.filter(|kind| targets.contains(kind) && wanted.is_none_or(|w| w == *kind));
        Some(fits.map(|kind| (kind, target.id.to_owned())).into_iter().collect())
    }
}
