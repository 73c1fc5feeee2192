//! Search: which parameters each type has, the keys they leave, and what a query asks of them.
//!
//! Owns: the table of parameters (from which the CapabilityStatement is generated too), the
//! encoding of keys, strict parsing, matching, order and what of a resource is shown. Must not
//! know: where keys are kept. Implements search.html (FHIR R4).

mod dates;
mod extract;
mod fault;
mod lead;
mod parse;
mod quantity;
mod query;
mod results;
mod syntax;
mod table;
mod text;
mod token;
mod words;

pub use dates::Prefix;
pub use extract::keys;
pub use fault::SearchFault;
pub use lead::Lead;
pub use lead::LeadRange;
pub use parse::Reader;
pub use parse::Unknown;
pub use parse::ValueSets;
pub use parse::modifiers;
pub use parse::parse;
pub use query::Chain;
pub use query::Fit;
pub use query::Has;
pub use query::Members;
pub use query::Query;
pub use query::Seen;
pub use results::Include;
pub use results::Results;
pub use results::Total;
pub use syntax::encoded;
pub use syntax::pairs;
pub use table::ALIAS_PARAM;
pub use table::LINK_PARAM;
pub use table::PERSON_PARAM;
pub use table::Pair;
pub use table::Parameter;
pub use table::Part;
pub use table::Shape;
pub use table::includes;
pub use table::parameter;
pub use table::parameters;
pub use table::revincludes;
pub use text::folded;
pub use words::parameter_word;

use crate::fhir::facts::HashKey;

/// One search key of a resource: the number of its parameter and a value that sorts as what it
/// stands for. The store's own type has the same shape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexKey {
    pub param: u8,
    pub value: Box<[u8]>,
    /// The key leads: it is also kept across patients, so that a search can start from it.
    pub lead: bool,
}

/// What reading keys and queries needs beside them.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The base URLs we have been asked under, parted by blanks: references below one are our own.
    pub base: &'a str,
    /// The secret under which identifiers are hashed.
    pub key: &'a HashKey,
}

#[cfg(test)]
mod tests;
