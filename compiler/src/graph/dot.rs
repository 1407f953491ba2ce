//! The graph for Graphviz. Its tools draw it: `goo graph --format dot . | dot -Tpng`.

use std::fmt::Write;

use super::labels::{details, drawn, id, place, span, title, vertices};
use super::{Graph, Relation, Vertex};
use crate::types::Program;

pub fn dot(program: &Program, graph: &Graph) -> String {
    let mut out = String::from(
        "digraph goo {\n\trankdir=LR;\n\tnode [fontname=\"monospace\", fontsize=11];\n\tedge [fontname=\"monospace\", fontsize=9];\n",
    );
    for vertex in vertices(graph) {
        let shape = match vertex {
            Vertex::Task(_) => "box, style=rounded",
            Vertex::Supervisor(_) => "octagon",
            Vertex::Channel(_) => "cds",
        };
        let mut lines = vec![title(graph, vertex)];
        lines.extend(details(program, graph, vertex));
        lines.push(place(program, span(graph, vertex)));
        let label: Vec<String> = lines.iter().map(|line| escape(line)).collect();
        let _ = writeln!(out, "\t{} [shape={shape}, label=\"{}\"];", id(vertex), label.join("\\n"));
    }
    for edge in graph.edges.keys() {
        let (from, to) = drawn(edge);
        let style = match edge.2 {
            Relation::Starts => "style=dashed, ",
            Relation::Awaits | Relation::Buries => "style=dotted, ",
            Relation::Sends | Relation::Receives | Relation::Closes => "",
        };
        let _ = writeln!(out, "\t{} -> {} [{style}label=\"{}\"];", id(from), id(to), edge.2.word());
    }
    out.push_str("}\n");
    out
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}
