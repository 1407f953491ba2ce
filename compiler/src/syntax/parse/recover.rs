//! Going on after a mistake.
//!
//! A rule that fails leaves the statement, declaration or list item that it is in. The mistake is reported, the rest
//! of that item is skipped, nested brackets as a whole, and the next item is read as if nothing had happened. So
//! one mistake is one error, and a file gives all its errors.
//!
//! What was skipped is noted as damage, and so is all of the smallest whole around it (see [`whole`]): the checker says
//! nothing about it.

use rustc_hash::FxHashSet;

use super::advice::advised;
use super::input::{Input, Reader, Res};
use super::mistake::Mistake;
use crate::syntax::ast::{Ident, Lost, Stmt, StmtKind};
use crate::syntax::damage::Region;
use crate::syntax::token::Tok;
use crate::syntax::{Span, Symbol};

/// What ends a statement within a block.
pub(super) const STATEMENT_ENDS: &[Tok] = &[Tok::Semi, Tok::Newline, Tok::RBrace];

/// Reports a mistake in the item that began at `start`, and skips to where the item ends: a token of `stops` outside
/// of the brackets that the item opened.
/// A mistake that spoils more than the item is passed on.
pub(super) fn skip_item(inp: &mut Input<'_, '_>, start: usize, mistake: Mistake, stops: &[Tok]) -> Res<()> {
    if mistake.leaves_items() || inp.shared().unclosed {
        return Err(mistake);
    }
    let end = match stops.contains(&Tok::Newline).then(|| next_statement(inp, start, mistake.at())).flatten()
    {
        Some(next) => next,
        None => item_end(inp, start, mistake.at(), stops),
    };
    let mistake = advised(inp, start, mistake);
    inp.report(mistake);
    inp.skip_to(end);
    spoil(inp, start);
    Ok(())
}

/// Where a statement begins a line although a bracket of the one from `start` on is still open: it holds the fault.
fn next_statement(inp: &mut Input<'_, '_>, start: usize, fault: usize) -> Option<usize> {
    use Tok::*;
    let begins = match inp.token(fault).tok {
        Break | Const | Continue | Defer | Fallthrough | For | Goto | If | Return | Select | Switch | Var => {
            fault
        }
        ColonEq => (start..fault).rev().find(|index| follows_break(inp, *index))?,
        _ => return None,
    };
    (begins > start && follows_break(inp, begins)).then_some(begins)
}

/// Notes that the tokens from `start` on are damaged, and what they are part of.
pub(super) fn spoil(inp: &mut Input<'_, '_>, start: usize) {
    let at = inp.at();
    damage(inp, start, at);
    inp.shared().spoiled = true;
}

/// Notes that the text of something that was read is damaged: it does not say what was meant.
pub(super) fn spoil_span(inp: &mut Input<'_, '_>, span: Span) {
    let state = inp.shared();
    let within = (state.bodies > 0).then_some((0, u32::MAX));
    state.damage.push(Region { start: span.start, end: span.end, within });
}

/// Notes that the tokens from `start` up to, not including, `end`, and at least the first, are damaged.
pub(super) fn damage(inp: &mut Input<'_, '_>, start: usize, end: usize) {
    let (first, last) = (inp.token(start), inp.token(end.max(start + 1) - 1));
    let state = inp.shared();
    let within = (state.bodies > 0).then_some((0, u32::MAX));
    state.damage.push(Region { start: first.start, end: last.end.max(first.end), within });
}

/// Runs a rule for something that is damaged as a whole when a part of it is: a statement without statements inside, a
/// header, a line of a group. What is around it is not.
pub(super) fn whole<'a, 'p, T>(inp: &mut Input<'a, 'p>, rule: impl FnOnce(&mut Input<'a, 'p>) -> T) -> T {
    let start = inp.at();
    let outer = std::mem::replace(&mut inp.shared().spoiled, false);
    let result = rule(inp);
    let dropped = drops(inp, start);
    if std::mem::replace(&mut inp.shared().spoiled, outer) || dropped {
        let at = inp.at();
        damage(inp, start, at);
    }
    result
}

/// Whether characters were dropped between the tokens from `start` on, and not within a part that has asked before.
fn drops(inp: &mut Input<'_, '_>, start: usize) -> bool {
    let (from, to) = (inp.token(start).start, inp.token(inp.at()).start);
    let state = inp.shared();
    let mut found = false;
    while state.dropped.get(state.passed).is_some_and(|place| *place < to) {
        found |= state.dropped[state.passed] >= from;
        state.passed += 1;
    }
    found
}

