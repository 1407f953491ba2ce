//! Where a built binary begins.

use std::ffi::{CStr, c_char};

use super::runtime::{self, Options};
use crate::abi::layout::ProgramDesc;

/// Called by the binary's `main`: runs the program, and gives its exit status.
///
/// # Safety
/// `program` is the descriptor that the compiler wrote; `argv` has `argc` strings, as C's `main` gets them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_main(program: *const ProgramDesc, argc: i32, argv: *const *const c_char) -> i32 {
    // What the C library allocates for a thread is little: an arena for each would cost more than all of it.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: plain integers.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1)
    };
    let arguments = (0..argc.max(0) as usize).map(|index| {
        // SAFETY: by the caller.
        let argument = unsafe { CStr::from_ptr(*argv.add(index)) };
        argument.to_string_lossy().into_owned()
    });
    let options = Options { arguments: Some(arguments.collect()), ends_process: true, ..Options::default() };
    // SAFETY: by the caller; it is static data.
    runtime::start(unsafe { &*program }, &options)
}
