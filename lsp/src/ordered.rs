//! Changes of documents, applied in the order in which the client sent them; and answers that are not stale.
//!
//! tower-lsp runs handlers side by side, so two changes could change places. But it hands messages to its service one
//! after the other: this service stands in between and changes the documents before the handler begins. It also sees
//! the answers: one to a question that was asked before a change speaks of places that are elsewhere now, so the client
//! is told `ContentModified` instead, and asks again if it still wants to know.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use serde_json::Value;
use tokio::sync::Notify;
use tower_lsp::jsonrpc::{Error, Request, Response};
use tower_lsp::lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
};
use tower_service::Service;

use crate::workspace::Documents;

/// A service whose document notifications take effect in order.
pub struct Ordered<S> {
    pub inner: S,
    pub documents: Arc<Mutex<Documents>>,
    pub ending: Arc<Ending>,
}

/// How the conversation ends.
#[derive(Default)]
pub struct Ending {
    /// Told when the client says `exit`: tower-lsp would wait until the client closes the input, too.
    pub exit: Notify,
    /// The client has asked for the end before.
    pub asked: AtomicBool,
}

impl<S> Service<Request> for Ordered<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
{
    type Response = Option<Response>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Option<Response>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if request.method().starts_with("textDocument/did")
            && let Some(params) = request.params()
        {
            apply(&mut lock(&self.documents), request.method(), params);
        }
        match request.method() {
            "exit" => self.ending.exit.notify_one(),
            "shutdown" => self.ending.asked.store(true, Ordering::Release),
            _ => {}
        }
        let speaks_of_places = request.id().is_some() && speaks_of_places(request.method());
        let asked = speaks_of_places.then(|| lock(&self.documents).generation);
        let documents = self.documents.clone();
        let answer = self.inner.call(without_null(request));
        Box::pin(async move {
            let answer = answer.await?;
            let stale = asked.is_some_and(|asked| lock(&documents).generation != asked);
            Ok(match answer {
                Some(response) if stale && response.is_ok() => {
                    Some(Response::from_error(response.id().clone(), Error::content_modified()))
                }
                answer => answer,
            })
        })
    }
}

/// Without `"params": null`, which Emacs sends with requests that have none: tower-lsp would refuse it.
fn without_null(request: Request) -> Request {
    if request.params() != Some(&Value::Null) {
        return request;
    }
    let (method, id, _) = request.into_parts();
    let bare = Request::build(method);
    match id {
        Some(id) => bare.id(id).finish(),
        None => bare.finish(),
    }
}

fn lock(documents: &Mutex<Documents>) -> MutexGuard<'_, Documents> {
    documents.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an answer has places of documents in it.
fn speaks_of_places(method: &str) -> bool {
    ["textDocument/", "callHierarchy/", "goo/", "workspace/symbol"]
        .iter()
        .any(|start| method.starts_with(start))
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tower_lsp::jsonrpc::ErrorCode;

    use super::*;

    /// A service that answers when it is told to.
    struct Slow(Arc<Notify>);

    impl Service<Request> for Slow {
        type Response = Option<Response>;
        type Error = std::convert::Infallible;
        type Future = Pin<Box<dyn Future<Output = Result<Option<Response>, Self::Error>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request) -> Self::Future {
            let now = self.0.clone();
            Box::pin(async move {
                now.notified().await;
                Ok(request.id().map(|id| Response::from_ok(id.clone(), json!("an answer"))))
            })
        }
    }

    fn change() -> Request {
        let document = json!({"uri": "file:///a.goo", "version": 2});
        let params = json!({"textDocument": document, "contentChanges": [{"text": "package a"}]});
        Request::build("textDocument/didChange").params(params).finish()
    }

    #[tokio::test]
    async fn an_answer_to_a_question_before_a_change_is_stale() {
        let now = Arc::new(Notify::new());
        let ending = Arc::new(Ending::default());
        let documents = Arc::default();
        let mut service = Ordered { inner: Slow(now.clone()), documents, ending };
        let hover = |id: i64| Request::build("textDocument/hover").id(id).finish();
        let before = service.call(hover(1));
        // Its effect comes with the call, not with the handler.
        drop(service.call(change()));
        let behind = service.call(hover(2));
        let release = async {
            now.notify_one();
            tokio::task::yield_now().await;
            now.notify_one();
        };
        let (before, behind, ()) = tokio::join!(before, behind, release);
        let error = before.unwrap().unwrap().error().cloned().expect("stale");
        assert_eq!(error.code, ErrorCode::ContentModified);
        assert!(behind.unwrap().unwrap().is_ok());
    }

    #[tokio::test]
    async fn an_end_without_being_asked_for_is_noticed() {
        let ending = Arc::new(Ending::default());
        let inner = Slow(Arc::new(Notify::new()));
        let mut service = Ordered { inner, documents: Arc::default(), ending: ending.clone() };
        drop(service.call(Request::build("exit").finish()));
        ending.exit.notified().await;
        assert!(!ending.asked.load(Ordering::Acquire));
        drop(service.call(Request::build("shutdown").id(1).finish()));
        assert!(ending.asked.load(Ordering::Acquire));
    }
}
