//! Diagnostics as JSON, one object a line, for tools and editors.

use serde::Serialize;

use super::{Diagnostic, Severity};
use crate::syntax::{SourceMap, Span};

#[derive(Serialize)]
struct Record<'d> {
    code: &'static str,
    severity: &'static str,
    message: &'d str,
    #[serde(flatten)]
    place: Place<'d>,
    label: &'d str,
    secondary: Vec<Secondary<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixRecord<'d>>,
}

#[derive(Serialize)]
struct Place<'d> {
    file: &'d str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Secondary<'d> {
    #[serde(flatten)]
    place: Place<'d>,
    label: &'d str,
}

#[derive(Serialize)]
struct FixRecord<'d> {
    title: &'d str,
    sure: bool,
    edits: Vec<Edit<'d>>,
}

#[derive(Serialize)]
struct Edit<'d> {
    #[serde(flatten)]
    place: Place<'d>,
    text: &'d str,
}

/// The diagnostic as one line of JSON, without the line break. Lines and columns count from 1, columns in bytes.
pub fn to_json(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let record = Record {
        code: diagnostic.code.name(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        place: place(diagnostic.primary.span, sources),
        label: &diagnostic.primary.text,
        secondary: diagnostic
            .secondary
            .iter()
            .map(|label| Secondary { place: place(label.span, sources), label: &label.text })
            .collect(),
        help: diagnostic.help.as_deref(),
        fix: diagnostic.fix.as_ref().map(|fix| FixRecord {
            title: &fix.title,
            sure: fix.sure,
            edits: fix.edits.iter().map(|(span, text)| Edit { place: place(*span, sources), text }).collect(),
        }),
    };
    // Strings and numbers only: this cannot fail.
    serde_json::to_string(&record).unwrap_or_default()
}

/// What went wrong that no diagnostic is about, in the shape of one, without an extent: the place may be all of a file.
pub fn failure(code: &'static str, message: &str, file: &str, (line, column): (u32, u32)) -> String {
    let place = Place { file, line, column, end_line: line, end_column: column };
    let (label, secondary, help, fix) = ("", Vec::new(), None, None);
    let record = Record { code, severity: "error", message, place, label, secondary, help, fix };
    // Strings and numbers only: this cannot fail.
    serde_json::to_string(&record).unwrap_or_default()
}

fn place(span: Span, sources: &SourceMap) -> Place<'_> {
    let (line, column) = sources.line_col(span);
    let (end_line, end_column) = sources.line_col(span.after());
    Place { file: &sources.file(span.file).name, line, column, end_line, end_column }
}
