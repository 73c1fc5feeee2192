//! The operations: one file each.

mod dossier;
mod everything;
mod explain;
mod forfait;
mod meta;
mod parameters;
mod prevention;
mod quality;
mod typologies;
mod validate;

pub use dossier::dossier;
pub use everything::everything;
pub use explain::explain;
pub use forfait::forfait;
pub use meta::{meta, meta_add, meta_delete};
pub use prevention::prevention;
pub use quality::quality;
pub use typologies::typologies;
pub use validate::validate;
