//! Composite literals.
