use std::time::Instant;

use kanal::AsyncSender;

async fn produce(n: usize, out: AsyncSender<usize>) {
    for i in 0..n {
        out.send(i).await.expect("a receiver");
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (out, receiver) = kanal::bounded_async(1024);
        for _ in 0..8 {
            tokio::spawn(produce(n / 8, out.clone()));
        }
        drop(out);
        let (mut count, mut sum) = (0, 0);
        while let Ok(v) = receiver.recv().await {
            count += 1;
            sum += v;
        }
        peers::report(count, start, sum);
    });
}
