//! Fuzzing the language server: random edits as an editor sends them, with questions in between. The server must not
//! stop or panic, and in the end it must say the same about the document as one that has just opened its text.
//!
//! ```text
//! cargo run --release -p goo-lsp --example fuzz_server -- [--seconds 600] [--seed N]
//! ```
//!
//! A conversation follows from its seed alone; the seed of one that fails is printed, and `--seed` repeats it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};

/// Edits of a conversation.
const EDITS: usize = 40;

/// What is inserted, besides parts of the text itself: what the grammar turns on, and characters of every width.
const PIECES: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    ".",
    ":",
    ";",
    "\n",
    "\r\n",
    "\t",
    " ",
    "<-",
    ":=",
    "=>",
    "\"",
    "`",
    "'",
    "//",
    "/*",
    "é",
    "😀",
    "\u{feff}",
    "func f() {",
    "go f()",
    "make(chan int)",
    "match x {",
    "select {",
    "supervise {",
    "type T struct {",
    "import \"strings\"\n",
    "for range ch {",
    "ch <- 1",
    "try ",
    "recover err {",
    "x",
    "1",
    "\"text\"",
    "return",
    "case ",
];

/// Questions about a place.
const QUESTIONS: &[&str] = &[
    "textDocument/completion",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/typeDefinition",
    "textDocument/implementation",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/signatureHelp",
    "textDocument/prepareRename",
    "textDocument/prepareCallHierarchy",
    "textDocument/rename",
    "textDocument/codeAction",
    "textDocument/selectionRange",
    "goo/senders",
    "goo/receivers",
];

/// Questions about the document.
const VIEWS: &[&str] = &[
    "textDocument/documentSymbol",
    "textDocument/semanticTokens/full",
    "textDocument/foldingRange",
    "textDocument/codeLens",
    "textDocument/inlayHint",
    "goo/graph",
];

fn main() {
    let mut seconds = 60;
    let mut seed = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let number = args.next().and_then(|n| n.parse::<u64>().ok());
        match (arg.as_str(), number) {
            ("--seconds", Some(n)) => seconds = n,
            ("--seed", Some(n)) => seed = Some(n),
            _ => {
                eprintln!("usage: fuzz [--seconds N] [--seed N]");
                std::process::exit(64);
            }
        }
    }
    let texts = texts();
    println!("{} programs to edit", texts.len());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut next = seed.unwrap_or(1);
    let mut count = 0;
    while Instant::now() < end {
        // Before it runs: after a stack overflow, which ends the process, this is the one to repeat.
        println!("seed {next}");
        let result = runtime.block_on(conversation(&texts, next));
        if let Err(problem) = result {
            eprintln!("seed {next}: {problem}");
            std::process::exit(1);
        }
        count += 1;
        if seed.is_some() {
            break;
        }
        next += 1;
    }
    println!("{count} conversations of {EDITS} edits, no failure");
    runtime.shutdown_background();
}

/// The programs of the repository, in an order that does not depend on the file system.
fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<PathBuf> = ["examples", "tests/cases"].map(|name| root.join(name)).to_vec();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "goo") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
        .into_iter()
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .filter(|text| text.len() < 16 << 10)
        .collect()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }
}

/// What the client holds the document to be.
struct Document {
    text: String,
    version: i64,
}

