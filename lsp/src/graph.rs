//! The request `goo/graph`: the static graph of a document's program.

use serde_json::{Value, json};
use tower_lsp::lsp_types::Url;

use crate::snapshot::Snapshot;

/// The parameters: a document of the program, and how the graph is to be drawn.
#[derive(serde::Deserialize)]
pub struct Params {
    pub uri: Url,
    #[serde(default)]
    pub format: Option<Format>,
}

/// The formats of `goo graph` that are text.
#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Text,
    Dot,
    Mermaid,
    Svg,
    Json,
}

/// `{"graph": …, "rendered": …}`: what `goo graph --format json` prints, and the text in the format asked for.
pub fn answer(snapshot: &Snapshot, format: Option<Format>) -> Value {
    let (program, graph) = (&snapshot.program, snapshot.graph());
    let rendered = format.map(|format| match format {
        Format::Text => graph.text(program),
        Format::Dot => graph.dot(program),
        Format::Mermaid => graph.mermaid(program),
        Format::Svg => graph.svg(program),
        Format::Json => graph.json(program),
    });
    json!({"graph": goo_compiler::graph::json_value(program, graph), "rendered": rendered})
}
