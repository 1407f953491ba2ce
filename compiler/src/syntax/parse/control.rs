//! Statements with a header: `if`, `for`; and what [`super::switch`] has in common with them.
//!
//! In a header `{` begins the body, so a composite literal must stand in parentheses there, as in Go.

use super::expr::{expr, expr_list};
use super::input::{Input, Reader, Res, chain, chained};
use super::mistake::Mistake;
use super::recover::{follows_break, indent, lost, skip_to_body, whole};
use super::simple::{Place, Simple, names, simple};
use super::spelling;
use super::stmt::{block, body, indented_body};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

/// Runs a rule in a header.
pub(super) fn in_header<'a, 'p, T>(
    inp: &mut Input<'a, 'p>,
    rule: impl FnOnce(&mut Input<'a, 'p>) -> Res<T>,
) -> Res<T> {
    let outer = std::mem::replace(&mut inp.shared().nest, -1);
    let result = rule(inp);
    inp.shared().nest = outer;
    result
}

/// The two parts of the header of `if` or `switch`.
#[derive(Default)]
pub(super) struct Header {
    pub init: Option<Stmt>,
    pub main: Option<Simple>,
}

/// `init; main`, each of which may be absent.
pub(super) fn header(inp: &mut Input<'_, '_>, keyword: &'static str, place: Place) -> Res<Header> {
    if inp.tok() == Tok::LBrace {
        return Ok(Header::default());
    }
    let mut first = None;
    if !inp.tok().is_semi() {
        no_var(inp, keyword)?;
        first = Some(simple(inp, place)?);
    }
    if inp.tok() == Tok::LBrace {
        return Ok(Header { init: None, main: first });
    }
    // The mistake stays at the line break, so that a body without `{` can be recognised.
    let semi = inp.at();
    if inp.tok() == Tok::Newline && inp.tok_after(1) != Tok::LBrace || !inp.got_semi() {
        return Err(inp.unexpected(after_clause(keyword), "`{`"));
    }
    let init = match first {
        None => None,
        Some(Simple::Stmt(stmt)) => Some(stmt),
        Some(_) => return Err(Mistake::unexpected(semi, after_clause(keyword), "`{`")),
    };
    if inp.tok() == Tok::LBrace {
        // `if x; {` lacks the condition; after a line break it was the `{` that came too late.
        if keyword == "if" {
            return Err(match inp.token(semi).tok {
                Tok::Newline => brace_on_next_line(semi, keyword),
                _ => Mistake::said(semi, "missing condition in if statement"),
            });
        }
        if keyword == "switch" && inp.token(semi).tok == Tok::Newline && init.is_some() {
            return Err(brace_on_next_line(semi, keyword));
        }
        return Ok(Header { init, main: None });
    }
    let main = Some(simple(inp, place)?);
    if inp.tok() != Tok::LBrace {
        return Err(inp.unexpected(after_clause(keyword), "`{`"));
    }
    Ok(Header { init, main })
}

fn after_clause(keyword: &str) -> &'static str {
    match keyword {
        "if" => "after if clause",
        "for" => "after for clause",
        _ => "after switch clause",
    }
}

fn brace_on_next_line(semi: usize, keyword: &str) -> Mistake {
    Mistake::unexpected(semi, after_clause(keyword), "`{`")
        .help(format!("the `{{` stands on the line of its `{keyword}`"))
}

fn no_var(inp: &mut Input<'_, '_>, keyword: &str) -> Res<()> {
    if inp.tok() == Tok::Var {
        let message = format!("var declaration not allowed in {keyword} initializer");
        return Err(Mistake::said(inp.at(), message).help("write `x := value`"));
    }
    Ok(())
}

/// `if …`, with all its `else if`. They are read in a loop, so that a long chain takes no stack.
pub(super) fn if_stmt(inp: &mut Input<'_, '_>) -> Res<Stmt> {
    chain(inp, |inp| {
        let mut links: Vec<(usize, Option<Stmt>, Cond, Block)> = Vec::new();
        let mut otherwise = None;
        // The `if` is there, as it should be.
        let mut keyword = true;
        loop {
            let start = inp.at();
            if std::mem::replace(&mut keyword, true) {
                inp.bump();
            }
            let (init, cond) = whole(inp, if_header)?;
            let then = body(inp)?;
            chained(inp)?;
            links.push((start, init, cond, then));
            if spelling::at_else(inp) {
                continue;
            }
            let word = inp.at();
            if !inp.got(Tok::Else) {
                break;
            }
            if inp.tok() == Tok::If {
                continue;
            }
            let block = match inp.tok() {
                Tok::LBrace => block(inp)?,
                _ if body_on_line(inp) => {
                    let mistake = lone_else(inp.at()).help("a condition stands behind `else if`");
                    inp.report(mistake);
                    keyword = false;
                    continue;
                }
                _ => {
                    let at = inp.at();
                    let mistake = lone_else(word).help("a body stands in braces: `else { … }`");
                    if !(follows_break(inp, at) && indent(inp, at) > indent(inp, word)) {
                        return Err(mistake);
                    }
                    inp.report(mistake);
                    indented_body(inp, word)?
                }
            };
            otherwise = Some(Stmt { span: block.span, kind: StmtKind::Block(block) });
            break;
        }
        for (start, init, cond, then) in links.into_iter().rev() {
            let span = inp.since(start);
            otherwise = Some(Stmt { kind: StmtKind::If(Box::new(If { init, cond, then, otherwise })), span });
        }
        otherwise.ok_or_else(|| inp.unexpected("", "statement"))
    })
}

