//! Parameters, results, receivers and type parameters.
//!
//! In `(a, b int)` the names come before anybody knows that they are names, so a list is read as entries first, and
//! then either all of them are types or all have names.

use super::expr::expr;
use super::input::{Input, Reader, Res};
use super::mistake::Mistake;
use super::recover::list;
use super::types::{array_follows, chan_pattern, constraint, starts_type, type_, type_unit};
use super::types::{optional_tail, result_tail, type_name};
use crate::diagnostics::Code;
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

/// One entry between the commas, before it is known what a lone name means.
struct Entry {
    name: Option<Ident>,
    ty: Option<Type>,
    /// The index of its first token.
    at: usize,
    span: Span,
}

/// A parameter's type with its modes.
struct Type {
    inout: bool,
    variadic: bool,
    ty: Expr,
    /// How many nodes the type has, copies included.
    nodes: u64,
}

impl Type {
    fn plain(ty: Expr) -> Type {
        Type { inout: false, variadic: false, ty, nodes: 1 }
    }

    /// The same type for one more name.
    fn copy(&self, inp: &mut Input<'_, '_>) -> Res<Type> {
        inp.charge_copy(self.nodes)?;
        Ok(Type { ty: self.ty.clone(), ..*self })
    }

    fn of(self, name: Option<Ident>, span: Span) -> Param {
        Param { name, inout: self.inout, variadic: self.variadic, ty: self.ty, span }
    }
}

/// `(params) results`.
pub(super) fn func_sig(inp: &mut Input<'_, '_>) -> Res<FuncSig> {
    let start = inp.at();
    if inp.tok() != Tok::LParen {
        return Err(inp.unexpected("", "`(`"));
    }
    let outer = std::mem::replace(&mut inp.shared().spoiled, false);
    let params = param_list(inp)?;
    let results = results(inp)?;
    let damaged = inp.shared().spoiled;
    inp.shared().spoiled |= outer;
    Ok(FuncSig { params, results, damaged, span: inp.since(start) })
}

/// A function's results: none, one type, or a list in parentheses.
fn results(inp: &mut Input<'_, '_>) -> Res<Vec<Param>> {
    let start = inp.at();
    if inp.tok() == Tok::LParen {
        let (entries, close) = entries(inp)?;
        let mut results = assign_types(inp, entries, close)?;
        if let Some(result) = results.iter().find(|r| r.variadic) {
            let mistake = Mistake::said(start, "`...` can stand only at a final parameter").span(result.span);
            inp.report(mistake);
        }
        // A result is never in-out: the checker refuses the pointer type.
        for result in results.iter_mut().filter(|r| r.inout) {
            result.inout = false;
            let target = Box::new(result.ty.clone());
            result.ty = inp.expr(ExprKind::PointerType(target), result.span);
        }
        return Ok(results);
    }
    if !starts_type(inp.tok()) {
        return Ok(Vec::new());
    }
    let ty = type_(inp)?;
    Ok(vec![Param { name: None, inout: false, variadic: false, span: ty.span, ty }])
}

/// Parameters, from the `(` to the `)`.
pub(super) fn param_list(inp: &mut Input<'_, '_>) -> Res<Vec<Param>> {
    let (entries, close) = entries(inp)?;
    let params = assign_types(inp, entries, close)?;
    let last = params.len().saturating_sub(1);
    if let Some(param) = params.iter().take(last).find(|p| p.variadic) {
        let mistake = Mistake::said(close, "can only use `...` with final parameter").span(param.span);
        inp.report(mistake);
    }
    Ok(params)
}

fn entries(inp: &mut Input<'_, '_>) -> Res<(Vec<Entry>, usize)> {
    inp.bump();
    let mut found = Vec::new();
    let close = list(inp, "in parameter list", Tok::RParen, |inp| {
        found.push(entry(inp)?);
        Ok(false)
    })?;
    Ok((found, close))
}

