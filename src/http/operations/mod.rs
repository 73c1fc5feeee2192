//! The operations: one file each.

mod close_month;
mod dossier;
mod everything;
mod explain;
mod forfait;
mod meta;
mod next_change;
mod parameters;
mod prevention;
mod quality;
mod simulate;
mod typologies;
mod validate;
mod what_if;

pub use close_month::close_month;
pub use dossier::dossier;
pub use everything::everything;
pub use explain::explain;
pub use forfait::forfait;
pub use meta::{meta, meta_add, meta_delete};
pub use next_change::next_change;
pub use prevention::prevention;
pub use quality::quality;
pub use simulate::simulate;
pub use typologies::typologies;
pub use validate::validate;
pub use what_if::what_if;
