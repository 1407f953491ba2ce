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
mod lenses;
mod navigation;
mod ordered;
mod progress;
mod ranges;
mod refactor;
mod server;
mod signature;
mod snapshot;
mod symbols;
mod text;
mod tokens;
mod trace;
mod words;
mod workspace;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use goo_compiler::driver;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::LspService;

/// Serves one client over standard input and output, until it says `exit` or closes the input. Gives whether it had asked
/// for the end by `shutdown`, as it should.
///
/// # Errors
/// When the system refuses the threads that the server needs.
pub fn serve_stdio() -> std::io::Result<bool> {
    // Features walk trees as deep as the compiler's stages do.
    driver::on_big_stack(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let asked = runtime.block_on(serve(tokio::io::stdin(), tokio::io::stdout()));
        // A read of standard input may still wait in a thread of its own.
        runtime.shutdown_background();
        Ok(asked)
    })
}

/// Serves one client; gives whether it asked for the end by `shutdown`.
pub async fn serve<I, O>(input: I, output: O) -> bool
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
    let ending = Arc::new(ordered::Ending::default());
    let service = ordered::Ordered { inner, documents, ending: ending.clone() };
    tokio::select! {
        () = tower_lsp::Server::new(input, output, socket).serve(service) => {}
        () = ending.exit.notified() => {}
    }
    ending.asked.load(Ordering::Acquire)
}

#[cfg(test)]
mod tests;
