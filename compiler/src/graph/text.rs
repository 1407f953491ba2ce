//! The graph for people at a terminal.

use std::fmt::Write;

use super::labels::{details, place, span, unique, vertices};
use super::{Graph, Relation, Vertex};
use crate::types::Program;

pub fn text(program: &Program, graph: &Graph) -> String {
    let mut out = String::new();
    let mut section = "";
    for vertex in vertices(graph) {
        let heading = match vertex {
            Vertex::Task(_) => "Tasks",
            Vertex::Supervisor(_) => "Supervisors",
            Vertex::Channel(_) => "Channels",
        };
        if section != heading {
            let _ = writeln!(out, "{}{heading}", if section.is_empty() { "" } else { "\n" });
            section = heading;
        }
        let parts = details(program, graph, vertex);
        let parts = if parts.is_empty() { String::new() } else { format!("  {}", parts.join(" · ")) };
        let name = super::labels::title(graph, vertex);
        let _ = writeln!(out, "  {name}{parts}  [{}]", place(program, span(graph, vertex)));
        for (relation, others) in around(program, graph, vertex) {
            let _ = writeln!(out, "    {relation:<13} {}", others.join(", "));
        }
    }
    for (index, never) in graph.never().iter().enumerate() {
        if index == 0 {
            out.push_str("\nWaits for ever\n");
        }
        let _ = writeln!(out, "  {}  [{}]", never.message, place(program, never.span));
    }
    if out.is_empty() {
        out.push_str("The program starts no tasks and makes no channels.\n");
    }
    out
}

/// What a node does, and what is done to a channel, with whom.
fn around(program: &Program, graph: &Graph, vertex: Vertex) -> Vec<(&'static str, Vec<String>)> {
    let mut found: Vec<(&'static str, Vec<String>)> = Vec::new();
    for (from, to, relation) in graph.edges.keys() {
        let (word, other) = match vertex {
            Vertex::Channel(_) if *to == vertex => (passive(*relation), *from),
            _ if *from == vertex => (relation.word(), *to),
            _ => continue,
        };
        let other = unique(program, graph, other);
        match found.iter_mut().find(|(known, _)| *known == word) {
            Some((_, others)) => others.push(other),
            None => found.push((word, vec![other])),
        }
    }
    found
}

fn passive(relation: Relation) -> &'static str {
    match relation {
        Relation::Sends => "sent by",
        Relation::Receives => "received by",
        Relation::Closes => "closed by",
        Relation::Buries => "buried from",
        Relation::Starts | Relation::Awaits => relation.word(),
    }
}
