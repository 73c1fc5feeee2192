//! Where the command line speaks: results on standard output, everything else on standard error.
//!
//! A reader that goes away (`| head`) is no fault of ours: write errors are let go.

use std::io::Write;

/// Writes a line of the result.
pub fn out(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout().lock(), "{}", text.as_ref());
}

/// Writes a line of progress or a fault.
pub fn err(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
}
