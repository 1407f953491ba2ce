//! Progress. The work ends when the test says so, so that it does not matter how long anything takes.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{InitializeParams, InitializeResult, InitializedParams, MessageType};
use tower_lsp::{LanguageServer, LspService};

use super::Client;

/// A server that works once it is there, until it is told that the work is done, and then says so.
struct Worker {
    client: tower_lsp::Client,
    done: Arc<Notify>,
}

#[tower_lsp::async_trait]
impl LanguageServer for Worker {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult::default())
    }

    async fn initialized(&self, _: InitializedParams) {
        crate::progress::show(&self.client, "Checking app".to_owned(), self.done.notified()).await;
        self.client.log_message(MessageType::INFO, "done").await;
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }
}

/// What the server says about work that lasts until it has said this, to a client that answers so.
async fn heard(until: Option<&str>, answer: Value) -> Vec<String> {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (server_in, server_out) = tokio::io::split(theirs);
    let done = Arc::new(Notify::new());
    let (service, socket) = LspService::new(|client| Worker { client, done: done.clone() });
    if until.is_none() {
        done.notify_one();
    }
    let serve = tower_lsp::Server::new(server_in, server_out, socket).serve(service);
    let talk = async {
        let mut client = Client::start(ours, json!({})).await;
        let mut found = Vec::new();
        loop {
            let message = client.next().await;
            let params = &message["params"];
            found.push(match message["method"].as_str() {
                Some("window/logMessage") => return found,
                Some("$/progress") => format!("{}: {}", params["token"], params["value"]["kind"]),
                _ => format!("{}: {}", params["token"], message["method"]),
            });
            if !message["id"].is_null() {
                let mut reply = answer.clone();
                reply["id"] = message["id"].clone();
                client.send(reply).await;
            }
            if until.is_some_and(|until| found.last().is_some_and(|last| last.contains(until))) {
                done.notify_one();
            }
        }
    };
    tokio::select! {
        () = serve => unreachable!("the client does not hang up"),
        found = talk => found,
    }
}

#[tokio::test]
async fn work_that_takes_long_is_shown() {
    let found = heard(Some("begin"), json!({"jsonrpc": "2.0", "result": null})).await;
    let token = found[0].split(": ").next().expect("a token").to_owned();
    let said = ["\"window/workDoneProgress/create\"", "\"begin\"", "\"end\""];
    assert_eq!(found, said.map(|said| format!("{token}: {said}")));
}

#[tokio::test]
async fn work_that_is_soon_done_is_not() {
    let found = heard(None, json!({"jsonrpc": "2.0", "result": null})).await;
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn a_client_may_want_no_progress() {
    let refused = json!({"jsonrpc": "2.0", "error": {"code": -32601, "message": "no"}});
    let found = heard(Some("create"), refused).await;
    assert_eq!(found.len(), 1, "{found:?}");
}
