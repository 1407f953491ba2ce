//! Packages of one module that import each other.

use serde_json::{Value, json};

use super::{Client, with_client};

const SHAPES: &str = "package shapes

type Point struct {
	X, Y int
}

func (p Point) Sum() int { return p.X + p.Y }

func Area(p Point) int { return p.Sum() * helper() }

func helper() int { return 2 }
";

const MAIN: &str = "package main

import \"app/shapes\"

func first(p shapes.Point) int {
	return match p {
		shapes.Point{X, Y: _} => X
	}
}

func main() {
	p := shapes.Point{X: 1, Y: 2}
	println(shapes.Area(p), first(p), p.Sum())
}
";

/// A module with a program and a package that it imports; the client has only the package open.
fn with_module(talk: impl AsyncFnOnce(&mut Client, &dyn Fn(&str, &str) -> Value)) {
    with_client(json!({"general": {"positionEncodings": ["utf-8"]}}), async |client| {
        let folder = client.folder.path().canonicalize().expect("a path");
        std::fs::create_dir(folder.join("shapes")).expect("a folder");
        for (name, text) in
            [("goo.toml", "module = \"app\"\n"), ("main.goo", MAIN), ("shapes/shapes.goo", SHAPES)]
        {
            std::fs::write(folder.join(name), text).expect("a file");
        }
        let uri = format!("file://{}/shapes/shapes.goo", folder.display());
        let place = |mark: &str, name: &str| {
            let at = SHAPES.find(mark).expect("the mark");
            let line = SHAPES[..at].matches('\n').count();
            let column = at - SHAPES[..at].rfind('\n').map_or(0, |n| n + 1);
            json!({
                "textDocument": {"uri": uri}, "position": {"line": line, "character": column},
                "newName": name, "context": {"includeDeclaration": true},
            })
        };
        let document = json!({"uri": uri, "languageId": "goo", "version": 0, "text": SHAPES});
        client.notify("textDocument/didOpen", json!({"textDocument": document})).await;
        talk(client, &place).await;
    });
}

/// How many edits each file gets.
fn edits(answer: &Value) -> Vec<(String, usize)> {
    let changes = answer["changes"].as_object().expect("changes");
    let name = |uri: &String| uri.rsplit('/').next().unwrap_or_default().to_owned();
    let mut all: Vec<_> =
        changes.iter().map(|(uri, edits)| (name(uri), edits.as_array().expect("edits").len())).collect();
    all.sort();
    all
}

#[test]
fn a_name_is_renamed_in_all_packages_that_use_it() {
    with_module(async |client, place| {
        for (mark, name, expected) in [
            ("Point struct", "Spot", [("main.goo", 3), ("shapes.goo", 3)]),
            ("X, Y", "Left", [("main.goo", 2), ("shapes.goo", 2)]),
            ("Sum", "Total", [("main.goo", 1), ("shapes.goo", 2)]),
            ("Area", "Size", [("main.goo", 1), ("shapes.goo", 1)]),
        ] {
            let answer = client.request("textDocument/rename", place(mark, name)).await;
            assert_eq!(edits(&answer), expected.map(|(file, count)| (file.to_owned(), count)), "{mark}");
        }
        let answer = client.request("textDocument/rename", place("helper() int", "aid")).await;
        assert_eq!(edits(&answer), [("shapes.goo".to_owned(), 2)]);
    });
}

#[test]
fn renaming_refuses_what_would_break() {
    with_module(async |client, place| {
        for (mark, name, reason) in [
            ("Area", "area", "another package uses it"),
            ("X, Y", "x", "another package uses it"),
            ("Sum", "Y", "declared"),
            ("X, Y", "Sum", "declared"),
            ("Area", "helper", "declared"),
        ] {
            let answer = client.answer("textDocument/rename", place(mark, name)).await;
            let message = answer["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(reason), "{mark} to {name}: {answer}");
        }
        // A member does not stand in the way of a name that stands for itself.
        for (mark, name) in [("Sum", "Area"), ("Area", "Sum"), ("helper() int", "area")] {
            let answer = client.answer("textDocument/rename", place(mark, name)).await;
            assert!(answer["result"]["changes"].is_object(), "{mark} to {name}: {answer}");
        }
    });
}

#[test]
fn uses_and_callers_are_found_in_all_packages() {
    with_module(async |client, place| {
        let found = client.request("textDocument/references", place("Area", "")).await;
        assert_eq!(found.as_array().map(Vec::len), Some(2), "{found}");
        let items = client.request("textDocument/prepareCallHierarchy", place("Area", "")).await;
        let calls = client.request("callHierarchy/incomingCalls", json!({"item": items[0]})).await;
        assert_eq!(calls[0]["from"]["name"], "main", "{calls}");
    });
}
