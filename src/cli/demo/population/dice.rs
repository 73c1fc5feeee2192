//! Reproducible draws: integers only, from one ChaCha stream per patient.
//!
//! The way from a 32-bit word to a draw is written here and not taken from a library, whose
//! sampling may change from one release to the next; the ChaCha stream itself is a standard.

use rand::RngCore;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// Answers the dice of one patient: they do not depend on how many patients come before.
    pub(super) fn new(seed: u64, index: u32) -> Dice {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&index.to_le_bytes());
        Dice(ChaCha8Rng::from_seed(key))
    }

    /// Draws from 0 to `bound - 1`; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// Draws from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(1) as u32) as i32
    }

    /// Draws around `mean`, as the sum of three dice: never further than `spread`.
    pub(super) fn around(&mut self, mean: i32, spread: i32) -> i32 {
        let third = spread / 3;
        mean + (0..3).map(|_| self.between(-third, third)).sum::<i32>()
    }

    pub(super) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// Picks one of a table that is never empty.
    pub(super) fn pick<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.below(table.len() as u32) as usize]
    }

    /// Draws an index of `weights`, in proportion to them.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        weights.len().saturating_sub(1)
    }
}
