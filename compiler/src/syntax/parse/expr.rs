//! Expressions: operators, from the loosest to the tightest.
//!
//! ```text
//! expr    = default { "recover" [ name ] block }
//! default = binary { "??" binary }              associates to the right
//! binary  = Go's five levels, to the left
//! unary   = { operator | "try" } primary [ "@" address ] [ "within" limit ]
//! ```

use super::goo;
use super::input::{Input, Reader, Res, chain, chained, nested};
use super::mistake::Mistake;
use super::operand::primary;
use super::recover::{follows_break, spoil};
use super::types::{result_tail, starts_type};
use crate::diagnostics::Code;
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

/// A whole expression, or a type where types can stand too.
pub(super) fn expr(inp: &mut Input<'_, '_>) -> Res<Expr> {
    chain(inp, |inp| {
        let start = inp.at();
        let mut value = default(inp)?;
        while goo::recover_follows(inp) {
            chained(inp)?;
            value = goo::recover(inp, start, RecoverBody::Expr(Box::new(value)))?;
        }
        Ok(value)
    })
}

/// `a ?? b ?? c` is `a ?? (b ?? c)`: each but the last is optional.
pub(super) fn default(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let first = binary(inp, 1)?;
    if inp.tok() != Tok::Coalesce {
        return Ok(first);
    }
    let mut operands = vec![first];
    let mut ops: Vec<Span> = Vec::new();
    while inp.tok() == Tok::Coalesce {
        let at = inp.at();
        inp.bump();
        ops.push(inp.span_of(at));
        operands.push(binary(inp, 1)?);
        chained(inp)?;
    }
    let Some(mut value) = operands.pop() else { return Err(inp.unexpected("", "expression")) };
    for (left, op_span) in operands.into_iter().zip(ops).rev() {
        let span = left.span.to(value.span);
        let (left, right) = (Box::new(left), Box::new(value));
        value = inp.expr(ExprKind::Binary { op: BinaryOp::Default, op_span, left, right }, span);
    }
    Ok(value)
}

/// Operators that bind at least as tightly as `level`.
pub(super) fn binary(inp: &mut Input<'_, '_>, level: u8) -> Res<Expr> {
    chain(inp, |inp| {
        let mut left = unary(inp)?;
        while let Some((op, op_level)) = binary_op(inp.tok()) {
            if op_level < level {
                break;
            }
            let at = inp.at();
            inp.bump();
            let op_span = inp.span_of(at);
            let right = binary(inp, op_level + 1)?;
            chained(inp)?;
            let span = left.span.to(right.span);
            let (l, right) = (Box::new(left), Box::new(right));
            left = inp.expr(ExprKind::Binary { op, op_span, left: l, right }, span);
        }
        Ok(left)
    })
}

/// The operator of a token and its level, Go's.
fn binary_op(tok: Tok) -> Option<(BinaryOp, u8)> {
    use BinaryOp::*;
    Some(match tok {
        Tok::PipePipe => (LogOr, 1),
        Tok::AmpAmp => (LogAnd, 2),
        Tok::EqEq => (Eq, 3),
        Tok::BangEq => (Ne, 3),
        Tok::Less => (Lt, 3),
        Tok::LessEq => (Le, 3),
        Tok::Greater => (Gt, 3),
        Tok::GreaterEq => (Ge, 3),
        Tok::Plus => (Add, 4),
        Tok::Minus => (Sub, 4),
        Tok::Pipe => (Or, 4),
        Tok::Caret => (Xor, 4),
        Tok::Star => (Mul, 5),
        Tok::Slash => (Div, 5),
        Tok::Percent => (Rem, 5),
        Tok::Shl => (Shl, 5),
        Tok::Shr => (Shr, 5),
        Tok::Amp => (And, 5),
        Tok::AmpCaret => (AndNot, 5),
        _ => return None,
    })
}

/// `~x` outside a constraint: read as Go reads it, so that it is the only mistake there.
fn stray_tilde(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    let tilde = inp.since(start);
    unary(inp)?;
    let message = "`~` is only for the types of a constraint";
    let mistake = Mistake::said(start, message)
        .span(tilde)
        .code(Code::InvalidOperation)
        .help("`^x` is the bitwise complement")
        .fix("write `^`", tilde, "^");
    inp.report(mistake);
    spoil(inp, start);
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Error, span))
}

