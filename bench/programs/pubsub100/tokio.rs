use std::time::Instant;

use tokio::sync::mpsc::{self, Receiver};

const SUBSCRIBERS: usize = 100;

async fn subscribe(mut receiver: Receiver<usize>) -> usize {
    let mut sum = 0;
    while let Some(v) = receiver.recv().await {
        sum += v;
    }
    sum
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (mut outs, mut subscribers) = (Vec::new(), Vec::new());
        for _ in 0..SUBSCRIBERS {
            let (out, receiver) = mpsc::channel(64);
            outs.push(out);
            subscribers.push(tokio::spawn(subscribe(receiver)));
        }
        for i in 0..n {
            for out in &outs {
                out.send(i).await.expect("a receiver");
            }
        }
        drop(outs);
        let mut sum = 0;
        for subscriber in subscribers {
            sum += subscriber.await.expect("a sum");
        }
        peers::report(n * SUBSCRIBERS, start, sum);
    });
}