fn lone_else(at: usize) -> Mistake {
    Mistake::said(at, "else must be followed by if or statement block")
}

/// Whether the line goes on to the `{` that ends it.
fn body_on_line(inp: &mut Input<'_, '_>) -> bool {
    let mut index = inp.at();
    while !follows_break(inp, index) && inp.token(index).tok != Tok::Eof {
        if inp.token(index).tok == Tok::LBrace && follows_break(inp, index + 1) {
            return true;
        }
        index += 1;
    }
    false
}

fn if_header(inp: &mut Input<'_, '_>) -> Res<(Option<Stmt>, Cond)> {
    let start = inp.at();
    if inp.tok() == Tok::LBrace {
        let mistake = Mistake::said(start, "missing condition in if statement");
        inp.report(mistake);
        return Ok((None, error_cond(inp, start)));
    }
    let cond = in_header(inp, |inp| {
        let header = header(inp, "if", Place::Plain)?;
        let bare = header.init.is_none();
        Ok((header.init, condition(inp, start, header.main, bare)?))
    });
    match cond {
        Ok(found) => Ok(found),
        Err(mistake) => {
            skip_to_body(inp, start, mistake)?;
            Ok((Some(lost(inp, start)), error_cond(inp, start)))
        }
    }
}

fn error_cond(inp: &mut Input<'_, '_>, start: usize) -> Cond {
    let span = inp.span_of(start);
    Cond::Expr(inp.expr(ExprKind::Error, span))
}

/// The condition of an `if`. `v := opt` is one if it is all there is.
fn condition(inp: &mut Input<'_, '_>, start: usize, main: Option<Simple>, bare: bool) -> Res<Cond> {
    let Some(Simple::Stmt(stmt)) = main else {
        return Err(Mistake::said(start, "missing condition in if statement"));
    };
    match stmt.kind {
        StmtKind::Expr(cond) => Ok(Cond::Expr(cond)),
        // A literal is no optional, so `v := 1` is a mistake without looking at types.
        StmtKind::Define { mut names, mut values }
            if bare
                && names.len() == 1
                && matches!(&*values, [value] if !matches!(value.kind, ExprKind::Lit(_))) =>
        {
            Ok(Cond::Bind { name: names.remove(0), value: values.remove(0) })
        }
        kind => Err(not_a_value(inp, "if", start, &kind, stmt.span)),
    }
}

/// A statement where a condition is wanted.
pub(super) fn not_a_value(
    inp: &mut Input<'_, '_>,
    keyword: &str,
    at: usize,
    kind: &StmtKind,
    span: Span,
) -> Mistake {
    let source = inp.shared().source;
    let text = &source[span.start as usize..span.end as usize];
    let text = text.lines().next().unwrap_or("");
    let mistake = Mistake::said(at, format!("cannot use `{text}` as value")).span(span);
    match kind {
        StmtKind::Assign { .. } => mistake.label("this assigns").help("compare with `==`"),
        StmtKind::Define { .. } => mistake.label("this declares").help(match keyword {
            "switch" => "write the value after it: `switch v := f(); v {`",
            "for" => "write the condition after it: `for v := f(); v > 0; {`",
            _ => "write the condition after it: `if v, ok := f(); ok {`",
        }),
        _ if keyword == "for" => mistake
            .label("this is a statement")
            .help("the parts are `for init; cond; post {`, also where one is empty: `for ; cond; post {`"),
        _ => mistake.label("this is a statement"),
    }
}

/// `for …`.
pub(super) fn for_stmt(inp: &mut Input<'_, '_>) -> Res<StmtKind> {
    let start = inp.at();
    inp.bump();
    let header_start = inp.at();
    let header = whole(inp, |inp| {
        in_header(inp, for_header).or_else(|mistake| {
            skip_to_body(inp, header_start, mistake)?;
            Ok(ForHeader::Clauses { init: Some(lost(inp, header_start)), cond: None, post: None })
        })
    })?;
    let body = body(inp)?;
    let span = inp.since(start);
    Ok(match header {
        ForHeader::Clauses { init, cond, post } => {
            StmtKind::For(Box::new(For { init, cond, post, body, span }))
        }
        ForHeader::Range(bind, subject) => StmtKind::Range(Box::new(Range { bind, subject, body, span })),
    })
}

#[expect(clippy::large_enum_variant, reason = "lives within one call")]
enum ForHeader {
    Clauses { init: Option<Stmt>, cond: Option<Expr>, post: Option<Stmt> },
    Range(RangeBind, Expr),
}

