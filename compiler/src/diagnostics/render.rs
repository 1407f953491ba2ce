//! Diagnostics for people: rendered by ariadne, with the source under them.

use std::ops::Range;

use ariadne::{Cache, CharSet, Color, Config, IndexType, Label, Report, ReportKind, Source};
use rustc_hash::FxHashMap;

use super::{Diagnostic, Severity};
use crate::syntax::{FileId, SourceMap, Span};

/// Renders many diagnostics of one compilation.
pub struct Renderer<'a> {
    files: Files<'a>,
    colour: bool,
}

impl<'a> Renderer<'a> {
    pub fn new(sources: &'a SourceMap, colour: bool) -> Renderer<'a> {
        Renderer { files: Files { sources, read: FxHashMap::default() }, colour }
    }

    /// One diagnostic, with a line break at its end.
    pub fn text(&mut self, diagnostic: &Diagnostic) -> String {
        let (name, colour) = match diagnostic.severity {
            Severity::Error => ("error", Color::Red),
            Severity::Warning => ("warning", Color::Yellow),
        };
        let title = format!("{name}[{}]", diagnostic.code.name());
        let config = Config::default()
            .with_color(self.colour)
            .with_index_type(IndexType::Byte)
            .with_char_set(CharSet::Unicode)
            .with_compact(false)
            .with_tab_width(4);
        let primary = area(diagnostic.primary.span);
        let mut report = Report::build(ReportKind::Custom(&title, colour), primary.clone())
            .with_config(config)
            .with_message(&diagnostic.message);
        // A label without text is not drawn at all, and the place must be seen.
        let text = if diagnostic.primary.text.is_empty() { "here" } else { &diagnostic.primary.text };
        report = report.with_label(Label::new(primary).with_color(colour).with_order(-1).with_message(text));
        for secondary in &diagnostic.secondary {
            report = report.with_label(
                Label::new(area(secondary.span)).with_message(&secondary.text).with_color(Color::Cyan),
            );
        }
        if let Some(help) = &diagnostic.help {
            report = report.with_help(help);
        }
        let mut bytes = Vec::new();
        // Writing to memory does not fail; a renderer's refusal still leaves the headline.
        if report.finish().write(&mut self.files, &mut bytes).is_err() {
            return format!("{title}: {}\n", diagnostic.message);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match text.strip_prefix('\x1b') {
            // ariadne colours a title of one's own always.
            Some(rest) if !self.colour => plain_title(rest),
            _ => text,
        }
    }
}

/// A report without the colour of its title; the escape character before it is gone already.
fn plain_title(text: &str) -> String {
    let start = text.find('m').map_or(0, |at| at + 1);
    text[start..].replacen("\x1b[0m", "", 1)
}

type Area = (FileId, Range<usize>);

fn area(span: Span) -> Area {
    (span.file, span.start as usize..span.end as usize)
}

/// The sources as ariadne wants them, each split into lines once.
struct Files<'a> {
    sources: &'a SourceMap,
    read: FxHashMap<FileId, Source<&'a str>>,
}

impl<'a> Cache<FileId> for &mut Files<'a> {
    type Storage = &'a str;

    fn fetch(&mut self, id: &FileId) -> Result<&Source<&'a str>, impl std::fmt::Debug> {
        let sources = self.sources;
        let source = self.read.entry(*id).or_insert_with(|| Source::from(sources.file(*id).text.as_str()));
        Ok::<_, std::convert::Infallible>(source)
    }

    fn display<'b>(&self, id: &'b FileId) -> Option<impl std::fmt::Display + 'b> {
        Some(self.sources.file(*id).name.clone())
    }
}
