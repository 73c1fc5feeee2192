//! The store from outside: what survives, what is refused, what is decided once.

mod commits;
mod damage;
mod homes;
mod killed;
mod reads;
mod rebuild;
mod support;
