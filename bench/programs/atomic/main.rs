use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let value = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..n / 8 {
                    value.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    peers::report(n / 8 * 8, start, value.into_inner());
}
