//! A synthetic French practice as FHIR R4 transaction Bundles.
//!
//! Owns: the network (structure, sites, professionals), a score of named patients of whom each
//! shows one rule, and as many drawn patients as asked. Everything is invented; prevalences and
//! rates are rounded by hand so that the shape is plausible, and must not be quoted.
//! The same plan gives the same bytes on every machine: one ChaCha stream per patient, integer
//! draws, numbers written from decimal text, members in the order written here.
//! Must not know: how a Bundle is sent, what the rules make of it.

mod codes;
mod dice;
mod exemple;
mod ins;
mod named;
mod network;
mod parcours;
mod regular;
mod resources;
#[cfg(test)]
mod tests;
mod visits;

use crate::domain::calendar::Day;
use crate::domain::fact::Kind;
use serde_json::Value;
use serde_json::json;

/// Entries in a Bundle at most; a patient is split only when one alone has more.
const ENTRIES: usize = 100;

/// Which practice to invent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Id of the structure's Organization.
    pub structure: String,
    /// Number of patients: the named ones first (`IDS`), then drawn ones.
    pub patients: u32,
    pub seed: u64,
    /// The day the practice is seen from: nothing is dated later, but for appointments to come and
    /// the end of rights.
    pub as_of: Day,
}

/// A resource of the practice, with its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub kind: Kind,
    pub id: String,
    pub body: Value,
}

/// One transaction Bundle of PUT entries, as it would be posted to `/fhir`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    pub json: String,
    pub entries: usize,
}

/// Answers the practice as transaction Bundles, to be posted in order: the network comes first,
/// and a patient before what is said of them.
pub fn practice(plan: &Plan) -> impl Iterator<Item = Bundle> + '_ {
    let mut charts = charts(plan).peekable();
    let mut rest: Vec<Resource> = Vec::new();
    std::iter::from_fn(move || {
        let mut batch = std::mem::take(&mut rest);
        while charts.peek().is_some_and(|chart| batch.is_empty() || batch.len() + chart.len() <= ENTRIES) {
            batch.extend(charts.next().unwrap_or_default());
        }
        if batch.len() > ENTRIES {
            rest = batch.split_off(ENTRIES);
        }
        if batch.is_empty() { None } else { Some(bundle(batch)) }
    })
}

/// Answers the same practice resource by resource, in the order of the Bundles.
#[cfg(test)]
pub fn resources(plan: &Plan) -> impl Iterator<Item = Resource> + '_ {
    charts(plan).flatten()
}

/// The network, then one group of resources per patient.
fn charts(plan: &Plan) -> impl Iterator<Item = Vec<Resource>> + '_ {
    std::iter::once(network::network(plan)).chain((0..plan.patients).map(|index| patient(plan, index)))
}

fn patient(plan: &Plan, index: u32) -> Vec<Resource> {
    named::named(plan, index).unwrap_or_else(|| {
        let mut chart = regular::regular(plan, index);
        chart.extend(parcours::parcours(plan, index));
        chart
    })
}

fn bundle(resources: Vec<Resource>) -> Bundle {
    let entries: Vec<Value> = resources.into_iter().map(entry).collect();
    let count = entries.len();
    let text = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}).to_string();
    Bundle { json: text, entries: count }
}

fn entry(resource: Resource) -> Value {
    let url = format!("{}/{}", resource.kind.name(), resource.id);
    json!({"resource": resource.body, "request": {"method": "PUT", "url": url}})
}
