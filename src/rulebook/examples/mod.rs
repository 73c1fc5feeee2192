//! The examples that mapping files carry.
