//! What to write instead, where a mistake is a habit of another language or a slip of the fingers.
//!
//! The rules say what they found and what they expected; here stands what was meant, told by the tokens around. Each is looked at only
//! for a mistake that is reported and has no help of its own.

use super::input::{Input, Reader};
use super::mistake::Mistake;
use super::spelling::nearest;
use crate::syntax::Span;
use crate::syntax::damage::PLAIN_TYPES;
use crate::syntax::token::Tok;

/// Adds help to a mistake in the item that began at `start`.
pub(super) fn advised(inp: &mut Input<'_, '_>, start: usize, mistake: Mistake) -> Mistake {
    if mistake.has_help() {
        return mistake;
    }
    let at = mistake.at();
    if let Some((span, word)) = operator(inp, at).or_else(|| keyword(inp, start, at)) {
        return mistake.help(format!("write `{word}`")).fix("replace it", span, word);
    }
    match habit(inp, start, at) {
        Some(help) => mistake.help(help),
        None => mistake,
    }
}

/// An operator of another language: its place, and Go's.
fn operator(inp: &mut Input<'_, '_>, at: usize) -> Option<(Span, &'static str)> {
    let before = at.checked_sub(1)?;
    let both = inp.span_of(before).to(inp.span_of(at));
    let joined = inp.token(before).end == inp.token(at).start;
    let found = match (inp.token(before).tok, inp.token(at).tok) {
        (Tok::EqEq, Tok::Eq) if joined => (both, "=="),
        (Tok::BangEq, Tok::Eq) if joined => (both, "!="),
        (Tok::Less, Tok::Greater) if joined => (both, "!="),
        (_, Tok::Ident) if inp.text(at) == "and" => (inp.span_of(at), "&&"),
        (_, Tok::Ident) if inp.text(at) == "or" => (inp.span_of(at), "||"),
        (Tok::Ident, _) if inp.text(before) == "not" => (inp.span_of(before), "!"),
        _ => return None,
    };
    Some(found)
}

/// A first word that is no keyword, and nearly one.
fn keyword(inp: &mut Input<'_, '_>, start: usize, at: usize) -> Option<(Span, &'static str)> {
    if inp.token(start).tok != Tok::Ident || at > start + 1 {
        return None;
    }
    let (keyword, _) = nearest(inp.text(start), |_| true)?;
    Some((inp.span_of(start), keyword))
}

