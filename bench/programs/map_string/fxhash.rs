use std::time::Instant;

use rustc_hash::FxHashMap;

fn main() {
    let n = peers::size();
    let all: Vec<String> = (0..2 * n).map(|i| format!("user:{}", i * 7_368_787 % 1_000_000_007)).collect();
    let start = Instant::now();
    let mut map = FxHashMap::default();
    for (i, key) in all[..n].iter().enumerate() {
        *map.entry(key.as_str()).or_insert(0) += i;
    }
    let (mut found, mut sum) = (0, 0);
    for i in 0..n {
        if let Some(v) = map.get(all[2 * i].as_str()) {
            found += 1;
            sum += v;
        }
    }
    peers::report(2 * n, start, format!("{}/{found}/{sum}", map.len()));
}
