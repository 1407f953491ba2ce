//! Blocks, and the statements in them; those with a header are in [`super::control`] and [`super::switch`].

use std::sync::Arc;

use super::control;
use super::decl;
use super::expr::expr_list;
use super::goo;
use super::input::{Input, Reader, Res, chain, nested};
use super::mistake::Mistake;
use super::operand::{in_brackets, primary};
use super::recover::{
    STATEMENT_ENDS, closed_by_another, damage, end_all_blocks, end_block, follows_break, indent,
    is_brace_too_many, lost, no_declaration_here, skip_item, skip_silently, spoil_span, whole,
};
use super::simple::simple_stmt;
use super::spelling;
use super::switch;
use crate::diagnostics::Code;
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

/// `{ statements }`.
pub(super) fn block(inp: &mut Input<'_, '_>) -> Res<Block> {
    let start = inp.at();
    inp.want(Tok::LBrace, "")?;
    let stmts = in_brackets(inp, |inp| stmts(inp, start, End::Brace))?;
    end_block(inp, start, "")?;
    Ok(Block { stmts, span: inp.since(start) })
}

/// The block after a header. Where [`skip_to_body`](super::recover::skip_to_body) has found that only its `{` is
/// missing, the line break stands for it.
pub(super) fn body(inp: &mut Input<'_, '_>) -> Res<Block> {
    let start = inp.at();
    if !inp.got(Tok::Newline) {
        return block(inp);
    }
    indented_body(inp, start)
}

/// A block whose `{` is missing behind the line that the token at `start` is on: the lines that are indented more, and a `}`, if
/// there is one for it.
pub(super) fn indented_body(inp: &mut Input<'_, '_>, start: usize) -> Res<Block> {
    let head = indent(inp, start);
    let stmts = in_brackets(inp, |inp| stmts(inp, start, End::Indent(head)))?;
    let at = inp.at();
    if inp.tok() == Tok::RBrace && indent(inp, at) >= head && !inp.shared().unclosed {
        inp.bump();
    }
    Ok(Block { stmts, span: inp.since(start) })
}

/// Where the statements of a block end.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// At its `}`.
    Brace,
    /// At the next clause, or the `}` of all clauses.
    Clause,
    /// Before a line that is indented no more than this.
    Indent(usize),
}

impl End {
    /// Whether the next token ends the statements in the braces opened at `open`.
    fn is_here(self, inp: &mut Input<'_, '_>, open: usize) -> bool {
        let at = inp.at();
        match inp.tok() {
            Tok::Eof | Tok::RBrace => true,
            Tok::Case | Tok::Default if self == End::Clause => true,
            _ => closed_by_another(inp, open) || self.is_before(inp, at),
        }
    }

    /// Whether the line that the token at `index` begins is beyond the block.
    fn is_before(self, inp: &mut Input<'_, '_>, index: usize) -> bool {
        let End::Indent(head) = self else { return false };
        let here = indent(inp, index);
        let closes = inp.token(index).tok == Tok::RBrace && here == head;
        follows_break(inp, index) && here <= head && !closes
    }
}

/// The statements of a `case`, up to the next one, in the braces opened at `open`.
pub(super) fn case_body(inp: &mut Input<'_, '_>, open: usize) -> Res<Vec<Stmt>> {
    in_brackets(inp, |inp| stmts(inp, open, End::Clause))
}

/// What is damaged in a body does not spoil what the body belongs to.
fn stmts(inp: &mut Input<'_, '_>, open: usize, end: End) -> Res<Vec<Stmt>> {
    let outer = inp.shared().spoiled;
    inp.shared().bodies += 1;
    let found = all_stmts(inp, open, end);
    inp.shared().bodies -= 1;
    inp.shared().spoiled = outer;
    found
}

