//! mtr-gateway: a FHIR R4 gateway for the Médecin Traitant Renforcé experiment.
//!
//! The floors, top to bottom: `http` -> `app` -> (`fhir`, `rulebook`, `store`) -> `domain`.
//! `cli`, `config` and `telemetry` stand beside `http`. See ARCHITECTURE.md.

pub extern crate mtr_domain as domain;
pub extern crate mtr_fhir as fhir;
pub extern crate mtr_rulebook as rulebook;
pub extern crate mtr_store as store;

pub mod app;
pub mod cli;
pub mod config;
pub mod http;
pub mod telemetry;
