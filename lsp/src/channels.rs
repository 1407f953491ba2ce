//! Channels in the editor: lenses, what hover says, senders and receivers, and operations that wait for ever. What is
//! known comes from the compiler's graph of the program.

use goo_compiler::graph::{Channel, Operation};
use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::{TyKind, VarId};
use tower_lsp::lsp_types::{CodeLens, Command, Location};

use crate::hover::type_text;
use crate::index::Target;
use crate::snapshot::Snapshot;

/// The channels that what a name means may hold, by index.
fn held(snapshot: &Snapshot, target: Target) -> Vec<usize> {
    let graph = snapshot.graph();
    match target {
        Target::Var(var) => graph.held_by_var(var).to_vec(),
        Target::Field(span) => match snapshot.index().field_at(span) {
            Some((def, field)) => graph.held_by_field(def, field).to_vec(),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// `2 senders · 1 receiver · cap 64 · block`, for a channel.
fn summary(snapshot: &Snapshot, index: usize) -> String {
    let graph = snapshot.graph();
    let channel = &graph.channels[index];
    let count = |operation| channel.operations.iter().filter(|found| found.operation == operation).count();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let senders = plural(count(Operation::Send), "sender");
    let receivers = plural(count(Operation::Receive), "receiver");
    let elsewhere = if channel.escapes { " · used elsewhere, too" } else { "" };
    format!("{senders} · {receivers} · {}{elsewhere}", graph.about(index))
}

/// What the hover of a name says about the channels that it holds.
pub fn about(snapshot: &Snapshot, target: Target) -> Option<String> {
    let lines: Vec<String> = held(snapshot, target)
        .into_iter()
        .map(|index| {
            format!(
                "Made at {}: {}",
                made_at(snapshot, &snapshot.graph().channels[index]),
                summary(snapshot, index)
            )
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("  \n"))
}

/// What the hover of a `make` says about the channel that it makes.
pub fn made_here(snapshot: &Snapshot, file: FileId, offset: usize) -> Option<String> {
    let at = offset as u32;
    let channels = &snapshot.graph().channels;
    let index = channels.iter().position(|channel| {
        channel.made.file == file && channel.made.start <= at && at <= channel.made.end
    })?;
    let ty = type_text(snapshot, channels[index].ty);
    Some(format!("```goo\n{ty}\n```\n\n{}", summary(snapshot, index)))
}

/// Whether a variable is a channel.
pub fn is_channel(snapshot: &Snapshot, var: VarId) -> bool {
    let ty = snapshot.program.vars[var.0 as usize].ty;
    matches!(snapshot.program.underlying(ty).kind(), TyKind::Chan { .. })
}

/// `main.goo:12`
fn made_at(snapshot: &Snapshot, channel: &Channel) -> String {
    let (line, _) = snapshot.program.sources.line_col(channel.made);
    let file = snapshot.program.sources.file(channel.made.file);
    format!("{}:{line}", file.name.rsplit('/').next().unwrap_or(&file.name))
}

/// The senders to, or receivers from, the channel whose name stands at a place.
pub fn partners(snapshot: &Snapshot, file: FileId, offset: usize, wanted: Operation) -> Vec<Location> {
    let Some(found) = snapshot.index().at(file, offset) else { return Vec::new() };
    let graph = snapshot.graph();
    let mut spans: Vec<Span> = held(snapshot, found.target)
        .into_iter()
        .flat_map(|index| &graph.channels[index].operations)
        .filter(|found| found.operation == wanted)
        .map(|found| found.span)
        .collect();
    spans.sort_unstable();
    spans.dedup();
    spans.into_iter().filter_map(|span| snapshot.location(span)).collect()
}

/// A lens at each `make` of a channel.
pub fn lenses(snapshot: &Snapshot, file: FileId) -> Vec<CodeLens> {
    let channels = snapshot.graph().channels.iter().enumerate();
    channels
        .filter(|(_, channel)| channel.made.file == file)
        .filter_map(|(index, channel)| {
            let places: Vec<Location> =
                channel.operations.iter().filter_map(|found| snapshot.location(found.span)).collect();
            let range = snapshot.range(channel.made);
            let arguments = vec![
                serde_json::to_value(snapshot.url(file)?).ok()?,
                serde_json::to_value(range.start).ok()?,
                serde_json::to_value(places).ok()?,
            ];
            let command = Command {
                title: summary(snapshot, index),
                command: "goo.showChannel".to_owned(),
                arguments: Some(arguments),
            };
            Some(CodeLens { range, command: Some(command), data: None })
        })
        .collect()
}
