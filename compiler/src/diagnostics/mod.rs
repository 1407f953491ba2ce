//! Diagnostics as data: what is wrong, where, why, and what to write instead.
//!
//! Stages push [`Diagnostic`]s and go on; rendering ([`render`], [`json`], an editor) comes last and elsewhere.

mod codes;
pub mod json;
pub mod render;
pub mod similar;

pub use codes::Code;

use crate::syntax::{SourceMap, Span};

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
    /// It can hardly be wrong, so `goo fix` applies it; others are likely, and somebody should look.
    pub sure: bool,
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

    /// Whether the words are those of another diagnostic.
    fn says_what(&self, other: &Diagnostic) -> bool {
        self.message == other.message && self.primary.text == other.primary.text && self.help == other.help
    }

    /// Whether the headline, a label or the help has the text in it.
    pub fn mentions(&self, text: &str) -> bool {
        let labels = std::iter::once(&self.primary).chain(&self.secondary).map(|label| &label.text);
        labels.chain([&self.message]).chain(&self.help).any(|part| part.contains(text))
    }

    /// Takes up the same mistake in another place of the line.
    fn repeated(&mut self, again: Diagnostic) {
        let place = again.primary.span;
        if place.start < self.primary.span.end {
            return;
        }
        self.secondary.push(Label { span: place, text: "and here".to_owned() });
        if let (Some(fix), Some(more)) = (&mut self.fix, again.fix)
            && fix.title == more.title
        {
            fix.edits.extend(more.edits);
        }
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// What to write, if it can hardly be anything else.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<(Span, String)>) -> Diagnostic {
        self.fix = Some(Fix { title: title.into(), sure: true, edits });
        self
    }

    /// What was probably meant.
    #[must_use]
    pub fn guess(mut self, title: impl Into<String>, edits: Vec<(Span, String)>) -> Diagnostic {
        self.fix = Some(Fix { title: title.into(), sure: false, edits });
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

    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Diagnostic> {
        self.items.iter_mut()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter()
    }

    /// In source order: what the user is shown. What would be said twice about one line is said once, with a label on
    /// each place and one fix for all of them.
    pub fn sorted(mut self, sources: &SourceMap) -> Vec<Diagnostic> {
        self.items.sort_by_key(|d| (d.primary.span, d.code));
        let mut shown: Vec<Diagnostic> = Vec::with_capacity(self.items.len());
        // Where the diagnostics of the current line begin in `shown`.
        let (mut line, mut first) = (None, 0);
        for item in self.items {
            let at = (item.primary.span.file, sources.line_col(item.primary.span).0);
            if line.replace(at) != Some(at) {
                first = shown.len();
            }
            let same = shown[first..].iter_mut().find(|earlier| {
                earlier.code == item.code
                    && (earlier.primary.span == item.primary.span || earlier.says_what(&item))
            });
            match same {
                Some(earlier) => earlier.repeated(item),
                None => shown.push(item),
            }
        }
        shown
    }
}
