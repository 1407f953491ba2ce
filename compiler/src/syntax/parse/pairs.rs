//! Which bracket closes which.
//!
//! In a file whose brackets do not fit, the indentation of lines tells which of them is missing or one too many: a bracket that
//! closes at the beginning of its line stands below the line that opened it. A file whose brackets fit is read without looking
//! at its lines.

use crate::syntax::token::{Tok, Token};

/// No partner: the bracket is unbalanced.
pub(super) const NO_PAIR: u32 = u32::MAX;

/// For each bracket the index of its partner. In a file that is out of balance a `)` or `]` may be the partner of a `{` whose `}`
/// it was written for.
pub(super) fn pairs(source: &str, tokens: &[Token]) -> Vec<u32> {
    let mut plain = Pairs::new(tokens.len());
    for (index, token) in tokens.iter().enumerate() {
        match bracket(token.tok) {
            Some((kind, true)) => plain.open(Open { index, kind, indent: 0, line: 0 }),
            Some((kind, false)) => plain.close(index, kind),
            None => {}
        }
    }
    if plain.surplus == [0; 3] && plain.open.is_empty() && plain.lacking == [0; 3] {
        return plain.found;
    }
    by_lines(source, tokens, &plain)
}

/// The kind of a bracket, and whether it opens.
fn bracket(tok: Tok) -> Option<(usize, bool)> {
    Some(match tok {
        Tok::LParen => (0, true),
        Tok::LBracket => (1, true),
        Tok::LBrace => (BRACE, true),
        Tok::RParen => (0, false),
        Tok::RBracket => (1, false),
        Tok::RBrace => (BRACE, false),
        _ => return None,
    })
}

const BRACE: usize = 2;

#[derive(Clone, Copy)]
struct Open {
    index: usize,
    kind: usize,
    /// How many blanks its line begins with, and where that is.
    indent: usize,
    line: usize,
}

struct Pairs {
    found: Vec<u32>,
    open: Vec<Open>,
    /// How many of each kind are open, so that a stray closer is known without a search.
    counts: [usize; 3],
    /// How many that close nothing, and how many that nothing closes, there have been.
    surplus: [usize; 3],
    lacking: [usize; 3],
}

impl Pairs {
    fn new(length: usize) -> Pairs {
        Pairs {
            found: vec![NO_PAIR; length],
            open: Vec::new(),
            counts: [0; 3],
            surplus: [0; 3],
            lacking: [0; 3],
        }
    }

    fn open(&mut self, bracket: Open) {
        self.counts[bracket.kind] += 1;
        self.open.push(bracket);
    }

    /// A `}` closes the `{` that it fits, and leaves brackets within that are still open without a partner: most often that is
    /// right, because braces are written in pairs. A `)` or `]` does not close a `{` that is open within its brackets.
    fn close(&mut self, index: usize, kind: usize) {
        while let Some(top) = self.open.last().copied().filter(|_| self.counts[kind] > 0) {
            if top.kind == BRACE && kind != BRACE {
                break;
            }
            self.drop_last(top);
            if top.kind == kind {
                self.join(top.index, index);
                return;
            }
            self.lacking[top.kind] += 1;
        }
        self.surplus[kind] += 1;
    }

    /// Joins the bracket that stands at `place` among the open ones with the closing one, whatever is open within.
    fn close_at(&mut self, place: usize, index: usize) {
        while self.open.len() > place {
            let top = self.open[self.open.len() - 1];
            self.drop_last(top);
            if self.open.len() == place {
                self.join(top.index, index);
            }
        }
    }

    fn drop_last(&mut self, top: Open) {
        self.open.pop();
        self.counts[top.kind] -= 1;
    }

    fn join(&mut self, open: usize, close: usize) {
        self.found[open] = close as u32;
        self.found[close] = open as u32;
    }
}

