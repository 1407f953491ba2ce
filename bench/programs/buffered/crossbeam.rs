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
    thread::spawn(move || produce(n, out));
    let sum: usize = receiver.iter().sum();
    peers::report(n, start, sum);
}
