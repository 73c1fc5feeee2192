//! The API over HTTP, one file per interaction or question.

mod bad_input;
mod bundle;
mod client;
mod conditional;
mod crud;
mod dossier;
mod enrolment;
mod explain;
mod fmt;
mod forfait;
mod home;
mod known_at;
mod lossless;
mod prevention;
mod privacy;
mod search;
mod search_kinds;
mod search_results;
mod typologies;
mod validate;
