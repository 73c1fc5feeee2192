//! `mtr-gateway demo`: an invented French practice, the same for everybody, to try the gateway with.

pub mod population;
