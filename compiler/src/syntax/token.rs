//! The tokens of Goo, one table: what the lexer recognises, what messages call them, what `--emit=tokens` prints.
//!
//! A token knows only its kind and its place; its text is read from the source when it is needed. Words that Go does
//! not reserve (`match`, `try`, `supervise`, …) are [`Tok::Ident`] here: only the parser knows where their constructs
//! can stand.

use std::fmt;

use logos::Logos;

macro_rules! tokens {
    (keywords { $($kw:ident = $kw_text:tt,)* } punctuation { $($op:ident = $op_text:tt,)* }) => {
        /// The kind of a token.
        #[derive(Logos, Clone, Copy, PartialEq, Eq, Debug)]
        #[logos(skip r"[ \t\r]+")]
        pub enum Tok {
            #[regex("[A-Za-z_][A-Za-z0-9_]*")]
            Ident,
            // The patterns of literals and comments only recognise their beginning: `lex` scans the rest by hand,
            // because what is wrong inside them deserves a message of its own.
            #[regex("[0-9]")]
            Int,
            #[regex(r"\.[0-9]")]
            Float,
            Imaginary,
            Duration,
            #[token("'")]
            Rune,
            #[token("\"")]
            Str,
            #[token("`")]
            RawStr,
            /// Never reaches the parser.
            #[token("//")]
            LineComment,
            /// Never reaches the parser.
            #[token("/*")]
            BlockComment,
            /// A line break that ends a statement, or the end of the file where it does; other line breaks are dropped.
            #[token("\n")]
            Newline,
            Eof,
            $(#[token($kw_text)] $kw,)*
            $(#[token($op_text)] $op,)*
        }

        impl Tok {
            /// The text of a token that is always written the same.
            pub fn fixed_text(self) -> Option<&'static str> {
                match self {
                    $(Tok::$kw => Some($kw_text),)*
                    $(Tok::$op => Some($op_text),)*
                    _ => None,
                }
            }

            pub fn is_keyword(self) -> bool {
                matches!(self, $(Tok::$kw)|*)
            }
        }
    };
}

tokens! {
    keywords {
        Break = "break",
        Case = "case",
        Chan = "chan",
        Const = "const",
        Continue = "continue",
        Default = "default",
        Defer = "defer",
        Else = "else",
        Fallthrough = "fallthrough",
        For = "for",
        Func = "func",
        Go = "go",
        Goto = "goto",
        If = "if",
        Import = "import",
        Interface = "interface",
        Map = "map",
        Package = "package",
        Range = "range",
        Return = "return",
        Select = "select",
        Struct = "struct",
        Switch = "switch",
        Type = "type",
        Var = "var",
    }
    punctuation {
        LParen = "(",
        RParen = ")",
        LBracket = "[",
        RBracket = "]",
        LBrace = "{",
        RBrace = "}",
        Comma = ",",
        Semi = ";",
        Colon = ":",
        Dot = ".",
        DotDot = "..",
        Ellipsis = "...",
        Arrow = "<-",
        FatArrow = "=>",
        Question = "?",
        Coalesce = "??",
        At = "@",
        Tilde = "~",
        Bang = "!",
        Plus = "+",
        Minus = "-",
        Star = "*",
        Slash = "/",
        Percent = "%",
        Amp = "&",
        Pipe = "|",
        Caret = "^",
        AmpCaret = "&^",
        Shl = "<<",
        Shr = ">>",
        AmpAmp = "&&",
        PipePipe = "||",
        EqEq = "==",
        BangEq = "!=",
        Less = "<",
        LessEq = "<=",
        Greater = ">",
        GreaterEq = ">=",
        Eq = "=",
        ColonEq = ":=",
        PlusPlus = "++",
        MinusMinus = "--",
        PlusEq = "+=",
        MinusEq = "-=",
        StarEq = "*=",
        SlashEq = "/=",
        PercentEq = "%=",
        AmpEq = "&=",
        PipeEq = "|=",
        CaretEq = "^=",
        AmpCaretEq = "&^=",
        ShlEq = "<<=",
        ShrEq = ">>=",
    }
}

impl Tok {
    pub fn is_literal(self) -> bool {
        use Tok::*;
        matches!(self, Int | Float | Imaginary | Duration | Rune | Str | RawStr)
    }

    /// Whether this ends a statement.
    pub fn is_semi(self) -> bool {
        matches!(self, Tok::Semi | Tok::Newline)
    }

    /// Whether a line break after this token ends the statement. `?` is there for optional types.
    pub fn ends_statement(self) -> bool {
        use Tok::*;
        self.is_literal()
            || matches!(
                self,
                Ident
                    | Break
                    | Continue
                    | Fallthrough
                    | Return
                    | PlusPlus
                    | MinusMinus
                    | RParen
                    | RBracket
                    | RBrace
                    | Question
            )
    }
}

/// A token and its place in the source: bytes `start..end`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub tok: Tok,
    pub start: u32,
    pub end: u32,
}

impl Token {
    /// How a message calls this token: "keyword `if`", "name `x`", "newline".
    pub fn describe(self, source: &str) -> String {
        let text = &source[self.start as usize..self.end as usize];
        match self.tok {
            Tok::Ident => format!("name `{text}`"),
            Tok::Eof => "end of file".to_owned(),
            Tok::Newline if text.is_empty() => "end of file".to_owned(),
            Tok::Newline => "newline".to_owned(),
            Tok::Semi => "semicolon".to_owned(),
            Tok::Comma => "comma".to_owned(),
            tok if tok.is_keyword() => format!("keyword `{text}`"),
            tok if tok.is_literal() => format!("literal {}", shortened(text)),
            _ => format!("`{text}`"),
        }
    }
}

/// The first line of a literal, and no more of it than a message can bear.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.len() < text.len() => format!("{line}…"),
        None => line.to_owned(),
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{}..{}", self.tok, self.start, self.end)
    }
}
