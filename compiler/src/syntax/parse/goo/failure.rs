//! `try` and `recover`.

use super::operand_follows_word;
use crate::syntax::ast::*;
use crate::syntax::parse::expr::{default, unary};
use crate::syntax::parse::input::{Input, Reader, Res, chained};
use crate::syntax::parse::stmt::block;
use crate::syntax::token::Tok;

/// Whether `try` begins an expression here.
pub(in crate::syntax::parse) fn try_follows(inp: &mut Input<'_, '_>) -> bool {
    if !inp.is_word("try") {
        return false;
    }
    if inp.tok_after(1) != Tok::LBrace {
        return operand_follows_word(inp);
    }
    // `try{…}` may be a composite literal of a type `try`; gofmt writes no blank in it.
    let open = inp.at() + 1;
    if inp.token(open).start > inp.token(open - 1).end && inp.shared().nest >= 0 {
        return true;
    }
    match inp.pair(open) {
        Some(close) => inp.token(close + 1).tok == Tok::Ident && inp.text(close + 1) == "recover",
        None => false,
    }
}

/// `try x`, `try { … } recover err { … }`.
pub(in crate::syntax::parse) fn try_expr(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    if inp.tok() == Tok::LBrace {
        let body = block(inp)?;
        if !recover_follows(inp) {
            let mistake = inp.unexpected("after `try` block", "`recover`");
            return Err(mistake.help(
                "write `try { … } recover err { … }`; before a single call, `try f()` needs no block",
            ));
        }
        return recover(inp, start, RecoverBody::Block(body));
    }
    let operand = Box::new(unary(inp)?);
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Try(operand), span))
}

/// Whether `recover err {` or `recover {` comes next. After a complete expression no name can stand.
pub(in crate::syntax::parse) fn recover_follows(inp: &mut Input<'_, '_>) -> bool {
    inp.is_word("recover") && (inp.tok_after(1) == Tok::LBrace || inp.word_after(1).is_some())
}

/// `recover err { … }` after what it guards, which began at `start`.
pub(in crate::syntax::parse) fn recover(
    inp: &mut Input<'_, '_>,
    start: usize,
    body: RecoverBody,
) -> Res<Expr> {
    inp.bump();
    let name = if inp.tok() == Tok::Ident { Some(inp.take_ident()) } else { None };
    if inp.tok() != Tok::LBrace {
        let mistake = inp.unexpected("", "`{`");
        return Err(mistake.help("what handles the error is a block: `recover err { … }`"));
    }
    let handler = block(inp)?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Recover { body, name, handler }, span))
}

/// A send whose channel, which began at `start`, has been read, and the `<-` after it. A send binds less tightly than `try`
/// and more tightly than `recover`: `try ch <- v` and `ch <- v recover { … }` handle the send.
pub(in crate::syntax::parse) fn send(inp: &mut Input<'_, '_>, start: usize, chan: Expr) -> Res<Stmt> {
    let value = default(inp)?;
    let tried = matches!(chan.kind, ExprKind::Try(_));
    if !tried && !recover_follows(inp) {
        return Ok(Stmt { kind: StmtKind::Send { chan, value }, span: inp.since(start) });
    }
    let value = Box::new(value);
    let mut whole = match chan.kind {
        ExprKind::Try(chan) => {
            let span = chan.span.to(value.span);
            let sent = Box::new(inp.expr(ExprKind::Send { chan, value }, span));
            let span = inp.since(start);
            inp.expr(ExprKind::Try(sent), span)
        }
        _ => {
            let span = inp.since(start);
            inp.expr(ExprKind::Send { chan: Box::new(chan), value }, span)
        }
    };
    while recover_follows(inp) {
        chained(inp)?;
        whole = recover(inp, start, RecoverBody::Expr(Box::new(whole)))?;
    }
    Ok(Stmt { kind: StmtKind::Expr(whole), span: inp.since(start) })
}

/// Channel and value of a send with its `try` or `recover`; anything else is given back.
pub(in crate::syntax::parse) fn handled_send(expr: Expr) -> Result<(Expr, Expr), Expr> {
    let send = match &expr.kind {
        ExprKind::Try(inner) | ExprKind::Recover { body: RecoverBody::Expr(inner), .. } => &inner.kind,
        _ => return Err(expr),
    };
    match send {
        ExprKind::Send { chan, value } => Ok(((**chan).clone(), (**value).clone())),
        _ => Err(expr),
    }
}
