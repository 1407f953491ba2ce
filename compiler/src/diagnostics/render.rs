//! Diagnostics for people: headline, source with labels, help.

use std::ops::Range;

use ariadne::{CharSet, Color, Config, IndexType, Label, Report, ReportKind, Source};

use super::{Diagnostic, Severity};
use crate::syntax::{FileId, SourceMap, Span};

/// A place as the report writer wants it: the file's name and a range of bytes in it.
type Place = (String, Range<usize>);

/// The diagnostic as text of several lines, coloured for a terminal or plain.
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, colour: bool) -> String {
    let kind = match diagnostic.severity {
        Severity::Error => ReportKind::Custom("error", Color::Red),
        Severity::Warning => ReportKind::Custom("warning", Color::Yellow),
    };
    let config =
        Config::default().with_color(colour).with_index_type(IndexType::Byte).with_char_set(CharSet::Unicode);
    let mut report = Report::build(kind, place(diagnostic.primary.span, sources))
        .with_config(config)
        .with_code(diagnostic.code.name())
        .with_message(&diagnostic.message)
        .with_label(label(diagnostic.primary.span, &diagnostic.primary.text, Color::Red, sources));
    for secondary in &diagnostic.secondary {
        report = report.with_label(label(secondary.span, &secondary.text, Color::Blue, sources));
    }
    if let Some(help) = &diagnostic.help {
        report = report.with_help(help);
    }
    let mut out = Vec::new();
    let cache = Sources { sources, parsed: Vec::new() };
    // Writing into memory does not fail; source that cannot be read leaves the headline.
    if report.finish().write(cache, &mut out).is_err() || out.is_empty() {
        return format!("error[{}]: {}\n", diagnostic.code.name(), diagnostic.message);
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn label(span: Span, text: &str, colour: Color, sources: &SourceMap) -> Label<Place> {
    let label = Label::new(place(span, sources)).with_color(colour);
    match text.is_empty() {
        true => label,
        false => label.with_message(text),
    }
}

fn place(span: Span, sources: &SourceMap) -> Place {
    (sources.file(span.file).name.clone(), span.start as usize..span.end as usize)
}

/// The source files as the report writer asks for them.
struct Sources<'s> {
    sources: &'s SourceMap,
    parsed: Vec<(FileId, Source<String>)>,
}

impl ariadne::Cache<String> for Sources<'_> {
    type Storage = String;

    fn fetch(&mut self, name: &String) -> Result<&Source<String>, impl std::fmt::Debug> {
        let Some((id, file)) = self.sources.iter().find(|(_, file)| file.name == *name) else {
            return Err(format!("no source file {name}"));
        };
        let at = match self.parsed.iter().position(|(parsed, _)| *parsed == id) {
            Some(at) => at,
            None => {
                self.parsed.push((id, Source::from(file.text.clone())));
                self.parsed.len() - 1
            }
        };
        Ok(&self.parsed[at].1)
    }

    fn display<'a>(&self, name: &'a String) -> Option<impl std::fmt::Display + 'a> {
        Some(name)
    }
}
