use std::time::Instant;

use kanal::{AsyncReceiver, AsyncSender};

async fn generate(out: AsyncSender<usize>) {
    let mut i = 2;
    while out.send(i).await.is_ok() {
        i += 1;
    }
}

async fn filter(input: AsyncReceiver<usize>, out: AsyncSender<usize>, prime: usize) {
    while let Ok(v) = input.recv().await {
        if v % prime != 0 && out.send(v).await.is_err() {
            break;
        }
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (out, mut input) = kanal::bounded_async(0);
        tokio::spawn(generate(out));
        let mut sum = 0;
        for _ in 0..n {
            let prime = input.recv().await.expect("a number");
            sum += prime;
            let (out, receiver) = kanal::bounded_async(0);
            tokio::spawn(filter(std::mem::replace(&mut input, receiver), out, prime));
        }
        peers::report(n, start, sum);
    });
}
