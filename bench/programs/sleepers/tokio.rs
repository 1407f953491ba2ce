use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, Sender};

async fn sleeper(i: usize, late: Sender<u64>) {
    let d = Duration::from_micros((i * 7_368_787 % 1_000_000) as u64);
    let start = Instant::now();
    tokio::time::sleep(d).await;
    late.send((start.elapsed() - d).as_nanos() as u64).await.expect("a receiver");
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let begin = Instant::now();
        let (late, mut receiver) = mpsc::channel(1024);
        tokio::spawn(async move {
            for i in 0..n {
                tokio::spawn(sleeper(i, late.clone()));
            }
        });
        let mut all = Vec::with_capacity(n);
        while let Some(late) = receiver.recv().await {
            all.push(late);
        }
        let took = begin.elapsed();
        all.sort_unstable();
        peers::report_time(n, took, format!("{} p99={}", all.len(), all[n * 99 / 100]));
    });
}
