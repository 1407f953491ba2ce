//! Goo's grammar for [tree-sitter](https://tree-sitter.github.io), with its queries.
//!
//! Hand [`LANGUAGE`] to `tree_sitter::Parser::set_language`. Node types are those of Go's grammar
//! where Goo spells things as Go does.

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_goo() -> *const ();
}

/// The grammar.
// SAFETY: the function is the one that tree-sitter generated, and gives a language that lives for ever.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_goo) };

/// What nodes there are, as JSON.
pub const NODE_TYPES: &str = include_str!("../../src/node-types.json");

/// Colours, in the names of nvim-treesitter.
pub const HIGHLIGHTS_QUERY: &str = include_str!("../../queries/highlights.scm");
/// Other languages in strings and comments.
pub const INJECTIONS_QUERY: &str = include_str!("../../queries/injections.scm");
/// What can be folded.
pub const FOLDS_QUERY: &str = include_str!("../../queries/folds.scm");
/// How lines are indented.
pub const INDENTS_QUERY: &str = include_str!("../../queries/indents.scm");
/// Scopes, definitions and references.
pub const LOCALS_QUERY: &str = include_str!("../../queries/locals.scm");
/// Definitions for outlines.
pub const TAGS_QUERY: &str = include_str!("../../queries/tags.scm");
