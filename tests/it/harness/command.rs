//! The binary as a command: arguments in, exit code and both outputs out.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Answers the binary, with none of the settings of whoever runs the tests.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtr-gateway"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MTR_")) {
        command.env_remove(name);
    }
    command
}

/// A command that has ended.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Finished {
    pub fn of(output: Output) -> Finished {
        Finished {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Answers itself when it ended with this code; else stops the test, with what it said.
    #[track_caller]
    pub fn expect(self, code: i32) -> Finished {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }
}

/// Longer than any command of a test takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Runs the binary to its end.
pub fn run(arguments: &[&str]) -> Finished {
    run_with_input(arguments, "")
}

/// Runs the binary to its end with this standard input.
pub fn run_with_input(arguments: &[&str], input: &str) -> Finished {
    let mut child =
        command().args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that has ended already reads no more: what it says is what counts.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let (done, ended) = mpsc::channel::<()>();
    let pid = child.id();
    let watch = std::thread::spawn(move || {
        if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            signal("KILL", pid);
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(done);
    watch.join().unwrap();
    Finished::of(output)
}

/// Sends a signal by its name.
pub fn signal(name: &str, pid: u32) {
    let sent = Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "kill", name, &pid.to_string()]).status();
    assert!(sent.unwrap().success(), "no process {pid} for {name}");
}
