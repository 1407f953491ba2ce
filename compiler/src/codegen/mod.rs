//! Code generation: MIR to machine code, by Cranelift.
//!
//! ```text
//! Unit            what all functions share: signatures, layouts, numbers of interfaces
//!   function      one function at a time, in parallel: MIR → CLIF → machine code, with a table of what it refers to
//! output          gives the items numbers, makes adapters and descriptors for those that are reached
//!   cache         takes code from the last compilation that would come out the same
//!   jit, object   places both in memory, or in an object file
//! ```
//!
//! Conventions are in `docs/architecture.md`. [`places`] reads and writes values wherever they live, [`frames`] does all that suspending
//! and crashing need.

mod abi;
mod adapters;
mod arith;
pub mod cache;
mod calls;
mod channels;
mod checks;
mod collections;
mod counts;
mod dead;
mod debug;
mod descriptors;
mod entry;
mod frames;
mod function;
mod homes;
mod intrinsics;
pub mod jit;
mod layout;
mod lends;
mod lines;
mod liveness;
mod maps;
mod natives;
pub mod object;
mod output;
mod places;
mod rvalues;
mod slicing;
mod symbols;
#[cfg(test)]
mod tests;
mod texts;
mod unit;

pub use output::{Code, Listing, NoCode, Target, generate, generate_listing};
