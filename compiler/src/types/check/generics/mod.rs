//! Generic functions and types: type arguments given and inferred, and whether they satisfy their constraints.

mod growth;
mod infer;
mod instantiate;
mod unify;

pub(super) use growth::Flow;
