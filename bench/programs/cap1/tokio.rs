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
        let (out, mut receiver) = mpsc::channel(1);
        tokio::spawn(produce(n, out));
        let mut sum = 0;
        while let Some(v) = receiver.recv().await {
            sum += v;
        }
        peers::report(n, start, sum);
    });
}
