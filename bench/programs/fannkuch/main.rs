use std::time::Instant;

/// A checksum, the most flips, and how many permutations there are.
fn fannkuch(n: usize) -> (i64, i64, usize) {
    let (mut perm, mut first, mut count) = (vec![0; n], (0..n).collect::<Vec<_>>(), vec![0; n]);
    let (mut checksum, mut most, mut permutations) = (0, 0, 0);
    let mut r = n;
    loop {
        while r != 1 {
            count[r - 1] = r;
            r -= 1;
        }
        perm.copy_from_slice(&first);
        let mut flips = 0;
        while perm[0] != 0 {
            let k = perm[0];
            perm[..=k].reverse();
            flips += 1;
        }
        most = most.max(flips);
        checksum += if permutations % 2 == 0 { flips } else { -flips };
        permutations += 1;
        loop {
            if r == n {
                return (checksum, most, permutations);
            }
            first[..=r].rotate_left(1);
            count[r] -= 1;
            if count[r] > 0 {
                break;
            }
            r += 1;
        }
    }
}

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let (checksum, most, permutations) = fannkuch(n);
    peers::report(permutations, start, format!("{checksum}/{most}"));
}
