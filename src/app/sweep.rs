//! One question asked of every patient of a structure, on all cores.
//!
//! Call it on a thread that may block: it reads the whole file of the structure.

use super::Gateway;
use super::basis::Basis;
use super::evaluate::Found;
use super::failure::Failure;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Patients that one thread takes at a time.
const STEP: usize = 64;

/// Told how many patients are done, and how many there are.
pub type Done<'f> = &'f (dyn Fn(u64, u64) + Sync);

impl Gateway {
    /// Answers what `each` says of every patient that is or ever was, in the order of their ids.
    /// Those unknown at the basis's instant are left out, and those of whom `each` says nothing.
    pub fn sweep<T: Send>(
        &self,
        basis: &Basis,
        done: Done<'_>,
        each: impl Fn(Found, &str) -> Result<Option<T>, Failure> + Sync,
    ) -> Result<Vec<T>, Failure> {
        let ids = self.store.patients_ever(&basis.structure)?;
        self.sweep_of(basis, &ids, done, each)
    }

    /// Answers what `each` says of these patients, in the order they are given.
    pub fn sweep_of<T: Send>(
        &self,
        basis: &Basis,
        ids: &[Box<str>],
        done: Done<'_>,
        each: impl Fn(Found, &str) -> Result<Option<T>, Failure> + Sync,
    ) -> Result<Vec<T>, Failure> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<Vec<(usize, Vec<T>)>, Failure> {
            let mut told = Vec::new();
            loop {
                let from = next.fetch_add(STEP, Ordering::Relaxed);
                let Some(mine) = ids.get(from..ids.len().min(from + STEP)).filter(|mine| !mine.is_empty()) else {
                    return Ok(told);
                };
                let mut found = Vec::with_capacity(mine.len());
                for id in mine {
                    match self.find_patient(basis, id)? {
                        Found::Unknown => {}
                        known => found.extend(each(known, id)?),
                    }
                }
                told.push((from, found));
                done((from + mine.len()) as u64, ids.len() as u64);
            }
        };
        // A thread costs more than a few patients.
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(ids.len().div_ceil(STEP)).max(1);
        let mut parts = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let mut parts = Vec::new();
            for worker in workers {
                parts.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok::<_, Failure>(parts)
        })?;
        parts.sort_unstable_by_key(|(from, _)| *from);
        Ok(parts.into_iter().flat_map(|(_, found)| found).collect())
    }
}
