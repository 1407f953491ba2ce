//! The source as the formatter sees it: its tokens, each with the comments before it.

use std::ops::Range;

use crate::syntax::lex;
use crate::syntax::token::Tok;

/// The tokens and comments of a text. Line breaks are not among the tokens; the last one is [`Tok::Eof`].
pub struct Items<'a> {
    pub text: &'a str,
    pub tokens: Vec<Item>,
    pub comments: Vec<Comment>,
    /// For each bracket, the index of its partner; its own index for every other token.
    pub pairs: Vec<usize>,
}

/// A token.
#[derive(Clone, Debug)]
pub struct Item {
    pub tok: Tok,
    pub start: usize,
    pub end: usize,
    /// The lines of its first and last byte, from 0. Only raw strings have two.
    pub line: usize,
    pub end_line: usize,
    /// The comments between the token before this one and this one.
    pub comments: Range<usize>,
}

/// A comment.
#[derive(Clone, Debug)]
pub struct Comment {
    pub start: usize,
    pub end: usize,
    pub line: usize,
    pub end_line: usize,
}

impl Items<'_> {
    /// The index of the first token that begins at this place or behind it.
    pub fn at(&self, start: u32) -> usize {
        self.tokens.partition_point(|item| item.start < start as usize).min(self.tokens.len() - 1)
    }

    /// The index of the last token that ends at this place or before it.
    pub fn until(&self, end: u32) -> usize {
        self.tokens.partition_point(|item| item.end <= end as usize && item.tok != Tok::Eof).saturating_sub(1)
    }

    pub fn tok(&self, index: usize) -> Tok {
        self.tokens[index].tok
    }

    pub fn text(&self, index: usize) -> &str {
        &self.text[self.tokens[index].start..self.tokens[index].end]
    }

    pub fn comment_text(&self, comment: &Comment) -> &str {
        &self.text[comment.start..comment.end]
    }

    /// Whether the comment is of the kind that ends with its line.
    pub fn is_line_comment(&self, comment: &Comment) -> bool {
        self.comment_text(comment).starts_with("//")
    }

    /// How far into its line a place is, in bytes.
    pub fn column(&self, start: usize) -> usize {
        start - self.text[..start].rfind('\n').map_or(0, |at| at + 1)
    }

    /// Whether comments stand between two tokens.
    pub fn comments_within(&self, open: usize, close: usize) -> bool {
        self.tokens[close].comments.end > self.tokens[open].comments.end
    }
}

/// Splits a text.
pub fn items(text: &str) -> Items<'_> {
    let lexed = lex::tokens(text);
    let mut lines = Lines { text, at: 0, line: 0 };
    // Tokens and comments in one order, so that lines are counted once.
    let mut found = Vec::with_capacity(lexed.comments.len());
    let mut tokens: Vec<Item> = Vec::with_capacity(lexed.tokens.len());
    let mut comments = lexed.comments.iter().peekable();
    let mut first = 0;
    for token in &lexed.tokens {
        while let Some(comment) = comments.next_if(|comment| comment.start < token.start) {
            let (start, end) = (comment.start as usize, comment.end as usize);
            found.push(Comment { start, end, line: lines.of(start), end_line: lines.of(end) });
        }
        if token.tok == Tok::Newline {
            continue;
        }
        let (start, end) = (token.start as usize, token.end as usize);
        let line = lines.of(start);
        tokens.push(Item {
            tok: token.tok,
            start,
            end,
            line,
            end_line: lines.of(end),
            comments: first..found.len(),
        });
        first = found.len();
    }
    // Comments that end the file come after the end-of-file token's line break.
    for comment in comments {
        let (start, end) = (comment.start as usize, comment.end as usize);
        found.push(Comment { start, end, line: lines.of(start), end_line: lines.of(end) });
    }
    if let Some(eof) = tokens.last_mut() {
        eof.comments.end = found.len();
    }
    let pairs = pairs(&tokens);
    Items { text, tokens, comments: found, pairs }
}

/// Counts lines, for places that only grow.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, place: usize) -> usize {
        if place > self.at {
            self.line += self.text.as_bytes()[self.at..place].iter().filter(|byte| **byte == b'\n').count();
            self.at = place;
        }
        self.line
    }
}

fn pairs(tokens: &[Item]) -> Vec<usize> {
    let mut pairs: Vec<usize> = (0..tokens.len()).collect();
    let mut open = Vec::new();
    for (index, item) in tokens.iter().enumerate() {
        match item.tok {
            Tok::LParen | Tok::LBracket | Tok::LBrace => open.push(index),
            Tok::RParen | Tok::RBracket | Tok::RBrace => {
                if let Some(partner) = open.pop() {
                    pairs[partner] = index;
                    pairs[index] = partner;
                }
            }
            _ => {}
        }
    }
    pairs
}

/// All that is said in a text's comments: their words, sorted by comment because sorted imports take theirs along.
pub fn comment_words(text: &str) -> Vec<Vec<&str>> {
    let comments = lex::tokens(text).comments;
    let mut words: Vec<Vec<&str>> = comments
        .iter()
        .map(|comment| text[comment.start as usize..comment.end as usize].split_whitespace().collect())
        .collect();
    words.sort_unstable();
    words
}
