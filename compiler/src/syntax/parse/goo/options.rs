//! Named options, endpoints and time limits: `cap: 100`, `max: 5 per 10s`, `@ "tcp://…"`, `within 50ms`.

use super::operand_follows_word;
use crate::syntax::ast::*;
use crate::syntax::parse::expr::{binary, expr, unary};
use crate::syntax::parse::input::{Input, Reader, Res, chained};
use crate::syntax::parse::operand::{bare_list, bare_list_follows};
use crate::syntax::token::Tok;

/// The level of `+`: an address may be put together, but not compared.
const ADDRESS_LEVEL: u8 = 4;

/// The value of a named option: an expression, `low..high`, `count per period` or `[a, b]`.
pub(in crate::syntax::parse) fn option_value(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    if inp.tok() == Tok::LBracket && bare_list_follows(inp) {
        return bare_list(inp);
    }
    let value = Box::new(expr(inp)?);
    let kind = if inp.got(Tok::DotDot) {
        ExprKind::Interval { low: value, high: Box::new(expr(inp)?) }
    } else if inp.is_word("per") {
        inp.bump();
        ExprKind::Per { count: value, period: Box::new(expr(inp)?) }
    } else {
        return Ok(*value);
    };
    let span = inp.since(start);
    Ok(inp.expr(kind, span))
}

/// `@ "address"`, `@ bind "address"`, `@ ["one", "two"]` after a `make`, if it is there.
pub(in crate::syntax::parse) fn endpoint_tail(
    inp: &mut Input<'_, '_>,
    start: usize,
    chan: Expr,
) -> Res<Expr> {
    if !inp.got(Tok::At) {
        return Ok(chan);
    }
    let has_mode = matches!(inp.word(), Some("bind" | "connect")) && operand_follows_word(inp);
    let mode = if has_mode { Some(inp.take_ident()) } else { None };
    let address = if inp.tok() == Tok::LBracket { bare_list(inp)? } else { binary(inp, ADDRESS_LEVEL)? };
    chained(inp)?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Endpoint { chan: Box::new(chan), mode, address: Box::new(address) }, span))
}

/// `within limit` after an operation, if it is there.
pub(in crate::syntax::parse) fn within_tail(inp: &mut Input<'_, '_>, start: usize, call: Expr) -> Res<Expr> {
    if !(inp.is_word("within") && operand_follows_word(inp)) {
        return Ok(call);
    }
    inp.bump();
    let limit = Box::new(unary(inp)?);
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Within { call: Box::new(call), limit }, span))
}
