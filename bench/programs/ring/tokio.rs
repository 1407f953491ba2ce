use std::time::Instant;

use tokio::sync::mpsc::{self, Receiver, Sender};

const MEMBERS: usize = 503;

async fn node(mut before: Receiver<usize>, next: Sender<usize>) {
    while let Some(hops) = before.recv().await {
        if next.send(hops + 1).await.is_err() {
            break;
        }
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (first, mut last) = mpsc::channel(1);
        for _ in 0..MEMBERS - 1 {
            let (sender, receiver) = mpsc::channel(1);
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
