use std::time::Instant;

type Matrix = Vec<Vec<f64>>;

fn matrix(n: usize, seed: f64) -> Matrix {
    let element = |i: usize, j: usize| seed * (i as f64 - j as f64) * (i + j) as f64 / n as f64;
    (0..n).map(|i| (0..n).map(|j| element(i, j)).collect()).collect()
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    a.iter()
        .map(|line| {
            let mut row = vec![0.0; a.len()];
            for (x, line) in line.iter().zip(b) {
                for (sum, y) in row.iter_mut().zip(line) {
                    *sum += x * y;
                }
            }
            row
        })
        .collect()
}

fn main() {
    let n = peers::size();
    let (a, b) = (matrix(n, 1.0), matrix(n, 0.5));
    let start = Instant::now();
    let c = product(&a, &b);
    let took = start.elapsed();
    peers::report_time(n * n * n, took, format!("{:.6}", c[n / 2][n / 2] + c[n - 1][0]));
}
