use std::sync::Mutex;
use std::thread;
use std::time::Instant;

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let value = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..n / 8 {
                    *value.lock().expect("no panic") += 1;
                }
            });
        }
    });
    let value = value.into_inner().expect("no panic");
    peers::report(value, start, value);
}
