//! How far an import has come, kept beside the file, so that it resumes.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How often it is written at most: a lost second of lines is pushed again, which changes nothing
/// for resources with an id.
const EVERY: Duration = Duration::from_secs(1);

/// The progress of one file. Standard input has none.
pub struct Checkpoint {
    path: Option<PathBuf>,
    /// Size of the file: another size is another file.
    size: u64,
    done: u64,
    written: Instant,
}

impl Checkpoint {
    /// Reads what an earlier import of this file has done; `restart` forgets it.
    pub fn of(file: &str, restart: bool) -> Checkpoint {
        let path = (file != "-").then(|| PathBuf::from(format!("{file}.mtr-import")));
        let size = fs::metadata(file).map(|m| m.len()).unwrap_or(0);
        let done = path
            .as_ref()
            .filter(|_| !restart)
            .and_then(|p| fs::read_to_string(p).ok())
            .and_then(|text| parse(&text))
            .filter(|(of, _)| *of == size)
            .map_or(0, |(_, done)| done);
        Checkpoint { path, size, done, written: Instant::now() }
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

    /// The import stops before the end of the file: the next one goes on after the last line answered.
    pub fn keep(mut self) {
        if self.done > 0 {
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
            let _ =
                fs::write(&beside, format!("{} {}\n", self.size, self.done)).and_then(|()| fs::rename(&beside, path));
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

fn parse(text: &str) -> Option<(u64, u64)> {
    let (size, done) = text.trim().split_once(' ')?;
    Some((size.parse().ok()?, done.parse().ok()?))
}
