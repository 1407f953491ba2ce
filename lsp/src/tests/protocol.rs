//! How the server behaves as a partner: beginnings, ends, changes of mind, and what it knows of the workspace.

use serde_json::{Value, json};

use super::{Client, labels, with_document};

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
