//! `match` and its patterns.
//!
//! ```text
//! match   = "match" subject "{" { arm ( newline | ";" | "," ) } "}"
//! arm     = pattern [ "if" cond ] "=>" ( block | expression | statement )
//! pattern = atom { "|" atom }
//! atom    = "_" | name | path "(" patterns ")" | path "{" fields "}" | value [ ".." value ]
//! ```

use crate::syntax::Symbol;
use crate::syntax::ast::*;
use crate::syntax::parse::control::in_header;
use crate::syntax::parse::expr::{expr, unary};
use crate::syntax::parse::input::{Input, Reader, Res, nested};
use crate::syntax::parse::mistake::Mistake;
use crate::syntax::parse::operand::in_brackets;
use crate::syntax::parse::recover::{end_block, list, lost, skip_item, whole};
use crate::syntax::parse::simple::{Place, Simple, simple_rest};
use crate::syntax::parse::stmt::{block, case_body, stmt};
use crate::syntax::token::Tok;

/// Whether `match` begins an expression here. Before an operator or a bracket it may be a name: then the `=>` of a
/// first arm decides.
pub(in crate::syntax::parse) fn match_follows(inp: &mut Input<'_, '_>) -> bool {
    if !inp.is_word("match") {
        return false;
    }
    match inp.tok_after(1) {
        Tok::Ident | Tok::Func | Tok::Struct | Tok::Map | Tok::Chan | Tok::Interface | Tok::Bang => true,
        tok if tok.is_literal() => true,
        Tok::LParen
        | Tok::LBracket
        | Tok::Minus
        | Tok::Plus
        | Tok::Star
        | Tok::Amp
        | Tok::Caret
        | Tok::Arrow => arms_follow(inp),
        _ => false,
    }
}

/// Whether the first `{` on this line holds a `=>` in its first item.
fn arms_follow(inp: &mut Input<'_, '_>) -> bool {
    let mut index = inp.at() + 1;
    loop {
        match inp.token(index).tok {
            Tok::LBrace => break,
            Tok::Semi | Tok::Newline | Tok::Comma | Tok::Eof | Tok::RParen | Tok::RBracket | Tok::RBrace => {
                return false;
            }
            _ => {}
        }
        index = inp.pair(index).map_or(index, |pair| pair.max(index)) + 1;
    }
    index += 1;
    loop {
        match inp.token(index).tok {
            Tok::FatArrow => return true,
            Tok::Semi | Tok::Newline | Tok::Comma | Tok::Eof | Tok::RBrace => return false,
            _ => {}
        }
        index = inp.pair(index).map_or(index, |pair| pair.max(index)) + 1;
    }
}

/// `match x { … }`.
pub(in crate::syntax::parse) fn match_expr(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    let subject = in_header(inp, expr)?;
    inp.want(Tok::LBrace, "in match")?;
    let arms = in_brackets(inp, arms)?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Match(Box::new(Match { subject, arms, span })), span))
}

const ARM_ENDS: &[Tok] = &[Tok::Comma, Tok::Semi, Tok::Newline, Tok::RBrace];
const CLAUSE_ENDS: &[Tok] = &[Tok::Case, Tok::Default, Tok::RBrace];

/// Arms and the closing brace.
fn arms(inp: &mut Input<'_, '_>) -> Res<Vec<MatchArm>> {
    let open = inp.at() - 1;
    let mut found = Vec::new();
    let mut has_clauses = false;
    while !matches!(inp.tok(), Tok::RBrace | Tok::Eof) && !inp.shared().unclosed {
        let start = inp.at();
        let is_clause = matches!(inp.tok(), Tok::Case | Tok::Default);
        if is_clause && !std::mem::replace(&mut has_clauses, true) {
            let mistake = arm_not_clause(inp);
            inp.report(mistake);
        }
        let (result, stops) = if is_clause {
            (whole(inp, |inp| clause(inp, open)), CLAUSE_ENDS)
        } else {
            (whole(inp, arm), ARM_ENDS)
        };
        let result = result.and_then(|arm| {
            found.push(arm);
            let ends = is_clause || ARM_ENDS.contains(&inp.tok()) || inp.shared().unclosed;
            if ends { Ok(()) } else { Err(inp.unexpected("after match arm", "newline, `,` or `}`")) }
        });
        if let Err(mistake) = result {
            // The other arms are as they are meant.
            let outer = inp.shared().spoiled;
            skip_item(inp, start, mistake, stops)?;
            inp.shared().spoiled = outer;
            let body = MatchBody::Stmt(Box::new(lost(inp, start)));
            let pattern = node(inp, start, PatternKind::Error);
            found.push(MatchArm { pattern, guard: None, body, span: inp.since(start) });
        }
        inp.got(Tok::Comma);
        inp.got_semi();
    }
    end_block(inp, open, "in match")?;
    Ok(found)
}

