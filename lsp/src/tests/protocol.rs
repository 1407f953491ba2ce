//! How the server behaves as a partner: beginnings, ends, changes of mind, and what it knows of the workspace.

use serde_json::{Value, json};

use super::{Client, labels, with_client, with_document};

#[test]
fn a_graph_is_served_and_drawn() {
    with_document(super::CHANNELS, async |client| {
        let answer = client.request("goo/graph", json!({"uri": client.uri, "format": "svg"})).await;
        assert_eq!(answer["graph"]["channels"][0]["name"], "jobs", "{answer}");
        assert_eq!(answer["graph"]["channels"][0]["capacity"], "64");
        assert!(answer["rendered"].as_str().unwrap_or_default().starts_with("<svg"), "{answer}");
        let edges = answer["graph"]["edges"].as_array().map(Vec::len);
        let answer = client.request("goo/graph", json!({"uri": client.uri})).await;
        assert_eq!(answer["rendered"], Value::Null);
        assert_eq!(answer["graph"]["edges"].as_array().map(Vec::len), edges);
    });
}

#[test]
fn what_waits_for_ever_is_hinted_at() {
    let program = "package main\n\nfunc put(out chan<- int) {\n\tout <- 1\n}\n\nfunc main() {\n\tch := make(chan int)\n\tgo put(ch)\n}\n";
    with_document(program, async |client| {
        let found = client.diagnostics().await;
        assert_eq!(found[0]["severity"], 4, "{found}");
        assert_eq!(found[0]["range"]["start"]["line"], 3);
        assert_eq!(found[0]["relatedInformation"][0]["location"]["range"]["start"]["line"], 7);
        let page = found[0]["codeDescription"]["href"].as_str().unwrap_or_default();
        let page = page.strip_prefix("file://").expect("a file");
        assert!(std::fs::read_to_string(page).expect("the page").contains("stuck"), "{page}");
    });
}

#[test]
fn symbols_are_found_in_all_folders_without_opening_them() {
    with_document("package main\n\nfunc main() {}\n", async |client| {
        let other = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(other.path().join("inner")).expect("a folder");
        std::fs::write(
            other.path().join("inner/far.goo"),
            "package far\n\ntype Faraway struct{ Near int }\n",
        )
        .expect("a file");
        let uri = format!("file://{}", other.path().canonicalize().expect("a path").display());
        let found = client.request("workspace/symbol", json!({"query": "faraway"})).await;
        assert_eq!(found, json!([]));
        let event = json!({"added": [{"uri": uri, "name": "other"}], "removed": []});
        client.notify("workspace/didChangeWorkspaceFolders", json!({"event": event})).await;
        let found = client.request("workspace/symbol", json!({"query": "farw"})).await;
        assert_eq!(found[0]["name"], "Faraway", "{found}");
        let found = client.request("workspace/symbol", json!({"query": "near"})).await;
        assert_eq!(found[0]["containerName"], "Faraway", "{found}");
    });
}

#[test]
fn a_cancelled_request_gets_an_answer() {
    with_document(super::PROGRAM, async |client| {
        let place = client.place("use");
        let id = client.ask("textDocument/hover", place).await;
        client.notify("$/cancelRequest", json!({"id": id})).await;
        let answer = client.answer_to(id).await;
        // It may have been answered before.
        assert!(answer["error"]["code"] == -32800 || answer["result"].is_object(), "{answer}");
    });
}

#[test]
fn words_of_options_complete_with_what_they_mean() {
    let program = "package main\n\nfunc work() {}\n\nfunc main() {\n\tch := make(chan int, ‹option›, overflow: ‹policy›)\n\tgo supervise ‹strategy› {\n\t\tgo work() ‹clause›\n\t}\n}\n";
    with_document(program, async |client| {
        for (mark, wanted, about) in [
            ("option", "overflow:", "what a send to a full channel does"),
            ("policy", "drop_oldest", "the message that has waited longest is lost, and counted"),
            (
                "strategy",
                "rest_for_one",
                "when a child crashes, it and those below it are stopped and started again",
            ),
            ("clause", "restart", "when the child is started again"),
        ] {
            let items = client.at("textDocument/completion", mark).await;
            let item = items.as_array().into_iter().flatten().find(|item| item["label"] == wanted);
            let item = item.unwrap_or_else(|| panic!("{mark}: {:?}", labels(&items)));
            assert_eq!(item["detail"], about);
        }
        // A client that knows no snippets gets text.
        let items = client.at("textDocument/completion", "option").await;
        let item = items.as_array().into_iter().flatten().find(|item| item["label"] == "overflow:");
        assert_eq!(item.expect("the option")["insertText"], "overflow: block");
    });
}

