//! A mapping file, alone and in the place of a real one: it loads, or every fault has its place.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mtr_gateway::rulebook::{Source, load};

fuzz_target!(|input: (u8, &[u8])| {
    let (which, content) = input;
    let folders = ["systems", "facts", "typologies", "prevention", "pathways", "tariffs", "sources", "parameters"];
    let path = format!("{}/x.yaml", folders[usize::from(which) % folders.len()]);
    if let Err(faults) = load(&Source(vec![(path, content.to_vec())])) {
        assert!(!faults.is_empty(), "a refusal says why");
    }
});
