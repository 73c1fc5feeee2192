//! mtr-gateway: a FHIR R4 gateway for the Médecin Traitant Renforcé experiment.
//!
//! The floors, top to bottom: `http` -> `app` -> (`fhir`, `rulebook`, `store`) -> `domain`.

pub mod domain;
pub mod fhir;
pub mod rulebook;
pub mod store;
