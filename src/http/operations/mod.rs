//! The operations: one file each.

mod close_month;
mod dossier;
mod everything;
mod explain;
mod export_lines;
mod forfait;
mod leaving;
mod meta;
mod next_change;
mod parameters;
mod prevention;
mod quality;
mod reconcile;
mod roster_diff;
mod simulate;
mod typologies;
mod validate;
mod what_if;

pub use close_month::close_month;
pub use dossier::dossier;
pub use everything::everything;
pub use explain::explain;
pub use export_lines::{CONTROL, export_lines};
pub use forfait::forfait;
pub use leaving::leaving;
pub use meta::{meta, meta_add, meta_delete};
pub use next_change::next_change;
pub use prevention::prevention;
pub use quality::quality;
pub use reconcile::reconcile;
pub use roster_diff::roster_diff;
pub use simulate::simulate;
pub use typologies::typologies;
pub use validate::validate;
pub use what_if::what_if;
