//! The operations on a Patient and `$validate`: one file each.

mod dossier;
mod explain;
mod forfait;
mod parameters;
mod prevention;
mod typologies;
mod validate;

pub use dossier::dossier;
pub use explain::explain;
pub use forfait::forfait;
pub use prevention::prevention;
pub use typologies::typologies;
pub use validate::validate;
