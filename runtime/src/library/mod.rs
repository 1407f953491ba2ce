//! Natives of the standard library: what `stdlib/packages` declares without a body.
//!
//! One file for each package. Each says less than its package: what Goo code can do is done in Goo.

pub mod errors;
pub mod fmt;
pub mod math;
pub mod strconv;
pub mod strings;
pub mod sync;

use std::fs::File;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;

/// Writes all of it to standard output or standard error, without a buffer in between, as Go does. A reader that is gone is no
/// reason to crash.
fn write_all(fd: i64, bytes: &[u8]) {
    // SAFETY: the descriptor is borrowed: it is not closed here.
    let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd as i32) });
    let _ = file.write_all(bytes);
}
