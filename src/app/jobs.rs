//! Deferred answers (R4 async.html): what takes long is worked out beside the requests, written to
//! files of the data directory, and fetched when it is done.
//!
//! Owns: how many run and how many are kept, their progress, their files and when these go. Must not
//! know: what is worked out, HTTP. A job belongs to the structure that asked: of another's nothing is
//! told. Nothing outlives the process: what is left in the folder goes at the next start.

use super::Gateway;
use super::failure::{Failure, Reason};
use crate::domain::calendar::Instant;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Jobs that run at once: each asks all cores already.
const MOST_RUNNING: usize = 2;
/// Jobs of one structure that are kept, done or not.
const MOST_KEPT: usize = 16;
/// How long the files of a job are kept once it ended, in microseconds.
const KEPT_MICROS: i64 = 3600 * 1_000_000;
/// Seconds after which somebody who was refused may try again.
pub const LATER: &str = "30";
/// Bytes of a file handed over at a time.
const CHUNK: usize = 256 * 1024;
/// How long a stop waits for jobs under way.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who asked, and with which request.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub structure: String,
    /// The address that was asked, as the manifest repeats it.
    pub request: String,
}

/// One file of a job: NDJSON of one type of resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The FHIR type of its lines.
    pub kind: &'static str,
    pub name: String,
    pub count: u64,
}

/// Where a job stands.
#[derive(Clone, Debug)]
pub enum JobStatus {
    Running { done: u64, all: u64 },
    Done { request: String, known_at: Instant, outputs: Vec<Output>, expires: Instant },
    Failed(Failure),
}

/// The work of a job: writes at the desk and answers the instant of its knowledge.
pub type Work = Box<dyn FnOnce(&Gateway, &mut Desk) -> Result<Instant, Failure> + Send>;

/// The jobs of a process.
#[derive(Default)]
pub struct Jobs {
    /// `None`: no folder to write to, and no job is taken.
    folder: Option<PathBuf>,
    kept: Mutex<HashMap<String, Arc<Job>>>,
    running: AtomicUsize,
    /// How many files without a name were made.
    nameless: AtomicUsize,
}

struct Job {
    ticket: Ticket,
    folder: PathBuf,
    done: AtomicU64,
    all: AtomicU64,
    cancelled: AtomicBool,
    ended: Mutex<Option<Ended>>,
}

/// How and when a job ended.
struct Ended {
    at: Instant,
    result: Result<(Instant, Vec<Output>), Failure>,
}

impl Ended {
    fn expires(&self) -> Instant {
        Instant(self.at.0.saturating_add(KEPT_MICROS))
    }
}

/// Where the work of a job is written.
pub struct Desk {
    job: Arc<Job>,
    outputs: Vec<Output>,
    open: Option<BufWriter<File>>,
}

impl Desk {
    /// Opens the next file, of lines of this type.
    pub fn file(&mut self, kind: &'static str) -> Result<(), Failure> {
        self.close()?;
        let name = format!("{}-{kind}.ndjson", self.outputs.len() + 1);
        self.open = Some(BufWriter::new(private_file(&self.job.folder.join(&name)).map_err(|e| unwritable(&e))?));
        self.outputs.push(Output { kind, name, count: 0 });
        Ok(())
    }

