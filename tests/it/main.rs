//! The one integration binary: what is true of the whole and not of a module.

mod dockerfile;
mod floors;
mod sources;
