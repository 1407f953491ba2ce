use std::time::Instant;

use rustc_hash::FxHashMap;

/// Different numbers, far apart.
fn key(i: usize) -> usize {
    i * 7_368_787 % 1_000_000_007
}

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let mut map = FxHashMap::default();
    for i in 0..n {
        *map.entry(key(i)).or_insert(0) += i;
    }
    let (mut found, mut sum) = (0, 0);
    for i in 0..n {
        if let Some(v) = map.get(&key(2 * i)) {
            found += 1;
            sum += v;
        }
    }
    peers::report(2 * n, start, format!("{}/{found}/{sum}", map.len()));
}
