//! What each part of the graph is called, the same in every format.

use super::{Channel, Graph, Relation, Task, Vertex};
use crate::syntax::Span;
use crate::types::Program;
use crate::types::display::type_name;

/// `t0`, `s1`, `c2`.
pub fn id(vertex: Vertex) -> String {
    match vertex {
        Vertex::Task(index) => format!("t{index}"),
        Vertex::Supervisor(index) => format!("s{index}"),
        Vertex::Channel(index) => format!("c{index}"),
    }
}

/// All nodes: tasks, supervisors, channels.
pub fn vertices(graph: &Graph) -> impl Iterator<Item = Vertex> {
    (0..graph.tasks.len())
        .map(Vertex::Task)
        .chain((0..graph.supervisors.len()).map(Vertex::Supervisor))
        .chain((0..graph.channels.len()).map(Vertex::Channel))
}

/// `worker ×4`
pub fn title(graph: &Graph, vertex: Vertex) -> String {
    match vertex {
        Vertex::Task(index) => {
            let task = &graph.tasks[index];
            format!("{}{}", task.name, times(task))
        }
        Vertex::Supervisor(index) => graph.supervisors[index].name.clone(),
        Vertex::Channel(index) => {
            let channel = &graph.channels[index];
            format!("{}{}", channel.name, if channel.many { " ×n" } else { "" })
        }
    }
}

fn times(task: &Task) -> String {
    match &task.workers {
        Some(workers) => format!(" ×{workers}"),
        None if task.many => " ×n".to_owned(),
        None => String::new(),
    }
}

/// A title that no other node has, with the place where that is needed.
pub fn unique(program: &Program, graph: &Graph, vertex: Vertex) -> String {
    let own = title(graph, vertex);
    let alike = vertices(graph).filter(|other| title(graph, *other) == own).count();
    if alike == 1 { own } else { format!("{own} ({})", place(program, span(graph, vertex))) }
}

/// What is to be known about a node besides its name, in parts.
pub fn details(program: &Program, graph: &Graph, vertex: Vertex) -> Vec<String> {
    match vertex {
        Vertex::Task(index) => {
            let task = &graph.tasks[index];
            let mut parts = Vec::new();
            if task.name != task.kind.word() {
                parts.push(task.kind.word().to_owned());
            }
            parts.extend(task.restart.iter().map(|kind| format!("restart {kind}")));
            if !task.after.is_empty() {
                parts.push(format!("after {}", task.after.join(", ")));
            }
            parts
        }
        Vertex::Supervisor(index) => {
            let supervisor = &graph.supervisors[index];
            let mut parts = vec![supervisor.strategy.clone()];
            parts.extend(supervisor.options.iter().cloned());
            parts
        }
        Vertex::Channel(index) => channel_details(program, &graph.channels[index]),
    }
}

/// `chan string`, `cap 64`, `block`, …
pub fn channel_details(program: &Program, channel: &Channel) -> Vec<String> {
    let mut parts = vec![type_text(program, channel)];
    parts.extend(channel_options(channel));
    parts
}

/// `cap 64`, `block`, `rate: 10 per 1s`, `@ "tcp://*:5555"`.
pub fn channel_options(channel: &Channel) -> Vec<String> {
    let mut parts = Vec::new();
    match &channel.capacity {
        Some(capacity) => parts.push(format!("cap {capacity}")),
        // The other policies bring a place for a message with them.
        None if channel.overflow == "block" => parts.push("unbuffered".to_owned()),
        None => {}
    }
    parts.push(channel.overflow.clone());
    parts.extend(channel.options.iter().map(|(name, value)| format!("{name}: {value}")));
    parts.extend(channel.endpoint.iter().map(|address| format!("@ {address}")));
    parts
}

/// The channel's type as the program's own package writes it.
pub fn type_text(program: &Program, channel: &Channel) -> String {
    let own = program.packages.last().map(|package| format!("{}.", package.name));
    let text = type_name(program, channel.ty);
    own.map_or_else(|| text.clone(), |own| text.replace(&own, ""))
}

pub fn span(graph: &Graph, vertex: Vertex) -> Span {
    match vertex {
        Vertex::Task(index) => graph.tasks[index].span,
        Vertex::Supervisor(index) => graph.supervisors[index].span,
        Vertex::Channel(index) => graph.channels[index].made,
    }
}

/// `main.goo:12`
pub fn place(program: &Program, span: Span) -> String {
    let file = &program.sources.file(span.file).name;
    let (line, _) = program.sources.line_col(span);
    format!("{}:{line}", file.rsplit(['/', '\\']).next().unwrap_or(file))
}

/// An edge as it is drawn: along the way of the messages.
pub fn drawn(edge: &(Vertex, Vertex, Relation)) -> (Vertex, Vertex) {
    let (from, to, relation) = *edge;
    match relation {
        Relation::Receives | Relation::Awaits => (to, from),
        _ => (from, to),
    }
}
