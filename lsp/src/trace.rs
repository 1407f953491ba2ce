//! What a recorded trace knows about the channel operations of a file: the request `goo/channelTrace`.
//!
//! A recording is a JSON file, `.goo/trace.json` beside the package's files:
//!
//! ```json
//! {"operations": [{"file": "main.goo", "line": 12, "operation": "send", "count": 100, "waited_ns": 5000, "longest_queue": 8}]}
//! ```

use std::path::Path;

use serde_json::{Value, json};
use tower_lsp::lsp_types::{InlayHint, InlayHintLabel, Position, Url};

use crate::workspace::path_of;

/// The parameters: the document.
#[derive(serde::Deserialize)]
pub struct Params {
    pub uri: Url,
}

/// An operation at a line, as recorded.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub struct Operation {
    /// The file's name, without folders.
    file: String,
    /// From 1.
    line: u32,
    /// `send`, `receive`, `select` or `close`.
    operation: String,
    count: u64,
    #[serde(default)]
    waited_ns: u64,
    #[serde(default)]
    longest_queue: u64,
}

#[derive(serde::Deserialize)]
struct Recording {
    operations: Vec<Operation>,
}

/// The recorded operations of a document; empty without a recording, or with one that cannot be read.
pub fn operations(uri: &Url) -> Vec<Operation> {
    let path = path_of(uri);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let recorded = path.parent().and_then(read).unwrap_or_default();
    recorded.into_iter().filter(|operation| operation.file == name).collect()
}

fn read(folder: &Path) -> Option<Vec<Operation>> {
    let text = std::fs::read_to_string(folder.join(".goo/trace.json")).ok()?;
    let recording: Recording = serde_json::from_str(&text).ok()?;
    Some(recording.operations)
}

/// The answer to the request.
pub fn answer(uri: &Url) -> Value {
    json!({ "operations": operations(uri) })
}

/// The recorded operations as hints at the ends of their lines.
pub fn hints(uri: &Url) -> Vec<InlayHint> {
    operations(uri)
        .into_iter()
        .map(|operation| InlayHint {
            position: Position { line: operation.line.saturating_sub(1), character: u32::MAX },
            label: InlayHintLabel::String(format!(
                "{}× · waited {:.1} ms · queue ≤ {}",
                operation.count,
                operation.waited_ns as f64 / 1e6,
                operation.longest_queue
            )),
            kind: None,
            text_edits: None,
            tooltip: None,
            padding_left: Some(true),
            padding_right: None,
            data: None,
        })
        .collect()
}
