use std::time::Instant;

use kanal::{AsyncReceiver, AsyncSender};

const MEMBERS: usize = 503;

async fn node(before: AsyncReceiver<usize>, next: AsyncSender<usize>) {
    while let Ok(hops) = before.recv().await {
        if next.send(hops + 1).await.is_err() {
            break;
        }
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (first, mut last) = kanal::bounded_async(0);
        for _ in 0..MEMBERS - 1 {
            let (sender, receiver) = kanal::bounded_async(0);
            tokio::spawn(node(std::mem::replace(&mut last, receiver), sender));
        }
        let mut hops = 0;
        while hops < n {
            first.send(hops + 1).await.expect("a receiver");
            hops = last.recv().await.expect("the token");
        }
        peers::report(hops, start, hops);
    });
}
