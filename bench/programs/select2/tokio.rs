use std::time::Instant;

use tokio::sync::mpsc::{self, Receiver, Sender};

async fn produce(n: usize, out: Sender<usize>) {
    for i in 0..n {
        out.send(i).await.expect("a receiver");
    }
}

fn producer(n: usize) -> Receiver<usize> {
    let (out, receiver) = mpsc::channel(128);
    tokio::spawn(produce(n, out));
    receiver
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let [mut a, mut b] = std::array::from_fn(|_| producer(n / 2));
        let mut sum = 0;
        for _ in 0..n / 2 * 2 {
            tokio::select! {
                Some(v) = a.recv() => sum += v,
                Some(v) = b.recv() => sum += 2 * v,
            }
        }
        peers::report(n / 2 * 2, start, sum);
    });
}