/// What the tokens from `start` up to the next one would have declared, and what they mention.
pub(super) fn lost(inp: &mut Input<'_, '_>, start: usize) -> Stmt {
    let end = inp.at();
    let mut lost = Lost::default();
    let mut known = FxHashSet::default();
    for index in start..end {
        match inp.token(index).tok {
            Tok::Ident => {
                let ident = ident_at(inp, index);
                if known.insert(ident.name) {
                    lost.mentioned.push(ident);
                }
            }
            // `a, b := …`.
            Tok::ColonEq => {
                let mut name = index;
                while name > start && inp.token(name - 1).tok == Tok::Ident {
                    let ident = ident_at(inp, name - 1);
                    lost.declared.push(ident);
                    name = name.saturating_sub(2);
                    if inp.token(name).tok != Tok::Comma {
                        break;
                    }
                }
            }
            // `var a, b …`; each line of a group.
            Tok::Var | Tok::Const | Tok::Type => {
                let grouped = inp.token(index + 1).tok == Tok::LParen;
                let mut name = index + 1 + usize::from(grouped);
                while name < end && inp.token(name).tok == Tok::Ident {
                    let ident = ident_at(inp, name);
                    lost.declared.push(ident);
                    if inp.token(name + 1).tok != Tok::Comma {
                        break;
                    }
                    name += 2;
                }
            }
            _ => {}
        }
    }
    Stmt { kind: StmtKind::Error(lost), span: inp.since(start) }
}

fn ident_at(inp: &mut Input<'_, '_>, index: usize) -> Ident {
    let name = Symbol::intern(inp.text(index));
    Ident { id: inp.id(), name, span: inp.span_of(index) }
}

/// Fails where a declaration begins a line although a bracket is still open: then the bracket was left open by
/// mistake, and the declaration is most likely what it seems to be.
pub(super) fn no_declaration_here(inp: &mut Input<'_, '_>, open: usize) -> Res<()> {
    if inp.tok() != Tok::Func {
        return Ok(());
    }
    let at = inp.at();
    let name = match inp.tok_after(1) {
        Tok::Ident => at + 1,
        Tok::LParen => match inp.pair(at + 1) {
            Some(close) => close + 1,
            None => return Ok(()),
        },
        _ => return Ok(()),
    };
    let named =
        inp.token(name).tok == Tok::Ident && matches!(inp.token(name + 1).tok, Tok::LParen | Tok::LBracket);
    if !(begins_line(inp, at) && named) {
        return Ok(());
    }
    let close = match inp.token(open).tok {
        Tok::LParen => ")",
        _ => "}",
    };
    let open = inp.span_of(open);
    let mistake = Mistake::said(
        at,
        format!("unexpected declaration of `{}`: a `{close}` is missing before it", inp.text(name)),
    );
    Err(mistake.label("begins a declaration").also(open, "still open here").ends_declaration())
}

/// Takes the `}` of a block. Where it is missing, because a declaration or the end of the file follows, that is reported once, and what
/// has been read of the blocks around stays.
pub(super) fn end_block(inp: &mut Input<'_, '_>, open: usize, context: &'static str) -> Res<()> {
    if inp.shared().unclosed {
        return Ok(());
    }
    if closed_by_another(inp, open) {
        let at = inp.at();
        let mistake = inp.unexpected(context, "`}`").fix("write `}`", inp.span_of(at), "}");
        let open = inp.span_of(open);
        inp.report(mistake.also(open, "opened here").help("a block that begins with `{` ends with `}`"));
        inp.bump();
        return Ok(());
    }
    match inp.want(Tok::RBrace, context) {
        Ok(_) => Ok(()),
        Err(mistake) if inp.tok() == Tok::Eof => {
            end_all_blocks(inp, mistake);
            Ok(())
        }
        Err(mistake) => Err(mistake),
    }
}

/// Whether the next token is the `)` or `]` that stands in place of the `}` for the `{` at `open`.
pub(super) fn closed_by_another(inp: &mut Input<'_, '_>, open: usize) -> bool {
    matches!(inp.tok(), Tok::RParen | Tok::RBracket) && inp.pair(open) == Some(inp.at())
}

/// Whether the next token is a `}` too many within the block that begins at `open`.
pub(super) fn is_brace_too_many(inp: &mut Input<'_, '_>, open: usize) -> bool {
    let at = inp.at();
    inp.tok() == Tok::RBrace && inp.pair(at).is_none() && inp.pair(open).is_some_and(|close| close > at)
}

/// Reports that a `}` is missing before the next token.
pub(super) fn end_all_blocks(inp: &mut Input<'_, '_>, mistake: Mistake) {
    inp.report(mistake);
    // The end of the function is not what it seems to be.
    let at = inp.at();
    damage(inp, at.saturating_sub(1), at);
    inp.shared().unclosed = true;
}

