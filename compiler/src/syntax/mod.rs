//! Source text to syntax tree: lexing (logos), parsing (chumsky), and what both speak of.

pub mod ast;
pub mod damage;
pub mod dump;
pub mod lex;
pub mod literal;
mod parse;
pub mod real;
pub mod span;
pub mod token;
pub mod visit;

pub use ast::{NodeId, NodeIds};
pub use dump::{dump, dump_tokens};
pub use lex::tokens;
pub use parse::{on_deep_stack, parse};
pub use span::{FileId, SourceMap, Span, Symbol};
