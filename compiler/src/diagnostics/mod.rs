//! Diagnostics as data: what is wrong, where, why, and what to write instead.
//!
//! Stages push [`Diagnostic`]s and go on; rendering ([`render`], [`json`], an editor) comes last and elsewhere.

mod codes;
pub mod json;
pub mod render;
pub(crate) mod similar;

pub use codes::Code;

use crate::syntax::Span;

#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// A labelled piece of source.
#[derive(Clone, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// A replacement of source that would mend the mistake, applicable by a tool.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What the fix does: "write `none`".
    pub title: String,
    /// Replacements, not overlapping.
    pub edits: Vec<(Span, String)>,
}

/// One mistake.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// A headline that stands alone: "`x` is declared and not used".
    pub message: String,
    /// The primary label: on the cause.
    pub primary: Label,
    /// Further labels: on the why (where it was captured, where the channel was made).
    pub secondary: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error at a place. The primary label is empty until [`Diagnostic::label`] says more.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// The text of the primary label.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = text.into();
        self
    }

    /// A further label.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<(Span, String)>) -> Diagnostic {
        self.fix = Some(Fix { title: title.into(), edits });
        self
    }
}

/// The diagnostics of a compilation, in the order found.
#[derive(Default, Debug, Clone)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.items.push(diagnostic);
    }

    pub fn extend(&mut self, other: Diagnostics) {
        self.items.extend(other.items);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Keeps those that are wanted.
    pub fn retain(&mut self, wanted: impl FnMut(&Diagnostic) -> bool) {
        self.items.retain(wanted);
    }

    /// Moves the diagnostics from the `first`th on to another place: where source is used again, and only wrong there.
    pub fn move_new(&mut self, first: usize, span: Span) {
        for diagnostic in &mut self.items[first..] {
            diagnostic.primary.span = span;
            diagnostic.fix = None;
        }
    }

    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|d| d.severity == Severity::Error)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter()
    }

    /// In source order, with at most one error a line and cause: what the user is shown.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.items.sort_by_key(|d| (d.primary.span, d.code));
        self.items.dedup_by(|b, a| a.primary.span == b.primary.span && a.code == b.code);
        self.items
    }
}
