use std::panic;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Receiver, Sender};

const ROUNDS: usize = 10;

type Jobs = Arc<Mutex<Receiver<usize>>>;

/// Says that it is there, and crashes with its first job.
async fn worker(up: Sender<usize>, jobs: Jobs) {
    up.send(1).await.expect("a receiver");
    while jobs.lock().await.recv().await.is_some() {
        panic!("crash with each job");
    }
}

/// Starts the worker again whenever it panics.
async fn supervise(up: Sender<usize>, jobs: Jobs) {
    while tokio::spawn(worker(up.clone(), jobs.clone())).await.is_err() {}
}

async fn receive(n: usize, channel: &mut Receiver<usize>) -> usize {
    let mut sum = 0;
    for _ in 0..n {
        sum += channel.recv().await.expect("a message");
    }
    sum
}

fn main() {
    let n = peers::size();
    // Nothing is printed for a panic, as in the other languages.
    panic::set_hook(Box::new(|_| {}));
    peers::tokio(async move {
        let (up, mut ups) = mpsc::channel(1024);
        let (give, jobs) = mpsc::channel(1);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..n {
            tokio::spawn(supervise(up.clone(), jobs.clone()));
        }
        receive(n, &mut ups).await;
        let start = Instant::now();
        tokio::spawn(async move {
            for i in 0..ROUNDS * n {
                give.send(i).await.expect("a receiver");
            }
        });
        let sum = receive(ROUNDS * n, &mut ups).await;
        peers::report(ROUNDS * n, start, sum);
    });
}
