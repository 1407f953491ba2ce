//! Who calls a function, and whom it calls.

use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::FuncId;
use tower_lsp::lsp_types::{
    CallHierarchyIncomingCall, CallHierarchyItem, CallHierarchyOutgoingCall, Range, SymbolKind,
};

use crate::hover::func_decl;
use crate::index::{Role, Target};
use crate::navigation::{Views, of_each};
use crate::snapshot::Snapshot;

/// The function whose name stands at a place.
pub fn prepare(snapshot: &Snapshot, file: FileId, offset: usize) -> Option<Vec<CallHierarchyItem>> {
    let Target::Func(func) = snapshot.index().at(file, offset)?.target else { return None };
    Some(vec![item(snapshot, func)?])
}

fn item(snapshot: &Snapshot, func: FuncId) -> Option<CallHierarchyItem> {
    let def = &snapshot.program.funcs[func.0 as usize];
    let decl = func_decl(snapshot, func)?;
    Some(CallHierarchyItem {
        name: def.name.to_string(),
        kind: if def.receiver.is_some() { SymbolKind::METHOD } else { SymbolKind::FUNCTION },
        tags: None,
        detail: None,
        uri: snapshot.url(def.span.file)?,
        range: snapshot.range(decl.span),
        selection_range: snapshot.range(def.span),
        data: None,
    })
}

fn func_of(snapshot: &Snapshot, file: FileId, item: &CallHierarchyItem) -> Option<FuncId> {
    let offset = snapshot.offset(file, item.selection_range.start);
    match snapshot.index().at(file, offset)?.target {
        Target::Func(func) => Some(func),
        _ => None,
    }
}

/// The functions that use this one, with the places.
pub fn incoming(views: &Views) -> Vec<CallHierarchyIncomingCall> {
    of_each(views, incoming_in)
}

fn incoming_in(snapshot: &Snapshot, file: FileId, offset: usize) -> Vec<CallHierarchyIncomingCall> {
    let Some(Target::Func(func)) = snapshot.index().at(file, offset).map(|found| found.target) else {
        return Vec::new();
    };
    let uses =
        snapshot.index().of(Target::Func(func)).filter(|occurrence| occurrence.role != Role::Definition);
    let calls = uses
        .filter_map(|occurrence| Some((around(snapshot, occurrence.span)?, snapshot.range(occurrence.span))));
    group(calls)
        .into_iter()
        .filter_map(|(caller, from_ranges)| {
            Some(CallHierarchyIncomingCall { from: item(snapshot, caller)?, from_ranges })
        })
        .collect()
}

/// The functions that this one uses, with the places.
pub fn outgoing(
    snapshot: &Snapshot,
    file: FileId,
    item_: &CallHierarchyItem,
) -> Vec<CallHierarchyOutgoingCall> {
    let Some(body) =
        func_of(snapshot, file, item_).and_then(|func| func_decl(snapshot, func)).map(|decl| decl.span)
    else {
        return Vec::new();
    };
    let inside = |span: Span| span.file == body.file && body.start <= span.start && span.end <= body.end;
    let calls = snapshot
        .index()
        .occurrences
        .iter()
        .filter(|o| o.role != Role::Definition && inside(o.span))
        .filter_map(|o| match o.target {
            Target::Func(callee) => Some((callee, snapshot.range(o.span))),
            _ => None,
        });
    group(calls)
        .into_iter()
        .filter_map(|(callee, from_ranges)| {
            Some(CallHierarchyOutgoingCall { to: item(snapshot, callee)?, from_ranges })
        })
        .collect()
}

/// The function around a place.
fn around(snapshot: &Snapshot, span: Span) -> Option<FuncId> {
    let funcs = (0..snapshot.program.funcs.len()).map(|index| FuncId(index as u32));
    funcs.into_iter().find(|func| {
        let name = snapshot.program.funcs[func.0 as usize].span;
        name.file == span.file
            && func_decl(snapshot, *func)
                .is_some_and(|decl| decl.span.start <= span.start && span.end <= decl.span.end)
    })
}

/// The places of each function, in the order of the first.
fn group(calls: impl Iterator<Item = (FuncId, Range)>) -> Vec<(FuncId, Vec<Range>)> {
    let mut groups: Vec<(FuncId, Vec<Range>)> = Vec::new();
    for (func, range) in calls {
        match groups.iter_mut().find(|(known, _)| *known == func) {
            Some((_, ranges)) => ranges.push(range),
            None => groups.push((func, vec![range])),
        }
    }
    groups
}