/// Skips from a mistake in the header that began at `start` to the `{` of its body, or fails if there is none on the
/// line. If nothing but the `{` is missing, and the next line is indented as a body would be, stays at the line break.
pub(super) fn skip_to_body(inp: &mut Input<'_, '_>, start: usize, mistake: Mistake) -> Res<()> {
    let at = inp.at();
    if inp.shared().unclosed {
        return Err(mistake);
    }
    let clause = matches!(inp.token(at + 1).tok, Tok::Case | Tok::Default);
    if mistake.at() == at && inp.tok() == Tok::Newline && (clause || indent(inp, at + 1) > indent(inp, start))
    {
        inp.report(mistake);
        spoil(inp, start);
        return Ok(());
    }
    skip_to_brace(inp, start, mistake)
}

/// Skips from a mistake in the header that began at `start` to a `{` on the same line, or fails.
pub(super) fn skip_to_brace(inp: &mut Input<'_, '_>, start: usize, mistake: Mistake) -> Res<()> {
    let end = item_end(inp, start, mistake.at(), &[Tok::LBrace, Tok::Newline, Tok::RBrace]);
    if mistake.leaves_items() || inp.token(end).tok != Tok::LBrace {
        return Err(mistake);
    }
    let mistake = advised(inp, start, mistake);
    inp.report(mistake);
    inp.skip_to(end);
    spoil(inp, start);
    Ok(())
}

/// Skips a statement as [`skip_item`] does, without a report.
pub(super) fn skip_silently(inp: &mut Input<'_, '_>, start: usize) {
    let end = item_end(inp, start, start + 1, STATEMENT_ENDS);
    inp.skip_to(end);
    let at = inp.at();
    damage(inp, start, at);
}

/// Whether the token stands at the very beginning of a line.
pub(super) fn begins_line(inp: &mut Input<'_, '_>, index: usize) -> bool {
    let start = inp.token(index).start as usize;
    start == 0 || inp.shared().source.as_bytes()[start - 1] == b'\n'
}

/// Whether a line break, which need not be a token, stands between a token and the one before it.
pub(super) fn follows_break(inp: &mut Input<'_, '_>, index: usize) -> bool {
    let (before, token) = (inp.token(index.saturating_sub(1)), inp.token(index));
    let source = inp.shared().source;
    source.get(before.end as usize..token.start as usize).is_some_and(|gap| gap.contains('\n'))
}