fn entry(inp: &mut Input<'_, '_>) -> Res<Entry> {
    let at = inp.at();
    if inp.tok() != Tok::Ident || is_pattern_type(inp) {
        if inp.tok() != Tok::Ellipsis && !starts_type(inp.tok()) {
            return Err(inp.unexpected("in parameter list", "`)`"));
        }
        let ty = moded_type(inp)?;
        return Ok(Entry { name: None, ty: Some(ty), at, span: inp.since(at) });
    }
    if inp.tok_after(1) == Tok::Colon && starts_type(inp.tok_after(2)) {
        let name = inp.ident()?;
        colon(inp, "in parameter list");
        let ty = moded_type(inp)?;
        return Ok(Entry { name: Some(name), ty: Some(ty), at, span: inp.since(at) });
    }
    let names_follow = match inp.tok_after(1) {
        Tok::LBracket => array_follows(inp, 1),
        Tok::Dot | Tok::Comma | Tok::RParen | Tok::Bang => false,
        Tok::Ellipsis => true,
        tok => starts_type(tok),
    };
    if names_follow {
        let name = inp.ident()?;
        let ty = moded_type(inp)?;
        let span = inp.since(at);
        no_default(inp)?;
        return Ok(Entry { name: Some(name), ty: Some(ty), at, span });
    }
    if inp.tok_after(1) == Tok::Dot || inp.tok_after(1) == Tok::LBracket {
        let ty = type_name(inp)?;
        let ty = optional_tail(inp, at, ty)?;
        return typed(inp, at, ty);
    }
    // A lone name: a type, or the name of a parameter whose type comes later.
    let name = inp.ident()?;
    if matches!(inp.tok(), Tok::Question | Tok::Coalesce | Tok::Bang) {
        let ty = Expr { id: name.id, kind: ExprKind::Name(name.name), span: name.span };
        let ty = optional_tail(inp, at, ty)?;
        return typed(inp, at, ty);
    }
    Ok(Entry { name: Some(name), ty: None, at, span: name.span })
}

/// Takes the `:` that other languages have between a name and its type.
pub(super) fn colon(inp: &mut Input<'_, '_>, context: &'static str) {
    let mistake = inp.unexpected(context, "type").fix("remove it", inp.span_of(inp.at()), "");
    inp.report(mistake.help("a type stands behind its name, without a colon: `x int`"));
    inp.bump();
}

/// Takes the value that other languages give a parameter.
fn no_default(inp: &mut Input<'_, '_>) -> Res<()> {
    if inp.tok() == Tok::Eq {
        let mistake = inp.unexpected("in parameter list", "`,` or `)`");
        inp.report(mistake.help("a parameter has no value of its own: each call gives one"));
        inp.bump();
        expr(inp)?;
    }
    Ok(())
}

fn typed(inp: &mut Input<'_, '_>, at: usize, ty: Expr) -> Res<Entry> {
    let ty = result_tail(inp, at, ty)?;
    Ok(Entry { name: None, ty: Some(Type::plain(ty)), at, span: inp.since(at) })
}

/// `push chan T` at the head of an entry is a name and a type, as Go reads it, unless only Goo's reading makes
/// sense: `req chan(Q) R`.
fn is_pattern_type(inp: &mut Input<'_, '_>) -> bool {
    match chan_pattern(inp) {
        Some(ChanPattern::Req | ChanPattern::Rep) => {
            let open = inp.at() + 2;
            let after = inp.pair(open).map(|close| inp.token(close + 1).tok);
            inp.token(open).tok == Tok::LParen && after.is_some_and(starts_type)
        }
        _ => false,
    }
}

fn moded_type(inp: &mut Input<'_, '_>) -> Res<Type> {
    let variadic = inp.got(Tok::Ellipsis);
    if variadic && !starts_type(inp.tok()) {
        return Err(Mistake::said(inp.at(), "`...` is missing its type").label("expected type"));
    }
    let inout = inp.got(Tok::Star);
    let before = inp.nodes();
    let ty = if inout || variadic { type_unit(inp)? } else { type_(inp)? };
    let nodes = inp.nodes() - before;
    Ok(Type { inout, variadic, ty, nodes })
}

/// Decides what lone names are, and spreads types over the names before them.
fn assign_types(inp: &mut Input<'_, '_>, entries: Vec<Entry>, close: usize) -> Res<Vec<Param>> {
    let named = entries.iter().filter(|e| e.name.is_some() && e.ty.is_some()).count();
    if named == 0 {
        return Ok(entries.into_iter().map(|entry| unnamed(inp, entry)).collect());
    }
    let typed = entries.iter().filter(|e| e.ty.is_some()).count();
    let mut params = Vec::with_capacity(entries.len());
    // Names that have the type of the next entry with one.
    let mut waiting: Vec<Entry> = Vec::new();
    let mut nameless = None;
    for entry in entries {
        let Some(ty) = entry.ty else {
            waiting.push(entry);
            continue;
        };
        if entry.name.is_none() {
            nameless = nameless.or(Some(entry.at));
        }
        for earlier in waiting.drain(..) {
            params.push(ty.copy(inp)?.of(earlier.name, earlier.span));
        }
        params.push(ty.of(entry.name, entry.span));
    }
    let missing = waiting.first().map(|entry| entry.at);
    for entry in waiting {
        let ty = inp.expr(ExprKind::Error, entry.span);
        params.push(Type::plain(ty).of(entry.name, entry.span));
    }
    if named == typed && missing.is_some() {
        inp.report(Mistake::said(close, "missing parameter type").label("expected type"));
        inp.shared().spoiled = true;
    } else if let Some(at) = nameless.or(missing) {
        let mistake = Mistake::said(at, "missing parameter name");
        inp.report(mistake.help("give all parameters a name, or none: `_` is a name, too"));
        inp.shared().spoiled = true;
    }
    Ok(params)
}

