//! Packages `os` and `path/filepath`: directories, environment, the process; `files.rs` has the open files.
//!
//! What may take its time at a file goes to a thread that may block ([`later`]); errors come back as the system's numbers, for
//! which the Goo side makes values.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};

use crate::abi::layout::{Context, Slice, Status};
use crate::natives;
use crate::schedule;
use crate::task::future::{on_blocking_thread, suspend_on};
use crate::value::desc::INT;
use crate::value::slice::{EMPTY, from_bytes, from_values};
use crate::value::string::slice_of;

/// `(T, int)`: what was asked for, and the error number, 0 for none.
#[repr(C)]
pub struct Coded<T> {
    pub(super) value: T,
    pub(super) code: i64,
}

/// What `stat` tells.
#[repr(C)]
#[derive(Default, Clone, Copy)]
pub struct Facts {
    pub(super) size: i64,
    pub(super) mode: i64,
    pub(super) modified: i64,
    pub(super) code: i64,
}

/// `([]string, []int, int)`: names, kinds (as in what `stat` gives as the mode) and the error number.
#[repr(C)]
pub struct Listing {
    names: Slice,
    kinds: Slice,
    code: i64,
}

/// Name and kind.
pub(super) type Entry = (Vec<u8>, i64);

pub(super) fn listing(found: Result<Vec<Entry>, i64>) -> Listing {
    match found {
        Ok(entries) => Listing {
            kinds: from_values(&INT, entries.iter().map(|(_, kind)| *kind).collect()),
            names: strings(entries.into_iter().map(|(name, _)| name)),
            code: 0,
        },
        Err(code) => Listing { names: EMPTY, kinds: EMPTY, code },
    }
}

/// Added to the error number when the file could be opened, but not be read or written.
const OPENED: i64 = 1 << 16;

pub(super) fn code(error: &io::Error) -> i64 {
    let known = || match error.kind() {
        io::ErrorKind::InvalidInput => libc::EINVAL,
        _ => libc::EIO,
    };
    error.raw_os_error().unwrap_or_else(known).into()
}

fn code_of(result: io::Result<()>) -> i64 {
    result.map_or_else(|error| code(&error), |()| 0)
}

/// What the system calls the error of this number, in small letters.
pub fn message(code: i64) -> String {
    let text = io::Error::from_raw_os_error(code as i32).to_string();
    let mut text = text.split(" (os error").next().unwrap_or_default().to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    text
}

pub(super) fn path(name: &[u8]) -> OsString {
    OsString::from_vec(name.to_vec())
}

/// Does work on a thread that may block, and makes its result on the way back, on the worker.
///
/// # Safety
/// As for [`suspend_on`].
pub unsafe fn later<A: Send + 'static, T: 'static>(
    ctx: *mut Context,
    out: *mut T,
    work: impl FnOnce() -> A + Send + 'static,
    then: impl FnOnce(A) -> T + 'static,
) -> Status {
    if schedule::on() {
        // At once, and here: how long it takes decides nothing.
        // SAFETY: as the caller owes.
        unsafe { out.write(then(work())) };
        return Status::Returned;
    }
    // SAFETY: as the caller owes.
    unsafe {
        let handle = on_blocking_thread(ctx, work);
        let future = async move { handle.await.map(then).map_err(|error| error.to_string()) };
        suspend_on(ctx, out, future)
    }
}

pub(super) fn bytes_and_code(result: Result<Vec<u8>, i64>) -> Coded<Slice> {
    match result {
        Ok(bytes) => Coded { value: from_bytes(&bytes), code: 0 },
        Err(code) => Coded { value: EMPTY, code },
    }
}

fn write_file(name: &OsStr, bytes: &[u8], permissions: i64) -> Result<(), i64> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(permissions as u32);
    let mut file = options.open(name).map_err(|error| code(&error))?;
    file.write_all(bytes).map_err(|error| code(&error) | OPENED)
}

fn read_file(name: &OsStr) -> Result<Vec<u8>, i64> {
    let mut file = File::open(name).map_err(|error| code(&error))?;
    let size = file.metadata().map_or(0, |of| of.len());
    let mut bytes = Vec::new();
    // What is no ordinary file may say any size.
    bytes.try_reserve_exact(size as usize).map_err(|_| i64::from(libc::ENOMEM))?;
    file.read_to_end(&mut bytes).map_err(|error| code(&error) | OPENED)?;
    Ok(bytes)
}

