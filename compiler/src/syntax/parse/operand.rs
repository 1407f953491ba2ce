//! Operands and what follows them: selectors, indices, calls, assertions, composite literals.

use super::expr::expr;
use super::goo;
use super::input::{Input, Reader, Res, chained, nested};
use super::mistake::Mistake;
use super::params::func_sig;
use super::recover::{follows_break, indent, list, spoil};
use super::stmt::{block, body};
use super::types::{array_follows, chan_pattern, optional_tail, starts_type, type_, type_unit};
use crate::syntax::Symbol;
use crate::syntax::ast::*;
use crate::syntax::literal;
use crate::syntax::token::Tok;

/// An operand with everything that follows it. The caller's [`chain`](super::input::chain) counts the links.
pub(super) fn primary(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    let mut value = operand(inp)?;
    loop {
        value = match inp.tok() {
            Tok::Dot => selector(inp, start, value)?,
            Tok::LBracket => index(inp, start, value)?,
            Tok::LParen => call(inp, start, value)?,
            Tok::LBrace if begins_composite(inp, &value) => composite(inp, start, value)?,
            Tok::Question => optional_tail(inp, start, value)?,
            _ => return Ok(value),
        };
        chained(inp)?;
    }
}

fn operand(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    match inp.tok() {
        tok if tok.is_literal() => {
            let lit = literal::value(tok, inp.text(start));
            inp.bump();
            let span = inp.since(start);
            Ok(inp.expr(ExprKind::Lit(lit), span))
        }
        Tok::Ident if chan_pattern(inp).is_some() => type_unit(inp),
        Tok::Ident if goo::supervise_as_value(inp) => goo::supervise_without_go(inp),
        Tok::Ident => {
            let name = inp.take_ident();
            Ok(Expr { id: name.id, kind: ExprKind::Name(name.name), span: name.span })
        }
        Tok::LParen => {
            inp.bump();
            let inner = bracketed(inp, expr)?;
            if inp.tok() == Tok::LBrace && inp.shared().nest < 0 {
                let mistake = inp.unexpected("in parenthesized expression", "`)`");
                return Err(mistake.help(UNCLOSED));
            }
            inp.want(Tok::RParen, "in parenthesized expression")?;
            let span = inp.since(start);
            Ok(inp.expr(ExprKind::Paren(Box::new(inner)), span))
        }
        Tok::Func => func_lit(inp),
        Tok::LBracket | Tok::Chan | Tok::Map | Tok::Struct | Tok::Interface => type_unit(inp),
        _ => Err(inp.unexpected("", "expression")),
    }
}

/// Runs a rule where `{` may begin a composite literal, whatever is around the brackets.
pub(super) fn in_brackets<'a, 'p, T>(
    inp: &mut Input<'a, 'p>,
    rule: impl FnOnce(&mut Input<'a, 'p>) -> Res<T>,
) -> Res<T> {
    let outer = std::mem::replace(&mut inp.shared().nest, 0);
    let result = rule(inp);
    inp.shared().nest = outer;
    result
}

const UNCLOSED: &str = "before the `{` either a `)` is missing, or a `(` is one too many";

/// Runs a rule behind an opening bracket. In a header whose bracket is never closed `{` still begins the body.
fn bracketed<'a, 'p, T>(inp: &mut Input<'a, 'p>, rule: impl FnOnce(&mut Input<'a, 'p>) -> Res<T>) -> Res<T> {
    let open = inp.at() - 1;
    if inp.shared().nest < 0 && inp.pair(open).is_none() { rule(inp) } else { in_brackets(inp, rule) }
}

/// A function type, or a literal if a body follows.
fn func_lit(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    let sig = func_sig(inp)?;
    let next = inp.at() + 1;
    // A type does not end a line here: the `{` of the body is missing.
    if inp.tok() == Tok::Newline && indent(inp, next) > indent(inp, start) {
        let mistake = inp.unexpected("after function signature", "`{`");
        inp.report(mistake);
        let body = body(inp)?;
        let span = inp.since(start);
        return Ok(inp.expr(ExprKind::FuncLit(Box::new(FuncLit { sig, body })), span));
    }
    if inp.tok() != Tok::LBrace {
        let span = inp.since(start);
        return Ok(inp.expr(ExprKind::FuncType(Box::new(sig)), span));
    }
    let body = block(inp)?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::FuncLit(Box::new(FuncLit { sig, body })), span))
}

