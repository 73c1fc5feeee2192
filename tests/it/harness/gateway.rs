//! One gateway process and the folder it lives in.

use super::Client;
use super::command::{command, signal};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The structure of a gateway that is told none.
pub const STRUCTURE: &str = "cabinet";

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(40);

/// A demonstration gateway with open access, in a temporary folder; stopped when dropped.
pub struct Gateway {
    home: tempfile::TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    running: Option<Running>,
}

struct Running {
    child: Child,
    /// Kills the gateway when this process ends without dropping it, as statics do.
    guard: Child,
    address: String,
    said: Arc<Mutex<String>>,
}

impl Gateway {
    /// Starts `serve` over a new folder, in demonstration mode with open access, with these
    /// arguments beside.
    pub fn start(arguments: &[&str]) -> Gateway {
        let open = ["--structure", STRUCTURE, "--mode", "demo", "--access", "open"];
        Gateway::start_as(&[&open[..], arguments].concat())
    }

    /// Starts `serve` over a new folder with exactly these arguments beside `--bind` and `--data-dir`.
    pub fn start_as(arguments: &[&str]) -> Gateway {
        Gateway::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    /// Starts `serve` in a folder that was prepared, on its `data`.
    pub fn start_in(home: tempfile::TempDir, arguments: &[&str]) -> Gateway {
        let data = home.path().join("data").to_string_lossy().into_owned();
        let fixed = ["serve", "--bind", "127.0.0.1:0", "--data-dir", &data];
        Gateway::run(home, &[&fixed[..], arguments].concat(), &[])
    }

    /// Starts `serve` in a folder that was prepared, with exactly these arguments and variables.
    pub fn run(home: tempfile::TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> Gateway {
        let arguments = arguments.iter().map(|&a| a.to_owned()).collect();
        let environment = environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut gateway = Gateway { home, arguments, environment, running: None };
        gateway.start_again();
        gateway
    }

    /// Starts the demonstration with these arguments and waits for its tour.
    pub fn demo(arguments: &[&str]) -> Gateway {
        let fixed = ["demo", "--bind", "127.0.0.1:0"];
        let gateway = Gateway::run(tempfile::tempdir().unwrap(), &[&fixed[..], arguments].concat(), &[]);
        gateway.wait_until_said("Ctrl-C");
        gateway
    }

    pub fn client(&self) -> Client {
        Client::new(&self.running().address)
    }

    pub fn folder(&self) -> &Path {
        self.home.path()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Answers everything the process said so far, on both outputs, over all its lives.
    pub fn log(&self) -> String {
        let heard = fs::read_to_string(self.home.path().join("stderr.log")).unwrap_or_default();
        let said = self.running.as_ref().map(|r| r.said.lock().unwrap().clone()).unwrap_or_default();
        heard + &said
    }

    /// Waits until a line of the log holds this text.
    #[track_caller]
    pub fn wait_until_logged(&self, text: &str) {
        let begun = Instant::now();
        while !self.log().contains(text) {
            assert!(begun.elapsed() < START, "{text:?} was never logged:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait_until_said(&self, text: &str) {
        let begun = Instant::now();
        while !self.running().said.lock().unwrap().contains(text) {
            assert!(begun.elapsed() < 2 * START, "{text:?} was never said:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Answers what it said on standard output in this life.
    pub fn said(&self) -> String {
        self.running().said.lock().unwrap().clone()
    }

    pub fn signal(&self, name: &str) {
        signal(name, self.running().child.id());
    }

    /// Ends the process as a power cut would.
    pub fn kill9(&mut self) {
        let mut running = self.running.take().unwrap();
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        running.dismiss_guard();
    }

    /// Asks the process to stop and answers its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.wait_for_end()
    }

    /// Waits for a process that was asked to stop; answers its exit code.
    pub fn wait_for_end(&mut self) -> Option<i32> {
        let mut running = self.running.take().unwrap();
        let begun = Instant::now();
        loop {
            if let Some(status) = running.child.try_wait().unwrap() {
                running.dismiss_guard();
                return status.code();
            }
            if begun.elapsed() > STOP {
                running.child.kill().unwrap();
                panic!("it did not stop:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it cleanly and starts it again on the same folder.
    pub fn restart(&mut self) {
        assert_eq!(self.terminate(), Some(0), "{}", self.log());
        self.start_again();
    }

    /// Starts it again after a stop or a kill.
    pub fn start_again(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        let running = self.launch();
        self.running = Some(running.unwrap_or_else(|code| panic!("it did not start ({code:?}):\n{}", self.log())));
    }

    /// Starts it again where it must refuse; answers its exit code and what it said on standard error.
    pub fn refuses_to_start(&mut self) -> (Option<i32>, String) {
        let before = self.log().len();
        match self.launch() {
            Ok(running) => {
                self.running = Some(running);
                panic!("it started:\n{}", self.log());
            }
            Err(code) => (code, self.log().split_off(before)),
        }
    }

    fn launch(&self) -> Result<Running, Option<i32>> {
        let mut command = command();
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        Running::start(self.home.path(), command)
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.dismiss_guard();
            // It may have ended by itself.
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}

impl Running {
    /// Starts the process and waits until it is ready; an exit code when it ends before.
    fn start(home: &Path, mut command: Command) -> Result<Running, Option<i32>> {
        let log = home.join("stderr.log");
        let stderr: File = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut child =
            command.env("TMPDIR", home).current_dir(home).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let guard = guard(child.id(), home);
        let (said, address) = listen(&mut child);
        let begun = Instant::now();
        let address = loop {
            match address.recv_timeout(Duration::from_millis(50)) {
                Ok(address) => break address,
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    dismiss(guard);
                    return Err(child.wait().unwrap().code());
                }
                Err(mpsc::RecvTimeoutError::Timeout) => assert!(begun.elapsed() < START, "it never listened"),
            }
        };
        let running = Running { child, guard, address, said };
        let client = Client::new(&running.address);
        while client.send_at("GET", "/health/ready", &[], b"").status != 200 {
            assert!(begun.elapsed() < START, "it was never ready");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(running)
    }

    fn dismiss_guard(&mut self) {
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }
}

/// Reads the process's standard output to its end; tells the address it says it listens on.
fn listen(child: &mut Child) -> (Arc<Mutex<String>>, mpsc::Receiver<String>) {
    let said = Arc::new(Mutex::new(String::new()));
    let (tell, address) = mpsc::channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    let heard = Arc::clone(&said);
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("listens on http://") {
                // Nobody waits any more when a second address is told.
                let _ = tell.send(address.trim().to_owned());
            }
            let mut heard = heard.lock().unwrap();
            heard.push_str(&line);
            heard.push('\n');
        }
    });
    (said, address)
}

/// A shell that waits for this process to end, then kills the gateway and removes its folder.
fn guard(pid: u32, home: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "read -r _; kill -9 \"$1\" 2>/dev/null; rm -rf \"$2\"", "guard"])
        .arg(pid.to_string())
        .arg(home)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap()
}

fn dismiss(mut guard: Child) {
    let _ = guard.kill();
    let _ = guard.wait();
}
