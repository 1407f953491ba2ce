//! The graph as a picture.
//!
//! A task is a rounded box, a supervisor a box with cut corners, a channel a pipe. Solid arrows are the ways of messages,
//! dashed ones say who starts whom. Each node has its id, and its place in `data-file` and `data-line`, so that a page
//! that shows the picture can lead to the source.

mod layout;

use std::fmt::Write;

use layout::{Box_, Way};

use super::labels::{details, drawn, id, place, span, title, vertices};
use super::{Graph, Map, Relation, Vertex};
use crate::types::Program;

const LINE: f64 = 15.0;
const PADDING: f64 = 12.0;
const MARGIN: f64 = 24.0;
/// Of a character of the small and the large text, as wide as monospaced fonts get.
const SMALL: f64 = 6.7;
const LARGE: f64 = 8.0;

const STYLE: &str = "
svg { --back: #ffffff; --ink: #1f2430; --soft: #6b7280; --task: #e8f0fe; --super: #fdecd8; --chan: #e6f4ea; --line: #3b6fb6; }
@media (prefers-color-scheme: dark) {
  svg { --back: #1e1e1e; --ink: #e4e4e7; --soft: #a1a1aa; --task: #1e2f4a; --super: #4a3520; --chan: #1f3d2a; --line: #8ab4f8; }
}
.back { fill: var(--back); }
.node path, .node rect { stroke: var(--soft); stroke-width: 1.2; }
.task > .shape { fill: var(--task); }
.supervisor > .shape { fill: var(--super); }
.channel > .shape { fill: var(--chan); }
text { font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: 11px; fill: var(--soft); text-anchor: middle; }
.name { font-size: 13px; font-weight: 600; fill: var(--ink); }
.edge { fill: none; stroke: var(--line); stroke-width: 1.5; }
.starts { stroke: var(--soft); stroke-dasharray: 5 4; }
.faint { stroke: var(--soft); stroke-dasharray: 1.5 3; }
.word { font-size: 10px; paint-order: stroke; stroke: var(--back); stroke-width: 3px; }
#messages path { fill: var(--line); }
#order path { fill: var(--soft); }
";

/// All edges between two nodes, drawn as one.
#[derive(Default)]
struct Line {
    there: bool,
    back: bool,
    relations: Vec<Relation>,
}

pub fn svg(program: &Program, graph: &Graph) -> String {
    let all: Vec<Vertex> = vertices(graph).collect();
    let number = |vertex: Vertex| all.iter().position(|known| *known == vertex).unwrap_or(0);
    let texts: Vec<Vec<String>> = all.iter().map(|vertex| lines(program, graph, *vertex)).collect();
    let mut nodes: Vec<Box_> = texts.iter().map(|texts| size(texts)).collect();

    let mut lines: Map<(usize, usize), Line> = Map::default();
    for edge in graph.edges.keys() {
        let (from, to) = drawn(edge);
        let (from, to) = (number(from), number(to));
        let turned = lines.contains_key(&(to, from)) && from != to;
        let line = lines.entry(if turned { (to, from) } else { (from, to) }).or_default();
        if turned {
            line.back = true;
        } else {
            line.there = true;
        }
        if !line.relations.contains(&edge.2) {
            line.relations.push(edge.2);
        }
    }
    let edges: Vec<(usize, usize)> = lines.keys().copied().collect();
    let ways = layout::place(&mut nodes, &edges);
    let below = |way: &Way| way.iter().map(|point| point.1).fold(0.0, f64::max);
    let width = nodes.iter().map(|node| node.x + node.width).fold(200.0, f64::max) + 2.0 * MARGIN;
    let height =
        nodes.iter().map(|node| node.y + node.height).chain(ways.iter().map(below)).fold(20.0, f64::max)
            + 2.0 * MARGIN;

    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"Tasks, supervisors and channels\">"
    );
    let _ = writeln!(out, "<style>{STYLE}</style>");
    for marker in ["messages", "order"] {
        let _ = writeln!(
            out,
            "<marker id=\"{marker}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0L10 5L0 10z\"/></marker>"
        );
    }
    let _ = writeln!(out, "<rect class=\"back\" width=\"100%\" height=\"100%\"/>");
    let _ = writeln!(out, "<g transform=\"translate({MARGIN} {MARGIN})\">");
    for ((edge, line), way) in lines.iter().zip(&ways) {
        draw_line(&mut out, *edge, line, way, &nodes);
    }
    for ((vertex, node), texts) in all.iter().zip(&nodes).zip(&texts) {
        draw_node(&mut out, program, graph, *vertex, node, texts);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// The longest line of a node.
const LONGEST: usize = 40;

fn lines(program: &Program, graph: &Graph, vertex: Vertex) -> Vec<String> {
    let mut lines = vec![title(graph, vertex)];
    let mut line = String::new();
    for part in details(program, graph, vertex) {
        if !line.is_empty() && line.chars().count() + part.chars().count() > 24 {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push_str(" · ");
        }
        line.push_str(&part);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    for line in &mut lines {
        if line.chars().count() > LONGEST {
            *line = line.chars().take(LONGEST - 1).chain(['…']).collect();
        }
    }
    lines
}

fn size(texts: &[String]) -> Box_ {
    let count = |text: &String| text.chars().count() as f64;
    let name = texts.first().map_or(0.0, count) * LARGE;
    let rest = texts.iter().skip(1).map(|text| count(text) * SMALL).fold(0.0, f64::max);
    Box_ {
        width: (name.max(rest) + 2.0 * PADDING + 8.0).max(80.0),
        height: texts.len() as f64 * LINE + PADDING + 4.0,
        ..Box_::default()
    }
}

fn draw_node(
    out: &mut String,
    program: &Program,
    graph: &Graph,
    vertex: Vertex,
    node: &Box_,
    texts: &[String],
) {
    let class = match vertex {
        Vertex::Task(_) => "task",
        Vertex::Supervisor(_) => "supervisor",
        Vertex::Channel(_) => "channel",
    };
    let at = span(graph, vertex);
    let (line, _) = program.sources.line_col(at);
    let file = escape(&program.sources.file(at.file).name);
    let (x, y, w, h) = (node.x, node.y, node.width, node.height);
    let _ = writeln!(
        out,
        "<g class=\"node {class}\" id=\"{}\" data-file=\"{file}\" data-line=\"{line}\">",
        id(vertex)
    );
    let all = details(program, graph, vertex).join(" · ");
    let _ = writeln!(
        out,
        "<title>{}</title>",
        escape(&format!("{} ({})\n{all}", title(graph, vertex), place(program, at)))
    );
    match vertex {
        Vertex::Task(_) => {
            let _ = writeln!(
                out,
                "<rect class=\"shape\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"9\"/>"
            );
        }
        Vertex::Supervisor(_) => {
            let c = 9.0;
            let _ = writeln!(
                out,
                "<path class=\"shape\" d=\"M{:.1} {y:.1}H{:.1}l{c} {c}V{:.1}l-{c} {c}H{:.1}l-{c} -{c}V{:.1}z\"/>",
                x + c,
                x + w - c,
                y + h - c,
                x + c,
                y + c
            );
        }
        Vertex::Channel(_) => {
            let r = 7.0;
            let _ = writeln!(
                out,
                "<path class=\"shape\" d=\"M{left:.1} {y:.1}H{right:.1}a{r} {half:.1} 0 0 1 0 {h:.1}H{left:.1}a{r} {half:.1} 0 0 1 0 -{h:.1}z\"/><path fill=\"none\" d=\"M{right:.1} {y:.1}a{r} {half:.1} 0 0 0 0 {h:.1}\"/>",
                left = x + r,
                right = x + w - r,
                half = h / 2.0
            );
        }
    }
    for (index, text) in texts.iter().enumerate() {
        let class = if index == 0 { " class=\"name\"" } else { "" };
        let baseline = y + PADDING / 2.0 + 13.0 + index as f64 * LINE;
        let _ = writeln!(
            out,
            "<text{class} x=\"{:.1}\" y=\"{baseline:.1}\">{}</text>",
            x + w / 2.0,
            escape(text)
        );
    }
    out.push_str("</g>\n");
}

fn draw_line(out: &mut String, (from, to): (usize, usize), line: &Line, way: &Way, nodes: &[Box_]) {
    let only = |relation| line.relations.iter().all(|found| *found == relation);
    let (class, marker) = if only(Relation::Starts) {
        ("edge starts", "order")
    } else if only(Relation::Awaits) || only(Relation::Buries) {
        ("edge faint", "order")
    } else {
        ("edge", "messages")
    };
    let path = if from == to { circle(&nodes[from]) } else { curve(way) };
    let mut ends = String::new();
    if line.there {
        let _ = write!(ends, " marker-end=\"url(#{marker})\"");
    }
    if line.back {
        let _ = write!(ends, " marker-start=\"url(#{marker})\"");
    }
    let _ = writeln!(out, "<path class=\"{class}\" d=\"{path}\"{ends}/>");
    // What the arrow does not say by itself.
    let plain = |relation: &&Relation| {
        !matches!(relation, Relation::Sends | Relation::Receives) && !(only(Relation::Starts))
    };
    let words: Vec<&str> = line.relations.iter().filter(plain).map(|relation| relation.word()).collect();
    if !words.is_empty() {
        let (x, y) = half_way(way, from == to, &nodes[from]);
        let _ = writeln!(
            out,
            "<text class=\"word\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            y - 4.0,
            words.join(", ")
        );
    }
}

/// A smooth line through points, level at each.
fn curve(way: &Way) -> String {
    let Some((x, y)) = way.first() else { return String::new() };
    let mut path = format!("M{x:.1} {y:.1}");
    for pair in way.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let bend = (x1 - x0) * 0.45;
        let _ = write!(path, "C{:.1} {y0:.1} {:.1} {y1:.1} {x1:.1} {y1:.1}", x0 + bend, x1 - bend);
    }
    path
}

/// From a node to itself, above it.
fn circle(node: &Box_) -> String {
    let (x, y) = (node.x + node.width / 2.0, node.y);
    format!("M{:.1} {y:.1}c-12 -26 36 -26 24 0", x - 12.0)
}

fn half_way(way: &Way, itself: bool, node: &Box_) -> (f64, f64) {
    if itself {
        return (node.x + node.width / 2.0, node.y - 16.0);
    }
    match (way.get((way.len() - 1) / 2), way.get(way.len() / 2)) {
        (Some(a), Some(b)) => (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1)),
        _ => (0.0, 0.0),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
