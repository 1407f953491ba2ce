use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, bounded};

fn producer(n: usize) -> Receiver<usize> {
    let (out, receiver) = bounded(128);
    thread::spawn(move || {
        for i in 0..n {
            out.send(i).expect("a receiver");
        }
        // The channel stays open, so that it is not ready for ever.
        thread::park();
        drop(out);
    });
    receiver
}

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let [a, b] = std::array::from_fn(|_| producer(n / 2));
    let mut sum = 0;
    for _ in 0..n / 2 * 2 {
        crossbeam_channel::select! {
            recv(a) -> v => sum += v.expect("a message"),
            recv(b) -> v => sum += 2 * v.expect("a message"),
        }
    }
    peers::report(n / 2 * 2, start, sum);
}
