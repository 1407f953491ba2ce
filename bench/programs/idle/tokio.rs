use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Receiver, Sender};

// tokio has no channel with many receivers: a semaphore wakes the tasks, one after the other.
async fn wait(i: usize, ready: Sender<usize>, gate: Arc<Semaphore>, out: Sender<usize>) {
    ready.send(1).await.expect("a receiver");
    drop(ready);
    gate.acquire().await.expect("a permit").forget();
    out.send(i).await.expect("a receiver");
}

async fn receive(n: usize, channel: &mut Receiver<usize>) -> usize {
    let mut sum = 0;
    for _ in 0..n {
        sum += channel.recv().await.expect("a message");
    }
    sum
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let before = peers::resident();
        let begin = Instant::now();
        let (ready, mut all_ready) = mpsc::channel(1024);
        let (out, mut receiver) = mpsc::channel(1024);
        let gate = Arc::new(Semaphore::new(0));
        let waiting = gate.clone();
        tokio::spawn(async move {
            for i in 0..n {
                tokio::spawn(wait(i, ready.clone(), waiting.clone(), out.clone()));
            }
        });
        receive(n, &mut all_ready).await;
        let each = (peers::resident() - before) / n;
        tokio::spawn(async move {
            for _ in 0..n {
                gate.add_permits(1);
            }
        });
        let sum = receive(n, &mut receiver).await;
        peers::report(n, begin, format!("{sum} bytes={each}"));
    });
}