fn all_stmts(inp: &mut Input<'_, '_>, open: usize, end: End) -> Res<Vec<Stmt>> {
    let mut found = Vec::new();
    let (mut lost_clauses, mut lost_arms) = (false, false);
    let damaged = inp.shared().damage.len();
    loop {
        if is_brace_too_many(inp, open) {
            // After what could not be read it most likely belongs to that.
            let known = inp.shared().damage.len() > damaged;
            brace_too_many(inp, open, known);
            continue;
        }
        spelling::at_statement(inp, end == End::Clause);
        if end.is_here(inp, open) {
            break;
        }
        let start = inp.at();
        // The clauses of a `switch` whose head could not be read are one mistake.
        let clause = matches!(inp.tok(), Tok::Case | Tok::Default);
        if clause && std::mem::replace(&mut lost_clauses, true) {
            skip_silently(inp, start);
            inp.got_semi();
            continue;
        }
        let read = match no_declaration_here(inp, open) {
            Ok(()) => whole(inp, |inp| nested(inp, stmt)),
            Err(mistake) => {
                end_all_blocks(inp, mistake);
                break;
            }
        };
        match read {
            Ok(stmt) => {
                found.push(stmt);
                if inp.shared().unclosed {
                    break;
                }
                if !inp.tok().is_semi() && inp.tok() != Tok::RBrace && !cut_short(inp) && !ends_as_label(inp)
                {
                    // So are the arms of a `match` that ended too early.
                    let arm = matches!(inp.tok(), Tok::FatArrow | Tok::DotDot);
                    match arm && std::mem::replace(&mut lost_arms, true) {
                        true => skip_silently(inp, start),
                        false => {
                            let mistake = match ended_match(&found).filter(|_| arm) {
                                Some(ended) => {
                                    spoil_span(inp, ended);
                                    inp.unexpected("after the end of a `match`", "statement")
                                        .help("an arm stands in the braces of its `match`: a `}` before this is one too many")
                                }
                                None => not_at_end(inp, start),
                            };
                            skip_item(inp, start, mistake, STATEMENT_ENDS)?;
                        }
                    }
                    // What it declares may be of another type than it seems to be.
                    found.push(lost(inp, start));
                }
            }
            Err(_) if inp.shared().unclosed => {
                let at = inp.at();
                damage(inp, start, at);
                found.push(lost(inp, start));
                break;
            }
            Err(mistake) if mistake.begins_declaration() => {
                inp.skip_to(mistake.at());
                let at = inp.at();
                damage(inp, start, at);
                found.push(lost(inp, start));
                end_all_blocks(inp, mistake);
                break;
            }
            Err(mistake) => {
                skip_item(inp, start, mistake, STATEMENT_ENDS)?;
                found.push(lost(inp, start));
            }
        }
        let next = inp.at() + 1;
        if inp.tok().is_semi() && end.is_before(inp, next) {
            break;
        }
        inp.got_semi();
    }
    Ok(found)
}

/// Takes a `}` that is one too many, and reports it unless that is `known`.
fn brace_too_many(inp: &mut Input<'_, '_>, open: usize, known: bool) {
    let at = inp.at();
    if !known {
        let (brace, block) = (inp.span_of(at), inp.span_of(open));
        let mistake = Mistake::said(at, "unexpected `}`: it is one too many").label("closes nothing");
        let mistake = mistake.also(block, "by its lines this block ends further down");
        inp.report(mistake.help("remove it").fix("remove it", brace, ""));
    }
    inp.bump();
    inp.got_semi();
}

/// The `match` that the statement before the last one is.
fn ended_match(found: &[Stmt]) -> Option<Span> {
    let before = found.len().checked_sub(2).map(|index| &found[index])?;
    matches!(&before.kind, StmtKind::Expr(Expr { kind: ExprKind::Match(_), .. })).then_some(before.span)
}

/// Whether the statement ended with a `.` or `!` and its line: that has been reported, and the next line is what it seems to
/// be.
fn cut_short(inp: &mut Input<'_, '_>) -> bool {
    let at = inp.at();
    at > 0 && matches!(inp.token(at - 1).tok, Tok::Dot | Tok::Bang) && follows_break(inp, at)
}

/// Whether the last statement was a label that names none: that has been reported.
fn ends_as_label(inp: &mut Input<'_, '_>) -> bool {
    let at = inp.at();
    at > 0 && inp.token(at - 1).tok == Tok::Colon && matches!(inp.tok(), Tok::Case | Tok::Default | Tok::Eof)
}

/// Something after a statement, which began at `start`. Some of it is other languages'.
fn not_at_end(inp: &mut Input<'_, '_>, start: usize) -> Mistake {
    let at = inp.at();
    let mistake = inp.unexpected("at end of statement", "semicolon, newline or `}`");
    let help = match (inp.tok(), inp.text(start)) {
        (Tok::PlusPlus | Tok::MinusMinus, _) => "`x++` and `x--` are statements of their own, not values",
        (_, "while") => "every loop is a `for`: `for cond { … }`",
        (_, "foreach") => "every loop is a `for`: `for _, x := range xs { … }`",
        (Tok::Ident, _) if inp.text(at) == "recover" => {
            "what stands in for the value is a block: `f() recover { 0 }`, or `f() recover err { … }`"
        }
        (_, "let") => "variables are declared by `x := value` or `var x T`",
        (Tok::Eq | Tok::ColonEq, _) => {
            "an assignment is a statement of its own, and has no value: `y = 3; x = y`"
        }
        (_, "throw" | "raise") => "an error is returned by `fail err`; a crash is `panic(v)`",
        (Tok::Colon, _) if inp.tok_after(1) == Tok::Colon => {
            "the parts of a name are joined by `.`: `Shape.Circle`"
        }
        (Tok::Colon, _) => "a block stands in braces: `if cond { … }`",
        _ if inp.token(at - 1).tok == Tok::Question => "there is no `c ? a : b`; write an `if`",
        _ => return mistake,
    };
    mistake.help(help)
}

