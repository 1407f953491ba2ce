use std::time::Instant;

use tokio::sync::mpsc::{self, Sender};
use tokio::sync::watch;
use tokio::task::JoinSet;

const BRANCHES: usize = 100;

async fn leaf(up: Sender<usize>, mut stop: watch::Receiver<bool>) {
    up.send(1).await.expect("a receiver");
    stop.changed().await.expect("the signal to stop");
}

async fn branch(leaves: usize, up: Sender<usize>, stop: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    for _ in 0..leaves {
        tasks.spawn(leaf(up.clone(), stop.clone()));
    }
    tasks.join_all().await;
}

async fn root(leaves: usize, up: Sender<usize>, stop: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    for _ in 0..BRANCHES {
        tasks.spawn(branch(leaves, up.clone(), stop.clone()));
    }
    tasks.join_all().await;
}

/// How many leaves there were.
async fn start_and_stop(leaves: usize) -> usize {
    let (up, mut ups) = mpsc::channel(1024);
    let (stop, stopped) = watch::channel(false);
    let tree = tokio::spawn(root(leaves, up, stopped));
    let mut sum = 0;
    for _ in 0..leaves * BRANCHES {
        sum += ups.recv().await.expect("a leaf");
    }
    stop.send(true).expect("a receiver");
    tree.await.expect("no panic");
    sum
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let mut sum = 0;
        for _ in 0..10 {
            sum += start_and_stop(n / BRANCHES).await;
        }
        peers::report(sum, start, sum);
    });
}
