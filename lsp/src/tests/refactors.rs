//! Changes that keep what a program does: what is offered, and what the text is afterwards.

use serde_json::{Value, json};

use super::{Client, clean, with_document};

/// The text after the action of this title; what is selected stands between `‹a›` and `‹b›`.
async fn after(client: &mut Client, title: &str) -> Option<String> {
    let actions = offered(client).await;
    let action = actions.as_array()?.iter().find(|action| action["title"] == title)?.clone();
    Some(applied(client, &action["edit"]["changes"][&client.uri]))
}

async fn offered(client: &mut Client) -> Value {
    let params = json!({
        "textDocument": {"uri": client.uri},
        "range": {"start": client.mark("a"), "end": client.mark("b")},
        "context": {"diagnostics": []},
    });
    client.request("textDocument/codeAction", params).await
}

/// The client's text with edits applied.
fn applied(client: &Client, edits: &Value) -> String {
    let text = clean(&client.text);
    let offset = |place: &Value| {
        let line = place["line"].as_u64().unwrap_or_default() as usize;
        let column = place["character"].as_u64().unwrap_or_default() as usize;
        text.split_inclusive('\n').take(line).map(str::len).sum::<usize>() + column
    };
    let mut all: Vec<(usize, usize, &str)> = edits
        .as_array()
        .into_iter()
        .flatten()
        .map(|edit| {
            let range = &edit["range"];
            (offset(&range["start"]), offset(&range["end"]), edit["newText"].as_str().unwrap_or_default())
        })
        .collect();
    all.sort_by_key(|(start, end, _)| std::cmp::Reverse((*start, *end)));
    let mut out = text.clone();
    for (start, end, new) in all {
        out.replace_range(start..end, new);
    }
    out
}

/// Checks what an action makes of a function `main` (or of more, from the first line on).
fn check(title: &str, before: &str, expected: &str) {
    let program = format!("package main\n\n{before}");
    with_document(&program, async |client| {
        let Some(found) = after(client, title).await else {
            let offered = offered(client).await;
            panic!("`{title}` is not offered, but {offered}");
        };
        assert_eq!(found, format!("package main\n\n{expected}"), "\n{found}");
    });
}

/// Checks that an action is not offered.
fn refuses(title: &str, source: &str) {
    with_document(&format!("package main\n\n{source}"), async |client| {
        assert_eq!(after(client, title).await, None);
    });
}

#[test]
fn an_expression_becomes_a_variable() {
    check(
        "Extract into a variable",
        "func main() {\n\tvalue := 1\n\tprintln(‹a›value * 2‹b› + 3)\n}\n",
        "func main() {\n\tvalue := 1\n\tvalue2 := value * 2\n\tprintln(value2 + 3)\n}\n",
    );
}

#[test]
fn what_is_evaluated_sometimes_stays() {
    let source = "func f() bool { return true }\n\nfunc main() {\n\tx := f()\n\tprintln(x && ‹a›f()‹b›)\n}\n";
    refuses("Extract into a variable", source);
    let source = "func main() {\n\tfor i := 0; ‹a›i < 3‹b›; i++ {\n\t\tprintln(i)\n\t}\n}\n";
    refuses("Extract into a variable", source);
    let source = "func main() {\n\txs := []int{1}\n\t‹a›xs[0]‹b› = 2\n\tprintln(xs[0])\n}\n";
    refuses("Extract into a variable", source);
}

#[test]
fn statements_become_a_function_that_borrows_what_they_change() {
    check(
        "Extract into a function",
        "func main() {\n\tsum, step := 0, 2\n\t‹a›for i := range 3 {\n\t\tsum += i * step\n\t}\n\tlast := sum‹b›\n\tprintln(sum, last)\n}\n",
        "func main() {\n\tsum, step := 0, 2\n\tlast := extracted(&sum, step)\n\tprintln(sum, last)\n}\n\nfunc extracted(sum *int, step int) int {\n\tfor i := range 3 {\n\t\tsum += i * step\n\t}\n\tlast := sum\n\treturn last\n}\n",
    );
}

