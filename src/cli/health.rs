//! `mtr-gateway health`: is a gateway ready? For container health checks, without curl.

use super::client;
use super::{DONE, FAILED, say};

#[derive(Debug, clap::Args)]
pub struct HealthArguments {
    /// Base address of the gateway.
    #[arg(long, env = "MTR_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
}

/// Answers 0 when `GET /health/ready` says 200.
pub fn run(arguments: &HealthArguments) -> u8 {
    let url = format!("{}/health/ready", arguments.server.trim_end_matches('/'));
    let answer = client::block_on(async {
        let client = client::Client::new(&arguments.server)?;
        client.status(&url).await
    });
    match answer {
        Ok(200) => DONE,
        Ok(status) => {
            say::err(format!("{url} answered {status}"));
            FAILED
        }
        Err(error) => {
            say::err(format!("{url}: {error}"));
            FAILED
        }
    }
}