impl Document {
    fn boundary(&self, mut at: usize) -> usize {
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// A place as the protocol counts: lines, and units of UTF-16 in them.
    fn position(&self, at: usize) -> Value {
        let before = &self.text[..at];
        let line = before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        json!({"line": line, "character": before[start..].encode_utf16().count()})
    }

    /// Changes a piece of the text; gives the change as the protocol has it.
    fn edit(&mut self, random: &mut Random) -> Value {
        let length = self.text.len();
        let start = self.boundary(random.below(length + 1));
        let most = [0, 0, 1, 4, 40, 400][random.below(6)];
        let mut end = self.boundary((start + random.below(most + 1)).min(length)).max(start);
        let text = match random.below(4) {
            0 => String::new(),
            1 => {
                let from = self.boundary(random.below(length + 1));
                let to = self.boundary((from + random.below(60)).min(length)).max(from);
                self.text[from..to].to_owned()
            }
            _ => PIECES[random.below(PIECES.len())].to_owned(),
        };
        // Positions cannot tell the two characters of a line break apart: the whole of it goes.
        let mut start = start;
        if self.text[..start].ends_with('\r') {
            start -= 1;
        }
        if self.text[..end].ends_with('\r') && self.text[end..].starts_with('\n') {
            end += 1;
        }
        let range = json!({"start": self.position(start), "end": self.position(end)});
        self.text.replace_range(start..end, &text);
        json!({"range": range, "text": text})
    }
}

async fn conversation(texts: &[String], seed: u64) -> Result<(), String> {
    let mut random = Random(seed);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("main.goo");
    let mut document = Document { text: texts[random.below(texts.len())].clone(), version: 0 };
    std::fs::write(&path, &document.text).map_err(|error| error.to_string())?;
    let uri = format!("file://{}", path.display());
    let edited = with_server(async |client| {
        client.open(&uri, &document).await?;
        for _ in 0..EDITS {
            document.version += 1;
            let changes: Vec<Value> = (0..=random.below(2)).map(|_| document.edit(&mut random)).collect();
            client.change(&uri, &document, changes).await?;
            if random.below(3) == 0 {
                let at = document.boundary(random.below(document.text.len() + 1));
                client.ask(QUESTIONS[random.below(QUESTIONS.len())], &uri, &document.position(at)).await?;
            }
            if random.below(6) == 0 {
                client.ask(VIEWS[random.below(VIEWS.len())], &uri, &Value::Null).await?;
            }
        }
        client.state(&uri, &document).await
    })
    .await?;
    let fresh = with_server(async |client| {
        client.open(&uri, &document).await?;
        client.state(&uri, &document).await
    })
    .await?;
    for ((what, edited), (_, fresh)) in edited.iter().zip(&fresh) {
        if edited != fresh {
            return Err(format!(
                "{what} differs from a fresh open\nedited: {edited}\nfresh:  {fresh}\ntext:\n{}",
                document.text
            ));
        }
    }
    Ok(())
}

/// Runs a conversation with a server of its own, from beginning to end.
async fn with_server<T>(talk: impl AsyncFnOnce(&mut Client) -> Result<T, String>) -> Result<T, String> {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (server_in, server_out) = tokio::io::split(theirs);
    let local = tokio::task::LocalSet::new();
    let server = local.spawn_local(goo_lsp::serve(server_in, server_out));
    local
        .run_until(async {
            let (output, input) = tokio::io::split(ours);
            let mut client = Client { input, output: BufReader::new(output), next_id: 0 };
            client.request("initialize", json!({"capabilities": {}})).await?;
            client.notify("initialized", json!({})).await?;
            let found = talk(&mut client).await?;
            client.request("shutdown", Value::Null).await?;
            client.notify("exit", Value::Null).await?;
            match server.await {
                Ok(true) => Ok(found),
                Ok(false) => Err("the server did not notice `shutdown`".to_owned()),
                Err(error) => Err(format!("the server: {error}")),
            }
        })
        .await
}

struct Client {
    input: WriteHalf<DuplexStream>,
    output: BufReader<ReadHalf<DuplexStream>>,
    next_id: i64,
}

impl Client {
    async fn open(&mut self, uri: &str, document: &Document) -> Result<(), String> {
        let text = &document.text;
        let document = json!({"uri": uri, "languageId": "goo", "version": document.version, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document})).await
    }

    async fn change(&mut self, uri: &str, document: &Document, changes: Vec<Value>) -> Result<(), String> {
        let document = json!({"uri": uri, "version": document.version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}))
            .await
    }

    /// Asks something; errors are answers, too, but not those that say that the server is at fault.
    async fn ask(&mut self, method: &str, uri: &str, place: &Value) -> Result<Value, String> {
        let all = json!({"start": {"line": 0, "character": 0}, "end": {"line": 1_000_000, "character": 0}});
        let range = if place.is_null() { all } else { json!({"start": place, "end": place}) };
        let params = json!({
            "textDocument": {"uri": uri}, "uri": uri, "position": place, "positions": [place], "range": range,
            "newName": "renamed", "context": {"diagnostics": [], "includeDeclaration": true},
        });
        let answer = self.request(method, params).await?;
        match answer["error"]["code"].as_i64() {
            Some(-32603) => Err(format!("{method}: {answer}")),
            _ => Ok(answer["result"].clone()),
        }
    }

    /// Everything that the server says about the document.
    async fn state(&mut self, uri: &str, document: &Document) -> Result<Vec<(String, Value)>, String> {
        let mut found = Vec::new();
        // The questions first: their answers do not make diagnostics wait.
        for view in VIEWS {
            found.push(((*view).to_owned(), self.ask(view, uri, &Value::Null).await?));
        }
        // A change that changes nothing brings the diagnostics of what is there now.
        let version = document.version + 1;
        let start = json!({"line": 0, "character": 0});
        let changes = vec![json!({"range": {"start": start, "end": start}, "text": ""})];
        self.change(uri, &Document { text: String::new(), version }, changes).await?;
        loop {
            let message = self.receive().await?;
            let params = &message["params"];
            if message["method"] == "textDocument/publishDiagnostics" && params["version"] == version {
                found.push(("diagnostics".to_owned(), params["diagnostics"].clone()));
                return Ok(found);
            }
        }
    }

    async fn notify(&mut self, method: &str, params: Value) -> Result<(), String> {
        let mut message = json!({"jsonrpc": "2.0", "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(message).await
    }

    async fn request(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.next_id += 1;
        let id = self.next_id;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(message).await?;
        loop {
            let message = self.receive().await?;
            if message["id"] == id {
                return Ok(message);
            }
        }
    }

    async fn send(&mut self, message: Value) -> Result<(), String> {
        let body = message.to_string();
        let text = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.input
            .write_all(text.as_bytes())
            .await
            .map_err(|error| format!("the server does not listen: {error}"))
    }

    async fn receive(&mut self) -> Result<Value, String> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(Duration::from_secs(120), self.output.read_line(&mut line)).await;
            match read {
                Err(_) => return Err("no answer within two minutes".to_owned()),
                Ok(Err(error)) => return Err(format!("the server stopped: {error}")),
                Ok(Ok(0)) => return Err("the server stopped".to_owned()),
                Ok(Ok(_)) => {}
            }
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => {
                    length = value.parse().map_err(|_| format!("a message of {value} bytes"))?
                }
                _ if line == "\r\n" => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).await.map_err(|error| format!("the server stopped: {error}"))?;
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }
}
