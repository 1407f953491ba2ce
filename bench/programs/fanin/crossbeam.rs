use std::thread;
use std::time::Instant;

use crossbeam_channel::{Sender, bounded};

fn produce(n: usize, out: Sender<usize>) {
    for i in 0..n {
        out.send(i).expect("a receiver");
    }
}

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let (out, receiver) = bounded(1024);
    for _ in 0..8 {
        let out = out.clone();
        thread::spawn(move || produce(n / 8, out));
    }
    drop(out);
    let (mut count, mut sum) = (0, 0);
    for v in receiver {
        count += 1;
        sum += v;
    }
    peers::report(count, start, sum);
}
