//! Generic functions and types: type arguments given and inferred, and whether they satisfy their constraints.

mod infer;
mod instantiate;
mod unify;
