//! What every command that opens a store does: rules, profiles, store, gateway; and serving.

use super::client::ClientError;
use super::{DONE, FAILED, USAGE, say};
use crate::app;
use crate::app::{Address, Context, Failure, Gateway, Policy};
use crate::config::Mode;
use crate::config::Settings;
use crate::fhir::profiles::ProfileError;
use crate::fhir::validate::Validator;
use crate::http;
use crate::http::ServerError;
use crate::rulebook::MappingError;
use crate::rulebook::Rulebook;
use crate::rulebook::examples::ExampleFailure;
use crate::store::Progress;
use crate::store::Store;
use crate::store::StoreError;
use indicatif::{ProgressBar, ProgressStyle};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Why a command could not start, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the rulebook cannot be used:\n{}", faults(.0))]
    Rulebook(Vec<MappingError>),
    #[error("the rulebook does not keep its own examples (`mtr-gateway check` tells the same):\n{}", failures(.0))]
    Examples(Vec<ExampleFailure>),
    #[error("the profiles cannot be used: {0}")]
    Profiles(#[from] ProfileError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Server(#[from] ServerError),
    #[error("{0}")]
    Client(#[from] ClientError),
    #[error("1 setting(s) cannot be used:\n  - tariff: {0}")]
    Tariff(String),
    #[error("the store refused to start: {0}")]
    Refused(String),
    #[error("cannot listen to signals: {0}")]
    Signals(std::io::Error),
    #[error("{0}")]
    Push(String),
    /// `demo --once`: not an error, the end.
    #[error("done")]
    Done,
}

impl StartError {
    /// Answers the exit code: settings that cannot be used are told apart from a store, a file or a
    /// network that failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            StartError::Tariff(_) => USAGE,
            StartError::Done => DONE,
            _ => FAILED,
        }
    }
}

impl From<Failure> for StartError {
    fn from(failure: Failure) -> StartError {
        StartError::Refused(texts(&failure))
    }
}

fn texts(failure: &Failure) -> String {
    let texts: Vec<String> = failure.issues.iter().map(|i| format!("{} {}", i.kind.code, i.text_en())).collect();
    texts.join("; ")
}

fn faults(errors: &[MappingError]) -> String {
    let told = |e: &MappingError| {
        format!("  {}:{}: {} [{}]\n    fr: {}\n    en: {}\n", e.file, e.line, e.path, e.code, e.text_fr, e.text_en)
    };
    errors.iter().map(told).collect()
}

fn failures(failures: &[ExampleFailure]) -> String {
    let told = |f: &ExampleFailure| {
        format!("  {}:{}: {}\n    fr: {}\n    en: {}\n", f.file, f.line, f.name, f.text_fr, f.text_en)
    };
    failures.iter().map(told).collect()
}

/// Chooses the cryptography of TLS once for the process: two providers would panic at the first handshake.
pub fn install_crypto() {
    // A second call finds one installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A panic is told by its place alone: its text may hold data of a patient.
pub fn tell_panics_without_their_text() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        say::err(format!("mtr-gateway: internal error at {place}; please report it"));
    }));
}

/// The base URL of a gateway that is told no other.
pub const USUAL_BASE: &str = "http://127.0.0.1:8080/fhir";

/// Opens everything a gateway needs. Rules and profiles come from their folders where those exist,
/// else from the binary.
pub fn open(settings: &Settings) -> Result<Gateway, StartError> {
    let rules = load_rules(settings.mappings.as_deref())?;
    open_at(settings, Address::Served(&base(settings)), |store| {
        match proven(app::failed_examples(store, &rules)) {
            // To try other amounts is what a demonstration is for: it is told, and starts.
            Err(error) if settings.mode == Mode::Demo => tracing::warn!("{error}"),
            proven => proven?,
        }
        Ok(rules)
    })
}

/// The same to ask or to change something where no server runs: nobody is served under an address, and
/// the rules are those in force in the directory, whatever folder they came from.
pub fn open_offline(settings: &Settings) -> Result<Gateway, StartError> {
    let rules = |store: &Store| match app::rules_in_force(store)? {
        Some(rules) => Ok(rules),
        None => {
            let rules = load_rules(settings.mappings.as_deref())?;
            proven(app::failed_examples(store, &rules))?;
            Ok(rules)
        }
    };
    open_at(settings, Address::Shown(&base(settings)), rules)
}

fn open_at(
    settings: &Settings,
    address: Address<'_>,
    rules: impl FnOnce(&Store) -> Result<Rulebook, StartError>,
) -> Result<Gateway, StartError> {
    let profiles = match &settings.profiles {
        Some(folder) => app::profiles_from(folder)?,
        None => app::default_profiles()?,
    };
    let validator = Validator::new(&profiles)?;
    let context = Context::of(&settings.data_dir, address)?;
    let store = open_store(&settings.data_dir, &context)?;
    tell_recovery(&store);
    let rules = rules(&store)?;
    let policy = Policy {
        mode: settings.mode,
        structure: settings.structure.clone(),
        sites: settings.sites.iter().map(|s| s.as_str().into()).collect(),
        tariff: settings.tariff.clone(),
        max_bundle_entries: settings.max_bundle_entries,
        conditional_delete: settings.conditional_delete,
    };
    Ok(Gateway::new(store, context, validator, rules, policy)?.publishing(profiles).working_in(&settings.data_dir))
}

/// Reads a rulebook from its folder, or the one built in.
pub fn load_rules(folder: Option<&Path>) -> Result<Rulebook, StartError> {
    match folder {
        Some(folder) => app::rules_from(folder),
        None => app::default_rules(),
    }
    .map_err(StartError::Rulebook)
}

