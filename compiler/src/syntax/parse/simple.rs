//! Simple statements: those that may stand in a header, too.

use super::expr::{expr, expr_list};
use super::goo;
use super::input::{Input, Reader, Res};
use super::mistake::Mistake;
use super::operand::is_type_guard;
use super::recover::{spoil, spoil_span};
use crate::diagnostics::Code;
use crate::syntax::Symbol;
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

/// What a simple statement may be besides a statement, where it stands in a header.
pub(super) enum Simple {
    Stmt(Stmt),
    Range(RangeBind, Expr),
    /// `v := x.(type)`.
    TypeGuard(Option<Ident>, Expr),
}

pub(super) fn simple_stmt(inp: &mut Input<'_, '_>) -> Res<Stmt> {
    match simple(inp, Place::Plain)? {
        Simple::Stmt(stmt) => Ok(stmt),
        Simple::Range(..) | Simple::TypeGuard(..) => Err(inp.unexpected("", "statement")),
    }
}

/// Where a simple statement stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Plain,
    /// `range` is allowed.
    For,
    /// `.(type)` is allowed.
    Switch,
}

/// An expression, assignment, definition, send, `++` or `--`.
pub(super) fn simple(inp: &mut Input<'_, '_>, place: Place) -> Res<Simple> {
    let start = inp.at();
    if place == Place::For && inp.got(Tok::Range) {
        return Ok(Simple::Range(RangeBind::None, expr(inp)?));
    }
    let left = expr_list(inp)?;
    simple_rest(inp, start, left, place)
}

/// A simple statement after the expressions that it begins with.
pub(super) fn simple_rest(
    inp: &mut Input<'_, '_>,
    start: usize,
    mut left: Vec<Expr>,
    place: Place,
) -> Res<Simple> {
    let at = inp.at();
    if place == Place::Switch && inp.tok() == Tok::Colon && guard_follows(inp) {
        let mistake = inp.unexpected("", "`:=`").fix("write `:=`", inp.span_of(at), ":=");
        inp.report(mistake.help(TYPE_SWITCH));
        inp.read_as(at, Tok::ColonEq);
    }
    let tok = inp.tok();
    let kind = match tok {
        Tok::ColonEq | Tok::Eq => {
            inp.bump();
            return assign_or_define(inp, start, left, at, place);
        }
        _ if left.len() != 1 => return Err(inp.unexpected("", "`:=`, `=` or comma")),
        Tok::PlusPlus | Tok::MinusMinus => {
            inp.bump();
            StmtKind::IncDec { target: left.remove(0), increment: tok == Tok::PlusPlus }
        }
        Tok::Arrow => {
            inp.bump();
            return goo::send(inp, start, left.remove(0)).map(Simple::Stmt);
        }
        _ => match assign_op(tok) {
            Some(op) => {
                inp.bump();
                let op_span = inp.span_of(at);
                StmtKind::OpAssign { op, op_span, value: expr(inp)?, target: left.remove(0) }
            }
            None => {
                let value = left.remove(0);
                if place == Place::Switch && is_guard(&value) {
                    return Ok(type_guard(None, value));
                }
                StmtKind::Expr(value)
            }
        },
    };
    Ok(Simple::Stmt(Stmt { kind, span: inp.since(start) }))
}

/// What follows `=` or `:=`, which stands at `op`.
fn assign_or_define(
    inp: &mut Input<'_, '_>,
    start: usize,
    left: Vec<Expr>,
    op: usize,
    place: Place,
) -> Res<Simple> {
    let define = inp.token(op).tok == Tok::ColonEq;
    if place == Place::For && inp.got(Tok::Range) {
        let bind = if define { RangeBind::Define(names(inp, op, left)) } else { RangeBind::Assign(left) };
        return Ok(Simple::Range(bind, expr(inp)?));
    }
    if inp.tok() == Tok::Eq {
        let second = inp.span_of(inp.at());
        let mistake = inp.unexpected("", "expression").fix("remove it", second, "");
        inp.report(mistake.help("an assignment is one `=`, a comparison is `==`"));
        inp.bump();
    }
    let mut values = expr_list(inp)?;
    if place == Place::Switch && values.len() == 1 && is_guard(&values[0]) {
        if !define {
            let mistake = Mistake::unexpected(op, "", "`:=`").fix("write `:=`", inp.span_of(op), ":=");
            inp.report(mistake.help(TYPE_SWITCH));
        }
        let names = names(inp, op, left);
        if names.len() != 1 {
            let mistake = Mistake::said(op, "a type switch binds one name").span(inp.since(start));
            inp.report(mistake.help(TYPE_SWITCH));
            // What the others would be is not known.
            spoil(inp, start);
        }
        return Ok(type_guard(names.into_iter().next(), values.remove(0)));
    }
    let kind = if define {
        StmtKind::Define { names: names(inp, op, left), values }
    } else {
        StmtKind::Assign { targets: left, values }
    };
    Ok(Simple::Stmt(Stmt { kind, span: inp.since(start) }))
}

pub(super) const TYPE_SWITCH: &str = "a type switch is `switch v := x.(type) { … }`";

/// Whether `.(type)` ends the line's header.
fn guard_follows(inp: &mut Input<'_, '_>) -> bool {
    let at = inp.at();
    let mut body = at;
    while !matches!(inp.token(body).tok, Tok::LBrace | Tok::Semi | Tok::Newline | Tok::Eof) {
        body += 1;
    }
    body > at + 2 && inp.token(body - 2).tok == Tok::Type
}

fn is_guard(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::TypeAssert { ty, .. } if is_type_guard(ty))
}

fn type_guard(binding: Option<Ident>, guard: Expr) -> Simple {
    match guard.kind {
        ExprKind::TypeAssert { base, .. } => Simple::TypeGuard(binding, *base),
        _ => Simple::TypeGuard(binding, guard),
    }
}

/// The names left of a `:=`, which stands at `op`.
pub(super) fn names(inp: &mut Input<'_, '_>, op: usize, left: Vec<Expr>) -> Vec<Ident> {
    let mut names = Vec::with_capacity(left.len());
    for target in left {
        match target.kind {
            ExprKind::Name(name) => names.push(Ident { id: target.id, name, span: target.span }),
            _ => {
                let span = target.span;
                let source = inp.shared().source;
                let text = &source[span.start as usize..span.end as usize];
                let text = text.lines().next().unwrap_or("");
                let mistake = Mistake::said(op, format!("non-name `{text}` on left side of `:=`")).span(span);
                inp.report(
                    mistake
                        .code(Code::NotAssignable)
                        .help("`:=` declares variables; assign to what exists with `=`"),
                );
                spoil_span(inp, span);
                // As many names as there are targets, so that the values still fit.
                names.push(Ident { id: target.id, name: Symbol::intern("_"), span });
            }
        }
    }
    names
}

fn assign_op(tok: Tok) -> Option<BinaryOp> {
    use BinaryOp::*;
    Some(match tok {
        Tok::PlusEq => Add,
        Tok::MinusEq => Sub,
        Tok::StarEq => Mul,
        Tok::SlashEq => Div,
        Tok::PercentEq => Rem,
        Tok::AmpEq => And,
        Tok::PipeEq => Or,
        Tok::CaretEq => Xor,
        Tok::AmpCaretEq => AndNot,
        Tok::ShlEq => Shl,
        Tok::ShrEq => Shr,
        _ => return None,
    })
}