/// `.name`, `.(T)`, `.(type)`.
fn selector(inp: &mut Input<'_, '_>, start: usize, base: Expr) -> Res<Expr> {
    let dot = inp.at();
    inp.bump();
    match inp.tok() {
        // `x.` is still being written where a variable is declared on the next line.
        Tok::Ident if inp.tok_after(1) == Tok::ColonEq && follows_break(inp, dot + 1) => {
            Ok(nameless(inp, start, base))
        }
        Tok::Ident => {
            let name = inp.ident()?;
            let span = inp.since(start);
            Ok(inp.expr(ExprKind::Select { base: Box::new(base), name }, span))
        }
        Tok::LParen => {
            inp.bump();
            let ty = if inp.tok() == Tok::Type { type_guard(inp)? } else { type_(inp)? };
            inp.want(Tok::RParen, "in type assertion")?;
            let span = inp.since(start);
            Ok(inp.expr(ExprKind::TypeAssert { base: Box::new(base), ty: Box::new(ty) }, span))
        }
        _ => Ok(nameless(inp, start, base)),
    }
}

/// `base.` without a name, which is reported: an editor still wants to know what `base` is.
fn nameless(inp: &mut Input<'_, '_>, start: usize, base: Expr) -> Expr {
    let next = inp.at();
    let mistake = match follows_break(inp, next) {
        // What stands on another line is as it should be.
        true => Mistake::said(next - 1, "a name is missing after `.`").label("expected name or `(`"),
        false => inp.unexpected("", "name or `(`"),
    };
    inp.report(mistake);
    spoil(inp, start);
    let span = inp.since(start);
    let name = Ident { id: inp.id(), name: Symbol::intern("_"), span: span.after() };
    inp.expr(ExprKind::Select { base: Box::new(base), name }, span)
}

/// The `type` of `x.(type)`, as a name that no program can write.
fn type_guard(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let at = inp.at();
    let last = matches!(inp.tok_after(2), Tok::LBrace | Tok::Semi | Tok::Newline);
    if !(inp.shared().type_guard && inp.shared().nest < 0 && last) {
        return Err(Mistake::said(at, "use of `.(type)` outside type switch")
            .help("ask for one type: `v, ok := x.(T)`; or for several: `switch v := x.(type) { … }`"));
    }
    inp.bump();
    let span = inp.span_of(at);
    Ok(inp.expr(ExprKind::Name(Symbol::intern("type")), span))
}

/// Whether this is the type of a `.(type)`.
pub(super) fn is_type_guard(ty: &Expr) -> bool {
    matches!(ty.kind, ExprKind::Name(name) if name == Symbol::intern("type"))
}

/// `[i]`, `[T, U]`, `[lo:hi:max]`.
fn index(inp: &mut Input<'_, '_>, start: usize, base: Expr) -> Res<Expr> {
    inp.bump();
    bracketed(inp, |inp| {
        if inp.tok() == Tok::RBracket {
            let mistake = Mistake::said(inp.at(), "expected operand").label("an index or a type argument");
            return Err(match base.kind {
                ExprKind::Name(name) if inp.tok_after(1) == Tok::LBrace => {
                    mistake.help(format!("the brackets stand before the type: `[]{name}{{…}}`"))
                }
                _ => mistake,
            });
        }
        let mut low = None;
        if inp.tok() != Tok::Colon {
            let first = expr(inp)?;
            if matches!(inp.tok(), Tok::Comma | Tok::RBracket) {
                return index_rest(inp, start, base, first);
            }
            low = Some(Box::new(first));
        }
        slice_rest(inp, start, base, low)
    })
}

/// What follows the first index or type argument.
fn index_rest(inp: &mut Input<'_, '_>, start: usize, base: Expr, first: Expr) -> Res<Expr> {
    let mut args = vec![first];
    while inp.got(Tok::Comma) && inp.tok() != Tok::RBracket {
        args.push(expr(inp)?);
    }
    inp.want(Tok::RBracket, "in index")?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Index { base: Box::new(base), args }, span))
}

/// What follows the lower bound of a slice.
fn slice_rest(inp: &mut Input<'_, '_>, start: usize, base: Expr, low: Option<Box<Expr>>) -> Res<Expr> {
    if !inp.got(Tok::Colon) {
        return Err(inp.unexpected("", "comma, `:` or `]`"));
    }
    let (mut high, mut max) = (None, None);
    if !matches!(inp.tok(), Tok::Colon | Tok::RBracket) {
        high = Some(Box::new(expr(inp)?));
    }
    let second = inp.at();
    if inp.got(Tok::Colon) {
        if high.is_none() {
            return Err(Mistake::said(second, "middle index required in 3-index slice"));
        }
        if inp.tok() == Tok::RBracket {
            return Err(Mistake::said(inp.at(), "final index required in 3-index slice"));
        }
        max = Some(Box::new(expr(inp)?));
    }
    inp.want(Tok::RBracket, "in slice")?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Slice { base: Box::new(base), low, high, max }, span))
}

/// `(args...)`.
fn call(inp: &mut Input<'_, '_>, start: usize, callee: Expr) -> Res<Expr> {
    let (args, spread, close) = call_args(inp)?;
    let close = inp.span_of(close);
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Call(Box::new(Call { callee, args, spread, close })), span))
}

