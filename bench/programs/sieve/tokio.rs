use std::time::Instant;

use tokio::sync::mpsc::{self, Receiver, Sender};

async fn generate(out: Sender<usize>) {
    let mut i = 2;
    while out.send(i).await.is_ok() {
        i += 1;
    }
}

async fn filter(mut input: Receiver<usize>, out: Sender<usize>, prime: usize) {
    while let Some(v) = input.recv().await {
        if v % prime != 0 && out.send(v).await.is_err() {
            break;
        }
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (out, mut input) = mpsc::channel(1);
        tokio::spawn(generate(out));
        let mut sum = 0;
        for _ in 0..n {
            let prime = input.recv().await.expect("a number");
            sum += prime;
            let (out, receiver) = mpsc::channel(1);
            tokio::spawn(filter(std::mem::replace(&mut input, receiver), out, prime));
        }
        peers::report(n, start, sum);
    });
}
