//! Natives of the standard library: what `stdlib/packages` declares without a body.
//!
//! One file for each package, but two for `os`. Each says less than its package: what Goo code can do is done in Goo.

mod bessel;
pub mod errors;
pub mod files;
pub mod fmt;
pub mod globals;
mod lgamma;
pub mod machine;
pub mod math;
pub mod os;
pub mod prelude;
pub mod rand;
mod rand_state;
pub mod section;
pub mod signals;
pub mod slices;
mod special;
pub mod stdin;
pub mod strconv;
pub mod strings;
pub mod sync;
pub mod time;
mod zone;
mod zone_rule;

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::os::unix::ffi::OsStringExt;
use std::sync::OnceLock;

/// Writes all of it to standard output or standard error, without a buffer in between, as Go does. A reader that is gone is no
/// reason to crash.
fn write_all(fd: i64, bytes: &[u8]) {
    // SAFETY: the descriptor is borrowed: it is not closed here.
    let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd as i32) });
    let _ = file.write_all(bytes);
}

static ARGUMENTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();

/// What `os.Args` is to be, when it is not the process's own command line (which names `goo run`, too).
pub fn set_program_arguments(arguments: Vec<Vec<u8>>) {
    // The first to say so is right: a process runs one program.
    let _ = ARGUMENTS.set(arguments);
}

fn program_arguments() -> Vec<Vec<u8>> {
    ARGUMENTS.get().cloned().unwrap_or_else(|| std::env::args_os().map(OsString::into_vec).collect())
}
