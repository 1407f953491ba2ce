//! The server as a client sees it: messages in, messages out.

mod completion;
mod modules;
mod patterns;
mod progress;
mod protocol;
mod refactors;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};

/// A client with one document, whose places are marked in its text by `‹name›`.
struct Client {
    input: WriteHalf<DuplexStream>,
    output: BufReader<ReadHalf<DuplexStream>>,
    waiting: VecDeque<Value>,
    next_id: i64,
    folder: tempfile::TempDir,
    uri: String,
    text: String,
    version: i64,
}

/// Runs a conversation about a document.
fn with_document(text: &str, talk: impl AsyncFnOnce(&mut Client)) {
    with_client(json!({"general": {"positionEncodings": ["utf-16", "utf-8"]}}), async |client| {
        client.open(text).await;
        talk(client).await;
    });
}

/// Runs a conversation with a client that can do this.
fn with_client(capabilities: Value, talk: impl AsyncFnOnce(&mut Client)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (server_in, server_out) = tokio::io::split(theirs);
        let local = tokio::task::LocalSet::new();
        let server = local.spawn_local(super::serve(server_in, server_out));
        local
            .run_until(async {
                let mut client = Client::start(ours, capabilities).await;
                talk(&mut client).await;
                client.request("shutdown", Value::Null).await;
                client.notify("exit", Value::Null).await;
                let ended = tokio::time::timeout(Duration::from_secs(60), server).await;
                let asked =
                    ended.expect("the server ends when it is told to").expect("the server does not panic");
                assert!(asked, "the end was asked for");
            })
            .await;
    });
    runtime.shutdown_background();
}

impl Client {
    async fn start(stream: DuplexStream, capabilities: Value) -> Client {
        let (output, input) = tokio::io::split(stream);
        let folder = tempfile::tempdir().expect("a folder");
        let path: PathBuf = folder.path().canonicalize().expect("a path").join("main.goo");
        let uri = format!("file://{}", path.display());
        let mut client = Client {
            input,
            output: BufReader::new(output),
            waiting: VecDeque::new(),
            next_id: 0,
            folder,
            uri,
            text: String::new(),
            version: 0,
        };
        client.request("initialize", json!({"capabilities": capabilities})).await;
        client.notify("initialized", json!({})).await;
        client
    }

    async fn send(&mut self, message: Value) {
        let body = message.to_string();
        let head = format!("Content-Length: {}\r\n\r\n", body.len());
        self.input.write_all(head.as_bytes()).await.expect("the server listens");
        self.input.write_all(body.as_bytes()).await.expect("the server listens");
    }

    async fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line);
            tokio::time::timeout(Duration::from_secs(60), read)
                .await
                .expect("an answer in time")
                .expect("an answer");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a length"),
                _ if line == "\r\n" => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).await.expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    async fn notify(&mut self, method: &str, params: Value) {
        let mut message = json!({"jsonrpc": "2.0", "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(message).await;
    }

    /// Asks without waiting; gives the number of the question.
    async fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        let id = self.next_id;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(message).await;
        id
    }

    async fn answer(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        self.answer_to(id).await
    }

    async fn answer_to(&mut self, id: i64) -> Value {
        loop {
            let message = self.receive().await;
            if message["id"] == id {
                return message;
            }
            self.waiting.push_back(message);
        }
    }

    async fn request(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    async fn open(&mut self, text: &str) {
        self.text = text.to_owned();
        let clean = clean(text);
        std::fs::write(self.folder.path().join("main.goo"), &clean).expect("a file");
        let document = json!({"uri": self.uri, "languageId": "goo", "version": 0, "text": clean});
        self.notify("textDocument/didOpen", json!({"textDocument": document})).await;
    }

    async fn change(&mut self, text: &str) {
        self.text = text.to_owned();
        self.version += 1;
        let document = json!({"uri": self.uri, "version": self.version});
        let changes = json!([{"text": clean(text)}]);
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}))
            .await;
    }

    /// The position of a mark.
    fn mark(&self, name: &str) -> Value {
        let mark = format!("‹{name}›");
        let at = self.text.find(&mark).unwrap_or_else(|| panic!("no mark {mark}"));
        let before = clean(&self.text[..at]);
        let line = before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |n| n + 1);
        json!({"line": line, "character": column})
    }

    fn place(&self, mark: &str) -> Value {
        json!({"textDocument": {"uri": self.uri}, "position": self.mark(mark)})
    }

    async fn at(&mut self, method: &str, mark: &str) -> Value {
        let place = self.place(mark);
        self.request(method, place).await
    }

    /// What the server says next, of itself.
    async fn next(&mut self) -> Value {
        match self.waiting.pop_front() {
            Some(message) => message,
            None => self.receive().await,
        }
    }

    /// The diagnostics of the document's present version.
    async fn diagnostics(&mut self) -> Value {
        loop {
            let message = self.next().await;
            let params = &message["params"];
            if message["method"] == "textDocument/publishDiagnostics" && params["version"] == self.version {
                return params["diagnostics"].clone();
            }
        }
    }
}

