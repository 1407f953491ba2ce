use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Select, bounded};

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
    let channels: [_; 16] = std::array::from_fn(|_| producer(n / 16));
    let mut select = Select::new();
    for channel in &channels {
        select.recv(channel);
    }
    let mut sum = 0;
    for _ in 0..n / 16 * 16 {
        let ready = select.select();
        let at = ready.index();
        sum += (at + 1) * ready.recv(&channels[at]).expect("a message");
    }
    peers::report(n / 16 * 16, start, sum);
}
