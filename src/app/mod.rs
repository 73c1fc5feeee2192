//! Use cases: receive, read, search, evaluate, price, explain, reload the rules.
//!
//! Owns: what happens in which order, and the clock. Must not know: HTTP statuses, headers, routes.

mod address;
mod advice;
mod basis;
mod conformance;
mod derive;
mod evaluate;
mod everything;
mod explain;
mod export;
mod failure;
mod gaps;
mod history;
mod identity;
mod jobs;
mod known;
mod measure;
mod meta;
mod once;
mod parameters;
mod patch;
mod pathways;
mod precondition;
mod published;
mod quality;
mod read;
mod receive;
mod recommend;
mod reconcile;
mod roster;
mod rulebooks;
mod search;
mod simulate;
mod statement;
mod structure;
mod sweep;
mod transaction;
mod validation;
mod what_if;
mod worklist;

/// What became of a write, in the words of the store.
pub use crate::store::Outcome;
pub use address::{OF_THE_ANSWER, only_known, unknown_parameter};
pub use conformance::{Edition, TermOperation, TermQuestion};
pub use derive::Address;
pub use derive::Context;
pub use evaluate::{Evaluated, Question, View};
pub use everything::{Everything, Role};
pub use explain::{Explained, HORIZON, LONGEST_HORIZON, Outlook};
pub use export::{COLUMNS, Column, Export, Format, Holds, Lines, Presence, Spooled};
pub use failure::{Failure, Reason};
pub use gaps::{GapMeasure, GapSubjects, GapWalk, GapsAsked};
pub use history::KNOWN as HISTORY_PARAMETERS;
pub use history::{HistoryOf, HistoryPage, Told};
pub use jobs::LATER as RETRY_LATER;
pub use jobs::{Desk, JobReader, JobStatus, Output, Ticket, Work};
pub use measure::{
    Board, BoardItem, Evaluation, Individual, MeasureQuestion, Measured, Populations, RowFigures, Trend, Whom,
    measure_id,
};
pub use meta::MetaChange;
pub use parameters::SentMember;
pub use parameters::Supposition;
pub use parameters::{
    gap_parameters, parameter_values, sent_meta, simulation_parameters, validation_parameters, what_if_parameters,
};
pub use patch::{JSON_PATCH, check_patch};
pub use pathways::{
    CarePlan, CarePlans, PathwayStanding, PatientPathways, PlanQuestion, StructurePathways, WaitingTurn,
};
pub use precondition::Precondition;
pub use published::{PublishedMonth, only_published};
pub use quality::Quality;
pub use read::{Cascade, Resource};
pub use receive::{Handling, Received};
pub use recommend::Recommended;
pub use reconcile::{TheirLine, Theirs, Who};
pub use roster::{Depth, Diff, DiffQuestion, Leavers, LeavingQuestion, Listed, RosterQuestion, Rosters};
pub use rulebooks::{
    ActiveRules, default_profiles, default_rules, failed_examples, profiles_from, rules_from, rules_in_force,
};
pub use search::{CURSOR, Page, decoded_pairs, is_short};
pub use simulate::MONTHS as SIMULATED_MONTHS;
pub use simulate::{Simulation, SimulationResult, files_of, months_between, yaml_file};
pub use statement::{After, Bill, Case, Close, Closed, Closing, Invoices, Ledger, Months, Wanted};
pub use transaction::{Bare, Call, Done, EntryResult, Interaction, Sees, Target, Terms, beyond};
pub use validation::{Validation, ValidationMode};
pub use what_if::{Hypothesis, IssuedMonth, Supposed};
pub use worklist::{Stakes, Worklist, WorklistQuestion, WorklistScope};

use crate::config::ConditionalDelete;
use crate::config::Mode;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::fhir::validate::Validator;
use crate::rulebook::Rulebook;
use crate::store::Recovery;
use crate::store::Store;
use rulebooks::Rulebooks;
use std::path::Path;

/// The types that are computed: read and searched, never written.
pub const COMPUTED: &[&str] = &["Invoice", "Group", "MeasureReport", "CarePlan", "ImmunizationRecommendation"];

/// What the gateway was told about itself.
#[derive(Clone, Debug)]
pub struct Policy {
    pub mode: Mode,
    /// The tenant of requests that name none.
    pub structure: String,
    /// Organizations beside the structure's own that are its sites.
    pub sites: Vec<Box<str>>,
    /// The tariff that prices when none is asked for.
    pub tariff: Option<String>,
    pub max_bundle_entries: usize,
    pub conditional_delete: ConditionalDelete,
}

/// The gateway: everything a request needs, shared by all of them.
pub struct Gateway {
    store: Store,
    validator: Validator,
    context: Context,
    rulebooks: Rulebooks,
    scopes: evaluate::Scopes,
    boards: measure::Boards,
    shelf: conformance::Shelf,
    reports: quality::Reports,
    ledgers: statement::Ledgers,
    prepared: gaps::Prepared,
    jobs: jobs::Jobs,
    pub policy: Policy,
}

impl Gateway {
    /// Puts the floors together over an open store. The rules given become the ones in force
    /// (a journal record, unless they already are).
    pub fn new(
        store: Store,
        context: Context,
        validator: Validator,
        rules: Rulebook,
        policy: Policy,
    ) -> Result<Gateway, Failure> {
        let rulebooks = Rulebooks::start(&store, rules)?;
        Ok(Gateway {
            store,
            validator,
            context,
            rulebooks,
            scopes: evaluate::Scopes::default(),
            boards: measure::Boards::default(),
            reports: quality::Reports::default(),
            ledgers: statement::Ledgers::default(),
            prepared: gaps::Prepared::default(),
            jobs: jobs::Jobs::default(),
            shelf: conformance::Shelf::default(),
            policy,
        })
    }

    /// Answers the same gateway, which takes jobs that write below this data directory.
    pub fn working_in(self, data_dir: &Path) -> Gateway {
        Gateway { jobs: jobs::Jobs::below(data_dir), ..self }
    }

    /// Answers what had to be repaired when the store was opened.
    pub fn recovery(&self) -> &Recovery {
        self.store.recovery()
    }

    /// Answers whether writes are taken (a failed sync stops them until restart).
    pub fn accepts_writes(&self) -> bool {
        !self.store.is_stopped()
    }

    /// Closes the store cleanly: what waits is written, the cache is flushed.
    pub fn close(&self) {
        self.jobs.stop();
        self.store.close();
    }
}

/// Answers the instant it is now. Only this floor reads the clock.
pub fn now() -> Instant {
    Instant(jiff::Timestamp::now().as_microsecond())
}

/// Answers the civil day it is now in Europe/Paris.
pub fn today() -> Day {
    now().paris_day()
}
