//! What Goo adds to Go's grammar, and the words that begin it.
//!
//! None of these words is reserved. A word begins a construct only where no Go program could have it as a name: mostly
//! because an operand follows it directly. Where an operator follows, which could be binary (`try <-t`) or
//! belong to the operand, its spacing decides, as gofmt writes it: `try <-t` is a receive, `try <- t` a send.

mod failure;
mod matching;
mod options;
mod tasks;

pub(super) use failure::{handled_send, recover, recover_follows, send, try_expr, try_follows};
pub(super) use matching::{match_expr, match_follows};
pub(super) use options::{endpoint_tail, option_value, within_tail};
pub(super) use tasks::{go_expr, supervise_as_value, supervise_without_go};

use super::expr::expr;
use super::input::{Input, Reader, Res};
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

/// Whether an operand follows the word that comes next, so that the word is no name.
pub(super) fn operand_follows_word(inp: &mut Input<'_, '_>) -> bool {
    let at = inp.at();
    let (word, next, after) = (inp.token(at), inp.token(at + 1), inp.token(at + 2));
    let spaced = next.start > word.end;
    match next.tok {
        Tok::Ident
        | Tok::Func
        | Tok::Struct
        | Tok::Map
        | Tok::Chan
        | Tok::Interface
        | Tok::Go
        | Tok::Bang => true,
        tok if tok.is_literal() => true,
        // `word(x)` and `word[x]` are a call and an index.
        Tok::LParen | Tok::LBracket => spaced,
        Tok::Arrow | Tok::Minus | Tok::Plus | Tok::Star | Tok::Amp | Tok::Caret => {
            spaced && after.start == next.end
        }
        _ => false,
    }
}

/// A statement that begins with one of Goo's words, if this is one.
pub(super) fn word_stmt(inp: &mut Input<'_, '_>) -> Res<Option<StmtKind>> {
    let kind = match inp.word() {
        Some("supervise") if tasks::supervise_follows(inp, 0) => {
            StmtKind::Supervise(Box::new(tasks::supervise(inp)?))
        }
        Some("fail") if operand_follows_word(inp) => {
            inp.bump();
            StmtKind::Fail(expr(inp)?)
        }
        Some("yield") if operand_follows_word(inp) => {
            inp.bump();
            StmtKind::Yield(expr(inp)?)
        }
        Some("assert") if operand_follows_word(inp) => {
            inp.bump();
            let cond = expr(inp)?;
            let message = if inp.got(Tok::Comma) { Some(expr(inp)?) } else { None };
            StmtKind::Assert { cond, message }
        }
        _ => return Ok(None),
    };
    Ok(Some(kind))
}
