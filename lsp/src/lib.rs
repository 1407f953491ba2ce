//! Goo's language server.
//!
//! A message goes through [`ordered`], which changes the documents, to [`server`], which asks [`analysis`] for a
//! [`snapshot`] of the package (the compiler's own view, with an [`index`] of all names) and hands that to the module of the
//! feature. Features only read snapshots, so they never see half a change.

mod actions;
mod analysis;
mod calls;
mod channels;
mod completion;
mod diagnostics;
mod graph;
mod hints;
mod hover;
mod index;
mod navigation;
mod ordered;
mod ranges;
mod server;
mod signature;
mod snapshot;
mod symbols;
mod text;
mod tokens;
mod trace;
mod workspace;

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tower_lsp::LspService;

/// Serves one client over standard input and output, until it says `exit` or closes the input.
///
/// # Errors
/// When the system refuses the threads that the server needs.
pub fn serve_stdio() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(serve(tokio::io::stdin(), tokio::io::stdout()));
    // A read of standard input may still wait in a thread of its own.
    runtime.shutdown_background();
    Ok(())
}

/// Serves one client.
pub async fn serve<I, O>(input: I, output: O)
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    let analysis = Arc::new(analysis::Analysis::default());
    let documents = analysis.documents.clone();
    let (inner, socket) = LspService::build(|client| server::Server::new(client, analysis))
        .custom_method("goo/senders", server::Server::senders)
        .custom_method("goo/receivers", server::Server::receivers)
        .custom_method("goo/channelTrace", server::Server::channel_trace)
        .custom_method("goo/graph", server::Server::graph)
        .finish();
    let exit = Arc::new(Notify::new());
    let service = ordered::Ordered { inner, documents, exit: exit.clone() };
    tokio::select! {
        () = tower_lsp::Server::new(input, output, socket).serve(service) => {}
        () = exit.notified() => {}
    }
}

#[cfg(test)]
mod tests;
