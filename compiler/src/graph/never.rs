//! Operations that can never proceed, over the whole program: what no function alone shows.
//!
//! Only channels whose every end is in sight count. A receive that no task will ever answer waits until the channel
//! is abandoned, and then it is a deadlock; a send without buffer waits for a receiver that does not exist.

use rustc_hash::FxHashMap;

use super::{Channel, Graph, Operation, Relation, TaskKind, Vertex};
use crate::syntax::Span;
use crate::syntax::ast::ChanPattern;

/// An operation that waits for ever.
#[derive(Debug)]
pub struct Never {
    pub span: Span,
    pub message: String,
    /// Where the channel was made.
    pub made: Span,
}

pub fn find(graph: &Graph) -> Vec<Never> {
    let channels = graph.channels.iter().enumerate();
    let mut found: Vec<Never> =
        channels.flat_map(|(index, channel)| of_channel(graph, index, channel)).collect();
    // An operation that may be on several channels is stuck only if it is on all of them.
    let mut stuck: FxHashMap<Span, usize> = FxHashMap::default();
    for never in &found {
        *stuck.entry(never.span).or_default() += 1;
    }
    let all =
        |span: Span| graph.channels.iter().filter(|c| c.operations.iter().any(|u| u.span == span)).count();
    found.retain(|never| stuck.get(&never.span) == Some(&all(never.span)));
    found.sort_by_key(|never| never.span);
    found.dedup_by_key(|never| never.span);
    found
}

fn of_channel(graph: &Graph, index: usize, channel: &Channel) -> Vec<Never> {
    if channel.escapes || channel.pattern != ChanPattern::Plain {
        return Vec::new();
    }
    let count = |operation| channel.operations.iter().filter(|u| u.operation == operation).count();
    let (sends, receives, closes) =
        (count(Operation::Send), count(Operation::Receive), count(Operation::Close));
    let unbuffered = channel.capacity.is_none() && channel.overflow == "block" && channel.options.is_empty();
    let name = &channel.name;
    let waiting = |operation: Operation, message: String| {
        channel
            .operations
            .iter()
            .filter(|u| u.operation == operation && u.waits)
            .map(|u| Never { span: u.span, message: message.clone(), made: channel.made })
            .collect::<Vec<Never>>()
    };
    if sends + receives == 0 {
        return Vec::new();
    }
    if unbuffered && receives == 0 && closes == 0 {
        return waiting(Operation::Send, format!("no task ever receives from `{name}`"));
    }
    if sends == 0 && closes == 0 && !is_watched(graph, index) {
        return waiting(Operation::Receive, format!("no task ever sends to `{name}`"));
    }
    if unbuffered && sends > 0 && receives > 0 && alone(graph, index) {
        return waiting(
            Operation::Send,
            format!("only this task uses `{name}`: without a buffer, a send waits for another one's receive"),
        );
    }
    Vec::new()
}

/// A supervisor or another channel may send to it as well.
fn is_watched(graph: &Graph, channel: usize) -> bool {
    graph.edges.keys().any(|(from, to, relation)| {
        *to == Vertex::Channel(channel)
            && (*relation == Relation::Buries || matches!(from, Vertex::Supervisor(_)))
    })
}

/// One task, of which there is only one, does everything with the channel.
fn alone(graph: &Graph, channel: usize) -> bool {
    let mut users: Vec<Vertex> = [Relation::Sends, Relation::Receives, Relation::Closes]
        .into_iter()
        .flat_map(|relation| graph.users(channel, relation).collect::<Vec<_>>())
        .collect();
    users.sort_unstable();
    users.dedup();
    let [Vertex::Task(task)] = users[..] else { return false };
    let task = &graph.tasks[task];
    !task.many && task.workers.is_none() && !matches!(task.kind, TaskKind::Function | TaskKind::Parallel)
}