#[test]
fn a_match_completes_its_missing_cases() {
    let program = "package main\n\ntype Shape enum {\n\tCircle(radius float64)\n\tEmpty\n}\n\nfunc main() {\n\tvar s Shape = Empty\n\tmatch s {\n\t\tCircle(r) => println(r)\n\t\t‹arm›\n\t}\n\t‹word›\n}\n";
    with_document(program, async |client| {
        let items = client.at("textDocument/completion", "arm").await;
        let found = labels(&items);
        assert!(found.contains(&"Empty") && !found.contains(&"Circle(radius)"), "{found:?}");
        let items = client.at("textDocument/completion", "word").await;
        let item = items.as_array().into_iter().flatten().find(|item| item["label"] == "match s");
        let text = item.expect("all cases")["insertText"].as_str().unwrap_or_default().to_owned();
        assert!(text.contains("Circle(radius) => ") && text.contains("Empty => "), "{text}");
    });
}

#[test]
fn hover_explains_options_and_makes() {
    let program = "package main\n\nfunc work(in <-chan int) {\n\tfor range in {\n\t}\n}\n\nfunc main() {\n\tch := m‹make›ake(chan int, 2, over‹option›flow: latest)\n\tgo work(ch)\n\tch <- 1\n}\n";
    with_document(program, async |client| {
        let text = async |client: &mut Client, mark: &str| {
            client.at("textDocument/hover", mark).await["contents"]["value"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let found = text(client, "option").await;
        assert!(found.contains("what a send to a full channel does"), "{found}");
        let found = text(client, "make").await;
        assert!(
            found.contains("chan int") && found.contains("1 sender · 1 receiver · cap 2 · latest"),
            "{found}"
        );
    });
}

#[test]
fn a_send_that_copies_says_so() {
    let program = "package main\n\nfunc main() {\n\tch := make(chan []int, 3)\n\txs := []int{1}\n\tch <- xs\n\txs = append(xs, 2)\n\tch <- xs\n\tprintln(len(<-ch), len(<-ch))\n}\n";
    with_document(program, async |client| {
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
        let params = json!({"textDocument": {"uri": client.uri}, "range": range});
        let hints = client.request("textDocument/inlayHint", params).await;
        let copied = hints.as_array().into_iter().flatten().filter(|hint| hint["label"] == "copied");
        let lines: Vec<_> = copied.map(|hint| hint["position"]["line"].clone()).collect();
        assert_eq!(lines, [5], "{hints}");
    });
}

/// The diagnostics of a document, whatever its version, as soon as they are as wanted.
async fn published(client: &mut Client, uri: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    loop {
        let message = client.next().await;
        let params = &message["params"];
        if message["method"] == "textDocument/publishDiagnostics"
            && params["uri"] == uri
            && wanted(&params["diagnostics"])
        {
            return params["diagnostics"].clone();
        }
    }
}

async fn changed_on_disk(client: &mut Client, uri: &str) {
    let changes = json!([{"uri": uri, "type": 2}]);
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": changes})).await;
}

#[test]
fn a_manifest_that_cannot_be_read_is_told_and_the_package_still_known() {
    let program = "package main\n\nimport \"app/part\"\n\nfunc ma‹name›in() {\n\tpart.Do()\n}\n";
    with_document(program, async |client| {
        let folder = client.folder.path().to_owned();
        std::fs::create_dir(folder.join("part")).expect("a folder");
        std::fs::write(folder.join("part/part.goo"), "package part\n\nfunc Do() {}\n").expect("a file");
        std::fs::write(folder.join("goo.toml"), "# The app.\nmodule = app\n").expect("a file");
        let manifest = client.uri.replace("main.goo", "goo.toml");
        changed_on_disk(client, &manifest).await;
        let found = published(client, &manifest, |found| found[0].is_object()).await;
        assert_eq!(found[0]["range"]["start"], json!({"line": 1, "character": 9}), "{found}");
        assert_eq!(found[0]["severity"], 1);
        // The import has nothing to do with it.
        assert_eq!(client.diagnostics().await, json!([]));
        let hover = client.at("textDocument/hover", "name").await;
        assert!(hover["contents"]["value"].as_str().unwrap_or_default().contains("func main()"), "{hover}");
        std::fs::write(folder.join("goo.toml"), "module = \"app\"\n").expect("a file");
        changed_on_disk(client, &manifest).await;
        published(client, &manifest, |found| *found == json!([])).await;
    });
}

#[test]
fn a_file_that_is_not_text_is_told() {
    with_document("package main\n\nfunc main() {\n\tother()\n}\n", async |client| {
        let other = client.uri.replace("main.goo", "other.goo");
        let path = client.folder.path().join("other.goo");
        std::fs::write(path, b"package main\n\nfunc other() {} // \xff\n").expect("a file");
        changed_on_disk(client, &other).await;
        let found = published(client, &other, |found| found[0].is_object()).await;
        assert_eq!(found[0]["range"]["start"], json!({"line": 2, "character": 19}), "{found}");
        assert!(found[0]["message"].as_str().unwrap_or_default().contains("UTF-8"), "{found}");
    });
}

#[test]
fn files_that_others_change_count() {
    with_document("package main\n\nfunc main() {\n\tother()\n}\n", async |client| {
        assert_eq!(client.diagnostics().await[0]["code"], "undefined");
        let other = client.uri.replace("main.goo", "other.goo");
        let path = client.folder.path().join("other.goo");
        std::fs::write(&path, "package main\n\nfunc other() {}\n").expect("a file");
        changed_on_disk(client, &other).await;
        let uri = client.uri.clone();
        published(client, &uri, |found| *found == json!([])).await;
        std::fs::remove_file(&path).expect("it was there");
        changed_on_disk(client, &other).await;
        let found = published(client, &uri, |found| found[0].is_object()).await;
        assert_eq!(found[0]["code"], "undefined", "{found}");
    });
}

#[test]
fn a_client_that_can_watch_is_asked_to() {
    let capabilities = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    with_client(capabilities, async |client| {
        client.open("package main\n\nfunc main() {}\n").await;
        let asked = loop {
            let message = client.next().await;
            if message["method"] == "client/registerCapability" {
                break message;
            }
        };
        client.send(json!({"jsonrpc": "2.0", "id": asked["id"], "result": null})).await;
        let globs: Vec<_> = asked["params"]["registrations"][0]["registerOptions"]["watchers"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|watcher| &watcher["globPattern"])
            .collect();
        assert_eq!(globs, ["**/*.goo", "**/goo.toml", "**/.goo/trace.json"]);
    });
}

#[test]
fn completion_while_one_types_is_that_of_a_fresh_open() {
    // Each step is typed behind what is there; the answer is that of a server that has opened the text so.
    let head = "package main\n\nimport \"fmt\"\n\ntype Point struct{ X, Y int }\n\nfunc main() {\n\tp := Point{1, 2}\n\tfmt.Println(p)\n\t";
    let tail = "\n\tprintln(p)\n}\n";
    let steps = ["p", ".", "X", " + p", "."];
    let mut texts = Vec::new();
    for step in steps {
        let before = texts.last().map_or("", |text: &String| text.as_str());
        texts.push(format!("{before}{step}"));
    }
    let marked = |typed: &str| format!("{head}{typed}‹here›{tail}");
    let fresh: Vec<Vec<String>> = texts
        .iter()
        .map(|typed| {
            let mut found = Vec::new();
            with_document(&marked(typed), async |client| {
                found = sorted(&client.at("textDocument/completion", "here").await);
            });
            found
        })
        .collect();
    with_document(&format!("{head}{tail}"), async |client| {
        for (typed, fresh) in texts.iter().zip(&fresh) {
            client.diagnostics().await;
            client.change(&marked(typed)).await;
            let found = client.at("textDocument/completion", "here").await;
            assert_eq!(sorted(&found), *fresh, "{typed:?}");
        }
    });
}

/// The items of an answer, in the order in which they are shown.
fn sorted(items: &Value) -> Vec<String> {
    let mut found: Vec<String> =
        items.as_array().into_iter().flatten().map(|item| format!("{} {item}", item["sortText"])).collect();
    found.sort();
    found
}