fn habit(inp: &mut Input<'_, '_>, start: usize, at: usize) -> Option<String> {
    let first = inp.token(start).tok;
    let before = at.saturating_sub(1);
    let (tok, next, previous) = (inp.token(at).tok, inp.token(at + 1).tok, inp.token(before).tok);
    let joined = inp.token(before).end == inp.token(at).start;
    let in_statement = inp.shared().bodies > 0;
    let help = match (previous, tok) {
        (_, Tok::Minus) if next == Tok::Greater && !in_statement => {
            "the result stands behind the parameters, without an arrow: `func f(a int) int { … }`"
        }
        (Tok::RParen, Tok::Minus) if next == Tok::Greater && closes_parameters(inp, before) => {
            "the result stands behind the parameters, without an arrow: `func(int) int`"
        }
        (Tok::Minus, Tok::Greater) if joined => {
            "a channel is sent to by `ch <- v`, and received from by `<-ch`"
        }
        (_, Tok::FatArrow) => "a function is written `func(x int) int { return x + 1 }`",
        (_, Tok::Colon) if next == Tok::Range => "write `for i, x := range xs { … }`",
        (Tok::RParen, Tok::Colon) if first == Tok::Func && next == Tok::Ident => {
            "the result stands behind the parameters, without a colon: `func f(a int) int { … }`"
        }
        (Tok::Ident, Tok::Colon) if matches!(first, Tok::Var | Tok::Const | Tok::Func) => {
            "a type stands behind its name, without a colon: `x int`"
        }
        (Tok::Ident, Tok::Less) if first == Tok::Func => {
            "type parameters stand in brackets: `func f[T any](x T) T { … }`"
        }
        (Tok::Ident, Tok::Less) if matches!(first, Tok::Var | Tok::Type) => {
            "types in other types stand in brackets: `List[int]`"
        }
        (Tok::Ident, Tok::Str | Tok::RawStr) if joined && is_prefix(inp.text(before)) => {
            "values are put into a text by `fmt.Sprintf(\"hi %s\", name)`"
        }
        (Tok::Ident | Tok::RParen | Tok::RBracket, Tok::Float) if joined && inp.text(at).starts_with('.') => {
            "behind the `.` stands the name of a field or method: `x.name`"
        }
        (Tok::Ident, Tok::Ident) if matches!(inp.text(at), "as" | "is" | "instanceof") => {
            "what a value is, and whether it is that, is found by `v, ok := x.(T)`"
        }
        (Tok::Ident, Tok::Ident) if is_callee(inp, start, before) => {
            return Some(needs_call(inp, before));
        }
        (Tok::Ident, tok) if tok.is_literal() && is_callee(inp, start, before) => {
            return Some(needs_call(inp, before));
        }
        (Tok::Int | Tok::Float, Tok::Ident) if joined => {
            "a product is `5 * x`; the units of durations are ns, us, ms, s, m and h: `5s`, `1h30m`"
        }
        (Tok::Float, Tok::Float) if joined => "a number has one point; a version is a text: `\"1.2.3\"`",
        (Tok::Ident, Tok::Dot) if first == Tok::Func && before == start + 1 => {
            "a method names its type before its own name: `func (t T) f()`"
        }
        (_, Tok::Comma) if first == Tok::Var => {
            "each type has a declaration of its own: `var a int` and `var b string`"
        }
        (Tok::LBracket, Tok::Int) => "the length stands before the type: `[3]int`",
        (Tok::Int | Tok::Str, Tok::Comma) if opens_list(inp, at) => {
            "a list of values begins with its type: `[]int{1, 2, 3}`"
        }
        (_, Tok::LBrace)
            if matches!(previous, Tok::ColonEq | Tok::Eq | Tok::Return | Tok::LParen | Tok::Comma) =>
        {
            "a literal begins with its type: `map[string]int{\"a\": 1}`, `[]int{1, 2}`"
        }
        (Tok::RParen, _) if matches!(first, Tok::LParen | Tok::If) && in_statement && tok != Tok::LBrace => {
            "a body stands in braces: `if cond { … }`"
        }
        (_, Tok::Return | Tok::Break | Tok::Continue) if matches!(first, Tok::If | Tok::For) => {
            "a body stands in braces: `if cond { … }`"
        }
        (Tok::Ident, Tok::Ident) if inp.text(before) == "new" => "a value is made by its type: `Point{…}`",
        (Tok::Ident, Tok::Ident) if before == start && PLAIN_TYPES.contains(&inp.text(before)) => {
            let (ty, name) = (inp.text(before), inp.text(at));
            return Some(format!(
                "a type stands behind its name: `var {name} {ty}`; `{name} := value` needs none"
            ));
        }
        (_, Tok::ColonEq)
            if first == Tok::For || previous == Tok::Ident && inp.token(start).tok == Tok::LParen =>
        {
            "the header of a `for` has no parentheses: `for i := 0; i < n; i++ { … }`"
        }
        (_, Tok::Ident) if first == Tok::If && in_statement => "a body stands in braces: `if cond { … }`",
        _ => return None,
    };
    Some(help.to_owned())
}

/// Whether this `)` ends the parameters of a function's type or literal.
fn closes_parameters(inp: &mut Input<'_, '_>, close: usize) -> bool {
    let open = inp.pair(close).filter(|open| *open > 0);
    open.is_some_and(|open| inp.token(open - 1).tok == Tok::Func)
}

/// Whether this is what other languages write before a string that is not plain: `f"…"`, `rb"…"`.
fn is_prefix(word: &str) -> bool {
    word.len() <= 2 && word.chars().all(|c| "bfrsuBFRSU".contains(c))
}

/// Whether the statement from `start` on is a function's name up to here: `fmt.Println`, or one of the functions that every
/// program knows.
fn is_callee(inp: &mut Input<'_, '_>, start: usize, name: usize) -> bool {
    const KNOWN: &[&str] = &["append", "clear", "close", "delete", "panic", "print", "println"];
    if name == start {
        return KNOWN.contains(&inp.text(name));
    }
    (name - start).is_multiple_of(2)
        && (start..name)
            .step_by(2)
            .all(|at| inp.token(at).tok == Tok::Ident && inp.token(at + 1).tok == Tok::Dot)
}

fn needs_call(inp: &mut Input<'_, '_>, name: usize) -> String {
    format!("a call needs parentheses: `{}(…)`", inp.text(name))
}

/// Whether the list that the token is in begins with a `[`.
fn opens_list(inp: &mut Input<'_, '_>, at: usize) -> bool {
    at >= 2 && inp.token(at - 2).tok == Tok::LBracket
}
