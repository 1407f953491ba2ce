use std::time::Instant;

use kanal::{AsyncReceiver, AsyncSender};

async fn pong(a: AsyncReceiver<usize>, b: AsyncSender<usize>) {
    while let Ok(v) = a.recv().await {
        b.send(v + 1).await.expect("a receiver");
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (a, there) = kanal::bounded_async(0);
        let (back, b) = kanal::bounded_async(0);
        tokio::spawn(pong(there, back));
        let mut sum = 0;
        for i in 0..n {
            a.send(i).await.expect("a receiver");
            sum += b.recv().await.expect("an answer");
        }
        peers::report(n, start, sum);
    });
}
