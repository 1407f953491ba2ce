use std::time::Instant;

/// After how many steps the point leaves the circle, at most 50.
fn escapes(cr: f64, ci: f64) -> usize {
    let (mut zr, mut zi) = (0.0, 0.0);
    for step in 0..50 {
        let (rr, ii) = (zr * zr, zi * zi);
        if rr + ii > 4.0 {
            return step;
        }
        zi = 2.0 * zr * zi + ci;
        zr = rr - ii + cr;
    }
    50
}

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let mut sum = 0;
    for y in 0..n {
        for x in 0..n {
            sum += escapes(2.0 * x as f64 / n as f64 - 1.5, 2.0 * y as f64 / n as f64 - 1.0);
        }
    }
    peers::report(n * n, start, sum);
}
