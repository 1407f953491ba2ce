use std::collections::HashMap;
use std::fmt::Write;
use std::time::Instant;

/// About so many bytes in lines of ten words, of which some are frequent and most are rare.
fn text(size: usize) -> String {
    let (mut text, mut state, mut column) = (String::new(), 1, 1);
    while text.len() < size {
        let r = peers::random(&mut state) % 30_000;
        let end = if column % 10 == 0 { '\n' } else { ' ' };
        write!(text, "w{}{end}", r * r / 10_000).expect("room");
        column += 1;
    }
    text
}

fn main() {
    let input = text(peers::size());
    let start = Instant::now();
    let mut counts = HashMap::new();
    for line in input.lines() {
        for word in line.split_whitespace() {
            *counts.entry(word).or_insert(0) += 1;
        }
    }
    let total: usize = counts.values().sum();
    let most = counts.values().max().copied().unwrap_or(0);
    peers::report(total, start, format!("{}/{total}/{most}", counts.len()));
}
