//! What is fuzzed, and what must hold for every input.

use goo_compiler::diagnostics::Diagnostics;
use goo_compiler::driver::on_big_stack;
use goo_compiler::format::{Failure, format};
use goo_compiler::load;
use goo_compiler::syntax::{FileId, NodeIds, SourceMap, dump, literal, parse, tokens};
use goo_compiler::types::check;

use crate::mutate::Random;

/// A stage under test: it panics where a promise is broken.
#[derive(Clone, Copy)]
pub struct Target {
    pub name: &'static str,
    pub run: fn(&str),
}

pub const ALL: &[(&str, Target)] = &[
    ("lexer", Target { name: "lexer", run: lexer }),
    ("parser", Target { name: "parser", run: parser }),
    ("front", Target { name: "front", run: front }),
    ("format", Target { name: "format", run: formatter }),
];

/// Tokens and comments stand in order, on characters' borders, and every literal has a value.
fn lexer(text: &str) {
    let lexed = tokens(text);
    let mut end = 0;
    for token in &lexed.tokens {
        assert!(token.start >= end && token.end >= token.start, "tokens overlap");
        let slice = &text[token.start as usize..token.end as usize];
        if token.tok.is_literal() {
            literal::value(token.tok, slice);
        }
        assert!(!token.describe(text).is_empty(), "a token has no description");
        end = token.end;
    }
    for comment in &lexed.comments {
        assert!(text[comment.start as usize..comment.end as usize].starts_with('/'), "no comment");
    }
    for error in &lexed.errors {
        assert!(text.get(error.start as usize..error.end as usize).is_some(), "an error points nowhere");
    }
}

/// There is a tree that can be walked, errors point into the file, and at most one stands on a line.
fn parser(text: &str) {
    let mut map = SourceMap::default();
    let file = map.add("fuzz.goo", text, false);
    let mut diags = Diagnostics::default();
    let tree = parse(file, text, &mut NodeIds::default(), &mut diags);
    assert!(!dump(&tree).is_empty(), "no tree");
    let mut last_line = 0;
    for diagnostic in diags.iter() {
        let (line, _) = map.line_col(diagnostic.primary.span);
        assert!(line > last_line, "two errors on line {line}");
        assert!(map.text(diagnostic.primary.span).len() <= text.len(), "an error points nowhere");
        last_line = line;
    }
}

/// What can be parsed can be laid out, as the same program (the formatter itself looks after that), comes out the same again, and
/// also from another layout of its lines.
fn formatter(text: &str) {
    let again = |text: &str| match format(FileId(0), text) {
        Ok(again) => again,
        Err(failure) => panic!("what was formatted cannot be: {failure:?}\n{text}"),
    };
    match format(FileId(0), text) {
        Ok(once) => {
            assert_eq!(once, again(&once), "formatting again changes the text");
            let other = scrambled(&once, &mut Random::new(text.len() as u64));
            assert_eq!(once, again(&other), "the layout depends on the spaces of\n{other}");
        }
        Err(Failure::Mistakes(_)) => {}
        Err(Failure::Internal(ice)) => panic!("{}", ice.message),
    }
}

/// The text with other blanks within its lines, and other indentation.
fn scrambled(text: &str, random: &mut Random) -> String {
    const BLANKS: &[&str] = &[" ", "  ", "\t", " \t "];
    let lexed = tokens(text);
    let comments = lexed.comments.iter().map(|comment| (comment.start as usize, comment.end as usize));
    let tokens = lexed.tokens.iter().map(|token| (token.start as usize, token.end as usize));
    // A line break may be a token.
    let mut parts: Vec<_> = tokens.chain(comments).filter(|(a, b)| !text[*a..*b].trim().is_empty()).collect();
    parts.sort_unstable();
    let mut out = String::new();
    let mut end = 0;
    for (start, next) in parts {
        let gap = &text[end..start];
        let lines = gap.matches('\n').count();
        if lines > 0 {
            out.push_str(["", " ", "\t"][random.below(3)]);
            out.push_str(&"\n".repeat(lines));
            out.push_str(["", " ", "\t\t"][random.below(3)]);
        } else if !gap.is_empty() {
            out.push_str(BLANKS[random.below(BLANKS.len())]);
        }
        out.push_str(&text[start..next]);
        end = next;
    }
    out + &text[end..]
}

/// The checker survives every tree, also one with mistakes in it, and what it says points into the sources.
fn front(text: &str) {
    on_big_stack(|| {
        let loaded = load::load_text("fuzz.goo", text);
        let (program, diags) = check::check(loaded.sources, loaded.files, &loaded.packages);
        for diagnostic in loaded.diagnostics.iter().chain(diags.iter()) {
            let labels = diagnostic.secondary.iter().chain([&diagnostic.primary]);
            for label in labels {
                program.sources.line_col(label.span);
                assert!(
                    program.sources.text(label.span).len() <= u32::MAX as usize,
                    "a label points nowhere"
                );
            }
        }
    });
}
