//! Monthly statements: what is closed, what is adjusted afterwards.

mod rules;

pub use rules::LateChange;
pub use rules::OncePerMonth;
pub use rules::StatementRules;
