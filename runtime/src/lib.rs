//! The Goo runtime.
