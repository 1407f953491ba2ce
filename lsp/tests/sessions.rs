//! What real clients said to the server, said again: `editors/sessions/*.jsonl`, recorded by `editors/sessions/make`.
//!
//! The first line of a recording says who the client is and which files there were; each other one is a message of the
//! client or of the server, in their order. The client's are sent again, and where the server answered, it has to answer: with a
//! result where there was one, an error where there was one, and the same places. What words an answer has is not compared:
//! they may become better.

use std::collections::BTreeMap;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};

/// The methods whose answers say where something is. Of the others it only counts whether there is an answer.
const PLACES: &[&str] = &[
    "textDocument/definition",
    "textDocument/typeDefinition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/formatting",
    "goo/senders",
    "goo/receivers",
];

/// A server takes this long at most, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

struct Replay {
    input: WriteHalf<DuplexStream>,
    output: BufReader<ReadHalf<DuplexStream>>,
    answers: HashMap<String, Value>,
    /// The latest diagnostics of each document.
    diagnostics: HashMap<String, Value>,
}

impl Replay {
    async fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let head = format!("Content-Length: {}\r\n\r\n", body.len());
        self.input.write_all(head.as_bytes()).await.expect("the server listens");
        self.input.write_all(body.as_bytes()).await.expect("the server listens");
    }

    /// Takes one message of the server.
    async fn receive(&mut self) {
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(PATIENCE, self.output.read_line(&mut line)).await;
            assert!(read.expect("an answer in time").expect("an answer") > 0, "the server has ended");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a length"),
                _ if line == "\r\n" => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).await.expect("a body");
        let message: Value = serde_json::from_slice(&body).expect("JSON");
        match message["method"].as_str() {
            None => {
                self.answers.insert(message["id"].to_string(), message);
            }
            Some("textDocument/publishDiagnostics") => {
                let params = &message["params"];
                self.diagnostics
                    .insert(params["uri"].as_str().unwrap_or_default().to_owned(), params.clone());
            }
            // Requests of the server to the client: it agrees to everything.
            Some(_) if !message["id"].is_null() => {
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null})).await;
            }
            Some(_) => {}
        }
    }

    async fn answer(&mut self, id: &Value) -> Value {
        let id = id.to_string();
        while !self.answers.contains_key(&id) {
            self.receive().await;
        }
        self.answers.remove(&id).unwrap_or_default()
    }
}

/// All ranges in an answer, each with the document that it is in; sorted, as their order is free.
fn places(value: &Value) -> Vec<String> {
    fn look(value: &Value, uri: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                let uri =
                    ["uri", "targetUri"].iter().find_map(|name| fields.get(*name)?.as_str()).unwrap_or(uri);
                for (name, field) in fields {
                    match name.as_str() {
                        "range" | "targetSelectionRange" => found.push(format!("{uri} {field}")),
                        "changes" => {
                            for (uri, edits) in field.as_object().into_iter().flatten() {
                                look(edits, uri, found);
                            }
                        }
                        _ => look(field, uri, found),
                    }
                }
                if fields.contains_key("start") && fields.contains_key("end") {
                    found.push(format!("{uri} {value}"));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| look(item, uri, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    look(value, "", &mut found);
    found.sort();
    // Where the standard library stands differs from machine to machine.
    found.retain(|place| !place.contains("goo-library-") && !place.contains("{{library}}"));
    found
}

/// A diagnostic's place and severity.
fn diagnosed(params: &Value) -> Vec<String> {
    let list = params["diagnostics"].as_array().into_iter().flatten();
    let mut found: Vec<String> =
        list.map(|one| format!("{} {} {}", one["range"], one["severity"], one["code"])).collect();
    found.sort();
    found
}

async fn replay(path: &Path) -> usize {
    let name = path.display();
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a path").display().to_string();
    let text = std::fs::read_to_string(path).expect("a recording").replace("{{root}}", &root);
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let head = lines.next().expect("a head");
    for (file, text) in head["files"].as_object().into_iter().flatten() {
        std::fs::write(folder.path().join(file), text.as_str().expect("a text")).expect("a file");
    }
    let messages: Vec<Value> = lines.collect();

    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (server_in, server_out) = tokio::io::split(theirs);
    let server = tokio::task::spawn_local(goo_lsp::serve(server_in, server_out));
    let (output, input) = tokio::io::split(ours);
    let mut replay = Replay {
        input,
        output: BufReader::new(output),
        answers: HashMap::new(),
        diagnostics: HashMap::new(),
    };
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    let mut cancelled = HashSet::new();
    let mut versions: HashMap<String, Value> = HashMap::new();
    let mut compared = 0;

    for (index, message) in messages.iter().enumerate() {
        if let Some(said) = message.get("client") {
            let document = &said["params"]["textDocument"];
            match said["method"].as_str() {
                None => continue,
                Some("$/cancelRequest") => _ = cancelled.insert(said["params"]["id"].to_string()),
                Some("textDocument/didOpen" | "textDocument/didChange") => {
                    let uri = document["uri"].as_str().expect("a document").to_owned();
                    versions.insert(uri, document["version"].clone());
                }
                Some(method) if !said["id"].is_null() => {
                    asked.insert(said["id"].to_string(), method.to_owned());
                }
                Some(_) => {}
            }
            replay.send(said).await;
            continue;
        }
        let heard = &message["server"];
        match heard["method"].as_str() {
            None => {
                let id = &heard["id"];
                let method = asked.get(&id.to_string()).expect("an answer to a question").clone();
                let answer = replay.answer(id).await;
                if cancelled.contains(&id.to_string()) {
                    continue;
                }
                compared += 1;
                assert_eq!(
                    answer.get("error").is_some(),
                    heard.get("error").is_some(),
                    "{name}: {method} {id}: {answer}"
                );
                if PLACES.contains(&method.as_str()) {
                    let (now, then) = (places(&answer["result"]), places(&heard["result"]));
                    assert_eq!(now, then, "{name}: {method} {id}");
                } else {
                    let nothing =
                        |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
                    let (now, then) = (nothing(&answer["result"]), nothing(&heard["result"]));
                    assert!(!now || then, "{name}: {method} {id}: {answer}");
                }
            }
            Some("textDocument/publishDiagnostics") => {
                let params = &heard["params"];
                let uri = params["uri"].as_str().expect("a document");
                // Only what was said of the latest version, and last, is sure to be said again.
                let current = params["version"].is_null() || versions.get(uri) == Some(&params["version"]);
                let again = messages[index + 1..]
                    .iter()
                    .take_while(|later| later["client"]["method"] != "textDocument/didChange")
                    .any(|later| later["server"]["params"]["uri"] == params["uri"]);
                if !current || again {
                    continue;
                }
                compared += 1;
                let same = |found: &Value| {
                    found["version"] == params["version"] && diagnosed(found) == diagnosed(params)
                };
                while !replay.diagnostics.get(uri).is_some_and(same) {
                    replay.receive().await;
                }
            }
            Some(_) => {}
        }
    }
    let ended = tokio::time::timeout(PATIENCE, server).await;
    ended.expect("the server ends when it is told to").expect("the server does not panic");
    compared
}

#[test]
fn recorded_sessions() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../editors/sessions");
    let mut recordings: Vec<_> = std::fs::read_dir(folder)
        .expect("recordings")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    recordings.sort();
    assert!(recordings.len() >= 3, "{recordings:?}");
    for path in recordings {
        let compared = tokio::task::LocalSet::new().block_on(&runtime, replay(&path));
        assert!(compared > 10, "{}: only {compared} answers", path.display());
    }
    runtime.shutdown_background();
}