    /// Writes a resource as one line of the open file.
    pub fn line(&mut self, json: &str) -> Result<(), Failure> {
        let (Some(file), Some(output)) = (&mut self.open, self.outputs.last_mut()) else {
            return Err(Failure::internal());
        };
        output.count += 1;
        file.write_all(json.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(|e| unwritable(&e))
    }

    /// Tells how far it is. Refused once nobody wants it any more.
    pub fn progress(&self, done: u64, all: u64) -> Result<(), Failure> {
        self.job.all.store(all, Ordering::Relaxed);
        self.job.done.store(done, Ordering::Relaxed);
        match self.job.cancelled.load(Ordering::Relaxed) {
            true => Err(unknown()),
            false => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), Failure> {
        match self.open.take() {
            None => Ok(()),
            Some(mut file) => file.flush().and_then(|()| file.get_ref().sync_all()).map_err(|e| unwritable(&e)),
        }
    }
}

/// A file of a job that is being handed over.
pub struct JobReader {
    file: File,
    pub bytes: u64,
}

impl JobReader {
    /// Answers the next bytes; `None` at the end.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut bytes = vec![0; CHUNK];
        let read = self.file.read(&mut bytes).map_err(|e| unwritable(&e))?;
        bytes.truncate(read);
        Ok((read > 0).then_some(bytes))
    }
}

impl Jobs {
    /// Takes jobs that write below this data directory; what earlier ones left goes.
    pub fn below(data_dir: &Path) -> Jobs {
        let folder = data_dir.join("jobs");
        if let Err(error) = fs::remove_dir_all(&folder)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("jobs: what earlier ones left cannot be removed: {error}");
        }
        Jobs { folder: Some(folder), ..Jobs::default() }
    }

    /// Answers an empty file to write and read, which is gone once it is let go of; `None` where there
    /// is no folder to write to.
    pub(super) fn nameless_file(&self) -> Result<Option<File>, Failure> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let number = self.nameless.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("spool-{number}"));
        let made = fs::create_dir_all(folder).and_then(|()| private_file(&path));
        let file = made.map_err(|e| unwritable(&e))?;
        fs::remove_file(&path).map_err(|e| unwritable(&e))?;
        Ok(Some(file))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Job>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a job in, where there is room.
    fn admit(&self, ticket: Ticket, now: Instant) -> Result<(String, Arc<Job>), Failure> {
        self.forget_expired(now);
        let folder = self.folder.as_ref().ok_or_else(Failure::internal)?;
        let mut kept = self.lock();
        let own = kept.values().filter(|job| job.ticket.structure == ticket.structure).count();
        if self.running.load(Ordering::Relaxed) >= MOST_RUNNING || own >= MOST_KEPT {
            return Err(Failure::new(Reason::Throttled, Issue::general(&issues::THROTTLED, &[LATER])));
        }
        let id = uuid::Uuid::now_v7().to_string();
        let folder = folder.join(&id);
        fs::create_dir_all(&folder).map_err(|e| unwritable(&e))?;
        let job = Arc::new(Job {
            ticket,
            folder,
            done: AtomicU64::new(0),
            all: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            ended: Mutex::new(None),
        });
        kept.insert(id.clone(), Arc::clone(&job));
        self.running.fetch_add(1, Ordering::Relaxed);
        Ok((id, job))
    }

    /// Keeps how a job ended; of one that nobody wants any more nothing stays.
    fn end(&self, job: &Job, result: Result<(Instant, Vec<Output>), Failure>, now: Instant) {
        *job.lock() = Some(Ended { at: now, result });
        self.running.fetch_sub(1, Ordering::Relaxed);
        if job.cancelled.load(Ordering::Relaxed) {
            job.remove_files();
        }
    }

    fn forget_expired(&self, now: Instant) {
        self.lock().retain(|_, job| {
            let expired = job.lock().as_ref().is_some_and(|ended| ended.expires() <= now);
            if expired {
                job.remove_files();
            }
            !expired
        });
    }

    /// Answers a job of this structure; of another's, of one cancelled or expired, nothing.
    fn find(&self, structure: &str, id: &str, now: Instant) -> Result<Arc<Job>, Failure> {
        self.forget_expired(now);
        let found = self.lock().get(id).filter(|job| job.ticket.structure == structure).cloned();
        found.ok_or_else(unknown)
    }

    fn status(&self, structure: &str, id: &str, now: Instant) -> Result<JobStatus, Failure> {
        let job = self.find(structure, id, now)?;
        let ended = job.lock();
        Ok(match &*ended {
            None => JobStatus::Running { done: job.done.load(Ordering::Relaxed), all: job.all.load(Ordering::Relaxed) },
            Some(Ended { result: Err(failure), .. }) => JobStatus::Failed(failure.clone()),
            Some(ended @ Ended { result: Ok((known_at, outputs)), .. }) => JobStatus::Done {
                request: job.ticket.request.clone(),
                known_at: *known_at,
                outputs: outputs.clone(),
                expires: ended.expires(),
            },
        })
    }

    fn open(&self, structure: &str, (id, name): (&str, &str), now: Instant) -> Result<JobReader, Failure> {
        let job = self.find(structure, id, now)?;
        let known = match &*job.lock() {
            Some(Ended { result: Ok((_, outputs)), .. }) => outputs.iter().any(|output| output.name == name),
            _ => false,
        };
        // Only a name that was given: no path of the client's reaches the disk.
        if !known {
            return Err(unknown());
        }
        let file = File::open(job.folder.join(name)).map_err(|e| unwritable(&e))?;
        let bytes = file.metadata().map_err(|e| unwritable(&e))?.len();
        Ok(JobReader { file, bytes })
    }

    fn cancel(&self, structure: &str, id: &str, now: Instant) -> Result<(), Failure> {
        let job = self.find(structure, id, now)?;
        self.lock().remove(id);
        job.cancelled.store(true, Ordering::Relaxed);
        if job.lock().is_some() {
            job.remove_files();
        }
        Ok(())
    }

    /// Stops what runs, and waits for it a little.
    pub fn stop(&self) {
        self.lock().values().for_each(|job| job.cancelled.store(true, Ordering::Relaxed));
        let begun = std::time::Instant::now();
        while self.running.load(Ordering::Relaxed) > 0 && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Job {
    fn lock(&self) -> MutexGuard<'_, Option<Ended>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove_files(&self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!("jobs: the files of a job cannot be removed: {error}");
        }
    }
}

