//! mtr-gateway: a FHIR R4 gateway for the Médecin Traitant Renforcé experiment.
//!
//! The floors, top to bottom: `http` -> `app` -> (`fhir`, `rulebook`, `store`) -> `domain`.
//! `cli`, `config` and `telemetry` stand beside `http`. See ARCHITECTURE.md.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod fhir;
pub mod http;
pub mod rulebook;
pub mod store;
pub mod telemetry;
