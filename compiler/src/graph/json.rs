//! The graph as data. The shape is documented in `docs/command.md`, and the language server's `goo/graph` gives it, too.

use serde_json::{Value, json};

use super::labels::{id, type_text};
use super::{Graph, Operation, Relation, Vertex};
use crate::syntax::Span;
use crate::syntax::ast::ChanPattern;
use crate::types::Program;

impl Graph {
    pub fn json(&self, program: &Program) -> String {
        let mut text = serde_json::to_string_pretty(&value(program, self)).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The graph as a value of JSON.
pub fn value(program: &Program, graph: &Graph) -> Value {
    let tasks = graph.tasks.iter().enumerate().map(|(index, task)| {
        json!({
            "id": id(Vertex::Task(index)),
            "name": task.name,
            "kind": task.kind.word(),
            "many": task.many,
            "workers": task.workers,
            "restart": task.restart,
            "after": task.after,
            "place": place(program, task.span),
        })
    });
    let supervisors = graph.supervisors.iter().enumerate().map(|(index, supervisor)| {
        json!({
            "id": id(Vertex::Supervisor(index)),
            "name": supervisor.name,
            "strategy": supervisor.strategy,
            "options": supervisor.options,
            "place": place(program, supervisor.span),
        })
    });
    let channels = graph.channels.iter().enumerate().map(|(index, channel)| {
        let operations = channel.operations.iter().map(|found| {
            let operation = match found.operation {
                Operation::Send => "send",
                Operation::Receive => "receive",
                Operation::Close => "close",
            };
            json!({"operation": operation, "place": place(program, found.span)})
        });
        json!({
            "id": id(Vertex::Channel(index)),
            "name": channel.name,
            "type": type_text(program, channel),
            "pattern": pattern(channel.pattern),
            "capacity": channel.capacity,
            "overflow": channel.overflow,
            "options": channel.options.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>(),
            "endpoint": channel.endpoint,
            "many": channel.many,
            "escapes": channel.escapes,
            "operations": operations.collect::<Vec<Value>>(),
            "place": place(program, channel.made),
        })
    });
    let edges = graph.edges.iter().map(|((from, to, relation), spans)| {
        json!({
            "from": id(*from),
            "to": id(*to),
            "relation": Relation::word(*relation),
            "places": spans.iter().map(|span| place(program, *span)).collect::<Vec<Value>>(),
        })
    });
    json!({
        "tasks": tasks.collect::<Vec<Value>>(),
        "supervisors": supervisors.collect::<Vec<Value>>(),
        "channels": channels.collect::<Vec<Value>>(),
        "edges": edges.collect::<Vec<Value>>(),
    })
}

fn place(program: &Program, span: Span) -> Value {
    let (line, column) = program.sources.line_col(span);
    json!({"file": program.sources.file(span.file).name, "line": line, "column": column})
}

/// The word of a pattern; `plain` has none in the language.
pub fn pattern(pattern: ChanPattern) -> &'static str {
    match pattern {
        ChanPattern::Plain => "plain",
        ChanPattern::Push => "push",
        ChanPattern::Pull => "pull",
        ChanPattern::Pub => "pub",
        ChanPattern::Sub => "sub",
        ChanPattern::Broadcast => "broadcast",
        ChanPattern::Req => "req",
        ChanPattern::Rep => "rep",
        ChanPattern::Pair => "pair",
        ChanPattern::Dealer => "dealer",
        ChanPattern::Router => "router",
    }
}