/// The arms are written as in `switch`, most likely all of them: it is said once.
fn arm_not_clause(inp: &mut Input<'_, '_>) -> Mistake {
    let at = inp.at();
    let mut end = at + 1;
    while !matches!(
        inp.token(end).tok,
        Tok::Colon | Tok::FatArrow | Tok::Comma | Tok::Newline | Tok::RBrace | Tok::Eof
    ) {
        end = inp.pair(end).map_or(end, |pair| pair.max(end)) + 1;
    }
    let range = inp.token(at + 1).start as usize..inp.token(end - 1).end as usize;
    let pattern = if end == at + 1 { "_" } else { &inp.shared().source[range] };
    let help = format!("write `{pattern} => …`; alternatives as `a | b => …`, and `_ => …` for `default`");
    Mistake::said(at, "the arms of `match` have no `case` and no `:`")
        .label("an arm is `pattern => value`")
        .help(help)
}

/// An arm that is written as a clause of `switch`, which was reported: it is read as it is meant.
fn clause(inp: &mut Input<'_, '_>, open: usize) -> Res<MatchArm> {
    let start = inp.at();
    let pattern = if inp.bump().tok == Tok::Default {
        node(inp, start, PatternKind::Wildcard)
    } else {
        let mut alternatives = vec![pattern(inp)?];
        while inp.got(Tok::Comma) {
            alternatives.push(pattern(inp)?);
        }
        if alternatives.len() == 1 {
            alternatives.remove(0)
        } else {
            node(inp, start, PatternKind::Or(alternatives))
        }
    };
    let guard = if inp.got(Tok::If) { Some(expr(inp)?) } else { None };
    if inp.got(Tok::FatArrow) {
        let body = arm_body(inp)?;
        return Ok(MatchArm { pattern, guard, body, span: inp.since(start) });
    }
    inp.want(Tok::Colon, "in match")?;
    let first = inp.at();
    let stmts = case_body(inp, open)?;
    let body = MatchBody::Block(Block { stmts, span: inp.since(first) });
    Ok(MatchArm { pattern, guard, body, span: inp.since(start) })
}

fn arm(inp: &mut Input<'_, '_>) -> Res<MatchArm> {
    let start = inp.at();
    let pattern = pattern(inp)?;
    let guard = if inp.got(Tok::If) { Some(expr(inp)?) } else { None };
    if inp.tok() != Tok::FatArrow {
        let mistake = inp.unexpected("after pattern", "`=>`");
        let alternatives = inp.tok() == Tok::Comma;
        return Err(mistake.help(if alternatives {
            "alternatives stand with `|` between them: `a | b => value`"
        } else {
            "an arm is `pattern => value`, or `pattern => { … }`"
        }));
    }
    inp.bump();
    let body = arm_body(inp)?;
    Ok(MatchArm { pattern, guard, body, span: inp.since(start) })
}

/// What stands after `=>`. Lists of expressions end at the first, because `,` ends the arm.
fn arm_body(inp: &mut Input<'_, '_>) -> Res<MatchBody> {
    let start = inp.at();
    let tok = inp.tok();
    if tok == Tok::LBrace {
        return Ok(MatchBody::Block(block(inp)?));
    }
    let statement_keyword = tok.is_keyword()
        && !matches!(tok, Tok::Func | Tok::Struct | Tok::Map | Tok::Chan | Tok::Interface | Tok::Go);
    if statement_keyword {
        return Ok(MatchBody::Stmt(Box::new(nested(inp, stmt)?)));
    }
    if tok == Tok::Ident
        && let Some(kind) = super::word_stmt(inp)?
    {
        return Ok(MatchBody::Stmt(Box::new(Stmt { kind, span: inp.since(start) })));
    }
    let value = expr(inp)?;
    if ARM_ENDS.contains(&inp.tok()) {
        return Ok(MatchBody::Expr(value));
    }
    match simple_rest(inp, start, vec![value], Place::Plain)? {
        Simple::Stmt(Stmt { kind: StmtKind::Expr(value), .. }) => Ok(MatchBody::Expr(value)),
        Simple::Stmt(stmt) => Ok(MatchBody::Stmt(Box::new(stmt))),
        Simple::Range(..) | Simple::TypeGuard(..) => Err(inp.unexpected("in match arm", "expression")),
    }
}

