use std::time::Instant;

fn fib(n: usize) -> usize {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let result = fib(n);
    peers::report(result, start, result);
}
