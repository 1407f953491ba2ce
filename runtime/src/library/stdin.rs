//! Standard input: one buffer for all who read it, so that `fmt.Scan` and a reader of `os.Stdin` do not lose what the other has read ahead.

use std::io::Read;

use parking_lot::Mutex;

use crate::abi::layout::{Context, Status};

#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    /// Given already.
    at: usize,
}

impl Buffer {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }
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

/// Reads a piece into the buffer, which is empty; -1 at the end, the byte else.
fn refill() -> i64 {
    let mut bytes = vec![0; PIECE];
    let read = std::io::stdin().lock().read(&mut bytes).unwrap_or(0);
    bytes.truncate(read);
    let first = bytes.first().map_or(-1, |&byte| byte.into());
    *BUFFER.lock() = Buffer { at: bytes.len().min(1), bytes };
    first
}

/// `func stdinByte() int`: suspends only when there is nothing in the buffer.
///
/// # Safety
/// Called by compiled code only, as the table says: on a worker, with arguments that it lends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_fmt_stdinByte(ctx: *mut Context, out: *mut i64) -> Status {
    if let Some(byte) = BUFFER.lock().byte() {
        // SAFETY: `out` is where the caller wants the result.
        unsafe { out.write(byte.into()) };
        return Status::Returned;
    }
    // SAFETY: a task runs, on this context's worker; `out` as above.
    unsafe { super::os::later(ctx, out, refill, |byte| byte) }
}

crate::runtime_functions! { pub static STDIN_BYTE;
    Suspends goo_fmt_stdinByte[0]() -> I64;
}
