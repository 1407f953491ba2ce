//! What the benchmarks' programs in Rust share.

use std::fmt::Display;
use std::future::Future;
use std::time::{Duration, Instant};

/// The size of the work: the program's argument.
pub fn size() -> usize {
    std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("the size, as the argument")
}

/// Prints the line that `bench` reads.
pub fn report(operations: usize, start: Instant, result: impl Display) {
    report_time(operations, start.elapsed(), result);
}

/// The same, for a time that was taken before.
pub fn report_time(operations: usize, took: Duration, result: impl Display) {
    println!("{operations} {} {result}", took.as_nanos());
}

/// Runs a program on tokio: on as many threads as `TOKIO_WORKER_THREADS` says, or on one if `TOKIO_RUNTIME` is `current_thread`.
pub fn tokio<F: Future<Output = ()> + Send + 'static>(program: F) {
    let one = std::env::var("TOKIO_RUNTIME").is_ok_and(|runtime| runtime == "current_thread");
    let mut builder = match one {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.enable_time().build().expect("a runtime");
    // A task, because the thread that blocks is none of the workers.
    runtime.block_on(async { tokio::spawn(program).await.expect("the program does not panic") });
}

/// How many bytes of memory the process has now.
pub fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// The next of a fixed sequence of numbers.
pub fn random(state: &mut u64) -> i64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*state >> 33) as i64
}