/// The text without its marks.
fn clean(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('‹') {
        out += before;
        rest = after.split_once('›').map_or("", |(_, after)| after);
    }
    out + rest
}

fn labels(items: &Value) -> Vec<&str> {
    items.as_array().into_iter().flatten().filter_map(|item| item["label"].as_str()).collect()
}

const PROGRAM: &str = "package main

import \"fmt\"

// Point is a place.
type Poi‹type›nt struct {
	X, Y int
}

// Add moves a point.
func (p Point) A‹method›dd(q Point) Point {
	return Point{p.X + q.X, p.Y + q.Y}
}

func main() {
	p := Point{1, 2}
	q := p‹use›.Add(Po‹type use›int{X: 3, ‹field›Y: 4})
	fmt.Print‹println›ln(q.X‹x›)
}
";

#[test]
fn mistakes_come_and_go() {
    with_document("package main\n\nfunc main() {\n\tx := 1\n}\n", async |client| {
        let found = client.diagnostics().await;
        assert_eq!(found[0]["code"], "unused-variable", "{found}");
        assert_eq!(found[0]["range"]["start"], json!({"line": 3, "character": 1}));
        client.change("package main\n\nfunc main() {\n\tx := 1\n\tprintln(x\n}\n").await;
        assert_eq!(client.diagnostics().await[0]["code"], "syntax");
        client.change("package main\n\nfunc main() {\n\tx := 1\n\tprintln(x)\n}\n").await;
        assert_eq!(client.diagnostics().await, json!([]));
    });
}

#[test]
fn a_missing_package_hides_no_other_mistake() {
    let text = "package main\n\nimport \"strinks\"\n\nfunc main() {\n\tx := 1\n}\n";
    with_document(text, async |client| {
        let found = client.diagnostics().await;
        let codes: Vec<_> = found.as_array().into_iter().flatten().map(|d| &d["code"]).collect();
        assert_eq!(codes, ["unknown-import", "unused-variable"], "{found}");
    });
}

#[test]
fn names_lead_to_their_declarations() {
    with_document(PROGRAM, async |client| {
        let found = client.at("textDocument/definition", "type use").await;
        assert_eq!(found["range"]["start"], json!({"line": 5, "character": 5}), "{found}");
        let found = client.at("textDocument/definition", "field").await;
        assert_eq!(found["range"]["start"], json!({"line": 6, "character": 4}), "{found}");
        let found = client.at("textDocument/typeDefinition", "use").await;
        assert_eq!(found["range"]["start"]["line"], 5, "{found}");
        // Into the library, whose source is a file that can be opened.
        let found = client.at("textDocument/definition", "println").await;
        let path =
            found["uri"].as_str().and_then(|uri| uri.strip_prefix("file://")).expect("a file").to_owned();
        assert!(std::fs::read_to_string(path).expect("the library's source").contains("func Println"));
    });
}

#[test]
fn hover_shows_declaration_and_documentation() {
    with_document(PROGRAM, async |client| {
        let found = client.at("textDocument/hover", "method").await;
        let text = found["contents"]["value"].as_str().unwrap_or_default();
        assert!(
            text.contains("func (p Point) Add(q Point) Point") && text.contains("Add moves a point."),
            "{text}"
        );
        let found = client.at("textDocument/hover", "use").await;
        assert!(found["contents"]["value"].as_str().unwrap_or_default().contains("var p Point"), "{found}");
        let found = client.at("textDocument/hover", "x").await;
        assert!(found["contents"]["value"].as_str().unwrap_or_default().contains("field X int"), "{found}");
    });
}

