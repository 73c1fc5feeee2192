//! The calendar of an FMT year: which months pay an instalment, and what its balance settles.

use crate::domain::calendar::Month;

/// When a year is paid.
pub(super) struct Schedule {
    /// The months that pay an instalment, in order.
    pub paying: Vec<Month>,
    /// The last of them, where it pays the balance.
    pub balance: Option<Month>,
}

impl Schedule {
    pub fn is_balance(&self, month: Month) -> bool {
        self.balance == Some(month)
    }

    /// Answers whether the balance was paid in an earlier month.
    pub fn is_settled(&self, month: Month) -> bool {
        self.balance.is_some_and(|balance| balance < month)
    }

    /// Answers the months of the advances, where a month tells the year that the balance settles.
    pub fn advances_before(&self, month: Month) -> &[Month] {
        match self.balance {
            Some(balance) if balance <= month => &self.paying[..self.paying.len() - 1],
            _ => &[],
        }
    }

    /// Answers the month whose indicators make the year that a month tells.
    pub fn reckoned_in(&self, month: Month) -> Month {
        self.balance.map_or(month, |balance| balance.min(month))
    }
}