fn unnamed(inp: &mut Input<'_, '_>, entry: Entry) -> Param {
    let ty = entry.ty.unwrap_or_else(|| {
        Type::plain(match entry.name {
            Some(name) => Expr { id: name.id, kind: ExprKind::Name(name.name), span: name.span },
            None => inp.expr(ExprKind::Error, entry.span),
        })
    });
    ty.of(None, entry.span)
}

/// What stands before a method's name.
pub(super) enum Received {
    Receiver(Receiver),
    /// Of a type that can have no methods here, which has been reported.
    Param(Box<Param>),
    /// Not one, which has been reported.
    Nothing,
}

/// A method's receiver, from the `(` to the `)`.
pub(super) fn receiver(inp: &mut Input<'_, '_>) -> Res<Received> {
    let start = inp.at();
    let known = inp.shared().mistakes.len();
    let (entries, close) = entries(inp)?;
    let span = inp.since(start);
    // What could not be read was one.
    if entries.is_empty() && inp.shared().mistakes.len() > known {
        return Ok(Received::Nothing);
    }
    let mut params = assign_types(inp, entries, close)?;
    match params.len() {
        0 => {
            let mistake = Mistake::said(start, "method has no receiver").span(span);
            inp.report(mistake.help("write `func (t T) f()` for a method, `func f()` for a function"));
            return Ok(Received::Nothing);
        }
        1 => {}
        _ => {
            let mistake = Mistake::said(start, "method has multiple receivers").span(span);
            inp.report(
                mistake
                    .help("a method belongs to one type; the others are its parameters: `func (a A) f(b B)`"),
            );
            return Ok(Received::Nothing);
        }
    }
    let param = params.remove(0);
    match receiver_type(param.ty.clone(), param.inout) {
        Some((type_name, type_params, inout)) => {
            Ok(Received::Receiver(Receiver { name: param.name, inout, type_name, type_params, span }))
        }
        None => {
            let mistake =
                Mistake::said(start, "invalid receiver type").span(param.span).code(Code::InvalidReceiver);
            inp.report(
                mistake.help("a receiver is a type of this package or `*` and such a type: `(s *Stack)`"),
            );
            Ok(Received::Param(Box::new(param)))
        }
    }
}

/// The name and parameters of a receiver's type.
fn receiver_type(ty: Expr, inout: bool) -> Option<(Ident, Vec<Ident>, bool)> {
    match ty.kind {
        ExprKind::Paren(inner) => receiver_type(*inner, inout),
        ExprKind::PointerType(inner) if !inout => receiver_type(*inner, true),
        ExprKind::Name(name) => Some((Ident { id: ty.id, name, span: ty.span }, Vec::new(), inout)),
        ExprKind::Index { base, args } => {
            let (name, _, _) = receiver_type(*base, inout)?;
            let params = args.into_iter().map(|arg| match arg.kind {
                ExprKind::Name(name) => Some(Ident { id: arg.id, name, span: arg.span }),
                _ => None,
            });
            Some((name, params.collect::<Option<Vec<_>>>()?, inout))
        }
        _ => None,
    }
}

