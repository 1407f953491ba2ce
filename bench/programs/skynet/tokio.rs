use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use tokio::sync::mpsc::{self, Sender};

fn skynet(out: Sender<usize>, number: usize, size: usize) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if size == 1 {
            out.send(number).await.expect("a receiver");
            return;
        }
        let (sender, mut receiver) = mpsc::channel(1);
        for i in 0..10 {
            tokio::spawn(skynet(sender.clone(), number + i * (size / 10), size / 10));
        }
        drop(sender);
        let mut sum = 0;
        while let Some(v) = receiver.recv().await {
            sum += v;
        }
        out.send(sum).await.expect("a receiver");
    })
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let size = 10_usize.pow(n.ilog10());
        let (out, mut receiver) = mpsc::channel(1);
        tokio::spawn(skynet(out, 0, size));
        let sum = receiver.recv().await.expect("the sum");
        peers::report(size, start, sum);
    });
}
