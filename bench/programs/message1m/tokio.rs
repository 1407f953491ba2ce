use std::time::Instant;

use tokio::sync::mpsc::{self, Sender};

const SIZE: usize = 1 << 20;

// Each message is a new megabyte, and each page of it is written to.
async fn produce(n: usize, out: Sender<Vec<u8>>) {
    for i in 0..n {
        let mut data = vec![0; SIZE];
        for at in (0..SIZE).step_by(4096) {
            data[at] = i as u8;
        }
        out.send(data).await.expect("a receiver");
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (out, mut receiver) = mpsc::channel(4);
        tokio::spawn(produce(n, out));
        let mut sum = 0;
        while let Some(data) = receiver.recv().await {
            sum += data.iter().step_by(4096).map(|byte| usize::from(*byte)).sum::<usize>();
        }
        peers::report(n, start, sum);
    });
}