/// The pairs of a file that is out of balance, by as much as `plain` says.
fn by_lines(source: &str, tokens: &[Token], plain: &Pairs) -> Vec<u32> {
    let mut pairs = Pairs::new(tokens.len());
    let mut surplus = plain.surplus;
    let mut lacking = plain.lacking;
    plain.open.iter().for_each(|open| lacking[open.kind] += 1);
    // What was closed by a bracket that does not stand below it.
    let mut askew: Vec<(Open, usize)> = Vec::new();
    let (mut line, mut indent, mut seen) = (0, 0, 0);
    for (index, token) in tokens.iter().enumerate() {
        let Some((kind, opens)) = bracket(token.tok) else { continue };
        let start = token.start as usize;
        if let Some(n) = source[seen..start].rfind('\n') {
            line = seen + n + 1;
            indent = source[line..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        }
        seen = start;
        if opens {
            pairs.open(Open { index, kind, indent, line });
            continue;
        }
        if line + indent == start {
            let above = pairs.open.iter().rposition(|open| open.indent == indent && open.line < line);
            match above.map(|place| (place, pairs.open[place])) {
                Some((place, open)) if open.kind == kind => {
                    pairs.close_at(place, index);
                    continue;
                }
                Some((place, open)) if open.kind == BRACE && surplus[kind] > 0 && lacking[BRACE] > 0 => {
                    surplus[kind] -= 1;
                    lacking[BRACE] -= 1;
                    pairs.close_at(place, index);
                    continue;
                }
                None if kind == BRACE && surplus[kind] > 0 => {
                    let around = pairs.open.last().map_or(0, |open| open.index);
                    if pairs.open.last().is_none_or(|open| open.indent < indent) {
                        surplus[kind] -= 1;
                        // An earlier one has taken what this one closes.
                        let taken = askew.iter().rposition(|(open, _)| open.indent == indent);
                        if let Some((open, close)) = taken.map(|taken| askew.swap_remove(taken))
                            && open.index >= around
                        {
                            pairs.found[close] = NO_PAIR;
                            pairs.join(open.index, index);
                        }
                        continue;
                    }
                }
                _ => {}
            }
        }
        let top = pairs.open.last().copied();
        pairs.close(index, kind);
        if let Some(top) = top.filter(|top| top.kind == BRACE && top.line < line)
            && pairs.found[top.index] == index as u32
        {
            askew.push((top, index));
        }
    }
    pairs.found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::lex;

    /// The brackets of a text, each with the number of its pair, or `!`.
    fn shown(text: &str) -> String {
        let tokens = lex::tokens(text).tokens;
        let pairs = pairs(text, &tokens);
        let mut shown = String::new();
        for (index, token) in tokens.iter().enumerate().filter(|(_, token)| bracket(token.tok).is_some()) {
            let number = match pairs[index] {
                NO_PAIR => "!".to_owned(),
                pair => (0..=(pair as usize).min(index))
                    .filter(|at| bracket(tokens[*at].tok).is_some_and(|(_, opens)| opens))
                    .count()
                    .to_string(),
            };
            shown += &format!("{}{number} ", &text[token.start as usize..token.end as usize]);
        }
        shown.trim_end().to_owned()
    }

    #[test]
    fn lines_are_not_looked_at_where_all_fits() {
        assert_eq!(shown("f {\n\tg {\n}\n\t\t}\n"), "{1 {2 }2 }1");
        assert_eq!(shown("f ( { [ ) ] }"), "(! {2 [! )! ]! }2");
    }

    #[test]
    fn indentation_tells_what_is_missing() {
        assert_eq!(shown("f {\n\ta {\n\tx = {1\n}\n\ng {\n}\n"), "{1 {! {! }1 {4 }4");
        assert_eq!(shown("f(\n\t{1,\n\t{2},\n)\n"), "(1 {! {3 }3 )1");
    }

    #[test]
    fn indentation_tells_what_is_too_many() {
        assert_eq!(shown("f {\n\tfor {\n\t\tif {\n\t\t}}\n\t\tx\n\t}\n}\n"), "{1 {2 {3 }3 }! }2 }1");
        assert_eq!(shown("f {\n\tfor {\n\t}\n\t}\n\tx\n}\n"), "{1 {2 }2 }! }1");
    }

    #[test]
    fn one_bracket_may_stand_for_another() {
        assert_eq!(shown("f {\n\tfor {\n\t)\n\tx\n}\n"), "{1 {2 )2 }1");
    }
}
