//! Starting tasks: `go`, `go parallel for`, `supervise`.

use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::parse::control::{in_header, range_clause};
use crate::syntax::parse::expr::expr;
use crate::syntax::parse::input::{Input, Reader, Res, nested};
use crate::syntax::parse::mistake::Mistake;
use crate::syntax::parse::operand::{call_args, in_brackets};
use crate::syntax::parse::recover::group;
use crate::syntax::parse::stmt::{block, started_call};
use crate::syntax::token::Tok;

/// `go f(x)`, `go parallel for …`, `go supervise …`, from the `go`.
pub(in crate::syntax::parse) fn go_expr(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    let kind = if inp.is_word("parallel") && inp.tok_after(1) == Tok::For {
        ExprKind::Parallel(Box::new(parallel(inp, start)?))
    } else if inp.is_word("supervise") && supervise_follows(inp, 0) {
        ExprKind::GoSupervise(Box::new(supervise(inp)?))
    } else {
        ExprKind::Go(Box::new(started_call(inp, "go")?))
    };
    let span = inp.since(start);
    Ok(inp.expr(kind, span))
}

/// `parallel for k, v := range x (workers: n) { … }`.
fn parallel(inp: &mut Input<'_, '_>, start: usize) -> Res<Parallel> {
    inp.bump();
    inp.bump();
    let (bind, subject) = in_header(inp, range_clause)?;
    let (subject, options) = split_options(subject);
    let body = block(inp)?;
    Ok(Parallel { bind, subject, options, body, span: inp.since(start) })
}

/// `xs (workers: 8)` reads as a call; no call has only named arguments, so these are the loop's options.
fn split_options(subject: Expr) -> (Expr, Vec<Arg>) {
    match subject.kind {
        ExprKind::Call(call) if !call.args.is_empty() && call.args.iter().all(|arg| arg.name.is_some()) => {
            (call.callee, call.args)
        }
        _ => (subject, Vec::new()),
    }
}

/// Whether the word `supervise`, `n` tokens ahead, begins a supervisor.
pub(super) fn supervise_follows(inp: &mut Input<'_, '_>, n: usize) -> bool {
    if inp.word_after(n) != Some("supervise") {
        return false;
    }
    match inp.tok_after(n + 1) {
        Tok::LBrace | Tok::Ident => true,
        Tok::LParen => {
            let open = inp.at() + n + 1;
            inp.pair(open).is_some_and(|close| inp.token(close + 1).tok == Tok::LBrace)
        }
        _ => false,
    }
}

/// Whether `supervise` begins a supervisor where a value is wanted. `supervise { x }` could be a literal.
pub(in crate::syntax::parse) fn supervise_as_value(inp: &mut Input<'_, '_>) -> bool {
    supervise_follows(inp, 0)
        && match inp.tok_after(1) {
            Tok::LBrace => {
                inp.tok_after(2) == Tok::Go
                    || (inp.tok_after(2) == Tok::Ident && inp.tok_after(3) == Tok::ColonEq)
            }
            _ => true,
        }
}

/// `supervise …` as a value, which it is only behind `go`.
pub(in crate::syntax::parse) fn supervise_without_go(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    let word = inp.span_of(start);
    let before = Span { end: word.start, ..word };
    let mistake = Mistake::said(start, "`supervise` gives no value: it waits until its children have ended")
        .help("write `go supervise …`, which goes on at once and gives a handle")
        .fix("add `go`", before, "go ");
    inp.report(mistake);
    let kind = ExprKind::GoSupervise(Box::new(supervise(inp)?));
    let span = inp.since(start);
    Ok(inp.expr(kind, span))
}

/// `supervise strategy (options) { children }`.
pub(super) fn supervise(inp: &mut Input<'_, '_>) -> Res<Supervise> {
    nested(inp, |inp| {
        let start = inp.at();
        inp.bump();
        let strategy = if inp.tok() == Tok::Ident { Some(inp.take_ident()) } else { None };
        let options = if inp.tok() == Tok::LParen { call_args(inp)?.0 } else { Vec::new() };
        if inp.tok() == Tok::Ident {
            let mistake = inp.unexpected("in supervise statement", "`{`");
            return Err(mistake.help("options stand in parentheses: `(max: 5 per 10s, backoff: 1s..30s)`"));
        }
        inp.want(Tok::LBrace, "in supervise statement")?;
        let children = in_brackets(inp, |inp| group(inp, "in supervise statement", Tok::RBrace, child))?;
        Ok(Supervise { id: inp.id(), strategy, options, children, span: inp.since(start) })
    })
}

/// `name := go f(x)  clauses`.
fn child(inp: &mut Input<'_, '_>) -> Res<Child> {
    let start = inp.at();
    let named = inp.tok() == Tok::Ident && inp.tok_after(1) == Tok::ColonEq;
    let name = if named { Some(inp.take_ident()) } else { None };
    if named {
        inp.bump();
    }
    let kind = if inp.tok() == Tok::Go {
        inp.bump();
        if supervise_follows(inp, 0) {
            ChildKind::Supervise(Box::new(supervise(inp)?))
        } else {
            ChildKind::Go(started_call(inp, "go")?)
        }
    } else if supervise_follows(inp, 0) {
        ChildKind::Supervise(Box::new(supervise(inp)?))
    } else {
        let mistake =
            inp.unexpected("in supervise statement", "`go f(x)`, `name := go f(x)` or `supervise { … }`");
        return Err(mistake.help("what prepares the children stands before the `supervise`"));
    };
    let mut clauses = Vec::new();
    while let Some(clause) = clause(inp)? {
        clauses.push(clause);
    }
    Ok(Child { name, kind, clauses, span: inp.since(start) })
}

/// One clause after a child.
fn clause(inp: &mut Input<'_, '_>) -> Res<Option<ChildClause>> {
    let at = inp.at();
    let Some(word) = inp.word() else { return Ok(None) };
    inp.bump();
    Ok(Some(match word {
        "workers" => ChildClause::Workers(expr(inp)?),
        "shutdown" => ChildClause::Shutdown(expr(inp)?),
        "start" => ChildClause::Start(expr(inp)?),
        "restart" => ChildClause::Restart(inp.ident()?),
        "significant" => ChildClause::Significant(inp.span_of(at)),
        "after" => {
            let mut names = vec![inp.ident()?];
            while inp.got(Tok::Comma) {
                names.push(inp.ident()?);
            }
            ChildClause::After(names)
        }
        _ => {
            let expected = "`workers`, `after`, `start`, `shutdown`, `restart` or `significant`";
            return Err(Mistake::unexpected(at, "after child of supervise", expected));
        }
    }))
}
