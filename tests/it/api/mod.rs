//! The API over HTTP, one file per interaction or question.

mod bad_input;
mod bundle;
mod client;
mod conditional;
mod conditional_change;
mod content;
mod crud;
mod dossier;
mod enrolment;
mod everything;
mod explain;
mod fmt;
mod forfait;
mod history;
mod home;
mod known_at;
mod lossless;
mod operations;
mod patch;
mod prevention;
mod privacy;
mod search;
mod transaction;
mod typologies;
mod validate;