/// A statement, without the semicolon after it.
pub(super) fn stmt(inp: &mut Input<'_, '_>) -> Res<Stmt> {
    let start = inp.at();
    let kind = match inp.tok() {
        Tok::Semi | Tok::Newline | Tok::RBrace => StmtKind::Empty,
        Tok::Ident if inp.tok_after(1) == Tok::Colon => return labeled(inp),
        Tok::Ident => match goo::word_stmt(inp)? {
            Some(kind) => kind,
            None => return simple_stmt(inp),
        },
        Tok::LBrace => StmtKind::Block(block(inp)?),
        Tok::Var | Tok::Const | Tok::Type => StmtKind::Decl(Arc::new(decl::grouped(inp)?)),
        Tok::If => return control::if_stmt(inp),
        Tok::For => control::for_stmt(inp)?,
        Tok::Switch => switch::switch_stmt(inp)?,
        Tok::Select => switch::select_stmt(inp)?,
        Tok::Go => {
            let started = chain(inp, goo::go_expr)?;
            match started.kind {
                ExprKind::Go(call) => StmtKind::Go(*call),
                _ => StmtKind::Expr(started),
            }
        }
        Tok::Defer => {
            inp.bump();
            StmtKind::Defer(started_call(inp, "defer")?)
        }
        Tok::Return => {
            inp.bump();
            let ends = matches!(inp.tok(), Tok::Semi | Tok::Newline | Tok::RBrace);
            StmtKind::Return(if ends { Vec::new() } else { expr_list(inp)? })
        }
        Tok::Break => {
            inp.bump();
            StmtKind::Break(label(inp))
        }
        Tok::Continue => {
            inp.bump();
            StmtKind::Continue(label(inp))
        }
        Tok::Fallthrough => {
            inp.bump();
            StmtKind::Fallthrough
        }
        Tok::Goto => {
            let mistake = no_goto(inp);
            if inp.tok_after(1) != Tok::Ident {
                return Err(mistake);
            }
            inp.report(mistake);
            inp.bump();
            StmtKind::Goto(inp.take_ident())
        }
        Tok::Func if inp.tok_after(1) == Tok::Ident => return Err(named_function(inp)),
        Tok::Else => return Err(lone_else(inp)),
        Tok::PlusPlus | Tok::MinusMinus => {
            return Err(inp.unexpected("", "expression").help("write it behind the variable: `x++`"));
        }
        tok if tok.is_keyword() && !starts_operand(tok) => return Err(inp.unexpected("", "statement or `}`")),
        _ => return simple_stmt(inp),
    };
    Ok(Stmt { kind, span: inp.since(start) })
}

/// Keywords that begin a type, and so an expression.
fn starts_operand(tok: Tok) -> bool {
    matches!(tok, Tok::Func | Tok::Struct | Tok::Map | Tok::Chan | Tok::Interface)
}

fn label(inp: &mut Input<'_, '_>) -> Option<Ident> {
    (inp.tok() == Tok::Ident).then(|| inp.take_ident())
}

fn no_goto(inp: &mut Input<'_, '_>) -> Mistake {
    Mistake::said(inp.at(), "Goo has no `goto`")
        .code(Code::NotInGoo)
        .label("jumps")
        .help("leave loops with `break Label` or `continue Label`; share code by a function")
}

fn named_function(inp: &mut Input<'_, '_>) -> Mistake {
    let name = inp.word_after(1).unwrap_or("f");
    Mistake::unexpected(inp.at() + 1, "", "`(`")
        .help(format!("a function within a function is a value: `{name} := func(…) {{ … }}`"))
}

fn lone_else(inp: &mut Input<'_, '_>) -> Mistake {
    inp.unexpected("", "statement or `}`").help("`else` stands on the line of the `}` before it: `} else {`")
}

/// `label: statement`.
fn labeled(inp: &mut Input<'_, '_>) -> Res<Stmt> {
    let start = inp.at();
    let label = inp.ident()?;
    let colon = inp.at();
    inp.bump();
    if matches!(inp.tok(), Tok::Case | Tok::Default | Tok::Eof) {
        inp.report(
            Mistake::said(colon, "missing statement after label")
                .label("names the statement that follows, and none does")
                .help("remove the label, or write it before the loop or block that it names"),
        );
        let stmt = Box::new(Stmt { kind: StmtKind::Empty, span: inp.since(colon) });
        return Ok(Stmt { kind: StmtKind::Labeled { label, stmt }, span: inp.since(start) });
    }
    let stmt = Box::new(nested(inp, stmt)?);
    Ok(Stmt { kind: StmtKind::Labeled { label, stmt }, span: inp.since(start) })
}

/// What `go` or `defer` starts. That it is a call is for the checker to see.
pub(super) fn started_call(inp: &mut Input<'_, '_>, keyword: &str) -> Res<Expr> {
    let at = inp.at();
    if inp.tok() == Tok::LBrace {
        let mistake = inp.unexpected("", "expression");
        return Err(mistake.help(format!("statements run in a function: `{keyword} func() {{ … }}()`")));
    }
    let value = chain(inp, primary)?;
    if let ExprKind::Paren(_) = value.kind {
        let message = format!("expression in {keyword} must not be parenthesized");
        let mistake = Mistake::said(at, message).span(value.span).code(Code::CallRequired);
        inp.report(mistake.help(format!("leave the parentheses out: `{keyword} f(x)`")));
    }
    Ok(value)
}
