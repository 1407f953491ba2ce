//! Models of the protocols for loom.
