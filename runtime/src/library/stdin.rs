//! Standard input: one buffer for all who read it, so that `fmt.Scan` and a reader of `os.Stdin` do not lose what the other has read ahead.

use std::io::Read;

use parking_lot::Mutex;

use crate::abi::layout::{Context, Slice, Status};
use crate::natives;
use crate::value::slice::from_bytes;

#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    /// Given already.
    at: usize,
}

static BUFFER: Mutex<Buffer> = Mutex::new(Buffer { bytes: Vec::new(), at: 0 });

const PIECE: usize = 64 * 1024;

/// What is there without reading, at most so much.
pub fn ready(most: usize) -> Option<Vec<u8>> {
    let mut buffer = BUFFER.lock();
    let rest = &buffer.bytes[buffer.at..];
    if rest.is_empty() {
        return None;
    }
    let taken = rest[..rest.len().min(most)].to_vec();
    buffer.at += taken.len();
    Some(taken)
}

/// As much as a scan wants at once: it takes this from the buffer, and gives back what it does not use.
const SCANNED: usize = 64;

/// Reads a piece into the buffer, which is empty, and gives the first of it: nothing at the end.
fn refill() -> Vec<u8> {
    let mut bytes = vec![0; PIECE];
    let read = std::io::stdin().lock().read(&mut bytes).unwrap_or(0);
    bytes.truncate(read);
    *BUFFER.lock() = Buffer { at: 0, bytes };
    ready(SCANNED).unwrap_or_default()
}

/// `func stdinPiece() string`: some of what comes next, nothing at the end; suspends only when there is nothing in the buffer.
///
/// # Safety
/// Called by compiled code only, as the table says: on a worker, with arguments that it lends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_fmt_stdinPiece(ctx: *mut Context, out: *mut Slice) -> Status {
    if let Some(bytes) = ready(SCANNED) {
        // SAFETY: `out` is where the caller wants the result.
        unsafe { out.write(from_bytes(&bytes)) };
        return Status::Returned;
    }
    // SAFETY: a task runs, on this context's worker; `out` as above.
    unsafe { super::os::later(ctx, out, refill, |bytes| from_bytes(&bytes)) }
}

crate::runtime_functions! { pub static STDIN_PIECE;
    Suspends goo_fmt_stdinPiece[0]() -> Slice;
}

natives! { pub static STDIN;
    /// `func stdinBack(n int)`: the last bytes are given again.
    Pure fn goo_fmt_stdinBack(n: I64) {
        let mut buffer = BUFFER.lock();
        buffer.at = buffer.at.saturating_sub(n as usize);
    }
}
