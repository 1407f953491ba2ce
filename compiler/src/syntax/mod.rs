//! Source text to syntax tree: lexing (logos), parsing (chumsky), and what both speak of.

pub mod ast;
pub mod span;
pub mod visit;

pub use ast::NodeId;
pub use span::{FileId, SourceMap, Span, Symbol};
