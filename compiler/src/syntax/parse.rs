//! Tokens to tree.
//!
//! The grammar is split by family: [`decl`], [`types`], [`params`], [`stmt`], [`control`], [`expr`], [`operand`], and
//! [`goo`] for what Go does not have. [`input`] says what a rule is; [`recover`] how reading goes on after a mistake.
//!
//! What holds afterwards: every node has its own id and a span; what could not be read is an `Error` node, and then an
//! error has been reported; the tree is at most about [`input::MAX_HEIGHT`] high, so that later stages may recurse
//! over it under [`on_deep_stack`].

mod advice;
mod control;
mod decl;
mod expr;
mod goo;
mod input;
mod mistake;
mod operand;
mod pairs;
mod params;
mod recover;
mod simple;
mod spelling;
mod stmt;
mod switch;
mod types;

use std::cell::Cell;

use chumsky::Parser as _;
use chumsky::primitive::custom;

use super::ast::{self, NodeIds};
use super::damage::{Damage, Region};
use super::lex::{self, LexError, Lexed};
use super::token::{Tok, Token};
use super::{FileId, Span, Symbol};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use input::{State, Tokens};

/// Runs work that recurses over a tree, on a stack that bears the highest tree there can be: some 3,000 levels, at a few
/// frames of an unoptimised build each. Memory is taken only as far as the work goes down.
pub fn on_deep_stack<T>(work: impl FnOnce() -> T) -> T {
    const NEEDED: usize = 192 << 20;
    stacker::maybe_grow(NEEDED, NEEDED + (64 << 20), work)
}

/// The longest file that is read: places are 32 bits wide.
const MAX_FILE: usize = u32::MAX as usize - 1;

/// Parses a file. Reports every mistake in it, at most one a line, and always gives a tree.
pub fn parse(file: FileId, text: &str, ids: &mut NodeIds, diags: &mut Diagnostics) -> ast::File {
    if text.len() > MAX_FILE {
        let span = Span { file, start: 0, end: 0 };
        diags.push(Diagnostic::error(Code::Syntax, span, "file is longer than 4 GiB"));
        return empty(span, ids);
    }
    let Lexed { tokens, comments, errors } = lex::tokens(text);
    let pairs = pairs::pairs(text, &tokens);
    let tokens: Vec<Cell<Token>> = tokens.into_iter().map(Cell::new).collect();
    let mut state = State::new(text, file, &tokens, &pairs, &comments, ids);
    state.dropped = errors.iter().filter(|e| e.code == Code::LexCharacter).map(|e| e.start).collect();
    state.dropped.sort_unstable();
    let parsed = custom(decl::file).parse_with_state(tokens.as_slice(), &mut state).into_output();
    let mut mistakes = std::mem::take(&mut state.mistakes);
    // What is missing at the end of the file is in the comment or string that has no end.
    if errors.iter().any(|error| swallows_the_rest(error, text, &tokens)) {
        mistakes.retain(|mistake| tokens.get(mistake.at()).is_some_and(|token| !is_end(token.get())));
    }
    let mut damage = std::mem::take(&mut state.damage);
    if state.cut_short {
        let end = text.len() as u32;
        damage.push(Region { start: end, end, within: None });
    }
    damage.extend(errors.iter().map(|error| damaged_token(error, text, &tokens)));
    let lexical: Vec<u32> = errors.iter().map(|error| error.start).collect();
    let mut found: Vec<Diagnostic> = errors.into_iter().map(|error| error.into_diagnostic(file)).collect();
    found.extend(mistakes.into_iter().map(|mistake| mistake.into_diagnostic(file, text, &tokens)));
    // A `~` in an expression is well-formed, so it is not worth mentioning beside what is not.
    if found.iter().any(|diagnostic| diagnostic.code != Code::InvalidOperation) {
        found.retain(|diagnostic| diagnostic.code != Code::InvalidOperation);
    }
    let places: Vec<u32> = found.iter().map(|diagnostic| diagnostic.primary.span.start).collect();
    report(text, found, diags);
    // The rule for files recovers from everything, so there is always a tree.
    let mut tree = parsed.unwrap_or_else(|| empty(Span { file, start: 0, end: 0 }, ids));
    // Nobody is to look for a package whose path is in error.
    let spoilt = |path: Span| lexical.iter().any(|error| (path.start..path.end).contains(error));
    tree.imports.retain(|import| !spoilt(import.path_span));
    tree.damage = Damage::new(text, damage, &places);
    tree
}

/// Whether what should end somewhere takes all that follows.
fn swallows_the_rest(error: &LexError, text: &str, tokens: Tokens<'_>) -> bool {
    damaged_token(error, text, tokens).end as usize == text.len()
}

/// Whether this is the end of the file, or the end of a statement there.
fn is_end(token: Token) -> bool {
    token.tok == Tok::Eof || token.start == token.end
}

/// What a mistake within a token damages: the token, and whatever it has swallowed.
fn damaged_token(error: &LexError, text: &str, tokens: Tokens<'_>) -> Region {
    let next = tokens.partition_point(|token| token.get().start <= error.start);
    let token = tokens[..next].last().map(Cell::get).filter(|token| error.start < token.end);
    let end = match error.code {
        Code::LexComment => text.len() as u32,
        _ => token.map_or(error.end, |token| token.end.max(error.end)),
    };
    Region { start: token.map_or(error.start, |token| token.start), end, within: None }
}

fn empty(span: Span, ids: &mut NodeIds) -> ast::File {
    let package = ast::Ident { id: ids.next_id(), name: Symbol::intern("_"), span };
    ast::File { doc: None, package, imports: Vec::new(), decls: Vec::new(), damage: Damage::default(), span }
}

/// Reports in source order, and the first of each line only: what follows on a line is most often its consequence.
fn report(text: &str, mut found: Vec<Diagnostic>, diags: &mut Diagnostics) {
    found.sort_by_key(|d| d.primary.span.start);
    let mut line_end = None;
    for diagnostic in found {
        let start = diagnostic.primary.span.start as usize;
        if line_end.is_some_and(|end| start <= end) {
            continue;
        }
        line_end = Some(text[start..].find('\n').map_or(text.len(), |n| start + n));
        diags.push(diagnostic);
    }
}

#[cfg(test)]
mod tests;
