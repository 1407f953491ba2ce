//! Progress, for packages that take longer than one waits without wondering.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tower_lsp::Client;
use tower_lsp::lsp_types::notification::Progress;
use tower_lsp::lsp_types::request::WorkDoneProgressCreate;
use tower_lsp::lsp_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd,
};

/// Work that takes less shows nothing.
const PATIENCE: Duration = Duration::from_millis(300);

/// A client that does not answer does not hold up the work for longer.
const ANSWER: Duration = Duration::from_secs(1);

/// Does some work; the client shows a title while it lasts.
pub async fn show<T>(client: &Client, title: String, work: impl Future<Output = T>) -> T {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep(PATIENCE) => {}
    }
    let token = NumberOrString::String(format!("goo/{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    let begin = async {
        let create = client
            .send_request::<WorkDoneProgressCreate>(WorkDoneProgressCreateParams { token: token.clone() });
        let accepted = tokio::time::timeout(ANSWER, create).await.is_ok_and(|answer| answer.is_ok());
        if accepted {
            let begin =
                WorkDoneProgressBegin { title, cancellable: Some(false), message: None, percentage: None };
            say(client, &token, WorkDoneProgress::Begin(begin)).await;
        }
        accepted
    };
    let (accepted, done) = tokio::join!(begin, work);
    if accepted {
        say(client, &token, WorkDoneProgress::End(WorkDoneProgressEnd { message: None })).await;
    }
    done
}

async fn say(client: &Client, token: &NumberOrString, progress: WorkDoneProgress) {
    let params = ProgressParams { token: token.clone(), value: ProgressParamsValue::WorkDone(progress) };
    client.send_notification::<Progress>(params).await;
}
