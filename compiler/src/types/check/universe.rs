//! What is declared everywhere: predeclared types, functions and constants.

/// The predeclared declared types.
#[derive(Debug)]
pub(crate) struct Universe {}