#[test]
fn renaming_changes_all_uses_or_says_why_not() {
    with_document(PROGRAM, async |client| {
        let mut place = client.place("type");
        place["newName"] = json!("Spot");
        let edit = client.request("textDocument/rename", place.clone()).await;
        let changes = edit["changes"][&client.uri].as_array().expect("changes").len();
        assert_eq!(changes, 7, "{edit}");
        for (name, reason) in [("2x", "not a name"), ("func", "keyword"), ("main", "declared")] {
            place["newName"] = json!(name);
            let answer = client.answer("textDocument/rename", place.clone()).await;
            let message = answer["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(reason), "{answer}");
        }
        let mut place = client.place("println");
        place["newName"] = json!("Print2");
        let answer = client.answer("textDocument/rename", place).await;
        assert!(answer["error"]["message"].as_str().unwrap_or_default().contains("library"), "{answer}");
    });
}

#[test]
fn completion_works_in_broken_lines() {
    with_document(PROGRAM, async |client| {
        client
            .change(&PROGRAM.replace("fmt.Print‹println›ln(q.X‹x›)", "q.‹dot›\n\tfmt.‹package›\n\tst‹word›"))
            .await;
        let items = client.at("textDocument/completion", "dot").await;
        assert!(["X", "Y", "Add"].iter().all(|name| labels(&items).contains(name)), "{:?}", labels(&items));
        let items = client.at("textDocument/completion", "package").await;
        assert!(
            labels(&items).contains(&"Println") && !labels(&items).contains(&"p"),
            "{:?}",
            labels(&items)
        );
        let items = client.at("textDocument/completion", "word").await;
        assert!(["p", "q", "Point", "strings", "supervise"].iter().all(|name| labels(&items).contains(name)));
        let strings =
            items.as_array().into_iter().flatten().find(|item| item["label"] == "strings").expect("strings");
        assert!(
            strings["additionalTextEdits"][0]["newText"].as_str().unwrap_or_default().contains("\"strings\"")
        );
    });
}

#[test]
fn signatures_follow_the_arguments() {
    let text = PROGRAM.replace("fmt.Print‹println›ln(q.X‹x›)", "fmt.Println(q)\n\tmove(p, ‹second›q)")
        + "\nfunc move(from, to Point) {}\n";
    with_document(&text, async |client| {
        let help = client.at("textDocument/signatureHelp", "second").await;
        assert_eq!(help["signatures"][0]["label"], "move(from Point, to Point)", "{help}");
        assert_eq!(help["activeParameter"], 1);
    });
}

const CHANNELS: &str = "package main

type Job struct{ ID int }

func work(in‹param› <-chan Job, out chan<- int) {
	for j := range in {
		out <- j.ID
	}
}

func main() {
	jobs‹jobs› := make(chan Job, 64)
	done := make(chan int, overflow: latest)
	go work(jobs, done)
	jobs <- Job{1}
	jobs <- Job{2}
	println(<-done)
}
";

#[test]
fn channels_know_their_senders_and_receivers() {
    with_document(CHANNELS, async |client| {
        let found = client.at("goo/senders", "param").await;
        let lines: Vec<_> =
            found.as_array().into_iter().flatten().map(|l| &l["range"]["start"]["line"]).collect();
        assert_eq!(lines, [14, 15], "{found}");
        let found = client.at("goo/receivers", "jobs").await;
        assert_eq!(found[0]["range"]["start"]["line"], 5, "{found}");
        let document = json!({"textDocument": {"uri": client.uri}});
        let lenses = client.request("textDocument/codeLens", document).await;
        let titles: Vec<_> =
            lenses.as_array().into_iter().flatten().map(|lens| &lens["command"]["title"]).collect();
        assert_eq!(
            titles,
            [
                "Run",
                "Debug",
                "Trace",
                "2 senders · 1 receiver · cap 64 · block",
                "1 sender · 1 receiver · latest"
            ]
        );
        let found = client.at("textDocument/hover", "jobs").await;
        let text = found["contents"]["value"].as_str().unwrap_or_default();
        assert!(text.contains("chan Job") && text.contains("Made at main.goo:12: 2 senders"), "{text}");
    });
}

#[test]
fn recorded_operations_are_hints() {
    with_document(CHANNELS, async |client| {
        std::fs::create_dir(client.folder.path().join(".goo")).expect("a folder");
        let recording = json!({"operations": [
            {"file": "main.goo", "line": 15, "operation": "send", "count": 7, "waited_ns": 2_500_000, "longest_queue": 3},
            {"file": "other.goo", "line": 1, "operation": "send", "count": 1},
        ]});
        std::fs::write(client.folder.path().join(".goo/trace.json"), recording.to_string()).expect("a file");
        let answer = client.request("goo/channelTrace", json!({"uri": client.uri})).await;
        assert_eq!(answer["operations"].as_array().map(Vec::len), Some(1), "{answer}");
        assert_eq!(answer["operations"][0]["count"], 7);
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
        let hints = client
            .request("textDocument/inlayHint", json!({"textDocument": {"uri": client.uri}, "range": range}))
            .await;
        assert!(labels(&hints).iter().any(|label| label.starts_with("7× · waited 2.5 ms")), "{hints}");
    });
}

#[test]
fn a_match_gets_its_missing_cases() {
    let text = "package main

type Shape enum {
	Circle(radius float64)
	Rect(w, h float64)
	Empty
}

func main() {
	var s Shape = Empty
	match ‹match›s {
		Circle(r) => println(r)
	}
}
";
    with_document(text, async |client| {
        let at = client.mark("match");
        let params = json!({
            "textDocument": {"uri": client.uri},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": []},
        });
        let actions = client.request("textDocument/codeAction", params).await;
        let fill = actions
            .as_array()
            .into_iter()
            .flatten()
            .find(|action| action["title"] == "Add the 2 missing cases")
            .unwrap_or_else(|| panic!("{actions}"));
        let new = fill["edit"]["changes"][&client.uri][0]["newText"].as_str().unwrap_or_default();
        assert!(new.contains("Rect(w, h) =>") && new.contains("Empty =>"), "{new}");
    });
}

#[test]
fn outlines_colours_folds_and_formatting() {
    with_document("package main\n\nimport \"fmt\"\nfunc main(){\nfmt.Println( 1 )\n}\n", async |client| {
        let document = json!({"textDocument": {"uri": client.uri}});
        let symbols = client.request("textDocument/documentSymbol", document.clone()).await;
        assert_eq!(symbols[0]["name"], "main", "{symbols}");
        let folds = client.request("textDocument/foldingRange", document.clone()).await;
        assert_eq!(folds[0]["startLine"], 3, "{folds}");
        let tokens = client.request("textDocument/semanticTokens/full", document.clone()).await;
        assert_eq!(tokens["data"].as_array().map(|data| data.len() % 5), Some(0));
        // The path of an import is a string: the first colour is that of `main`.
        assert_eq!(tokens["data"][0], 3, "{tokens}");
        let options =
            json!({"textDocument": {"uri": client.uri}, "options": {"tabSize": 4, "insertSpaces": true}});
        let edits = client.request("textDocument/formatting", options).await;
        assert_eq!(
            edits[0]["newText"],
            "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(1)\n}\n"
        );
    });
}

#[test]
fn many_edits_end_as_a_fresh_open_does() {
    with_document(PROGRAM, async |client| {
        // Each edit breaks the text somewhere else; only the last one counts.
        let text = clean(PROGRAM);
        for cut in (0..text.len()).step_by(17) {
            client.change(&text[..cut]).await;
            if cut % 5 == 0 {
                client.request("textDocument/completion", json!({
                    "textDocument": {"uri": client.uri}, "position": {"line": cut / 20, "character": cut % 20},
                })).await;
            }
        }
        client.change(PROGRAM).await;
        assert_eq!(client.diagnostics().await, json!([]));
        let found = client.at("textDocument/hover", "type").await;
        assert!(
            found["contents"]["value"].as_str().unwrap_or_default().contains("Point is a place."),
            "{found}"
        );
    });
}
