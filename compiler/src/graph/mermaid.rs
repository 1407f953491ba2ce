//! The graph for Mermaid, which Markdown pages on many sites draw.

use std::fmt::Write;

use super::labels::{details, drawn, id, title, vertices};
use super::{Graph, Relation, Vertex};
use crate::types::Program;

pub fn mermaid(program: &Program, graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for vertex in vertices(graph) {
        let (open, close) = match vertex {
            Vertex::Task(_) => ("(", ")"),
            Vertex::Supervisor(_) => ("{{", "}}"),
            Vertex::Channel(_) => ("[/", "/]"),
        };
        let mut lines = vec![title(graph, vertex)];
        lines.extend(details(program, graph, vertex));
        let label: Vec<String> = lines.iter().map(|line| escape(line)).collect();
        let _ = writeln!(out, "    {}{open}\"{}\"{close}", id(vertex), label.join("<br>"));
    }
    for edge in graph.edges.keys() {
        let (from, to) = drawn(edge);
        let arrow = match edge.2 {
            Relation::Starts | Relation::Awaits | Relation::Buries => "-.->",
            Relation::Sends | Relation::Receives | Relation::Closes => "-->",
        };
        let _ = writeln!(out, "    {} {arrow}|{}| {}", id(from), edge.2.word(), id(to));
    }
    out
}

/// Mermaid's own escapes: an entity is `#name;`.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
