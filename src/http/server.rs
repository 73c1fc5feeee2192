//! Starts and stops the actix server.

use super::within::{self, Within};
use super::{Shared, caching, compression, cors, dated, metadata, part, trace};
use crate::app::Gateway;
use crate::config::Settings;
use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, Condition, NormalizePath, from_fn};
use actix_web::{HttpServer, web};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("cannot listen on {address}: {source}")]
    Bind { address: SocketAddr, source: io::Error },
    #[error("the server stopped: {0}")]
    Io(#[from] io::Error),
}

/// A server that listens.
pub struct Running {
    pub address: SocketAddr,
    pub handle: ServerHandle,
    pub server: actix_web::dev::Server,
}

/// How long a stop waits for requests under way.
const DRAIN: Duration = Duration::from_secs(30);

/// How long a client may take to send the head of a request, as busy as this machine may be.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);

/// Takes the address, before anything else is opened: a port in use is told at once, and the links
/// of a port chosen by the system are known.
pub fn listen(bind: SocketAddr) -> Result<(TcpListener, SocketAddr), ServerError> {
    let taken = TcpListener::bind(bind).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    taken.map_err(|source| ServerError::Bind { address: bind, source })
}

/// Starts to serve. The caller awaits `server` and stops it through `handle`.
pub fn start(gateway: Arc<Gateway>, settings: Settings, listener: TcpListener) -> Result<Running, ServerError> {
    let address = listener.local_addr()?;
    let base = settings.base_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let shared = web::Data::new(Shared {
        metadata: metadata::Rendered::new(&settings, &format!("{base}/fhir")),
        usual_base: format!("{base}/fhir"),
        gateway,
        settings,
    });
    let server = HttpServer::new(move || {
        within::app(shared.clone())
            .app_data(Rc::new(Within::new(shared.clone())))
            .wrap(from_fn(dated::date))
            .wrap(from_fn(part::indent))
            .wrap(from_fn(caching::say))
            .wrap(from_fn(compression::spare_short))
            .wrap(Compress::default())
            .wrap(from_fn(compression::unmark))
            .wrap(Condition::new(!shared.settings.cors_origins.is_empty(), cors::of(&shared.settings.cors_origins)))
            .wrap(from_fn(trace::trace))
            // A base or a path with a slash too many is the same address.
            .wrap(NormalizePath::trim())
    })
    .listen(listener)?
    .client_request_timeout(HEAD_PATIENCE)
    .shutdown_timeout(DRAIN.as_secs())
    .disable_signals()
    .run();
    Ok(Running { address, handle: server.handle(), server })
}
