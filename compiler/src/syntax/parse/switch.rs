//! `switch` and `select`.

use super::control::{Header, header, in_header, not_a_value};
use super::expr::{expr, expr_list};
use super::goo;
use super::input::{Input, Reader, Res};
use super::mistake::Mistake;
use super::recover::{closed_by_another, end_block, lost, skip_item, skip_to_body, whole};
use super::simple::{Place, Simple, TYPE_SWITCH, simple_rest};
use super::spelling;
use super::stmt::case_body;
use crate::diagnostics::Code;
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::damage::PLAIN_TYPES;
use crate::syntax::token::Tok;

/// `switch …`, over values or types.
pub(super) fn switch_stmt(inp: &mut Input<'_, '_>) -> Res<StmtKind> {
    let start = inp.at();
    inp.bump();
    let header_start = inp.at();
    let outer = std::mem::replace(&mut inp.shared().type_guard, true);
    let header = whole(inp, |inp| {
        in_header(inp, |inp| header(inp, "switch", Place::Switch)).or_else(|mistake| {
            skip_to_body(inp, header_start, mistake)?;
            let (init, span) = (lost(inp, header_start), inp.since(header_start));
            let tag = Stmt { kind: StmtKind::Expr(inp.expr(ExprKind::Error, span)), span };
            Ok(Header { init: Some(init), main: Some(Simple::Stmt(tag)) })
        })
    });
    inp.shared().type_guard = outer;
    let Header { mut init, main } = header?;
    let tag = match main {
        Some(Simple::Stmt(Stmt { kind: StmtKind::Define { mut names, mut values }, span }))
            if names.len() == 1 && values.len() == 1 && init.is_none() =>
        {
            if cases_are_types(inp) {
                let mistake = Mistake::said(header_start, "missing `.(type)` in type switch").span(span);
                let end = values[0].span.after();
                inp.report(mistake.help(TYPE_SWITCH).fix("add `.(type)`", end, ".(type)"));
                let (binding, subject) = (names.pop(), values.remove(0));
                let cases = switch_cases(inp)?;
                let span = inp.since(start);
                let switch = TypeSwitch { init: None, binding, subject, cases, span };
                return Ok(StmtKind::TypeSwitch(Box::new(switch)));
            }
            let tag = ExprKind::Name(names[0].name);
            let tag = inp.expr(tag, names[0].span);
            let kind = StmtKind::Define { names, values };
            let mistake = not_a_value(inp, "switch", header_start, &kind, span);
            inp.report(mistake);
            init = Some(Stmt { kind, span });
            Some(tag)
        }
        Some(Simple::TypeGuard(binding, subject)) => {
            let cases = switch_cases(inp)?;
            let span = inp.since(start);
            return Ok(StmtKind::TypeSwitch(Box::new(TypeSwitch { init, binding, subject, cases, span })));
        }
        Some(Simple::Stmt(Stmt { kind: StmtKind::Expr(tag), .. })) => Some(tag),
        Some(Simple::Stmt(stmt)) => {
            let mistake = not_a_value(inp, "switch", header_start, &stmt.kind, stmt.span);
            inp.report(mistake);
            Some(inp.expr(ExprKind::Error, stmt.span))
        }
        Some(Simple::Range(..)) | None => None,
    };
    let cases = switch_cases(inp)?;
    Ok(StmtKind::Switch(Box::new(Switch { init, tag, cases, span: inp.since(start) })))
}

/// Whether the cases of the switch whose `{` comes next name types: those that all programs know, those that are written out, and
/// those of this file.
fn cases_are_types(inp: &mut Input<'_, '_>) -> bool {
    let open = inp.at();
    let Some(close) = inp.pair(open) else { return false };
    let mut index = open + 1;
    while index < close {
        if inp.token(index).tok == Tok::Case && is_type(inp, index + 1) {
            return true;
        }
        index = inp.pair(index).filter(|pair| *pair > index).unwrap_or(index) + 1;
    }
    false
}

fn is_type(inp: &mut Input<'_, '_>, index: usize) -> bool {
    match inp.token(index).tok {
        Tok::Chan | Tok::Func | Tok::Interface | Tok::Map | Tok::Struct => true,
        Tok::LBracket => inp.token(index + 1).tok == Tok::RBracket,
        Tok::Star => is_type(inp, index + 1),
        Tok::Ident => {
            let name = inp.text(index);
            PLAIN_TYPES.contains(&name)
                || (1..inp.shared().tokens.len()).any(|at| {
                    inp.token(at - 1).tok == Tok::Type
                        && inp.token(at).tok == Tok::Ident
                        && inp.text(at) == name
                })
        }
        _ => false,
    }
}

fn switch_cases(inp: &mut Input<'_, '_>) -> Res<Vec<SwitchCase>> {
    // The line break stands for a `{` whose absence has been reported.
    if !matches!(inp.tok(), Tok::LBrace | Tok::Newline) {
        return Err(Mistake::said(inp.at(), "missing `{` after switch clause"));
    }
    let clause = |inp: &mut Input<'_, '_>, open| {
        let start = inp.at();
        let values = whole(inp, |inp| {
            if inp.bump().tok == Tok::Default {
                return Ok(None);
            }
            expr_list(inp).map(Some)
        })?;
        clause_colon(inp)?;
        let body = case_body(inp, open)?;
        Ok(SwitchCase { values, body, id: inp.id(), span: inp.since(start) })
    };
    cases(inp, clause, |inp, body, span| {
        let value = inp.expr(ExprKind::Error, span);
        SwitchCase { values: Some(vec![value]), body, id: inp.id(), span }
    })
}

