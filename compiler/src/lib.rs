//! The Goo compiler as a library: source text to native code.

// Every block says why it is sound.
#![warn(clippy::undocumented_unsafe_blocks)]

pub mod codegen;
pub mod diagnostics;
pub mod doc;
pub mod driver;
pub mod fix;
pub mod format;
pub mod graph;
pub mod link;
pub mod load;
pub mod lower;
pub mod mir;
mod parallel;
pub mod syntax;
pub mod types;
