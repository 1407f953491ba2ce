//! The ratios as a picture: an SVG with a line for each benchmark. To the left of the middle Goo is faster.
//!
//! Written by hand, because the colours follow the reader's light or dark scheme, which takes a style sheet inside the picture.

use std::fmt::Write;

use crate::manifest::Group;
use crate::series::Series;

const WIDTH: f64 = 900.0;
/// Where the scale begins: names stand to its left.
const LEFT: f64 = 150.0;
const RIGHT: f64 = 880.0;
const ROW: f64 = 18.0;
const TOP: f64 = 64.0;
/// The ends of the scale, which is logarithmic.
const LEAST: f64 = 0.01;
const MOST: f64 = 10.0;

const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.head { font-weight: 600 }
.grid { stroke: #d1d9e0 } .one { stroke: #59636e }
.goo { fill: #1a7f37 } .slow { fill: #bc4c00 } .target { stroke: #1f2328; stroke-width: 2 }
.peer { fill: none; stroke-width: 1.5 }
.erlang { stroke: #a40e26 } .rust { stroke: #8250df } .c { stroke: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .grid { stroke: #3d444d } .one { stroke: #9198a1 } .target { stroke: #f0f6fc }
.goo { fill: #3fb950 } .slow { fill: #f0883e }
.erlang { stroke: #ff7b72 } .rust { stroke: #bc8cff } .c { stroke: #58a6ff }
}
";

/// Goo divided by Go as bars, by the others as circles; a target against Go is a stroke.
pub fn svg(all: &[Series]) -> String {
    let mut body = String::new();
    let mut y = TOP;
    for group in Group::ALL {
        let rows: Vec<&Series> =
            all.iter().filter(|series| series.group == group && series.columns.len() > 1).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(body, r#"<text class="head" x="8" y="{:.0}">{}</text>"#, y + 13.0, group.title());
        y += ROW;
        for series in rows {
            row(&mut body, series, y);
            y += ROW;
        }
        y += ROW / 2.0;
    }
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {y:.0}\" role=\"img\">\n\
         <title>Goo's time divided by its peers'</title>\n<style>\n{STYLE}</style>\n"
    );
    text += &legend();
    for tick in [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0] {
        let class = if tick == 1.0 { "one" } else { "grid" };
        let x = position(tick);
        let _ =
            writeln!(text, r#"<line class="{class}" x1="{x:.1}" y1="{TOP:.0}" x2="{x:.1}" y2="{y:.0}"/>"#);
        let _ = writeln!(text, r#"<text x="{x:.1}" y="{:.0}" text-anchor="middle">{tick}</text>"#, TOP - 6.0);
    }
    text + &body + "</svg>\n"
}

fn legend() -> String {
    let mut text = String::from(
        "<text x=\"8\" y=\"18\">Goo's time ÷ a peer's. Bar: Go. Stroke: the target against Go.</text>\n",
    );
    for (x, class, name) in
        [(440, "erlang", "Erlang"), (520, "rust", "Rust (tokio, crossbeam, kanal)"), (730, "c", "C")]
    {
        let _ = writeln!(
            text,
            r#"<circle class="peer {class}" cx="{x}" cy="14" r="4"/><text x="{}" y="18">{name}</text>"#,
            x + 8
        );
    }
    text
}

fn row(text: &mut String, series: &Series, y: f64) {
    let middle = y + ROW / 2.0;
    let _ = writeln!(
        text,
        r#"<text x="{:.0}" y="{:.1}" text-anchor="end">{}</text>"#,
        LEFT - 10.0,
        middle + 4.0,
        series.name
    );
    for (name, ratio) in series.ratios() {
        let x = position(ratio.median);
        let shown = format!("<title>{} ÷ {name}: {:.2}</title>", series.name, ratio.median);
        let _ = match class(name) {
            None if name == "go" => {
                let (from, to) = (x.min(position(1.0)), x.max(position(1.0)));
                let class = if ratio.median <= 1.0 { "goo" } else { "slow" };
                writeln!(
                    text,
                    r#"<rect class="{class}" x="{from:.1}" y="{:.1}" width="{:.1}" height="{:.1}">{shown}</rect>"#,
                    y + 3.0,
                    to - from,
                    ROW - 6.0
                )
            }
            None => Ok(()),
            Some(class) => {
                writeln!(
                    text,
                    r#"<circle class="peer {class}" cx="{x:.1}" cy="{middle:.1}" r="4">{shown}</circle>"#
                )
            }
        };
    }
    for target in series.targets.iter().filter(|target| target.peer == "go" && target.metric == series.metric)
    {
        let x = position(target.at_most);
        let _ = writeln!(
            text,
            r#"<line class="target" x1="{x:.1}" y1="{:.1}" x2="{x:.1}" y2="{:.1}"/>"#,
            y + 1.0,
            y + ROW - 1.0
        );
    }
}

/// What a contestant's circle looks like; Go has a bar.
fn class(name: &str) -> Option<&'static str> {
    match name {
        "go" | "go1" => None,
        "erlang" => Some("erlang"),
        "c" => Some("c"),
        name if name.starts_with("goo") => None,
        _ => Some("rust"),
    }
}

fn position(ratio: f64) -> f64 {
    let part = (ratio.clamp(LEAST, MOST) / LEAST).ln() / (MOST / LEAST).ln();
    LEFT + part * (RIGHT - LEFT)
}

#[cfg(test)]
mod tests {
    use super::{LEFT, RIGHT, position};

    #[test]
    fn what_is_off_the_scale_stands_at_its_end() {
        assert!((position(0.0001) - LEFT).abs() < 1e-9);
        assert!((position(1000.0) - RIGHT).abs() < 1e-9);
        assert!((position(1.0) - (LEFT + (RIGHT - LEFT) * 2.0 / 3.0)).abs() < 1e-6);
    }
}
