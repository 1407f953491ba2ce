//! Passes over MIR. Each is a plain function; [`driver::lower`](crate::driver::lower) runs them, in an order that it explains, and
//! the [verifier](verify) behind them.

pub mod callgraph;
pub mod closures;
pub mod facts;
pub mod inline;
pub mod liveness;
pub mod loops;
pub mod owners;
pub mod ownership;
pub mod params;
pub mod points;
pub mod sections;
pub mod simplify;
pub mod suspend;
pub mod texts;
pub mod verify;

#[cfg(test)]
mod golden;
