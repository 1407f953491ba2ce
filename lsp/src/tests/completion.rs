//! Completion where the text is broken, as it is while one types.

use serde_json::json;

use super::{labels, with_client};

/// What stands before the body of `main` that is being written.
const BEFORE: &str = "package main

import \"fmt\"

type Point struct {
	X, Y int
}

func (p Point) Sum() int { return p.X + p.Y }

type Shape enum {
	Dot
	Line(length int)
}

func both(a int, b string) int { return a }

func main() {
	p := Point{}
	all := []Point{p}
	ch := make(chan int, 1)
	fmt.Println(p, all, ch)
";

/// Opens each text afresh, so that nothing is known of an earlier one, and asks for what may be written at its `|`.
fn offers(bodies: &[&str], wanted: &str) {
    with_client(json!({}), async |client| {
        for body in bodies {
            let text = format!("{BEFORE}{}", body.replace('|', "‹here›"));
            client.open(&text).await;
            let items = client.at("textDocument/completion", "here").await;
            assert!(labels(&items).contains(&wanted), "{body:?} offers {:?}", labels(&items));
            client.notify("textDocument/didClose", json!({"textDocument": {"uri": client.uri}})).await;
        }
    });
}

#[test]
fn behind_a_dot_whatever_follows() {
    let bodies = [
        "\tp.|\n}\n",
        "\tp.|\n\tx := 3\n\tfmt.Println(x)\n}\n",
        "\tp.|\n\tp.X = 3\n}\n",
        "\tp.|\n\tif p.X > 3 {\n\t}\n}\n",
        "\tp.|\n\tfor {\n\t}\n}\n",
        "\tp.|\n\tvar x int\n}\n",
        "\tp.| = 3\n}\n",
        "\tif true { p.| }\n}\n",
        "\treturn p.|\n}\n",
        "\tassert p.|\n}\n",
    ];
    offers(&bodies, "Sum");
}

#[test]
fn behind_a_dot_within_an_expression() {
    let bodies = [
        "\tboth(p.|, \"x\")\n}\n",
        "\tboth(1, p.|)\n}\n",
        "\tfmt.Println(both(p.|, \"x\"), 3)\n}\n",
        "\tboth(p.| \"x\")\n}\n",
        "\tx := 3 + p.|\n}\n",
        "\tx := p.| + 3\n}\n",
        "\tx := p.| ?? 3\n}\n",
        "\tx := (p.|)\n}\n",
        "\tx := all[p.|]\n}\n",
        "\tx := all[1:p.|]\n}\n",
        "\tx := all[0].|\n}\n",
        "\tx := Point{X: p.|, Y: 3}\n}\n",
        "\tch <- p.|\n}\n",
        "\tf := func() int {\n\t\treturn p.|\n\t}\n}\n",
    ];
    offers(&bodies, "Sum");
}

#[test]
fn behind_a_dot_in_a_header() {
    let bodies = [
        "\tmatch p.| {\n\t}\n}\n",
        "\tif p.|  {\n\t}\n}\n",
        "\tif p.| == 3 {\n\t}\n}\n",
        "\tfor range p.| {\n\t}\n}\n",
        "\tswitch p.| {\n\tcase 3:\n\t}\n}\n",
        "\tswitch 3 {\n\tcase p.|:\n\t}\n}\n",
        "\tselect {\n\tcase ch <- p.|:\n\t}\n}\n",
        "\tsupervise {\n\t\tgo both(p.|, \"x\")\n\t}\n}\n",
        "\tx := match 3 {\n\t\t1 => p.|\n\t\t_ => 3\n\t}\n}\n",
    ];
    offers(&bodies, "Sum");
}

#[test]
fn where_braces_are_still_open() {
    let bodies = [
        "\tp.|",
        "\tp.|\n\nfunc other() {\n}\n",
        "\tif true {\n\t\tp.|\n}\n\nfunc other() {\n}\n",
        "\tfor {\n\t\tswitch p.X {\n\t\tcase 3:\n\t\t\tp.|\n\nfunc other() {\n}\n",
        "\tx := match p.X {\n\t\t1 => {\n\t\t\tp.|\n\nfunc other() {\n}\n",
        "\tselect {\n\tcase <-ch:\n\t\tp.|\n",
    ];
    offers(&bodies, "Sum");
}

#[test]
fn behind_packages_and_enums() {
    offers(&["\tfmt.|", "\tfmt.|\n}\n", "\tboth(fmt.|, 3)\n}\n"], "Println");
    offers(&["\ts := Shape.|\n}\n", "\ts := Shape.|"], "Line");
}

#[test]
fn what_the_construct_around_asks_for() {
    offers(
        &["\tq := Point{|}\n}\n", "\tq := Point{X: 1, |}\n}\n", "\tq := Point{\n\t\tX: 1,\n\t\tY|\n\t}\n}\n"],
        "Y",
    );
    offers(
        &[
            "rows:\n\tfor {\n\t\tbreak |\n\t}\n}\n",
            "rows:\n\tfor {\n\t\tfor {\n\t\t\tcontinue r|\n\t\t}\n\t}\n}\n",
        ],
        "rows",
    );
    offers(&["\tselect {\n\tcase |\n\t}\n}\n", "\tselect {\n\tcase <-ch:\n\tcase a|\n\t}\n}\n"], "after");
}
