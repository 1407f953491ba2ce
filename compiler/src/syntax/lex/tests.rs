use expect_test::{Expect, expect};

use super::tokens;

/// The tokens' texts, line breaks that end a statement as `⏎`, then the errors with the text that they are about.
fn check(text: &str, expect: Expect) {
    let lexed = tokens(text);
    let mut out = String::new();
    for token in &lexed.tokens {
        let slice = &text[token.start as usize..token.end as usize];
        let shown = match token.tok {
            super::Tok::Newline => "⏎".to_owned(),
            super::Tok::Eof => continue,
            tok if tok.is_literal() => format!("{tok:?}:{slice}"),
            _ => slice.to_owned(),
        };
        out.push_str(&shown);
        out.push(' ');
    }
    let mut out = out.trim_end().to_owned() + "\n";
    for error in lexed.errors {
        let slice = text[error.start as usize..error.end as usize].replace('\0', "NUL");
        out.push_str(&format!("{}: {} <{slice}>\n", error.code.name(), error.message));
    }
    expect.assert_eq(&out);
}

#[test]
fn line_breaks_end_statements_as_in_go() {
    check(
        "x\n+ y\nreturn\n}\n)\n]\ni++\n",
        expect![[r#"
        x ⏎ + y ⏎ return ⏎ } ⏎ ) ⏎ ] ⏎ i ++ ⏎
    "#]],
    );
    check(
        "if x &&\n y {\n",
        expect![[r#"
        if x && y {
    "#]],
    );
    check(
        "a int?\nb",
        expect![[r#"
        a int ? ⏎ b ⏎
    "#]],
    );
    check(
        "x // to the end\ny /* within */ z /* over\nlines */ w",
        expect![[r#"
        x ⏎ y z ⏎ w ⏎
    "#]],
    );
}

#[test]
fn integers() {
    check(
        "0 12_345 0x_FF 0b101 0o17 017",
        expect![[r#"
        Int:0 Int:12_345 Int:0x_FF Int:0b101 Int:0o17 Int:017 ⏎
    "#]],
    );
    check(
        "08 0b12 0o8 0x 1__2 1_ 0_",
        expect![[r#"
        Int:08 Int:0b12 Int:0o8 Int:0x Int:1__2 Int:1_ Int:0_ ⏎
        lex-number: invalid digit '8' in octal literal <8>
        lex-number: invalid digit '2' in binary literal <2>
        lex-number: invalid digit '8' in octal literal <8>
        lex-number: hexadecimal literal has no digits <0x>
        lex-number: `_` must separate successive digits <_>
        lex-number: `_` must separate successive digits <_>
        lex-number: `_` must separate successive digits <_>
    "#]],
    );
}

#[test]
fn floats() {
    check(
        "1. .5 1.5e3 1e+3 0x1p-2 0x.8p1 08.5 3i 0x1.fp2i",
        expect![[r#"
        Float:1. Float:.5 Float:1.5e3 Float:1e+3 Float:0x1p-2 Float:0x.8p1 Float:08.5 Imaginary:3i Imaginary:0x1.fp2i ⏎
    "#]],
    );
    check(
        "1e 0x1.5 1p3 0b1.0 0b1e3",
        expect![[r#"
        Float:1e Float:0x1.5 Float:1p3 Float:0b1.0 Float:0b1e3 ⏎
        lex-number: exponent has no digits <1e>
        lex-number: hexadecimal mantissa requires a `p` exponent <0x1.5>
        lex-number: `p` exponent requires hexadecimal mantissa <p>
        lex-number: invalid radix point in binary literal <.>
        lex-number: `e` exponent requires decimal mantissa <e>
    "#]],
    );
}

#[test]
fn durations() {
    check(
        "100ms 1h30m 1.5s 10us 10µs 5m 2h 7ns 1_000ms",
        expect![[r#"
        Duration:100ms Duration:1h30m Duration:1.5s Duration:10us Duration:10µs Duration:5m Duration:2h Duration:7ns Duration:1_000ms ⏎
    "#]],
    );
    check(
        "10ms..1s 1..5",
        expect![[r#"
        Duration:10ms .. Duration:1s Int:1 .. Int:5 ⏎
    "#]],
    );
    check(
        "10mz 5seconds 99999999h 1x",
        expect![[r#"
        Int:10 mz Int:5 seconds Duration:99999999h Int:1 x ⏎
        lex-number: duration does not fit in 64 bits of nanoseconds <99999999h>
    "#]],
    );
}

#[test]
fn runes() {
    check(
        r"'x' '\n' '\'' '\x41' '\101' '\u00e9' '\U0001F600' 'é'",
        expect![[r#"
        Rune:'x' Rune:'\n' Rune:'\'' Rune:'\x41' Rune:'\101' Rune:'\u00e9' Rune:'\U0001F600' Rune:'é' ⏎
    "#]],
    );
    check(
        "'' 'ab' '\\q' '\\400' '\\ud800'\n'x",
        expect![[r#"
        Rune:'' Rune:'ab' Rune:'\q' Rune:'\400' Rune:'\ud800' ⏎ Rune:'x ⏎
        lex-string: empty rune literal or unescaped ' in rune literal <''>
        lex-string: more than one character in rune literal <'ab'>
        lex-string: unknown escape `\q` <\q>
        lex-string: octal escape value 256 > 255 <\400>
        lex-string: escape is invalid Unicode code point U+D800 <\ud800>
        lex-string: rune literal is not terminated <'x>
    "#]],
    );
    check(
        "'a\nb",
        expect![[r#"
        Rune:'a ⏎ b ⏎
        lex-string: newline in rune literal <'a>
    "#]],
    );
}

#[test]
fn strings() {
    check(
        r#""a" "\"" "\\" `raw \ "x"` "é\u00e9""#,
        expect![[r#"
        Str:"a" Str:"\"" Str:"\\" RawStr:`raw \ "x"` Str:"é\u00e9" ⏎
    "#]],
    );
    check(
        "\"open\nx",
        expect![[r#"
        Str:"open ⏎ x ⏎
        lex-string: newline in string <"open>
    "#]],
    );
    check(
        r#""C:\Users" "\xzz" "\'""#,
        expect![[r#"
        Str:"C:\Users" Str:"\xzz" Str:"\'" ⏎
        lex-string: invalid character 's' in Unicode escape <\U>
        lex-string: invalid character 'z' in hexadecimal escape <\x>
        lex-string: unknown escape `\'` <\'>
    "#]],
    );
    check(
        "`never closed\n",
        expect![[r#"
        RawStr:`never closed
         ⏎
        lex-string: string is not terminated <`>
    "#]],
    );
}

#[test]
fn operators_are_longest_first() {
    check(
        "a<-b a<<=b a&^=b a&^b a...b a..b a.b x:=y x?? y=>z !x != @",
        expect![[r#"
        a <- b a <<= b a &^= b a &^ b a ... b a .. b a . b x := y x ?? y => z ! x != @
    "#]],
    );
}

#[test]
fn names_beyond_ascii() {
    check(
        "été 世界 _x9 x世",
        expect![[r#"
        été 世界 _x9 x世 ⏎
    "#]],
    );
}

#[test]
fn characters_of_no_token() {
    check(
        "x # y $$$ “z” \u{0}",
        expect![[r#"
        x y z ⏎
        lex-character: invalid character U+0023 '#' <#>
        lex-character: invalid character U+0024 '$' <$$$>
        lex-character: invalid character U+201C '“' <“>
        lex-character: invalid character U+201D '”' <”>
        lex-character: invalid NUL character <NUL>
    "#]],
    );
    check(
        "/* open\nx",
        expect![[r#"

        lex-comment: comment is not terminated </*>
    "#]],
    );
}

#[test]
fn comments_know_their_place() {
    let lexed = tokens("// one\nx // two\n/* three */ y /*\n*/ /* five */\n  // six");
    let found: Vec<(u32, bool)> = lexed.comments.iter().map(|c| (c.before, c.own_line)).collect();
    assert_eq!(found, [(0, true), (1, false), (2, true), (4, false), (4, false), (4, true)]);
}

#[test]
fn any_bytes_give_tokens_that_cover_them_in_order() {
    let pieces = [
        "\"", "'", "`", "\\", "/*", "//", "0x", "1e", ".", "é", "\u{feff}", "\n", "5m", "_", "'\\", "\"\\u1",
    ];
    for a in pieces {
        for b in pieces {
            for c in pieces {
                let text = format!("{a}{b}{c}");
                let mut end = 0;
                for token in tokens(&text).tokens {
                    assert!(token.start >= end && token.end >= token.start, "{text:?}");
                    assert!(
                        text.is_char_boundary(token.start as usize)
                            && text.is_char_boundary(token.end as usize)
                    );
                    end = token.end;
                }
            }
        }
    }
}
