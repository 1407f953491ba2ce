use std::thread;
use std::time::Instant;

use crossbeam_channel::bounded;

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let (out, receiver) = bounded::<usize>(1024);
    let consumers: Vec<_> = (0..8)
        .map(|_| {
            let receiver = receiver.clone();
            thread::spawn(move || receiver.iter().sum::<usize>())
        })
        .collect();
    for i in 0..n {
        out.send(i).expect("a receiver");
    }
    drop(out);
    let sum: usize = consumers.into_iter().map(|consumer| consumer.join().expect("a sum")).sum();
    peers::report(n, start, sum);
}