impl Gateway {
    /// Begins a job on a thread of its own; answers its id. Refused while too many run.
    pub fn start_job(self: &Arc<Self>, ticket: Ticket, work: Work) -> Result<String, Failure> {
        let (id, job) = self.jobs.admit(ticket, super::now())?;
        let gateway = Arc::clone(self);
        let spawned = std::thread::Builder::new().name("job".to_owned()).spawn({
            let job = Arc::clone(&job);
            move || {
                let worked = catch_unwind(AssertUnwindSafe(|| run(&gateway, &job, work)));
                gateway.jobs.end(&job, worked.unwrap_or_else(|_| Err(Failure::internal())), super::now());
            }
        });
        if let Err(error) = spawned {
            tracing::error!("jobs: no thread: {error}");
            self.jobs.end(&job, Err(Failure::internal()), super::now());
        }
        Ok(id)
    }

    /// Answers where a job of this structure stands.
    pub fn job_status(&self, structure: &str, id: &str) -> Result<JobStatus, Failure> {
        self.jobs.status(structure, id, super::now())
    }

    /// Opens a file of a job of this structure.
    pub fn job_file(&self, structure: &str, id: &str, name: &str) -> Result<JobReader, Failure> {
        self.jobs.open(structure, (id, name), super::now())
    }

    /// Cancels a job of this structure, and removes what it wrote.
    pub fn cancel_job(&self, structure: &str, id: &str) -> Result<(), Failure> {
        self.jobs.cancel(structure, id, super::now())
    }
}

fn run(gateway: &Gateway, job: &Arc<Job>, work: Work) -> Result<(Instant, Vec<Output>), Failure> {
    let mut desk = Desk { job: Arc::clone(job), outputs: Vec::new(), open: None };
    let known_at = work(gateway, &mut desk)?;
    desk.close()?;
    Ok((known_at, desk.outputs))
}

/// A file that only this process's user reads: it holds patients' data.
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

fn unknown() -> Failure {
    Failure::new(Reason::NotFound, Issue::general(&issues::JOB_UNKNOWN, &[]))
}

/// The disk's word goes to the log; its errors hold no data of a patient.
fn unwritable(error: &io::Error) -> Failure {
    tracing::error!("jobs: {error}");
    Failure::internal()
}

#[cfg(test)]
mod tests;