pub(super) fn facts(of: io::Result<fs::Metadata>) -> Facts {
    match of {
        Ok(of) => Facts {
            size: of.size() as i64,
            mode: of.mode().into(),
            modified: of.mtime() * 1_000_000_000 + of.mtime_nsec(),
            code: 0,
        },
        Err(error) => Facts { code: code(&error), ..Facts::default() },
    }
}

/// Sorted by name, as Go gives them.
pub(super) fn list(name: &OsStr) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(name)? {
        let entry = entry?;
        entries.push((entry.file_name().into_vec(), kind(entry.file_type()?)));
    }
    entries.sort();
    Ok(entries)
}

fn kind(of: fs::FileType) -> i64 {
    let kinds = [
        (of.is_dir(), libc::S_IFDIR),
        (of.is_symlink(), libc::S_IFLNK),
        (of.is_fifo(), libc::S_IFIFO),
        (of.is_socket(), libc::S_IFSOCK),
        (of.is_char_device(), libc::S_IFCHR),
        (of.is_block_device(), libc::S_IFBLK),
    ];
    kinds.iter().find(|(is, _)| *is).map_or(0, |&(_, kind)| kind.into())
}

/// Go does not put a file or directory in the place of a directory, not even of an empty one.
fn rename(from: &OsStr, to: &OsStr) -> io::Result<()> {
    if fs::symlink_metadata(to).is_ok_and(|of| of.is_dir()) {
        fs::symlink_metadata(from)?;
        return Err(io::Error::from_raw_os_error(libc::EEXIST));
    }
    fs::rename(from, to)
}

/// The operations of `change`, by the number that the Goo side passes.
fn change(operation: i64, name: &OsStr, other: &OsStr, number: i64) -> io::Result<()> {
    match operation {
        0 => fs::DirBuilder::new().mode(number as u32).create(name),
        2 => match fs::symlink_metadata(name)?.is_dir() {
            true => fs::remove_dir(name),
            false => fs::remove_file(name),
        },
        3 => match fs::symlink_metadata(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(facts) if facts.is_dir() => fs::remove_dir_all(name),
            Ok(_) => fs::remove_file(name),
        },
        4 => rename(name, other),
        5 => std::env::set_current_dir(name),
        6 => fs::set_permissions(name, fs::Permissions::from_mode(number as u32)),
        7 => File::options().write(true).open(name)?.set_len(number as u64),
        8 => std::os::unix::fs::symlink(name, other),
        9 => fs::hard_link(name, other),
        _ => Err(io::Error::from_raw_os_error(libc::ENOSYS)),
    }
}

fn strings(values: impl Iterator<Item = Vec<u8>>) -> Slice {
    slice_of(values.map(|value| from_bytes(&value)).collect())
}

