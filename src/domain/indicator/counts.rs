//! What a measure counts, so that it adds up over patients, strata, months and structures.

use std::iter::Sum;
use std::ops::AddAssign;

/// The populations of one group of a measure (FHIR measure-population), in units of that measure:
/// patients, appointments, consultations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Initial population.
    pub initial: u32,
    /// Denominator: of the initial population, those asked about, exclusions included.
    pub denominator: u32,
    /// Denominator exclusion: of the denominator, those who are not to be asked.
    pub excluded: u32,
    /// Numerator: of the denominator without its exclusions, those for whom it holds.
    pub numerator: u32,
    /// Nobody can tell for want of a datum: in no population at all.
    pub undecided: u32,
    /// Of the denominator without its exclusions, those whose quantity is known.
    pub measured: u32,
    /// The sum of these quantities, in the unit of the measure (whole minutes, consultations).
    pub sum: u64,
    /// What that sum is made of (consultations): those whose quantity is told.
    pub known: u32,
    /// Those that are in no sum, for nobody told their quantity: the coverage is told with the sum.
    pub missing: u32,
}

impl Counts {
    /// Answers what a score is over: the denominator without its exclusions.
    pub fn base(&self) -> u32 {
        self.denominator.saturating_sub(self.excluded)
    }

    /// Answers whether nobody is counted at all.
    pub fn is_empty(&self) -> bool {
        *self == Counts::default()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.initial += other.initial;
        self.denominator += other.denominator;
        self.excluded += other.excluded;
        self.numerator += other.numerator;
        self.undecided += other.undecided;
        self.measured += other.measured;
        self.sum += other.sum;
        self.known += other.known;
        self.missing += other.missing;
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(all: I) -> Counts {
        all.fold(Counts::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}
