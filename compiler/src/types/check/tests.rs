//! Checks of small sources.
