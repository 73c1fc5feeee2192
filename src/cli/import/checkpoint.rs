//! How far an import has come, kept beside the file, so that it resumes.

use crate::cli::say;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant, UNIX_EPOCH};
use uuid::Uuid;

/// How often it is written at most: a lost second of lines is pushed again, which changes nothing, as
/// each line that creates keeps its id. A Bundle that creates is pushed again as a new one.
const EVERY: Duration = Duration::from_secs(1);

/// The progress of one file. Standard input has none.
pub struct Checkpoint {
    path: Option<PathBuf>,
    of: Contents,
    /// Names this import, its resumptions included.
    run: String,
    done: u64,
    written: Instant,
}

/// Ids for what lines create without one; none for standard input, which is not resumed.
pub struct Names(Option<String>);

impl Names {
    /// Answers the id of what a line creates, the same whenever this import comes by it.
    pub fn of(&self, line: u64) -> Option<String> {
        self.0.as_ref().map(|run| format!("{run}-{line}"))
    }
}

/// What tells that a file is still the one that was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Contents {
    size: u64,
    /// Nanoseconds since 1970; 0 where the system does not tell.
    modified: u128,
}

impl Contents {
    fn of(file: &str) -> Contents {
        let Ok(metadata) = fs::metadata(file) else { return Contents::default() };
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Contents { size: metadata.len(), modified: modified.map_or(0, |since| since.as_nanos()) }
    }
}

impl Checkpoint {
    /// Reads what an earlier import of this file has done; `restart` forgets it. It is on disk before the
    /// first line is pushed.
    pub fn of(file: &str, restart: bool) -> Checkpoint {
        let path = (file != "-").then(|| PathBuf::from(format!("{file}.mtr-import")));
        let of = Contents::of(file);
        let earlier = path.as_ref().filter(|_| !restart).and_then(|path| fs::read_to_string(path).ok());
        let earlier = earlier.and_then(|text| parse(&text)).filter(|(begun, done, _)| {
            if *begun != of && *done > 0 {
                say::err(format!("{file}: written since {done} line(s) of it were done: it is begun again"));
            }
            *begun == of
        });
        let (done, run) =
            earlier.map_or_else(|| (0, Uuid::now_v7().simple().to_string()), |(_, done, run)| (done, run));
        let mut checkpoint = Checkpoint { path, of, run, done, written: Instant::now() };
        checkpoint.write();
        checkpoint
    }

    /// Answers the ids of what lines create.
    pub fn names(&self) -> Names {
        Names(self.path.is_some().then(|| self.run.clone()))
    }

    pub fn done(&self) -> u64 {
        self.done
    }

    /// Notes that every line up to this one was answered.
    pub fn reached(&mut self, line: u64) {
        self.done = line;
        if self.written.elapsed() >= EVERY {
            self.write();
        }
    }

    /// The file was read to its end: the next import of it begins again.
    pub fn finish(mut self) {
        if let Some(path) = self.path.take() {
            // Neither may ever have been written; the second is what a kill may leave.
            let _ = fs::remove_file(path.with_extension("mtr-import.new"));
            let _ = fs::remove_file(path);
        }
    }

    fn write(&mut self) {
        if let Some(path) = &self.path {
            // Renamed into place: killed half way, the one before is still whole. A checkpoint that
            // cannot be written costs a repetition, not data.
            let beside = path.with_extension("mtr-import.new");
            let text = format!("{} {} {} {}\n", self.of.size, self.of.modified, self.done, self.run);
            let _ = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
            self.written = Instant::now();
        }
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        if self.done > 0 {
            self.write();
        }
    }
}

fn parse(text: &str) -> Option<(Contents, u64, String)> {
    let mut words = text.split_whitespace();
    let of = Contents { size: words.next()?.parse().ok()?, modified: words.next()?.parse().ok()? };
    let done = words.next()?.parse().ok()?;
    let run = words.next().filter(|run| run.len() == 32)?;
    Some((of, done, run.to_owned()))
}