natives! { pub static OS;
    /// `func readFile(name string) ([]byte, int)`
    Blocking fn goo_os_readFile(name: Bytes) -> Address(Coded<Slice>) {
        let name = path(name);
        (move || read_file(&name), bytes_and_code)
    }
    /// `func writeFile(name string, data []byte, perm int) int`
    Blocking fn goo_os_writeFile(name: Bytes, bytes: Bytes, permissions: I64) -> Address(i64) {
        let (name, bytes) = (path(name), bytes.to_vec());
        (move || write_file(&name, &bytes, permissions).map_or_else(|code| code, |()| 0), |code| code)
    }
    /// `func stat(name string, follow bool) (size, mode, modified, code int)`
    Blocking fn goo_os_stat(name: Bytes, follow: I64) -> Address(Facts) {
        let name = path(name);
        (move || facts(if follow != 0 { fs::metadata(&name) } else { fs::symlink_metadata(&name) }), |facts| facts)
    }
    /// `func list(name string) ([]string, []int, int)`
    Blocking fn goo_os_list(name: Bytes) -> Address(Listing) {
        let name = path(name);
        (move || list(&name).map_err(|error| code(&error)), listing)
    }
    /// `func change(operation int, name, other string, number int) int`
    Blocking fn goo_os_change(operation: I64, name: Bytes, other: Bytes, number: I64) -> Address(i64) {
        let (name, other) = (path(name), path(other));
        (move || code_of(change(operation, &name, &other, number)), |code| code)
    }
    /// `func Readlink`'s native: `func readlink(name string) ([]byte, int)`
    Blocking fn goo_os_readlink(name: Bytes) -> Address(Coded<Slice>) {
        let name = path(name);
        (move || fs::read_link(&name).map(|to| to.into_os_string().into_vec()).map_err(|error| code(&error)), bytes_and_code)
    }
    /// `func message(code int) string`
    Plain fn goo_os_message(number: I64) -> Slice {
        from_bytes(message(number).as_bytes())
    }
    /// `func getwd() ([]byte, int)`
    Plain fn goo_os_getwd() -> Address(Coded<Slice>) {
        bytes_and_code(std::env::current_dir().map(|dir| dir.into_os_string().into_vec()).map_err(|error| code(&error)))
    }
    /// `func hostname() string`
    Plain fn goo_os_hostname() -> Slice {
        let mut buffer = [0_u8; 256];
        // SAFETY: the buffer has this many bytes.
        unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) };
        let len = buffer.iter().position(|&byte| byte == 0).unwrap_or(0);
        from_bytes(&buffer[..len])
    }
    /// `func executable() string`
    Plain fn goo_os_executable() -> Slice {
        let path = std::env::current_exe().map(|path| path.into_os_string().into_vec()).unwrap_or_default();
        from_bytes(&path)
    }
    /// `func Getpid() int`
    Pure fn goo_os_Getpid() -> I64 { std::process::id() }
    /// `func Getppid() int`
    Plain fn goo_os_Getppid() -> I64 { std::os::unix::process::parent_id() }
    /// `func Getuid() int`
    Plain fn goo_os_Getuid() -> I64 {
        // SAFETY: it only tells.
        unsafe { libc::getuid() }
    }
    /// `func Getgid() int`
    Plain fn goo_os_Getgid() -> I64 {
        // SAFETY: it only tells.
        unsafe { libc::getgid() }
    }
    /// `func args() []string`
    Plain fn goo_os_args() -> Slice {
        strings(super::program_arguments().into_iter())
    }
    /// `func lookup(key string) (string, bool)`
    Plain fn goo_os_lookup(key: Bytes) -> Address(Coded<Slice>) {
        match std::env::var_os(OsStr::from_bytes(key)) {
            Some(value) => Coded { value: from_bytes(value.as_bytes()), code: 1 },
            None => Coded { value: EMPTY, code: 0 },
        }
    }
    /// `func setenv(key, value string)`
    Plain fn goo_os_setenv(key: Bytes, value: Bytes) {
        if !is_key(key) || value.contains(&0) {
            return Ok(());
        }
        let _guard = ENVIRONMENT.lock();
        // SAFETY: the environment is only read and written through std, which takes its own lock.
        unsafe { std::env::set_var(OsStr::from_bytes(key), OsStr::from_bytes(value)) };
    }
    /// `func unsetenv(key string)`
    Plain fn goo_os_unsetenv(key: Bytes) {
        if !is_key(key) {
            return Ok(());
        }
        let _guard = ENVIRONMENT.lock();
        // SAFETY: as above.
        unsafe { std::env::remove_var(OsStr::from_bytes(key)) };
    }
    /// `func Environ() []string`
    Plain fn goo_os_Environ() -> Slice {
        strings(std::env::vars_os().map(|(mut key, value)| {
            key.push("=");
            key.push(value);
            key.into_vec()
        }))
    }
    /// `func Exit(code int)`
    Raw fn goo_os_Exit(ctx, status: I64) {
        // SAFETY: a task runs, on this context's worker.
        unsafe { crate::io::exit(ctx, status) }
    }
}

/// Whether a variable of the environment can have this name; the standard library panics for others.
fn is_key(key: &[u8]) -> bool {
    !key.is_empty() && !key.contains(&b'=') && !key.contains(&0)
}

static ENVIRONMENT: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
