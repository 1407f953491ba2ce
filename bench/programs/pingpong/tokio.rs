use std::time::Instant;

use tokio::sync::mpsc::{self, Receiver, Sender};

async fn pong(mut a: Receiver<usize>, b: Sender<usize>) {
    while let Some(v) = a.recv().await {
        b.send(v + 1).await.expect("a receiver");
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (a, there) = mpsc::channel(1);
        let (back, mut b) = mpsc::channel(1);
        tokio::spawn(pong(there, back));
        let mut sum = 0;
        for i in 0..n {
            a.send(i).await.expect("a receiver");
            sum += b.recv().await.expect("an answer");
        }
        peers::report(n, start, sum);
    });
}
