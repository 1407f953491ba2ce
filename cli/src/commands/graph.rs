//! `goo graph`

use std::io::Write;
use std::path::Path;

use goo_compiler::driver::{self, Timings};
use goo_compiler::graph::Graph;

use crate::output;
use crate::{ErrorFormat, GraphFormat, status};

/// Prints the graph of the program at a path, or writes it to a file.
pub fn graph(path: &Path, format: Option<GraphFormat>, target: Option<&Path>) -> u8 {
    let format = format.or_else(|| target.and_then(by_ending)).unwrap_or(GraphFormat::Text);
    let drawn = driver::on_big_stack(|| {
        let checked = driver::check(path, &mut Timings::default())?;
        let (program, diagnostics) = (checked.program, checked.diagnostics);
        if output::diagnostics(&program.sources, diagnostics, ErrorFormat::Human) {
            return Ok(None);
        }
        let graph = Graph::of(&program);
        Ok::<_, String>(Some(match format {
            GraphFormat::Text => graph.text(&program),
            GraphFormat::Dot => graph.dot(&program),
            GraphFormat::Mermaid => graph.mermaid(&program),
            GraphFormat::Svg => graph.svg(&program),
            GraphFormat::Json => graph.json(&program),
        }))
    });
    let text = match drawn {
        Ok(Some(text)) => text,
        Ok(None) => return status::ERRORS,
        Err(message) => {
            output::failure(&message);
            return status::FILES;
        }
    };
    let Some(target) = target else {
        // Who closed standard output (`| head`) wants no more.
        let _ = std::io::stdout().write_all(text.as_bytes());
        return 0;
    };
    match std::fs::write(target, text) {
        Ok(()) => 0,
        Err(error) => {
            output::failure(&format!("{}: {error}", target.display()));
            status::FILES
        }
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
