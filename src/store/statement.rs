//! The rows of a statement as they are kept: sorted by the key of their Invoice, in compressed blocks.
//!
//! A row's key is the beginning of the SHA-256 of `structure/patient/YYYY-MM`, so that a patient-month
//! is found by patient and month, and by the id of its Invoice, with one block read.

use super::error::StoreError;
use super::types::Issued;
use super::types::NewStatement;
use crate::domain::calendar::Month;
use crate::domain::statement::MonthRow;
use crate::domain::statement::Summary;
use serde::{Deserialize, Serialize};
use sha2::Digest;
use sha2::Sha256;

/// Raised when what is kept changes; older formats stay readable for ever.
const FORMAT: u8 = 1;
/// Rows of one block: few enough that one patient-month is read in microseconds.
const BLOCK: usize = 32;
const LEVEL: i32 = 3;

/// The key of a row: the first 16 bytes of the SHA-256 of its Invoice's identifier.
pub type RowKey = [u8; 16];

/// Answers the key of a patient-month, or of the month of the whole structure when there is no patient.
pub fn row_key(structure: &str, patient: Option<&str>, month: Month) -> RowKey {
    let name = match patient {
        Some(patient) => format!("{structure}/{patient}/{month}"),
        None => format!("{structure}/{month}"),
    };
    let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

/// A row with its key: what a block holds.
#[derive(Serialize, Deserialize)]
struct Keyed {
    key: RowKey,
    row: MonthRow,
}

/// Makes a statement of its rows, and answers what it says without them. `summary` is told the
/// SHA-256 of the rows as they are kept.
pub fn statement(
    structure: &str,
    position: u32,
    rows: Vec<MonthRow>,
    summary: impl FnOnce([u8; 32]) -> Summary,
    month: Month,
) -> Result<(NewStatement, Summary), StoreError> {
    let mut keyed: Vec<Keyed> =
        rows.into_iter().map(|row| Keyed { key: row_key(structure, Some(&row.patient), month), row }).collect();
    keyed.sort_unstable_by_key(|keyed| keyed.key);
    let mut hash = Sha256::new();
    let mut blocks = Vec::new();
    for (key, plain, packed) in packed(&keyed)? {
        hash.update(&plain);
        blocks.push((key, packed));
    }
    let mut told = vec![FORMAT];
    let summary = summary(hash.finalize().into());
    told.extend(postcard::to_allocvec(&summary).map_err(unwritable)?);
    Ok((NewStatement { structure: structure.into(), position, summary: told, blocks }, summary))
}

/// A block: the key of its first row, its rows as they are hashed, and as they are kept.
type Block = (RowKey, Vec<u8>, Vec<u8>);

/// Makes the blocks on all cores, in the order of their rows.
fn packed(keyed: &[Keyed]) -> Result<Vec<Block>, StoreError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = keyed.len().div_ceil(BLOCK).div_ceil(threads).max(1) * BLOCK;
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            keyed.chunks(share).map(|mine| scope.spawn(|| mine.chunks(BLOCK).map(block).collect())).collect();
        let mut blocks = Vec::with_capacity(keyed.len().div_ceil(BLOCK));
        for worker in workers {
            let made: Result<Vec<Block>, StoreError> =
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            blocks.extend(made?);
        }
        Ok(blocks)
    })
}

fn block(rows: &[Keyed]) -> Result<Block, StoreError> {
    let plain = postcard::to_allocvec(rows).map_err(unwritable)?;
    let mut packed = zstd::bulk::compress(&plain, LEVEL).map_err(|e| StoreError::Cache(Box::new(e)))?;
    packed.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    packed.extend_from_slice(&crc32fast::hash(&plain).to_le_bytes());
    Ok((rows.first().map_or([0; 16], |first| first.key), plain, packed))
}

fn unwritable(error: postcard::Error) -> StoreError {
    StoreError::Cache(Box::new(error))
}

impl Issued {
    /// Answers what the statement says without its rows.
    pub fn read_summary(&self) -> Result<Summary, StoreError> {
        match self.summary().split_first() {
            Some((&FORMAT, told)) => postcard::from_bytes(told).map_err(unwritable),
            _ => Err(StoreError::unreadable()),
        }
    }
}

/// Reads the rows of a block with their keys, ascending.
pub(super) fn rows(block: &[u8]) -> Result<Vec<(RowKey, MonthRow)>, StoreError> {
    let read = || {
        let (packed, tail) = block.split_at_checked(block.len().checked_sub(8)?)?;
        let (len, crc) = tail.split_at(4);
        let plain = zstd::bulk::decompress(packed, u32::from_le_bytes(len.try_into().ok()?) as usize).ok()?;
        (crc32fast::hash(&plain).to_le_bytes() == crc).then_some(())?;
        let keyed: Vec<Keyed> = postcard::from_bytes(&plain).ok()?;
        Some(keyed.into_iter().map(|keyed| (keyed.key, keyed.row)).collect())
    };
    read().ok_or_else(StoreError::unreadable)
}
