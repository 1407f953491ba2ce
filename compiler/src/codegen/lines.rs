//! Where a function begins, so that its short loops lie in as few cache lines as they need.
//!
//! ```text
//! as it came                         with 16 bytes before
//! …|…………………LOOP|LOOPLOOP…………|…      …|……………………………|LOOPLOOPLOOP…|…
//! ```
//!
//! A processor takes instructions a line at a time, so a loop of ten instructions that lies across a line's end takes a cycle or two more in each turn: the inner
//! loop of a matrix product took 1.4 times as long. Cranelift does not align blocks. What can be chosen behind it is where the whole function begins.

/// Bytes of a cache line.
pub const LINE: usize = 64;
/// Constants inside the code are aligned to so many bytes from its beginning.
const STEP: usize = 16;
/// In longer loops, one line more or less makes no difference.
const LONGEST: usize = 4 * LINE;
/// A loop runs so many times for one turn of the loop around it, as far as can be guessed.
const TURNS: u64 = 8;

/// The bytes of a loop, from its head to the end of the jump back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
}

/// How many bytes to put before the code of an x86-64 function that begins with a line; `None` when it has no short loop.
pub fn lead(code: &[u8]) -> Option<usize> {
    let backward = backward_jumps(code);
    let loops: Vec<(Span, u64)> = backward
        .iter()
        .filter(|it| it.end - it.start <= LONGEST)
        .map(|it| (*it, TURNS.pow(depth(*it, &backward))))
        .collect();
    let cost = |lead: usize| loops.iter().map(|(it, weight)| weight * excess(*it, lead)).sum::<u64>();
    // The first of equals: no bytes where none help.
    (!loops.is_empty()).then(|| (0..LINE).step_by(STEP).min_by_key(|lead| cost(*lead)).unwrap_or(0))
}

/// Lines that a loop touches beyond those that it needs, in 240ths of the latter.
fn excess(it: Span, lead: usize) -> u64 {
    let touched = (it.end - 1 + lead) / LINE - (it.start + lead) / LINE + 1;
    let needed = (it.end - it.start).div_ceil(LINE);
    240 * (touched - needed) as u64 / needed as u64
}

/// How many other loops it is in, of which few are looked at.
fn depth(it: Span, all: &[Span]) -> u32 {
    let around = |other: &&Span| other.start <= it.start && it.end <= other.end && **other != it;
    all.iter().filter(around).count().min(4) as u32
}

/// Jumps to a lower address, found by their bytes: Cranelift makes them with 32 bits. What only looks like one does no harm, as nothing
/// but a place in memory depends on this.
fn backward_jumps(code: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    for (at, pair) in code.windows(2).enumerate() {
        let opcode = match pair {
            [0x0f, second] if second & 0xf0 == 0x80 => 2,
            [0xe9, _] => 1,
            _ => continue,
        };
        let Some(&[a, b, c, d]) = code.get(at + opcode..at + opcode + 4) else { continue };
        let (end, distance) = (at + opcode + 4, i64::from(i32::from_le_bytes([a, b, c, d])));
        if distance < 0
            && let Ok(start) = usize::try_from(end as i64 + distance)
            && start < at
        {
            found.push(Span { start, end });
        }
    }
    found
}

/// Instructions that do nothing, of 16 bytes each time.
pub fn nothing(bytes: usize) -> impl Iterator<Item = u8> {
    // `nopw 0(%rax,%rax)` and `nopl 0(%rax)`, as in Intel's manual for 9 and 7 bytes.
    let pair = [0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0, 0x0f, 0x1f, 0x80, 0, 0, 0, 0];
    pair.into_iter().cycle().take(bytes / STEP * STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `bytes` of code with loops, each from one place to the end of its jump.
    fn code(bytes: usize, loops: &[(usize, usize)]) -> Vec<u8> {
        let mut code = vec![0x90; bytes];
        for &(start, end) in loops {
            code[end - 6..end - 4].copy_from_slice(&[0x0f, 0x8c]);
            code[end - 4..end].copy_from_slice(&(start as i32 - end as i32).to_le_bytes());
        }
        code
    }

    #[test]
    fn a_loop_across_a_line_is_moved_into_one() {
        assert_eq!(lead(&code(200, &[(40, 88)])), Some(32));
        assert_eq!(lead(&code(200, &[(10, 50)])), Some(0));
    }

    #[test]
    fn code_without_a_short_loop_stays() {
        assert_eq!(lead(&code(200, &[])), None);
        assert_eq!(lead(&code(900, &[(10, 800)])), None);
    }

    #[test]
    fn the_inner_loop_decides() {
        // The outer loop lies in three lines as it is, and in four behind 32 bytes.
        assert_eq!(lead(&code(300, &[(0, 190), (40, 88)])), Some(32));
    }

    #[test]
    fn what_goes_before_are_whole_instructions() {
        assert_eq!(nothing(32).collect::<Vec<u8>>()[16..18], [0x66, 0x0f]);
        assert_eq!(nothing(0).count(), 0);
    }
}
