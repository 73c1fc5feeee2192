//! Dates and instants: what reads is written back and reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mtr_gateway::domain::calendar::{Day, Instant, Month, PartialDate};
use std::fmt::{Debug, Display};
use std::str::FromStr;

fn there_and_back<T: FromStr + Display + PartialEq + Debug>(text: &str)
where
    T::Err: Debug,
{
    if let Ok(read) = text.parse::<T>() {
        assert_eq!(read.to_string().parse::<T>().expect("what is written reads"), read);
    }
}

fuzz_target!(|text: &str| {
    there_and_back::<Day>(text);
    there_and_back::<Month>(text);
    there_and_back::<PartialDate>(text);
    there_and_back::<Instant>(text);
    if let Ok(day) = text.parse::<Day>() {
        assert_eq!(day.month().to_string(), text[..7], "a day is of its month");
    }
});
