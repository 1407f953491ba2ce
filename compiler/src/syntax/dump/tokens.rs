//! Tokens as text, for `--emit=tokens`.

use std::fmt::Write as _;

use crate::syntax::lex;
use crate::syntax::token::Tok;

/// The tokens of a text, one a line: line and column from 1, the kind, and the text of those that are not always written
/// the same.
pub fn dump_tokens(text: &str) -> String {
    let mut out = String::new();
    let (mut line, mut line_start, mut at) = (1, 0, 0);
    for token in lex::tokens(text).tokens {
        let start = token.start as usize;
        for (index, _) in text[at..start].match_indices('\n') {
            line += 1;
            line_start = at + index + 1;
        }
        at = start;
        let slice = &text[start..token.end as usize];
        let column = start - line_start + 1;
        // Writing to a string cannot fail.
        let _ = match (token.tok.fixed_text(), token.tok) {
            (Some(fixed), _) => writeln!(out, "{line}:{column} {fixed}"),
            (None, Tok::Newline | Tok::Eof) => writeln!(out, "{line}:{column} {:?}", token.tok),
            (None, tok) => writeln!(out, "{line}:{column} {tok:?} {}", slice.escape_debug()),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    #[test]
    fn each_token_has_its_place() {
        expect![[r#"
            1:1 package
            1:9 Ident p
            1:10 Newline
            2:2 func
            2:7 Ident f
            2:8 (
            2:9 )
            2:11 Str \"a\\n\"
            2:16 Newline
            3:1 Eof
        "#]]
        .assert_eq(&super::dump_tokens("package p\n\tfunc f() \"a\\n\"\n"));
    }
}
