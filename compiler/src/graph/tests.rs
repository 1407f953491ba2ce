//! Pictures; what the graph is made of is tested by the cases in `tests/cases/graph`.

use super::Graph;
use crate::driver::{self, Timings};
use crate::load;

#[test]
fn a_picture_has_every_node_and_escapes_text() {
    let source = "package main

func work(in <-chan map[string]int) {
	for range in {
	}
}

func main() {
	a := make(chan map[string]int, 3)
	go work(a)
	a <- map[string]int{\"<&>\": 1}
}
";
    let checked = driver::check_loaded(load::load_text("<a>.goo", source), &mut Timings::default());
    let svg = Graph::of(&checked.program).svg(&checked.program);
    for wanted in
        ["id=\"t0\"", "id=\"t1\"", "id=\"c0\"", "data-file=\"&lt;a&gt;.goo\"", "data-line=\"9\"", "</svg>"]
    {
        assert!(svg.contains(wanted), "{wanted}: {svg}");
    }
    assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
}
