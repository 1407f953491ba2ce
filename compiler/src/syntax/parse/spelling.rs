//! Words that are nearly a keyword, where nothing but the keyword can stand: they are reported, and read as what is meant.
//!
//! That no program is refused which could be meant as it stands is decided by what follows the word: two words in a row, say,
//! begin no statement.

use super::input::{Input, Reader};
use super::mistake::Mistake;
use super::recover::follows_break;
use crate::diagnostics::similar::distance;
use crate::syntax::token::Tok;

/// The words that begin a statement, declaration, clause or type; Goo's own are names to the lexer.
const WORDS: &[(&str, Tok)] = &[
    ("break", Tok::Break),
    ("case", Tok::Case),
    ("const", Tok::Const),
    ("continue", Tok::Continue),
    ("default", Tok::Default),
    ("defer", Tok::Defer),
    ("else", Tok::Else),
    ("fallthrough", Tok::Fallthrough),
    ("for", Tok::For),
    ("func", Tok::Func),
    ("go", Tok::Go),
    ("if", Tok::If),
    ("import", Tok::Import),
    ("interface", Tok::Interface),
    ("package", Tok::Package),
    ("return", Tok::Return),
    ("select", Tok::Select),
    ("struct", Tok::Struct),
    ("switch", Tok::Switch),
    ("type", Tok::Type),
    ("var", Tok::Var),
    ("assert", Tok::Ident),
    ("fail", Tok::Ident),
    ("match", Tok::Ident),
    ("supervise", Tok::Ident),
    ("test", Tok::Ident),
    ("try", Tok::Ident),
    ("yield", Tok::Ident),
];

/// Words of other languages, for which there is more to say than how Go's keyword is spelt.
const FOREIGN: &[&str] = &["fun", "val", "elif", "elseif", "elsif", "export"];