fn for_header(inp: &mut Input<'_, '_>) -> Res<ForHeader> {
    let start = inp.at();
    if inp.tok() == Tok::LBrace {
        return Ok(ForHeader::Clauses { init: None, cond: None, post: None });
    }
    let mut init = None;
    if !inp.tok().is_semi() {
        no_var(inp, "for")?;
        match simple(inp, Place::For)? {
            Simple::Range(bind, subject) => {
                if inp.tok() != Tok::LBrace {
                    return Err(inp.unexpected("after for clause", "`{`"));
                }
                return Ok(ForHeader::Range(bind, subject));
            }
            Simple::Stmt(stmt) => init = Some(stmt),
            Simple::TypeGuard(..) => return Err(inp.unexpected("", "for loop condition")),
        }
    }
    if inp.tok() == Tok::LBrace {
        return match init {
            Some(Stmt { kind: StmtKind::Define { names, mut values }, span })
                if values.len() == 1 && (1..=2).contains(&names.len()) =>
            {
                let subject = values.remove(0);
                missing_range(inp, start, span, subject.span);
                Ok(ForHeader::Range(RangeBind::Define(names), subject))
            }
            init => {
                let cond = loop_condition(inp, start, init)?;
                Ok(ForHeader::Clauses { init: None, cond, post: None })
            }
        };
    }
    let semi = inp.at();
    if inp.tok() == Tok::Newline && inp.tok_after(1) != Tok::LBrace || !inp.got_semi() {
        let mistake = inp.unexpected("after for clause", "`{`");
        return Err(match inp.text(semi) {
            "in" | "of" => {
                mistake.help("write `for _, x := range xs { … }`, or `for i := range 10 { … }` to count")
            }
            _ if (start..semi).any(|index| inp.token(index).tok == Tok::Comma) => {
                mistake.help("the parts of the header are separated by `;`: `for i := 0; i < n; i++ { … }`")
            }
            _ => mistake,
        });
    }
    if inp.tok() == Tok::LBrace {
        let help = match inp.token(semi).tok {
            Tok::Newline => "the `{` stands on the line of its `for`",
            _ => "write `for ; cond; {` or `for cond {`",
        };
        return Err(Mistake::unexpected(inp.at(), "", "for loop condition").help(help));
    }
    let second = inp.at();
    let cond = if inp.tok().is_semi() { None } else { plain(inp).map(Some)? };
    let cond = loop_condition(inp, second, cond)?;
    if !inp.tok().is_semi() {
        return Err(inp.unexpected("in for clause", "semicolon").help("write `for init; cond; post {`"));
    }
    inp.bump();
    let third = inp.at();
    let post = if inp.tok() == Tok::LBrace { None } else { Some(plain(inp)?) };
    if let Some(Stmt { kind: StmtKind::Define { .. }, span }) = &post {
        let mistake = Mistake::said(third, "cannot declare in post statement of for loop").span(*span);
        inp.report(mistake);
    }
    if inp.tok() != Tok::LBrace {
        return Err(inp.unexpected("after for clause", "`{`"));
    }
    Ok(ForHeader::Clauses { init, cond, post })
}

/// `for i, x := xs {` is meant as a loop over `xs`.
fn missing_range(inp: &mut Input<'_, '_>, start: usize, header: Span, subject: Span) {
    let source = inp.shared().source;
    let text = |span: Span| source[span.start as usize..span.end as usize].lines().next().unwrap_or("");
    let before = Span { end: subject.start, ..subject };
    let mistake = Mistake::said(start, format!("cannot use `{}` as value", text(header)))
        .span(header)
        .label("this declares")
        .help(format!("to go over `{}`, write `range` before it", text(subject)))
        .fix("add `range`", before, "range ");
    inp.report(mistake);
}

fn plain(inp: &mut Input<'_, '_>) -> Res<Stmt> {
    let start = inp.at();
    match simple(inp, Place::Plain)? {
        Simple::Stmt(stmt) => Ok(stmt),
        _ => Err(Mistake::unexpected(start, "", "for loop condition")),
    }
}

fn loop_condition(inp: &mut Input<'_, '_>, start: usize, stmt: Option<Stmt>) -> Res<Option<Expr>> {
    match stmt {
        None => Ok(None),
        Some(Stmt { kind: StmtKind::Expr(cond), .. }) => Ok(Some(cond)),
        Some(stmt) => {
            let mistake = not_a_value(inp, "for", start, &stmt.kind, stmt.span);
            inp.report(mistake);
            Ok(None)
        }
    }
}

/// The binding and subject of `k, v := range x`, for `go parallel for`.
pub(super) fn range_clause(inp: &mut Input<'_, '_>) -> Res<(RangeBind, Expr)> {
    if inp.got(Tok::Range) {
        return Ok((RangeBind::None, expr(inp)?));
    }
    let left = expr_list(inp)?;
    let op = inp.at();
    let bind = match inp.tok() {
        Tok::ColonEq => {
            inp.bump();
            RangeBind::Define(names(inp, op, left))
        }
        _ => {
            inp.want(Tok::Eq, "in range clause")?;
            RangeBind::Assign(left)
        }
    };
    inp.want(Tok::Range, "in range clause")?;
    Ok((bind, expr(inp)?))
}
