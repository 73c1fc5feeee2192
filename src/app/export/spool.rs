//! An export written whole before its first byte is handed over: its control totals and its digest go
//! before the lines. A short one is kept in memory, a longer one in a file that has no name.

use super::{Export, Lines};
use crate::app::Gateway;
use crate::app::failure::Failure;
use std::fs::File;
use std::io::{Read, Seek, Write};

/// Bytes up to which it is kept in memory.
const KEPT: usize = 1024 * 1024;
/// Bytes of the file handed over at a time.
const CHUNK: usize = 256 * 1024;

/// A whole export, of which nothing was handed over yet.
pub struct Spooled {
    /// As it stands at its end: totals, digest, name.
    pub export: Export,
    held: Held,
}

enum Held {
    Memory(Option<Vec<u8>>),
    File(File),
    /// There is no folder to write to: it is computed again.
    Again(Box<Export>),
}

impl Gateway {
    /// Computes an export once, to be handed over with its totals before it.
    pub fn spooled(&self, asked: Lines) -> Result<Spooled, Failure> {
        let mut export = self.export(asked)?;
        let mut held = Held::Memory(Some(Vec::new()));
        while let Some(bytes) = export.next(self, &|_, _| {})? {
            held = match held {
                Held::Memory(Some(mut kept)) if kept.len() + bytes.len() <= KEPT => {
                    kept.extend(bytes);
                    Held::Memory(Some(kept))
                }
                Held::Memory(kept) => match self.jobs.nameless_file()? {
                    Some(mut file) => {
                        let begun = kept.unwrap_or_default();
                        file.write_all(&begun).and_then(|()| file.write_all(&bytes)).map_err(|e| unwritable(&e))?;
                        Held::File(file)
                    }
                    None => Held::Again(Box::new(export.again())),
                },
                Held::File(mut file) => {
                    file.write_all(&bytes).map_err(|e| unwritable(&e))?;
                    Held::File(file)
                }
                again @ Held::Again(_) => again,
            };
        }
        if let Held::File(file) = &mut held {
            file.rewind().map_err(|e| unwritable(&e))?;
        }
        Ok(Spooled { export, held })
    }
}

impl Spooled {
    /// Answers the next bytes; `None` at the end.
    pub fn next(&mut self, gateway: &Gateway) -> Result<Option<Vec<u8>>, Failure> {
        match &mut self.held {
            Held::Memory(kept) => Ok(kept.take().filter(|bytes| !bytes.is_empty())),
            Held::Again(export) => export.next(gateway, &|_, _| {}),
            Held::File(file) => {
                let mut bytes = vec![0; CHUNK];
                let read = file.read(&mut bytes).map_err(|e| unwritable(&e))?;
                bytes.truncate(read);
                Ok((read > 0).then_some(bytes))
            }
        }
    }
}

/// The disk's word goes to the log; its errors hold no data of a patient.
fn unwritable(error: &std::io::Error) -> Failure {
    tracing::error!("export: {error}");
    Failure::internal()
}