/// Refuses a rulebook that fails some of its examples.
fn proven(failures: Vec<ExampleFailure>) -> Result<(), StartError> {
    if failures.is_empty() { Ok(()) } else { Err(StartError::Examples(failures)) }
}

/// Answers the public base URL that absolute references of ours begin with.
fn base(settings: &Settings) -> String {
    settings.base_url.as_ref().map_or_else(|| format!("http://{}/fhir", settings.bind), |url| format!("{url}/fhir"))
}

fn open_store(folder: &Path, context: &Context) -> Result<Store, StoreError> {
    Store::open(folder, context.options(replay_progress()))
}

/// Shows how far the cache is brought up to the journal; nothing is shown where nothing is replayed.
pub fn replay_progress() -> Progress {
    let bar = std::sync::OnceLock::new();
    Arc::new(move |done: u64, total: u64| {
        let bar = bar.get_or_init(|| progress_bar("applying the journal to the cache", total));
        bar.set_length(total);
        bar.set_position(done);
        if done >= total {
            bar.finish_and_clear();
        }
    })
}

/// Tells the log what opening had to repair.
fn tell_recovery(store: &Store) {
    let recovery = store.recovery();
    if let Some(torn) = &recovery.torn {
        tracing::warn!("an unfinished write at the journal's end was cut and kept aside: {torn:?}");
    }
    if recovery.replayed > 0 {
        tracing::info!(store.replayed = recovery.replayed, store.cache = ?recovery.cache, "cache brought up to the journal");
    }
}

/// A progress bar on a terminal; nothing where standard error is a file.
pub fn progress_bar(what: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {per_sec} {eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what.to_owned());
    bar
}

/// Answers what some work over many things says, which tells how many are done and how many there are.
pub fn with_progress<T>(what: &str, work: impl FnOnce(&(dyn Fn(u64, u64) + Sync)) -> T) -> T {
    let bar = progress_bar(what, 0);
    let done = |done: u64, all: u64| {
        bar.set_length(all);
        bar.set_position(bar.position().max(done));
    };
    let answer = work(&done);
    bar.finish_and_clear();
    answer
}

/// Serves until SIGTERM or SIGINT; `after` runs once the server listens, beside it. SIGHUP reloads
/// the rulebook.
pub fn serve(
    settings: Settings,
    after: impl AsyncFnOnce(SocketAddr) -> Result<(), StartError>,
) -> Result<(), StartError> {
    let (listener, address) = http::listen(settings.bind)?;
    // The port is known now, also where the system chose it: references under our own address are local ones.
    let settings = Settings { bind: address, ..settings };
    let gateway = Arc::new(open(&settings)?);
    let named = settings.tariff.as_deref().unwrap_or_default();
    gateway.knows_its_tariff().map_err(|failure| StartError::Tariff(format!("'{named}': {}", texts(&failure))))?;
    let result = actix_web::rt::System::new().block_on(run(Arc::clone(&gateway), settings, listener, after));
    gateway.close();
    result
}

async fn run(
    gateway: Arc<Gateway>,
    settings: Settings,
    listener: TcpListener,
    after: impl AsyncFnOnce(SocketAddr) -> Result<(), StartError>,
) -> Result<(), StartError> {
    gateway.ensure_structure().await?;
    announce(&settings);
    let mappings = settings.mappings.clone();
    let running = http::start(Arc::clone(&gateway), settings, listener)?;
    let handle = running.handle.clone();
    let server = actix_web::rt::spawn(running.server);
    say::out(format!("mtr-gateway listens on http://{}", running.address));
    warm(&gateway);
    let work = async {
        after(running.address).await?;
        wait(&gateway, mappings.as_deref()).await
    };
    let ended = work.await;
    tracing::info!("stopping: no new connections, requests under way are finished");
    handle.stop(true).await;
    // The server's own end is only reached after the stop; its errors are those of sockets.
    let _ = server.await;
    ended
}

/// Brings the figures of today together before anybody asks; whoever asks meanwhile waits for that.
fn warm(gateway: &Arc<Gateway>) {
    let gateway = Arc::clone(gateway);
    // On its own: a stop does not wait for it. What fails here is told to whoever asks.
    std::thread::spawn(move || drop(gateway.warm()));
}

fn announce(settings: &Settings) {
    if settings.access == crate::config::Access::Open {
        tracing::warn!("OPEN ACCESS: anyone on this machine reads and writes everything (demo mode, loopback only)");
    } else {
        tracing::warn!("access is closed: every request for data is refused until clients are registered");
    }
}

/// Waits for the signal to stop; reloads the rulebook at each SIGHUP.
async fn wait(gateway: &Arc<Gateway>, mappings: Option<&Path>) -> Result<(), StartError> {
    let mut hangup = signal(SignalKind::hangup()).map_err(StartError::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signals)?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hangup.recv() => {
                let (gateway, mappings) = (Arc::clone(gateway), mappings.map(Path::to_path_buf));
                // Reading and checking files, and the journal's sync, are no work for this thread.
                let _ = tokio::task::spawn_blocking(move || reload(&gateway, mappings.as_deref())).await;
            }
        }
    }
}

/// A rulebook that does not check is refused and the old one stays.
fn reload(gateway: &Gateway, mappings: Option<&Path>) {
    let rules = load_rules(mappings).and_then(|rules| proven(gateway.failed_examples(&rules)).map(|()| rules));
    match rules.and_then(|rules| Ok(gateway.activate(rules)?)) {
        Ok(digest) => tracing::info!(rulebook.digest = %digest, "rulebook in force"),
        Err(error) => tracing::error!("rulebook refused, the old one stays: {error}"),
    }
}
