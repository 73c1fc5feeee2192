//! Logs: readable messages with dotted fields on standard error.
//!
//! Never an identifier value, a name, a birth date, a query string or a body: the spans of
//! requests carry method, route template and status only (`http/trace.rs`).

use crate::config::LogFormat;
use crate::config::Settings;
use tracing_subscriber::EnvFilter;

/// Starts logging as the settings say; a second call changes nothing.
pub fn start(settings: &Settings) {
    let filter = EnvFilter::try_new(&settings.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A logger that is already set (tests, `demo` inside a host) is kept.
    let _ = match settings.log_json {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.try_init(),
    };
}
