//! The one declaration of every diagnostic code.
//!
//! A code is stable: tools and searches rely on it. Its page for `goo explain` is `explain/<code>.md` beside this file:
//! what it means, an example that fails and one that works, both run by the tests.

macro_rules! codes {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A stable diagnostic code, shown as `error[name]`.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub enum Code { $($variant),* }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// The code as shown and as `goo explain` takes it.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name),* }
            }

            pub fn from_name(name: &str) -> Option<Code> {
                Code::ALL.iter().copied().find(|code| code.name() == name)
            }

            /// The page that `goo explain` shows.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$variant => include_str!(concat!("explain/", $name, ".md"))),* }
            }
        }
    };
}

codes! {
    Syntax = "syntax",
    LexCharacter = "lex-character",
    LexString = "lex-string",
    LexNumber = "lex-number",
    LexComment = "lex-comment",
    NestingTooDeep = "nesting-too-deep",
    Undefined = "undefined",
    Redeclared = "redeclared",
    Mismatch = "mismatch",
    NotType = "not-type",
    NotValue = "not-value",
    NotCallable = "not-callable",
    InvalidOperation = "invalid-operation",
    NotComparable = "not-comparable",
    ConstantOverflow = "constant-overflow",
    NotConstant = "not-constant",
    DivisionByZero = "division-by-zero",
    IndexRange = "index-range",
    DuplicateKey = "duplicate-key",
    ArgumentCount = "argument-count",
    ValueCount = "value-count",
    MissingMethod = "missing-method",
    Ambiguous = "ambiguous",
    UnusedImport = "unused-import",
    UnknownImport = "unknown-import",
    ImportCycle = "import-cycle",
    RecursiveType = "recursive-type",
    InitCycle = "init-cycle",
    Nil = "nil",
    PointerType = "pointer-type",
    Inout = "inout",
    NotAvailable = "not-available",
    Inference = "inference",
    Constraint = "constraint",
    TypeArguments = "type-arguments",
    UnknownField = "unknown-field",
    Unexported = "unexported",
    NotAssignable = "not-assignable",
    WrongType = "wrong-type",
    InvalidConversion = "invalid-conversion",
    MainFunction = "main-function",
    InvalidReceiver = "invalid-receiver",
    InvalidType = "invalid-type",
    BuiltinUse = "builtin-use",
    LiteralFields = "literal-fields",
    NotInGoo = "not-in-goo",
    Label = "label",
    MissingReturn = "missing-return",
    UnusedVariable = "unused-variable",
    UnusedResult = "unused-result",
    DuplicateCase = "duplicate-case",
    ImpossibleCase = "impossible-case",
    Range = "range",
    NoNewVariable = "no-new-variable",
    Condition = "condition",
    NotExhaustive = "not-exhaustive",
    UnreachableArm = "unreachable-arm",
    Pattern = "pattern",
    UnhandledError = "unhandled-error",
    Try = "try",
    Overlap = "overlap",
    TaskBound = "task-bound",
    MainTaskGlobal = "main-task-global",
    CallRequired = "call-required",
    Select = "select",
    WrongEnd = "wrong-end",
    Endpoint = "endpoint",
    Supervise = "supervise",
    Parallel = "parallel",
    Unassigned = "unassigned",
    Stuck = "stuck",
    LostChange = "lost-change",
    BlockingSection = "blocking-section",
    Format = "format",
    Return = "return",
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::expect_file;

    use super::Code;

    /// `docs/errors.md` lists every code with the first paragraph of its page: `UPDATE_EXPECT=1` writes it anew.
    #[test]
    fn the_index_lists_every_code() {
        let mut codes = Code::ALL.to_vec();
        codes.sort_by_key(|code| code.name());
        let mut page = String::from(
            "# Index of diagnostics\n\n\
             The code stands in brackets behind `error` or `warning`. `goo explain CODE` shows its whole page, with an example that fails\n\
             and one that works.\n\n| code | |\n|---|---|\n",
        );
        for code in codes {
            let meaning = code.explanation().split("\n\n").nth(1).unwrap_or("").replace('\n', " ");
            let name = code.name();
            let _ = writeln!(
                page,
                "| [`{name}`](../compiler/src/diagnostics/explain/{name}.md) | {} |",
                meaning.replace('|', "\\|")
            );
        }
        expect_file!["../../../docs/errors.md"].assert_eq(&page);
    }

    #[test]
    fn every_page_says_what_the_code_means() {
        for code in Code::ALL {
            let page = code.explanation();
            assert!(page.starts_with("# "), "{} has no heading", code.name());
            assert!(page.contains("```goo fails\n"), "{} has no example that fails", code.name());
        }
    }
}