/// Arguments from the `(` to the `)`, whether `...` follows the last, and the index of the `)`.
pub(super) fn call_args(inp: &mut Input<'_, '_>) -> Res<(Vec<Arg>, bool, usize)> {
    inp.bump();
    let mut args = Vec::new();
    let mut spread = false;
    let close = bracketed(inp, |inp| {
        list(inp, "in argument list", Tok::RParen, |inp| {
            args.push(arg(inp)?);
            spread = inp.got(Tok::Ellipsis);
            Ok(spread)
        })
    })?;
    Ok((args, spread, close))
}

/// `value`, or `name: value` for an option.
fn arg(inp: &mut Input<'_, '_>) -> Res<Arg> {
    if inp.tok() == Tok::Ident && inp.tok_after(1) == Tok::Colon {
        let name = inp.ident()?;
        inp.bump();
        return Ok(Arg { name: Some(name), value: goo::option_value(inp)? });
    }
    Ok(Arg { name: None, value: expr(inp)? })
}

/// Whether a `{` after this expression begins a composite literal rather than a block.
fn begins_composite(inp: &mut Input<'_, '_>, ty: &Expr) -> bool {
    let outside_header = inp.shared().nest >= 0;
    match &ty.kind {
        ExprKind::Name(_) => outside_header,
        ExprKind::Select { base, .. } => outside_header && matches!(base.kind, ExprKind::Name(_)),
        ExprKind::Index { base, args } => {
            outside_header
                && matches!(base.kind, ExprKind::Name(_) | ExprKind::Select { .. })
                && !args.iter().any(is_value)
        }
        ExprKind::ArrayType { .. }
        | ExprKind::SliceType(_)
        | ExprKind::StructType(_)
        | ExprKind::MapType { .. } => true,
        // Accepted here, so that the mistake gets its own message.
        ExprKind::Paren(inner) => begins_composite(inp, inner),
        _ => false,
    }
}

/// Whether an index can only be a value, so that what it indexes is no generic type.
fn is_value(arg: &Expr) -> bool {
    match &arg.kind {
        ExprKind::Lit(_)
        | ExprKind::Composite { .. }
        | ExprKind::FuncLit(_)
        | ExprKind::Slice { .. }
        | ExprKind::TypeAssert { .. }
        | ExprKind::Call(_)
        | ExprKind::Binary { .. } => true,
        ExprKind::Unary { op, .. } => *op != UnaryOp::Deref,
        ExprKind::Paren(inner) => is_value(inner),
        _ => false,
    }
}

/// `{…}` after a type.
fn composite(inp: &mut Input<'_, '_>, start: usize, ty: Expr) -> Res<Expr> {
    if let ExprKind::Paren(_) = ty.kind {
        let mistake = Mistake::said(inp.at(), "cannot parenthesize type in composite literal").span(ty.span);
        inp.report(mistake);
    }
    let elems = elements(inp)?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Composite { ty: Some(Box::new(ty)), elems }, span))
}

/// The elements of a composite literal, from the `{` to the `}`.
fn elements(inp: &mut Input<'_, '_>) -> Res<Vec<Element>> {
    inp.bump();
    let mut elems = Vec::new();
    in_brackets(inp, |inp| {
        list(inp, "in composite literal", Tok::RBrace, |inp| {
            let value = element_value(inp)?;
            elems.push(if inp.got(Tok::Colon) {
                Element { key: Some(value), value: element_value(inp)? }
            } else {
                Element { key: None, value }
            });
            Ok(false)
        })
    })?;
    Ok(elems)
}

/// A key or value: an expression, or `{…}` whose type is known from around it.
fn element_value(inp: &mut Input<'_, '_>) -> Res<Expr> {
    if inp.tok() != Tok::LBrace {
        return expr(inp);
    }
    nested(inp, |inp| {
        let start = inp.at();
        let elems = elements(inp)?;
        let span = inp.since(start);
        Ok(inp.expr(ExprKind::Composite { ty: None, elems }, span))
    })
}

/// Whether the `[` here begins a list of values, as options and `@` take it: no type follows its `]`.
pub(super) fn bare_list_follows(inp: &mut Input<'_, '_>) -> bool {
    let open = inp.at();
    let empty = inp.token(open + 1).tok == Tok::RBracket;
    match inp.pair(open) {
        Some(close) => {
            let next = inp.token(close + 1).tok;
            let ends = matches!(next, Tok::Comma | Tok::RParen | Tok::Semi | Tok::Newline | Tok::At);
            ends && !empty && !array_follows(inp, 0) && !starts_type(next)
        }
        None => false,
    }
}

/// `["a", "b"]`: a composite literal without a type.
pub(super) fn bare_list(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    let mut elems = Vec::new();
    in_brackets(inp, |inp| {
        list(inp, "in list", Tok::RBracket, |inp| {
            elems.push(Element { key: None, value: expr(inp)? });
            Ok(false)
        })
    })?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Composite { ty: None, elems }, span))
}