/// The keyword that a word nearly is, of those that `allowed` has.
pub(super) fn nearest(word: &str, allowed: impl Fn(Tok) -> bool) -> Option<(&'static str, Tok)> {
    if word.len() > 14 || FOREIGN.contains(&word) || WORDS.iter().any(|(known, _)| *known == word) {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let limit = if word.len() > 5 { 2 } else { 1 };
    // Those of two letters are near to everything.
    let short = |known: &str| known.len() < 3 || lower.len() < 3;
    let alike = |known: &str| known.len().abs_diff(lower.len()) <= limit;
    let known = WORDS.iter().filter(|(known, tok)| allowed(*tok) && alike(known));
    let apart = known.map(|(known, tok)| (distance(&lower, known), *known, *tok));
    let near = apart.filter(|(apart, known, _)| *apart == 0 || *apart <= limit && !short(known));
    near.min_by_key(|(apart, ..)| *apart).map(|(_, known, tok)| (known, tok))
}

/// The keyword that the next token nearly is, if that is a name.
fn nearly(inp: &mut Input<'_, '_>, allowed: fn(Tok) -> bool) -> Option<(&'static str, Tok)> {
    nearest(inp.word()?, allowed)
}

/// Reports the next token, and reads it as the keyword from now on.
fn respell(inp: &mut Input<'_, '_>, (keyword, tok): (&'static str, Tok)) {
    let at = inp.at();
    let (span, found) = (inp.span_of(at), inp.text(at));
    let mistake =
        Mistake::said(at, format!("unexpected name `{found}`")).label(format!("expected `{keyword}`"));
    inp.report(mistake.help(format!("write `{keyword}`")).fix("replace it", span, keyword));
    inp.read_as(at, tok);
}

/// At the beginning of a statement, which may be that of a clause, too, if `in_clause`.
pub(super) fn at_statement(inp: &mut Input<'_, '_>, in_clause: bool) {
    use Tok::*;
    let begins: fn(Tok) -> bool = |tok| {
        matches!(
            tok,
            Break
                | Const
                | Continue
                | Defer
                | Fallthrough
                | For
                | Go
                | If
                | Return
                | Select
                | Switch
                | Type
                | Var
        )
    };
    let clause: fn(Tok) -> bool = |tok| matches!(tok, Case | Default);
    // Nearly all statements that begin with a name are told by what follows it, which is cheaper than to compare words.
    let is_label = in_clause && inp.tok_after(1) == Colon;
    if inp.tok() != Ident || !is_label && ![Break, If].iter().any(|keyword| is_keyword_here(inp, *keyword)) {
        return;
    }
    let found = nearly(inp, begins).filter(|(_, tok)| is_keyword_here(inp, *tok));
    let found = found.or_else(|| match in_clause {
        true => nearly(inp, clause).filter(|(_, tok)| is_clause_here(inp, *tok)),
        false => None,
    });
    if let Some(found) = found {
        respell(inp, found);
    }
}

/// Where a clause must begin.
pub(super) fn at_clause(inp: &mut Input<'_, '_>) {
    if let Some(found) = nearly(inp, |tok| matches!(tok, Tok::Case | Tok::Default)) {
        respell(inp, found);
    }
}

/// At the top level, where a declaration begins.
pub(super) fn at_declaration(inp: &mut Input<'_, '_>) {
    use Tok::*;
    let begins: fn(Tok) -> bool = |tok| matches!(tok, Const | Func | Import | Type | Var);
    let Some(found) = nearly(inp, begins) else { return };
    let (word, next) = (inp.token(inp.at()), inp.token(inp.at() + 1));
    let follows = match next.tok {
        Ident => true,
        Str | RawStr => found.1 == Import,
        LParen => next.start > word.end,
        _ => false,
    };
    if follows {
        respell(inp, found);
    }
}

/// Behind the `}` of an `if`, on its line. The `elif` of other languages is read as the `if` of an `else if`; tells whether it
/// was one.
pub(super) fn at_else(inp: &mut Input<'_, '_>) -> bool {
    let at = inp.at();
    if inp.tok() != Tok::Ident || inp.token(at - 1).tok != Tok::RBrace || follows_break(inp, at) {
        return false;
    }
    if matches!(inp.text(at), "elif" | "elseif" | "elsif") {
        respell(inp, ("else if", Tok::If));
        return true;
    }
    if let Some(found) = nearly(inp, |tok| tok == Tok::Else) {
        respell(inp, found);
    }
    false
}

/// Behind the name of a type that is declared.
pub(super) fn at_type(inp: &mut Input<'_, '_>) {
    if inp.tok_after(1) == Tok::LBrace
        && let Some(found) = nearly(inp, |tok| matches!(tok, Tok::Struct | Tok::Interface))
    {
        respell(inp, found);
    }
}

/// Whether what follows the next word shows that it is no name at the beginning of a statement.
fn is_keyword_here(inp: &mut Input<'_, '_>, keyword: Tok) -> bool {
    use Tok::*;
    let at = inp.at();
    let (word, next, after) = (inp.token(at), inp.token(at + 1), inp.token(at + 2));
    let spaced = next.start > word.end;
    let header = matches!(keyword, For | If | Select | Switch);
    match next.tok {
        Newline | Semi | RBrace => matches!(keyword, Break | Continue | Fallthrough | Return),
        Ident => true,
        // A literal alone is no statement, and a call's result no block.
        LBrace => header && inp.pair(at + 1).is_some_and(|close| ends_here(inp, close)),
        LParen => header && inp.pair(at + 1).is_some_and(|close| inp.token(close + 1).tok == LBrace),
        LBracket => spaced && after.tok == RBracket,
        Minus | Plus | Star | Amp | Caret | Bang => spaced && after.start == next.end,
        tok => spaced && (tok.is_literal() || tok.is_keyword()),
    }
}

/// Whether a `}` stands on a line of its own behind the first one, and ends a statement.
fn ends_here(inp: &mut Input<'_, '_>, close: usize) -> bool {
    follows_break(inp, close) && matches!(inp.token(close + 1).tok, Tok::Newline | Tok::Semi | Tok::RBrace)
}

/// Whether the next word is a clause's: a `:` ends its line, or for `default` follows it.
fn is_clause_here(inp: &mut Input<'_, '_>, keyword: Tok) -> bool {
    if keyword == Tok::Default {
        return inp.tok_after(1) == Tok::Colon;
    }
    let begins = match inp.tok_after(1) {
        Tok::Ident => true,
        tok => tok.is_literal() || is_keyword_here(inp, keyword),
    };
    let mut index = inp.at() + 1;
    while begins && !inp.token(index).tok.is_semi() && inp.token(index).tok != Tok::Eof {
        if inp.token(index).tok == Tok::Colon {
            return true;
        }
        index = inp.pair(index).filter(|pair| *pair > index).unwrap_or(index) + 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_near_a_keyword() {
        let all = |word| nearest(word, |_| true).map(|(known, _)| known);
        for (word, keyword) in [
            ("swtich", "switch"),
            ("retrun", "return"),
            ("Return", "return"),
            ("IF", "if"),
            ("Go", "go"),
            ("csae", "case"),
            ("els", "else"),
            ("intreface", "interface"),
        ] {
            assert_eq!(all(word), Some(keyword), "{word}");
        }
        for word in ["return", "go", "g", "iff", "x", "fun", "value", "print", "goal"] {
            assert_eq!(all(word), None, "{word}");
        }
    }
}
