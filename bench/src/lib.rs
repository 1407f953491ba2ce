//! What the measuring commands share.

pub mod document;
pub mod manifest;