/// The `:` after the head of a clause. Where the line ends instead, it is clear what is missing, and nothing else.
fn clause_colon(inp: &mut Input<'_, '_>) -> Res<()> {
    let at = inp.at();
    if inp.tok() != Tok::Newline || inp.token(at - 1).tok == Tok::RBrace {
        return inp.want(Tok::Colon, "").map(drop);
    }
    let before = Span { end: inp.span_of(at).start, ..inp.span_of(at) };
    let mistake = inp.unexpected("", "`:`").fix("add `:`", before, ":");
    inp.report(mistake.help("the head of a clause ends with `:`"));
    Ok(())
}

/// The clauses of a `switch` or `select`, from the `{` to the `}`. One whose head cannot be read is `damaged`; its statements
/// still are.
fn cases<'a, 'p, T>(
    inp: &mut Input<'a, 'p>,
    mut clause: impl FnMut(&mut Input<'a, 'p>, usize) -> Res<T>,
    damaged: impl Fn(&mut Input<'a, 'p>, Vec<Stmt>, Span) -> T,
) -> Res<Vec<T>> {
    let open = inp.at();
    inp.bump();
    let mut found = Vec::new();
    while !matches!(inp.tok(), Tok::RBrace | Tok::Eof) && !inp.shared().unclosed {
        if closed_by_another(inp, open) {
            break;
        }
        spelling::at_clause(inp);
        let start = inp.at();
        let result = if matches!(inp.tok(), Tok::Case | Tok::Default) {
            super::operand::in_brackets(inp, |inp| clause(inp, open))
        } else {
            Err(inp.unexpected("", "`case`, `default` or `}`"))
        };
        match result {
            Ok(clause) => found.push(clause),
            Err(mistake) => {
                // The other clauses are as they are meant.
                let outer = inp.shared().spoiled;
                skip_item(inp, start, mistake, &[Tok::Case, Tok::Default, Tok::Colon, Tok::RBrace])?;
                inp.shared().spoiled = outer;
                let mut body = vec![lost(inp, start)];
                if inp.got(Tok::Colon) {
                    body.extend(case_body(inp, open)?);
                }
                let span = inp.since(start);
                found.push(damaged(inp, body, span));
            }
        }
    }
    end_block(inp, open, "")?;
    Ok(found)
}

/// `select { … }`, `select first { … }`.
pub(super) fn select_stmt(inp: &mut Input<'_, '_>) -> Res<StmtKind> {
    let start = inp.at();
    inp.bump();
    let first = inp.is_word("first") && inp.tok_after(1) == Tok::LBrace;
    if first {
        inp.bump();
    }
    if inp.tok() != Tok::LBrace {
        return Err(Mistake::said(inp.at(), "missing `{` after select clause")
            .help("the channels stand in its cases: `case v := <-ch:`; `switch` chooses by a value"));
    }
    let clause = |inp: &mut Input<'_, '_>, open| {
        let start = inp.at();
        let kind = whole(inp, |inp| {
            if inp.bump().tok == Tok::Default {
                return Ok(SelectKind::Default);
            }
            select_kind(inp)
        })?;
        clause_colon(inp)?;
        let body = case_body(inp, open)?;
        Ok(SelectCase { kind, body, span: inp.since(start) })
    };
    let cases = cases(inp, clause, |inp, body, span| {
        let recv = inp.expr(ExprKind::Error, span);
        SelectCase { kind: SelectKind::Recv { recv, bind: SelectBind::None }, body, span }
    })?;
    Ok(StmtKind::Select(Box::new(Select { first, cases, span: inp.since(start) })))
}

/// What follows `case` in a `select`.
fn select_kind(inp: &mut Input<'_, '_>) -> Res<SelectKind> {
    if inp.is_word("after") && goo::operand_follows_word(inp) {
        inp.bump();
        return Ok(SelectKind::After(expr(inp)?));
    }
    let start = inp.at();
    let left = expr_list(inp)?;
    let found = simple_rest(inp, start, left, Place::Plain)?;
    if let Simple::Stmt(stmt) = found {
        match stmt.kind {
            StmtKind::Send { chan, value } => return Ok(SelectKind::Send { chan, value }),
            StmtKind::Expr(value) => {
                let span = value.span;
                return Ok(match goo::handled_send(value) {
                    Ok((chan, value)) => {
                        let message = "a send in a `select` cannot fail: its case waits until there is room";
                        let help = "write `case ch <- v:`, and `default:` for when the channel is full";
                        inp.report(Mistake::said(start, message).code(Code::Select).span(span).help(help));
                        SelectKind::Send { chan, value }
                    }
                    // That it is a receive is for the checker to see.
                    Err(recv) => SelectKind::Recv { recv, bind: SelectBind::None },
                });
            }
            StmtKind::Define { names, mut values } if values.len() == 1 => {
                return Ok(SelectKind::Recv { recv: values.remove(0), bind: SelectBind::Define(names) });
            }
            StmtKind::Assign { targets, mut values } if values.len() == 1 => {
                return Ok(SelectKind::Recv { recv: values.remove(0), bind: SelectBind::Assign(targets) });
            }
            _ => {}
        }
    }
    let mistake = Mistake::said(start, "select case must be receive, send or assign recv")
        .code(Code::Select)
        .span(inp.since(start));
    Err(mistake.help("write `case v := <-ch:`, `case ch <- v:` or `case after 1s:`"))
}
