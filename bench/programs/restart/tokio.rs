use std::panic;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Receiver, Sender};

async fn worker(jobs: Arc<Mutex<Receiver<usize>>>, done: Sender<usize>) {
    while let Some(job) = jobs.lock().await.recv().await {
        done.send(job).await.expect("a receiver");
        panic!("crash after each job");
    }
}

/// Starts the worker again whenever it panics.
async fn supervise(jobs: Receiver<usize>, done: Sender<usize>) {
    let jobs = Arc::new(Mutex::new(jobs));
    while tokio::spawn(worker(jobs.clone(), done.clone())).await.is_err() {}
}

fn main() {
    let n = peers::size();
    // Nothing is printed for a panic, as in the other languages.
    panic::set_hook(Box::new(|_| {}));
    peers::tokio(async move {
        let start = Instant::now();
        let (jobs, receiver) = mpsc::channel(1);
        let (done, mut finished) = mpsc::channel(1);
        tokio::spawn(supervise(receiver, done));
        let mut sum = 0;
        // From the end of one job, with which its worker crashes, to that of the next one.
        let mut all = Vec::with_capacity(n);
        let mut before = Instant::now();
        for i in 0..n {
            jobs.send(i).await.expect("a receiver");
            sum += finished.recv().await.expect("a result");
            let now = Instant::now();
            all.push(now.duration_since(before).as_nanos());
            before = now;
        }
        let took = start.elapsed();
        all.sort_unstable();
        peers::report_time(n, took, format!("{sum} p99={}", all[n * 99 / 100]));
    });
}