#[test]
fn statements_that_leave_stay() {
    let source = "func f() int {\n\tx := 1\n\t‹a›if x > 0 {\n\t\treturn x\n\t}‹b›\n\treturn 2\n}\n\nfunc main() { println(f()) }\n";
    refuses("Extract into a function", source);
}

#[test]
fn an_expression_becomes_a_function() {
    check(
        "Extract into a function",
        "func main() {\n\ta, b := 1, 2\n\tprintln(‹a›a + b‹b›)\n}\n",
        "func main() {\n\ta, b := 1, 2\n\tprintln(extracted(a, b))\n}\n\nfunc extracted(a int, b int) int {\n\treturn a + b\n}\n",
    );
}

#[test]
fn a_variable_goes_where_it_is_used() {
    check(
        "Inline `sum`",
        "func main() {\n\ta, b := 1, 2\n\ts‹a›‹b›um := a + b\n\tprintln(sum * 2)\n}\n",
        "func main() {\n\ta, b := 1, 2\n\tprintln((a + b) * 2)\n}\n",
    );
    let changed = "func main() {\n\ta := 1\n\ts‹a›‹b›um := a + 1\n\ta = 5\n\tprintln(sum, a)\n}\n";
    refuses("Inline `sum`", changed);
    let twice = "func f() int { return 1 }\n\nfunc main() {\n\tx‹a›‹b› := f()\n\tprintln(x, x)\n}\n";
    refuses("Inline `x`", twice);
}

#[test]
fn a_call_becomes_what_the_function_does() {
    check(
        "Inline `double`",
        "func double(n int) int { return n + n }\n\nfunc main() {\n\tx := 2\n\tprintln(3 * ‹a›‹b›double(x))\n}\n",
        "func double(n int) int { return n + n }\n\nfunc main() {\n\tx := 2\n\tprintln(3 * (x + x))\n}\n",
    );
    check(
        "Inline `bump`",
        "func bump(n *int, by int) {\n\tn += by\n\tprintln(n)\n}\n\nfunc main() {\n\tx := 2\n\t‹a›‹b›bump(&x, 3)\n\tprintln(x)\n}\n",
        "func bump(n *int, by int) {\n\tn += by\n\tprintln(n)\n}\n\nfunc main() {\n\tx := 2\n\t{\n\t\tby := 3\n\t\tx += by\n\t\tprintln(x)\n\t}\n\tprintln(x)\n}\n",
    );
    let twice = "func double(n int) int { return n + n }\n\nfunc f() int { return 1 }\n\nfunc main() { println(‹a›‹b›double(f())) }\n";
    refuses("Inline `double`", twice);
}

#[test]
fn tasks_get_a_supervisor() {
    check(
        "Wrap in `supervise`",
        "func work(n int) {}\n\nfunc main() {\n\t‹a›go work(1)\n\tgo work(2)‹b›\n}\n",
        "func work(n int) {}\n\nfunc main() {\n\tgo supervise one_for_one (max: 5 per 10s, backoff: 10ms..1s) {\n\t\tgo work(1) restart transient\n\t\tgo work(2) restart transient\n\t}\n}\n",
    );
}

#[test]
fn a_channel_gets_a_pattern_everywhere() {
    check(
        "Turn into a `push chan`",
        "func put(out chan<- int) { out <- 1 }\n\nfunc take(in <-chan int) int { return <-in }\n\nfunc main() {\n\tjobs := ma‹a›‹b›ke(chan int, 3)\n\tput(jobs)\n\tprintln(take(jobs))\n}\n",
        "func put(out push chan int) { out <- 1 }\n\nfunc take(in pull chan int) int { return <-in }\n\nfunc main() {\n\tjobs := make(push chan int, 3)\n\tput(jobs)\n\tprintln(take(jobs.Pull()))\n}\n",
    );
}

