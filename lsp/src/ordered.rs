//! Changes of documents, applied in the order in which the client sent them.
//!
//! tower-lsp runs handlers side by side, so two changes could change places. But it hands messages to its service one
//! after the other: this service stands in between and changes the documents before the handler begins.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use serde_json::Value;
use tokio::sync::Notify;
use tower_lsp::jsonrpc::Request;
use tower_lsp::lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
};
use tower_service::Service;

use crate::workspace::Documents;

/// A service whose document notifications take effect in order.
pub struct Ordered<S> {
    pub inner: S,
    pub documents: Arc<Mutex<Documents>>,
    /// Told when the client says `exit`: tower-lsp would wait until the client closes the input, too.
    pub exit: Arc<Notify>,
}

impl<S: Service<Request>> Service<Request> for Ordered<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> S::Future {
        if request.method().starts_with("textDocument/did")
            && let Some(params) = request.params()
        {
            let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
            apply(&mut documents, request.method(), params);
        }
        if request.method() == "exit" {
            self.exit.notify_one();
        }
        self.inner.call(request)
    }
}

/// Applies a notification. One that does not fit its type is left to tower-lsp, which refuses it.
fn apply(documents: &mut Documents, method: &str, params: &Value) {
    match method {
        "textDocument/didOpen" => {
            if let Ok(DidOpenTextDocumentParams { text_document: document }) =
                serde_json::from_value(params.clone())
            {
                documents.open(&document.uri, document.version, document.text);
            }
        }
        "textDocument/didChange" => {
            if let Ok(DidChangeTextDocumentParams { text_document: document, content_changes }) =
                serde_json::from_value(params.clone())
            {
                documents.change(&document.uri, document.version, &content_changes);
            }
        }
        "textDocument/didClose" => {
            if let Ok(DidCloseTextDocumentParams { text_document: document }) =
                serde_json::from_value(params.clone())
            {
                documents.close(&document.uri);
            }
        }
        _ => {}
    }
}
