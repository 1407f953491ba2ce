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
        tokio::spawn(produce(n, out));
        let mut sum = 0;
        while let Ok(v) = receiver.recv().await {
            sum += v;
        }
        peers::report(n, start, sum);
    });
}
