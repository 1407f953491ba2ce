//! Supervision: who starts a child, notices its end, and starts it again.

pub mod driver;
pub mod signals;
