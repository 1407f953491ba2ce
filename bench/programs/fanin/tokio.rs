use std::time::Instant;

use tokio::sync::mpsc::{self, Sender};

async fn produce(n: usize, out: Sender<usize>) {
    for i in 0..n {
        out.send(i).await.expect("a receiver");
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (out, mut receiver) = mpsc::channel(1024);
        for _ in 0..8 {
            tokio::spawn(produce(n / 8, out.clone()));
        }
        drop(out);
        let (mut count, mut sum) = (0, 0);
        while let Some(v) = receiver.recv().await {
            count += 1;
            sum += v;
        }
        peers::report(count, start, sum);
    });
}
