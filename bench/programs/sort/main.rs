use std::time::Instant;

fn main() {
    let n = peers::size();
    let mut state = 1;
    let mut xs: Vec<i64> = (0..n).map(|_| peers::random(&mut state)).collect();
    let start = Instant::now();
    xs.sort_unstable();
    let took = start.elapsed();
    let sum = xs.iter().enumerate().fold(0, |sum, (i, x)| (sum * 31 + x + i as i64) % 1_000_000_007);
    peers::report_time(n, took, sum);
}