#[test]
fn an_error_gets_a_handler() {
    check(
        "Handle the error with `recover`",
        "func f() int ! error { return 1 }\n\nfunc main() {\n\tprintln(‹a›‹b›f())\n}\n",
        "func f() int ! error { return 1 }\n\nfunc main() {\n\tprintln(f() recover err { 0 })\n}\n",
    );
}

#[test]
fn a_field_in_a_pattern_keeps_its_variable() {
    let program = "package main\n\ntype Point struct{ ‹field›X, Y int }\n\nfunc main() {\n\tp := Point{1, 2}\n\tprintln(match p {\n\t\tPoint{X: 0, ‹y›Y} => Y\n\t\tPoint{X} => X\n\t})\n}\n";
    with_document(program, async |client| {
        let mut place = client.place("field");
        place["newName"] = json!("Left");
        let edit = client.request("textDocument/rename", place).await;
        let text = applied(client, &edit["changes"][&client.uri]);
        assert!(text.contains("Point{Left: 0, Y} => Y") && text.contains("Point{Left: X} => X"), "{text}");
        let mut place = client.place("y");
        place["newName"] = json!("down");
        let edit = client.request("textDocument/rename", place).await;
        let text = applied(client, &edit["changes"][&client.uri]);
        // At a name that is both, the field is meant or the variable: either way the program stays the same.
        let as_field = text.contains("X, down int") && text.contains("Point{X: 0, down: Y} => Y");
        let as_variable = text.contains("Point{X: 0, Y: down} => down");
        assert!(as_field || as_variable, "{text}");
    });
}

#[test]
fn a_field_that_a_pattern_binds_is_renamed_without_its_variable() {
    let program = "package main

type Point struct{ X‹field›, y int }

func sum(p Point) int {
	return match p {
		Point{X: 0, y} => y
		Point{X, y} => X‹variable› + y
	}
}

func main() {
	println(sum(Point{X: 1, y: 2}))
}
";
    with_document(program, async |client| {
        for (mark, expected) in [
            (
                "field",
                clean(program)
                    .replace("{ X, y int", "{ Across, y int")
                    .replace("Point{X: 0", "Point{Across: 0")
                    .replace("Point{X, y}", "Point{Across: X, y}")
                    .replace("Point{X: 1", "Point{Across: 1"),
            ),
            ("variable", clean(program).replace("Point{X, y} => X + y", "Point{X: Across, y} => Across + y")),
        ] {
            let mut place = client.place(mark);
            place["newName"] = json!("Across");
            let edit = client.request("textDocument/rename", place).await;
            assert_eq!(applied(client, &edit["changes"][&client.uri]), expected, "{edit}");
        }
    });
}

#[test]
fn imports_are_organised() {
    let body = "func main() {\n\tfmt.Println(strings.ToUpper(\"x\"), sort.Ints)\n\tfmt.Println()\n}\n";
    let marked = body.replace("fmt.Println()", "‹a›fmt‹b›.Println()");
    for before in [
        "import (\n\t\"strings\"\n\t\"errors\"\n)\n\n",
        "import (\n\t\"errors\"\n\t\"strings\"\n)\n\n",
        "import (\n\t\"errors\"\n)\n\n",
    ] {
        let expected = format!("import (\n\t\"fmt\"\n\t\"sort\"\n\t\"strings\"\n)\n\n{body}");
        check("Organise imports", &format!("{before}{marked}"), &expected);
    }
}

#[test]
fn all_sure_fixes_at_once() {
    check(
        "Fix all mistakes that have a sure fix",
        "import (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tvar xs []int = ‹a›nil‹b›\n\tfmt.Prinln(xs, xs == nil)\n}\n",
        "import (\n\t\"fmt\"\n)\n\nfunc main() {\n\tvar xs []int = []int{}\n\tfmt.Prinln(xs, len(xs) == 0)\n}\n",
    );
}
