//! What went wrong in parsing, before it is worded.
//!
//! A [`Mistake`] is chumsky's error type here. It knows the token at fault and what stood in its place, and costs one
//! allocation; the text is made only for mistakes that are reported.

use std::cell::Cell;

use chumsky::error::{Error, LabelError};
use chumsky::util::MaybeRef;

use super::input::Tokens;
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::token::Token;
use crate::syntax::{FileId, Span};

#[derive(Debug, Clone)]
pub(crate) struct Mistake(Box<Fault>);

#[derive(Debug, Clone)]
struct Fault {
    /// The index of the token at fault.
    at: usize,
    /// Where the message points, if not at that token.
    span: Option<Span>,
    what: What,
    label: Option<String>,
    also: Option<(Span, String)>,
    help: Option<String>,
    /// What the replacement does, where, and the new text.
    fix: Option<(&'static str, Span, &'static str)>,
    code: Code,
    reach: Reach,
}

/// How much of the source a mistake spoils.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reach {
    /// The statement, list item or group item that it is in.
    Item,
    /// The whole declaration: the token at fault begins the next one.
    Declaration,
    /// All that follows.
    File,
}

#[derive(Debug, Clone)]
enum What {
    /// "unexpected newline in argument list", labelled "expected `,` or `)`".
    Unexpected {
        context: &'static str,
        expected: String,
    },
    Said(String),
}

impl Mistake {
    /// The token at `at` cannot stand there. `context` is empty or begins with "in", "at" or "after".
    pub(crate) fn unexpected(at: usize, context: &'static str, expected: impl Into<String>) -> Mistake {
        Mistake::new(at, What::Unexpected { context, expected: expected.into() })
    }

    /// A mistake with a headline of its own.
    pub(crate) fn said(at: usize, message: impl Into<String>) -> Mistake {
        Mistake::new(at, What::Said(message.into()))
    }

    fn new(at: usize, what: What) -> Mistake {
        Mistake(Box::new(Fault {
            at,
            span: None,
            what,
            label: None,
            also: None,
            help: None,
            fix: None,
            code: Code::Syntax,
            reach: Reach::Item,
        }))
    }

    #[must_use]
    pub(crate) fn span(mut self, span: Span) -> Mistake {
        self.0.span = Some(span);
        self
    }

    #[must_use]
    pub(crate) fn label(mut self, label: impl Into<String>) -> Mistake {
        self.0.label = Some(label.into());
        self
    }

    /// A second place.
    #[must_use]
    pub(crate) fn also(mut self, span: Span, label: impl Into<String>) -> Mistake {
        self.0.also = Some((span, label.into()));
        self
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Mistake {
        self.0.help = Some(help.into());
        self
    }

    /// A replacement that mends it.
    #[must_use]
    pub(crate) fn fix(mut self, title: &'static str, span: Span, text: &'static str) -> Mistake {
        self.0.fix = Some((title, span, text));
        self
    }

    #[must_use]
    pub(crate) fn code(mut self, code: Code) -> Mistake {
        self.0.code = code;
        self
    }

    pub(crate) fn has_help(&self) -> bool {
        self.0.help.is_some()
    }

    /// The index of the token at fault.
    pub(crate) fn at(&self) -> usize {
        self.0.at
    }

    /// The token at fault begins a declaration, which ends the one before.
    #[must_use]
    pub(crate) fn ends_declaration(mut self) -> Mistake {
        self.0.reach = Reach::Declaration;
        self
    }

    /// Nothing after this mistake is worth reading.
    #[must_use]
    pub(crate) fn ends_file(mut self) -> Mistake {
        self.0.reach = Reach::File;
        self
    }

    /// No item recovers from this mistake: it must be passed on to the top level.
    pub(crate) fn leaves_items(&self) -> bool {
        self.0.reach != Reach::Item
    }

    /// Whether the token at fault begins a declaration, before which a block was left open.
    pub(crate) fn begins_declaration(&self) -> bool {
        self.0.reach == Reach::Declaration
    }

    /// Where reading goes on at the top level, if the mistake says so.
    pub(crate) fn next_declaration(&self) -> Option<usize> {
        match self.0.reach {
            Reach::Item => None,
            Reach::Declaration => Some(self.0.at),
            Reach::File => Some(usize::MAX),
        }
    }

    /// The mistake in words.
    pub(crate) fn into_diagnostic(self, file: FileId, source: &str, tokens: Tokens<'_>) -> Diagnostic {
        let fault = *self.0;
        let token = tokens[fault.at.min(tokens.len() - 1)].get();
        let span = fault.span.unwrap_or(Span { file, start: token.start, end: token.end });
        let (message, label) = match fault.what {
            What::Unexpected { context, expected } => {
                let space = if context.is_empty() { "" } else { " " };
                let label = if expected.is_empty() { String::new() } else { format!("expected {expected}") };
                (format!("unexpected {}{space}{context}", token.describe(source)), label)
            }
            What::Said(message) => (message, String::new()),
        };
        let mut diagnostic = Diagnostic::error(fault.code, span, message).label(fault.label.unwrap_or(label));
        diagnostic.help = fault.help;
        if let Some((title, span, text)) = fault.fix {
            diagnostic = diagnostic.fix(title, vec![(span, text.to_owned())]);
        }
        if let Some((span, label)) = fault.also {
            diagnostic = diagnostic.also(span, label);
        }
        diagnostic
    }
}

// Errors of chumsky's own primitives. Of two mistakes the later one tells more.
impl<'a> Error<'a, Tokens<'a>> for Mistake {
    fn merge(self, other: Self) -> Self {
        if other.at() > self.at() { other } else { self }
    }
}

impl<'a, L> LabelError<'a, Tokens<'a>, L> for Mistake {
    fn expected_found<E: IntoIterator<Item = L>>(
        _expected: E,
        _found: Option<MaybeRef<'a, Cell<Token>>>,
        span: chumsky::span::SimpleSpan<usize>,
    ) -> Self {
        Mistake::unexpected(span.start, "", "")
    }
}
