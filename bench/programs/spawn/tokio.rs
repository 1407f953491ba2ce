use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let sum = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::new();
        for i in 0..n {
            let sum = sum.clone();
            tasks.push(tokio::spawn(async move {
                sum.fetch_add(i, Ordering::Relaxed);
            }));
        }
        for task in tasks {
            task.await.expect("no panic");
        }
        peers::report(n, start, sum.load(Ordering::Relaxed));
    });
}
