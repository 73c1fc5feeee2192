//! The operations: one file each.

mod close_month;
mod dossier;
mod everything;
mod explain;
mod export_lines;
mod forfait;
mod meta;
mod parameters;
mod prevention;
mod quality;
mod reconcile;
mod typologies;
mod validate;

pub use close_month::close_month;
pub use dossier::dossier;
pub use everything::everything;
pub use explain::explain;
pub use export_lines::{CONTROL, export_lines};
pub use forfait::forfait;
pub use meta::{meta, meta_add, meta_delete};
pub use prevention::prevention;
pub use quality::quality;
pub use reconcile::reconcile;
pub use typologies::typologies;
pub use validate::validate;