/// Type parameters, from the `[` to the `]`.
pub(super) fn type_params(inp: &mut Input<'_, '_>) -> Res<Vec<TypeParam>> {
    inp.bump();
    if inp.tok() == Tok::RBracket {
        return Err(Mistake::said(inp.at(), "empty type parameter list").label("expected a name"));
    }
    let mut found: Vec<(Ident, Option<(Expr, u64)>)> = Vec::new();
    let close = list(inp, "in type parameter list", Tok::RBracket, |inp| {
        if inp.tok() != Tok::Ident {
            return Err(inp.unexpected("in type parameter list", "name"));
        }
        let name = inp.ident()?;
        if inp.tok() == Tok::Dot || (inp.tok() == Tok::LBracket && !array_follows(inp, 0)) {
            return Err(Mistake::said(inp.at() - 1, "missing type parameter name"));
        }
        let bound = match inp.tok() {
            Tok::Comma | Tok::RBracket => None,
            _ => {
                let before = inp.nodes();
                let bound = constraint(inp)?;
                Some((bound, inp.nodes() - before))
            }
        };
        found.push((name, bound));
        Ok(false)
    })?;
    let mut params = Vec::with_capacity(found.len());
    let mut waiting: Vec<Ident> = Vec::new();
    for (name, bound) in found {
        let Some((constraint, nodes)) = bound else {
            waiting.push(name);
            continue;
        };
        for name in waiting.drain(..) {
            inp.charge_copy(nodes)?;
            params.push(TypeParam { name, constraint: constraint.clone() });
        }
        params.push(TypeParam { name, constraint });
    }
    let missing = !waiting.is_empty();
    for name in waiting {
        let constraint = inp.expr(ExprKind::Error, name.span);
        params.push(TypeParam { name, constraint });
    }
    if missing {
        let names: Vec<String> = params.iter().map(|param| param.name.name.to_string()).collect();
        let mistake = Mistake::said(close, "missing type constraint");
        let mistake = mistake.label("expected a constraint such as `any`");
        inp.report(mistake.help(format!("write `[{} any]`", names.join(", "))));
    }
    Ok(params)
}

/// Whether `[` after the name of a type declaration begins type parameters. As in Go, `[P *T]` and `[P (T)]` are
/// array lengths unless a comma or something that only a constraint can hold tells otherwise.
pub(super) fn type_params_follow(inp: &mut Input<'_, '_>) -> bool {
    let open = inp.at();
    if inp.token(open + 1).tok != Tok::Ident {
        return false;
    }
    match inp.token(open + 2).tok {
        Tok::RBracket => is_enum(inp, open + 3) || is_type_below(inp, open + 1),
        Tok::Star | Tok::LParen => only_constraint(inp, open),
        Tok::LBracket => true,
        tok => tok == Tok::Comma || tok == Tok::Tilde || starts_type(tok),
    }
}

/// Whether the type of an enum begins here: there are no arrays of those.
fn is_enum(inp: &mut Input<'_, '_>, index: usize) -> bool {
    inp.text(index) == "enum" && inp.token(index + 1).tok == Tok::LBrace
}

/// Whether the name in `type Box[T] …` is used as a type in what follows, so that it is no length of an array.
fn is_type_below(inp: &mut Input<'_, '_>, name: usize) -> bool {
    use Tok::*;
    let (word, declared) = (inp.text(name), inp.text(name - 2));
    let mut index = name + 2;
    let mut depth = 0;
    loop {
        let (before, tok) = (inp.token(index - 1).tok, inp.token(index).tok);
        match tok {
            Eof => return false,
            Semi | Newline if depth == 0 => return false,
            LBrace | LParen => depth += 1,
            RBrace | RParen if depth == 0 => return false,
            RBrace | RParen => depth -= 1,
            Ident if inp.text(index) == word => match before {
                // `x T`, `[]T`, `chan T`, `map[T]…`; and `Box[T]`.
                Ident | Chan => return true,
                RBracket if index > name + 2 => return true,
                LBracket if inp.token(index - 2).tok == Map => return true,
                LBracket if inp.text(index - 2) == declared && inp.token(index + 1).tok == RBracket => {
                    return !starts_type(inp.token(index + 2).tok);
                }
                _ => {}
            },
            _ => {}
        }
        index += 1;
    }
}

/// Whether the brackets hold a comma at their own level, or a token that no array length contains.
fn only_constraint(inp: &mut Input<'_, '_>, open: usize) -> bool {
    let Some(close) = inp.pair(open) else { return false };
    let mut index = open + 1;
    while index < close {
        use Tok::*;
        match inp.token(index).tok {
            Comma | Tilde | Struct | Func | Interface | Map | Chan => return true,
            LBracket if inp.token(index + 1).tok == RBracket => return true,
            // Parentheses may hold a call's arguments, or a constraint.
            LParen if has_constraint_word(inp, index) => return true,
            LParen => index = inp.pair(index).unwrap_or(index),
            _ => {}
        }
        index += 1;
    }
    false
}

fn has_constraint_word(inp: &mut Input<'_, '_>, open: usize) -> bool {
    let close = inp.pair(open).unwrap_or(open);
    (open..close).any(|index| {
        use Tok::*;
        matches!(inp.token(index).tok, Tilde | Struct | Interface | Map | Chan)
    })
}
