//! One file for each subcommand; each gives the exit status.

pub mod check;
pub mod explain;
pub mod new;
