//! `mtr-gateway import`: NDJSON, Bundles or single resources, through the same path as HTTP.
//!
//! Each line is acknowledged before it is counted as done. What was done is kept beside the file
//! (`FILE.mtr-import`), so that an interrupted import resumes where it stopped.

mod checkpoint;
mod lines;
mod sink;

use super::place::PlaceArguments;
use super::startup;
use super::{DONE, FAILED, FOUND_FAULTS, say};
use checkpoint::{Checkpoint, Names};
use futures_util::StreamExt;
use indicatif::ProgressBar;
use lines::{Item, Source};
use sink::{Pushed, Sink};
use std::time::Instant;

/// How many lines are under way at once: enough to share the store's syncs.
const CONCURRENT: usize = 32;

#[derive(Debug, clap::Args)]
pub struct ImportArguments {
    /// NDJSON (one resource or Bundle a line), a Bundle or a resource; `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    #[command(flatten)]
    place: PlaceArguments,
    /// Begin again, whatever an earlier import of the same file has done.
    #[arg(long)]
    restart: bool,
}

/// Counts of one import.
#[derive(Debug, Default)]
struct Tally {
    done: u64,
    failed: u64,
    /// The gateway could not be reached or took no writes: no line after this one was tried.
    broken: Option<String>,
}

/// Imports the files in the order given. Exit 1 when a line was refused.
pub fn run(arguments: &ImportArguments) -> u8 {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say::err(format!("import: {error}"));
            return FAILED;
        }
    };
    let sink = match Sink::open(arguments) {
        Ok(sink) => sink,
        Err(sink::OpenError::Told(code)) => return code,
        Err(error) => {
            say::err(format!("import: {error}"));
            return FAILED;
        }
    };
    let code = runtime.block_on(all(arguments, &sink));
    sink.close();
    code
}

async fn all(arguments: &ImportArguments, sink: &Sink) -> u8 {
    if let Err(error) = sink.prepare().await {
        say::err(format!("import: {error}"));
        return FAILED;
    }
    let mut worst = DONE;
    for file in &arguments.files {
        let code = match Source::open(file) {
            Ok(source) => one(file, source, arguments, sink).await,
            Err(error) => {
                say::err(format!("{file}: {error}"));
                FAILED
            }
        };
        worst = worst.max(code);
    }
    worst
}

async fn one(file: &str, source: Source, arguments: &ImportArguments, sink: &Sink) -> u8 {
    let mut checkpoint = Checkpoint::of(file, arguments.restart);
    let skip = checkpoint.done();
    if skip > 0 {
        say::err(format!("{file}: resuming after {skip} line(s) done earlier (--restart begins again)"));
    }
    let bar = startup::progress_bar(file, source.bytes());
    let started = Instant::now();
    let tally = push_all(file, source, skip, sink, &mut checkpoint, &bar).await;
    bar.finish_and_clear();
    let rate = tally.done as f64 / started.elapsed().as_secs_f64().max(1e-3);
    say::err(format!("{file}: {} line(s) stored, {} refused, {rate:.0} lines/s", tally.done, tally.failed));
    if let Some(error) = tally.broken {
        say::err(format!("{file}: stopped: {error}"));
        return FAILED;
    }
    checkpoint.finish();
    if tally.failed > 0 { FOUND_FAULTS } else { DONE }
}

/// Pushes lines with several under way; answers and checkpoints come in the order of the file.
async fn push_all(
    file: &str,
    source: Source,
    skip: u64,
    sink: &Sink,
    checkpoint: &mut Checkpoint,
    bar: &ProgressBar,
) -> Tally {
    let mut tally = Tally::default();
    let items = futures_util::stream::iter(source.skip_lines(skip));
    let names = checkpoint.names();
    let mut answers = items.map(|item| push_one(item, &names, sink)).buffered(CONCURRENT);
    while let Some((line, bytes, pushed)) = answers.next().await {
        bar.inc(bytes);
        match pushed {
            Pushed::Stored => tally.done += 1,
            Pushed::Refused(why) => {
                tally.failed += 1;
                bar.suspend(|| say::err(format!("{file}:{line}: {why}")));
            }
            Pushed::Broken(why) => {
                tally.broken = Some(why);
                return tally;
            }
        }
        checkpoint.reached(line);
    }
    tally
}

async fn push_one(item: Item, names: &Names, sink: &Sink) -> (u64, u64, Pushed) {
    let bytes = item.bytes;
    let pushed = match item.text {
        Ok(text) => sink.push(text, names.of(item.line)).await,
        Err(error) => Pushed::Broken(format!("line {} cannot be read: {error}", item.line)),
    };
    (item.line, bytes, pushed)
}
