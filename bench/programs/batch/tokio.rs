use std::time::Instant;

use tokio::sync::mpsc::{self, Sender};

async fn produce(n: usize, out: Sender<usize>) {
    for i in 0..n {
        out.send(i).await.expect("a receiver");
    }
}

// `recv_many` waits for the first message only, and takes what else is there.
fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (out, mut receiver) = mpsc::channel(1024);
        tokio::spawn(produce(n, out));
        let (mut sum, mut batch) = (0, Vec::with_capacity(50));
        while receiver.recv_many(&mut batch, 50).await > 0 {
            sum += batch.drain(..).sum::<usize>();
        }
        peers::report(n, start, sum);
    });
}