/// `x!`, which other languages have: reported, and taken together with what it follows, which began at `start`.
fn stray_bang(inp: &mut Input<'_, '_>, start: usize) -> Option<Expr> {
    let bang = inp.at();
    if inp.tok() != Tok::Bang || starts_type(inp.tok_after(1)) && !follows_break(inp, bang + 1) {
        return None;
    }
    let mistake =
        Mistake::said(bang, "`!` stands between a result and the type of its error").label("no type follows");
    inp.report(mistake.help(
        "an optional is unwrapped by `if v := x { … }` or `x ?? default`, the error of a call passed on by `try f()`",
    ));
    inp.bump();
    spoil(inp, start);
    let span = inp.since(start);
    Some(inp.expr(ExprKind::Error, span))
}

/// A prefix operator and its operand, or what has none.
pub(super) fn unary(inp: &mut Input<'_, '_>) -> Res<Expr> {
    nested(inp, |inp| {
        let start = inp.at();
        let op = match inp.tok() {
            Tok::Minus => UnaryOp::Neg,
            Tok::Plus => UnaryOp::Plus,
            Tok::Bang => UnaryOp::Not,
            Tok::Caret => UnaryOp::BitNot,
            Tok::Amp => UnaryOp::Ref,
            Tok::Star => UnaryOp::Deref,
            Tok::Arrow => UnaryOp::Recv,
            Tok::Tilde => return stray_tilde(inp),
            Tok::Go => return goo::go_expr(inp),
            Tok::Ident if goo::try_follows(inp) => return goo::try_expr(inp),
            Tok::Ident if goo::match_follows(inp) => return goo::match_expr(inp),
            _ => {
                let value = primary(inp)?;
                let value = goo::endpoint_tail(inp, start, value)?;
                let value = goo::within_tail(inp, start, value)?;
                return match stray_bang(inp, start) {
                    Some(stray) => Ok(stray),
                    None => result_tail(inp, start, value),
                };
            }
        };
        inp.bump();
        let operand = unary(inp)?;
        let span = inp.since(start);
        if op == UnaryOp::Recv && matches!(operand.kind, ExprKind::ChanType(_)) {
            return receive_only(inp, operand, span);
        }
        // What follows a receive limits the receive, not the channel: `<-ch within 1s`.
        if let ExprKind::Within { call, limit } = operand.kind {
            let span_inner = Span { end: call.span.end, ..span };
            let call = Box::new(inp.expr(ExprKind::Unary { op, operand: call }, span_inner));
            return Ok(inp.expr(ExprKind::Within { call, limit }, span));
        }
        Ok(inp.expr(ExprKind::Unary { op, operand: Box::new(operand) }, span))
    })
}

/// `<-` before a channel type belongs to the type: `<-(chan T)` is `<-chan T`, and `<-(chan<- T)` is
/// `<-chan (<-T)`, as Go reads it.
fn receive_only(inp: &mut Input<'_, '_>, ty: Expr, span: Span) -> Res<Expr> {
    let ExprKind::ChanType(mut chan) = ty.kind else { return Ok(ty) };
    match chan.dir {
        ChanDir::Both if chan.pattern == ChanPattern::Plain => chan.dir = ChanDir::Recv,
        ChanDir::Send if matches!(chan.elem.kind, ExprKind::ChanType(_)) => {
            chan.dir = ChanDir::Recv;
            let inner_span = chan.elem.span;
            chan.elem = receive_only(inp, chan.elem, inner_span)?;
        }
        _ => {
            return Err(super::mistake::Mistake::said(inp.at(), "unexpected `<-` before this channel type")
                .span(span));
        }
    }
    Ok(Expr { kind: ExprKind::ChanType(chan), span, ..ty })
}

/// One or more expressions.
pub(super) fn expr_list(inp: &mut Input<'_, '_>) -> Res<Vec<Expr>> {
    let mut list = vec![expr(inp)?];
    while inp.got(Tok::Comma) {
        list.push(expr(inp)?);
    }
    Ok(list)
}