fn pattern(inp: &mut Input<'_, '_>) -> Res<Pattern> {
    nested(inp, |inp| {
        let start = inp.at();
        let first = atom(inp)?;
        if inp.tok() != Tok::Pipe {
            return Ok(first);
        }
        let mut alternatives = vec![first];
        while inp.got(Tok::Pipe) {
            alternatives.push(atom(inp)?);
        }
        Ok(node(inp, start, PatternKind::Or(alternatives)))
    })
}

fn node(inp: &mut Input<'_, '_>, start: usize, kind: PatternKind) -> Pattern {
    Pattern { id: inp.id(), kind, span: inp.since(start) }
}

fn atom(inp: &mut Input<'_, '_>) -> Res<Pattern> {
    let start = inp.at();
    match inp.tok() {
        Tok::Ident if inp.is_word("_") => {
            inp.bump();
            Ok(node(inp, start, PatternKind::Wildcard))
        }
        Tok::Ident => {
            let path = path(inp)?;
            after_path(inp, start, path)
        }
        // A pattern in parentheses only groups: `(a | b)`.
        Tok::LParen => {
            inp.bump();
            let inner = pattern(inp)?;
            inp.want(Tok::RParen, "in pattern")?;
            Ok(inner)
        }
        tok if tok.is_literal() || matches!(tok, Tok::Minus | Tok::Plus | Tok::Caret | Tok::Bang) => {
            let value = unary(inp)?;
            value_or_range(inp, start, value)
        }
        Tok::RBrace | Tok::FatArrow => Err(inp.unexpected("in match", "pattern")),
        _ => Err(inp
            .unexpected("in match", "pattern")
            .help("a pattern is a value, a range `1..9`, a name, `_`, `Case(x)` or `Struct{field: x}`")),
    }
}

fn path(inp: &mut Input<'_, '_>) -> Res<Vec<Ident>> {
    let mut path = vec![inp.ident()?];
    while inp.got(Tok::Dot) {
        path.push(inp.ident()?);
    }
    Ok(path)
}

fn after_path(inp: &mut Input<'_, '_>, start: usize, mut path: Vec<Ident>) -> Res<Pattern> {
    let kind = match inp.tok() {
        Tok::LParen => {
            inp.bump();
            let mut args = Vec::new();
            list(inp, "in pattern", Tok::RParen, |inp| {
                args.push(pattern(inp)?);
                Ok(false)
            })?;
            PatternKind::Case { path, args }
        }
        Tok::LBrace => {
            inp.bump();
            let mut fields = Vec::new();
            list(inp, "in pattern", Tok::RBrace, |inp| {
                fields.push(field(inp)?);
                Ok(false)
            })?;
            PatternKind::Struct { path, fields }
        }
        Tok::DotDot => {
            let low = path_expr(inp, path);
            return value_or_range(inp, start, low);
        }
        _ if path.len() == 1 => PatternKind::Name(path.remove(0)),
        _ => PatternKind::Case { path, args: Vec::new() },
    };
    Ok(node(inp, start, kind))
}

/// `name: pattern`, or just `name`, which binds it.
fn field(inp: &mut Input<'_, '_>) -> Res<(Ident, Pattern)> {
    let start = inp.at();
    let name = inp.ident()?;
    if inp.got(Tok::Colon) {
        return Ok((name, pattern(inp)?));
    }
    let binding = Ident { id: inp.id(), ..name };
    Ok((name, node(inp, start, PatternKind::Name(binding))))
}

fn value_or_range(inp: &mut Input<'_, '_>, start: usize, value: Expr) -> Res<Pattern> {
    if !inp.got(Tok::DotDot) {
        return Ok(node(inp, start, PatternKind::Value(value)));
    }
    let high = in_header(inp, unary)?;
    Ok(node(inp, start, PatternKind::Range { low: value, high }))
}

/// A path of names as an expression.
fn path_expr(inp: &mut Input<'_, '_>, path: Vec<Ident>) -> Expr {
    let mut names = path.into_iter();
    let first =
        names.next().unwrap_or(Ident { id: NodeId(0), name: Symbol::intern("_"), span: inp.span_of(0) });
    let mut value = Expr { id: first.id, kind: ExprKind::Name(first.name), span: first.span };
    for name in names {
        let span = value.span.to(name.span);
        value = inp.expr(ExprKind::Select { base: Box::new(value), name }, span);
    }
    value
}
