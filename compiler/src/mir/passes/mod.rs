//! Passes over MIR. Each is a plain function; the [verifier](verify) can run after each.

pub mod liveness;
pub mod ownership;
pub mod suspend;
pub mod verify;
