//! `goo graph`

use std::path::Path;

use goo_compiler::driver::{self, Timings};
use goo_compiler::graph::Graph;

use super::spare_sources;
use crate::output;
use crate::{GraphFormat, status};

/// Prints the graph of the program at a path, or writes it to a file.
pub fn graph(path: &Path, format: Option<GraphFormat>, target: Option<&Path>) -> u8 {
    let format = format.or_else(|| target.and_then(by_ending)).unwrap_or(GraphFormat::Text);
    let drawn = driver::on_big_stack(|| {
        let checked =
            driver::check(path, &mut Timings::default()).map_err(|problem| output::unreadable(&problem))?;
        let (program, diagnostics) = (checked.program, checked.diagnostics);
        if output::diagnostics(&program.sources, diagnostics) {
            return Err(status::ERRORS);
        }
        if let Some(target) = target {
            spare_sources(&program.sources, target, "-o")?;
        }
        let graph = Graph::of(&program);
        Ok(match format {
            GraphFormat::Text => graph.text(&program),
            GraphFormat::Dot => graph.dot(&program),
            GraphFormat::Mermaid => graph.mermaid(&program),
            GraphFormat::Svg => graph.svg(&program),
            GraphFormat::Json => graph.json(&program),
        })
    });
    let text = match drawn {
        Ok(text) => text,
        Err(status) => return status,
    };
    let Some(target) = target else {
        output::print(&text);
        return 0;
    };
    match std::fs::write(target, text) {
        Ok(()) => 0,
        Err(error) => output::file_failure(status::FILES, target, error),
    }
}

/// The format that the ending of a file's name asks for.
fn by_ending(target: &Path) -> Option<GraphFormat> {
    match target.extension()?.to_str()? {
        "svg" => Some(GraphFormat::Svg),
        "dot" | "gv" => Some(GraphFormat::Dot),
        "mmd" | "mermaid" => Some(GraphFormat::Mermaid),
        "json" => Some(GraphFormat::Json),
        _ => None,
    }
}