/// How many blanks the line of this token begins with.
pub(super) fn indent(inp: &mut Input<'_, '_>, index: usize) -> usize {
    let start = inp.token(index).start as usize;
    let source = inp.shared().source;
    let line = source[..start].rfind('\n').map_or(0, |n| n + 1);
    source[line..].bytes().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// The first token of `stops`, from the fault on, outside of brackets opened since `start`.
fn item_end(inp: &mut Input<'_, '_>, start: usize, fault: usize, stops: &[Tok]) -> usize {
    let fault = fault.max(inp.at());
    let wrong_bracket = shows_open_bracket(inp, fault);
    let mut index = start;
    loop {
        let tok = inp.token(index).tok;
        if tok == Tok::Eof || (index >= fault && stops.contains(&tok)) {
            return index;
        }
        index = match inp.pair(index) {
            // A bracket left open has some later bracket as its partner, which is not its own.
            Some(pair) if wrong_bracket && index < fault && fault < pair => index + 1,
            Some(pair) if pair > index => pair + 1,
            _ => index + 1,
        };
    }
}

/// Whether the token cannot stand in a list or group, so that the bracket around it was left open by mistake: it closes
/// a bracket that nothing opened, or belongs to a statement.
fn shows_open_bracket(inp: &mut Input<'_, '_>, index: usize) -> bool {
    use Tok::*;
    match inp.token(index).tok {
        RParen | RBracket | RBrace => inp.pair(index).is_none(),
        Break | Case | Const | Continue | Default | Defer | Else | Fallthrough | For | Goto | If | Return
        | Select | Switch | Var | ColonEq => true,
        _ => false,
    }
}

/// Whether the token closes nothing, within brackets that are whole and on one line: then it is what is wrong, not they.
fn is_one_too_many(inp: &mut Input<'_, '_>, open: usize, index: usize) -> bool {
    let closes = matches!(inp.token(index).tok, Tok::RParen | Tok::RBracket | Tok::RBrace);
    let Some(close) = inp.pair(open).filter(|close| closes && index < *close) else { return false };
    let (from, to) = (inp.token(open).start as usize, inp.token(close).end as usize);
    inp.shared().source.get(from..to).is_some_and(|text| !text.contains('\n'))
}

/// The rest of a bracket, after the opening one: items with `,` between them, which may also follow the last,
/// and the closing bracket, whose index is given. `item` tells whether it must be the last.
pub(super) fn list<'a, 'p>(
    inp: &mut Input<'a, 'p>,
    context: &'static str,
    close: Tok,
    mut item: impl FnMut(&mut Input<'a, 'p>) -> Res<bool>,
) -> Res<usize> {
    let open = inp.at() - 1;
    let mut done = false;
    while inp.tok() != close && inp.tok() != Tok::Eof && !done {
        let start = inp.at();
        let result = item(inp).and_then(|last| {
            done = last;
            if semicolon_for_comma(inp, context, open) || inp.got(Tok::Comma) || inp.tok() == close {
                Ok(())
            } else {
                Err(missing_comma(inp, context, close))
            }
        });
        if let Err(mistake) = result {
            // Only a bracket that is closed can be left in good order.
            let fault = mistake.at();
            let open_bracket = shows_open_bracket(inp, fault) && !is_one_too_many(inp, open, fault);
            if inp.pair(open).is_none() || open_bracket {
                return Err(mistake);
            }
            skip_item(inp, start, mistake, &[Tok::Comma, close])?;
            if !inp.got(Tok::Comma) && inp.tok() != close {
                let end = inp.pair(open).unwrap_or(0);
                inp.skip_to(end);
            }
        }
    }
    let at = inp.at();
    if inp.got(close) { Ok(at) } else { Err(missing_comma(inp, context, close)) }
}

/// Takes a `;` that stands for a `,`, in a bracket that is closed.
fn semicolon_for_comma(inp: &mut Input<'_, '_>, context: &'static str, open: usize) -> bool {
    let at = inp.at();
    if inp.tok() != Tok::Semi || inp.pair(open).is_none_or(|close| close < at) {
        return false;
    }
    let mistake = inp.unexpected(context, "`,`").fix("write `,`", inp.span_of(at), ",");
    inp.report(mistake.help("what stands in parentheses is separated by `,`"));
    inp.bump();
    true
}

fn missing_comma(inp: &mut Input<'_, '_>, context: &'static str, close: Tok) -> Mistake {
    let close = close.fixed_text().unwrap_or("");
    let mistake = inp.unexpected(context, format!("`,` or `{close}`"));
    if inp.tok() == Tok::Newline {
        let before = Span { end: inp.span_of(inp.at()).start, ..inp.span_of(inp.at()) };
        return mistake
            .fix("add `,`", before, ",")
            .help(format!("a line that goes on ends with `,`; or write `{close}` at its end"));
    }
    mistake
}

/// The rest of a group in brackets, after the opening one: items that end with a semicolon or line break.
pub(super) fn group<'a, 'p, T>(
    inp: &mut Input<'a, 'p>,
    context: &'static str,
    close: Tok,
    mut rule: impl FnMut(&mut Input<'a, 'p>) -> Res<T>,
) -> Res<Vec<T>> {
    let open = inp.at() - 1;
    let mut items = Vec::new();
    while inp.tok() != close && inp.tok() != Tok::Eof {
        let start = inp.at();
        no_declaration_here(inp, open)?;
        let result = whole(inp, &mut rule).and_then(|value| {
            // A comma at the end of the line is all that is wrong with it.
            let next = inp.at() + 1;
            if inp.tok() == Tok::Comma && follows_break(inp, next) {
                let mistake = missing_semi(inp, context, close);
                inp.report(mistake);
                inp.bump();
                items.push(value);
                return Ok(());
            }
            // With something else behind it that cannot be there it is not what it seems to be.
            if inp.tok().is_semi() || inp.tok() == close {
                items.push(value);
                return Ok(());
            }
            Err(missing_semi(inp, context, close))
        });
        if let Err(mistake) = result {
            // Only a group that is closed can be left in good order.
            if inp.pair(open).is_none() || shows_open_bracket(inp, mistake.at()) {
                return Err(mistake);
            }
            // The other lines are as they are meant.
            let outer = inp.shared().spoiled;
            skip_item(inp, start, mistake, &[Tok::Semi, Tok::Newline, close])?;
            inp.shared().spoiled = outer;
        }
        inp.got_semi();
    }
    inp.want(close, context)?;
    Ok(items)
}

fn missing_semi(inp: &mut Input<'_, '_>, context: &'static str, close: Tok) -> Mistake {
    let close = close.fixed_text().unwrap_or("");
    let mistake = inp.unexpected(context, format!("semicolon, newline or `{close}`"));
    let next = inp.at() + 1;
    if inp.tok() == Tok::Comma && (inp.token(next).tok != Tok::Ident || follows_break(inp, next)) {
        let comma = inp.span_of(inp.at());
        return mistake.help("each stands on a line of its own, without a comma").fix(
            "remove the comma",
            comma,
            "",
        );
    }
    if inp.tok() == Tok::Eq && context == "in struct type" {
        return mistake.help("a field has no value of its own: give it where the struct is made, `T{x: 5}`");
    }
    mistake
}
