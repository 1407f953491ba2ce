use std::time::Instant;

fn element(i: usize, j: usize) -> f64 {
    1.0 / ((i + j) * (i + j + 1) / 2 + i + 1) as f64
}

fn times(v: &[f64], out: &mut [f64]) {
    for (i, out) in out.iter_mut().enumerate() {
        *out = v.iter().enumerate().map(|(j, x)| element(i, j) * x).sum();
    }
}

fn times_transposed(v: &[f64], out: &mut [f64]) {
    for (i, out) in out.iter_mut().enumerate() {
        *out = v.iter().enumerate().map(|(j, x)| element(j, i) * x).sum();
    }
}

fn norm(n: usize) -> f64 {
    let (mut u, mut v, mut w) = (vec![1.0; n], vec![0.0; n], vec![0.0; n]);
    for _ in 0..10 {
        times(&u, &mut w);
        times_transposed(&w, &mut v);
        times(&v, &mut w);
        times_transposed(&w, &mut u);
    }
    let uv: f64 = u.iter().zip(&v).map(|(u, v)| u * v).sum();
    let vv: f64 = v.iter().map(|v| v * v).sum();
    (uv / vv).sqrt()
}

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let result = norm(n);
    peers::report(40 * n * n, start, format!("{result:.9}"));
}
