use std::time::Instant;

use kanal::AsyncReceiver;

async fn consume(receiver: AsyncReceiver<usize>) -> usize {
    let mut sum = 0;
    while let Ok(v) = receiver.recv().await {
        sum += v;
    }
    sum
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (out, receiver) = kanal::bounded_async(1024);
        let consumers: Vec<_> = (0..8).map(|_| tokio::spawn(consume(receiver.clone()))).collect();
        drop(receiver);
        for i in 0..n {
            out.send(i).await.expect("a receiver");
        }
        drop(out);
        let mut sum = 0;
        for consumer in consumers {
            sum += consumer.await.expect("a sum");
        }
        peers::report(n, start, sum);
    });
}
