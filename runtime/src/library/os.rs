//! Packages `os` and `path/filepath`: files, directories, environment, the process.
//!
//! What may take its time at a file goes to a thread that may block ([`later`]); errors come back as the system's numbers, for
//! which the Goo side makes values.

use std::ffi::{CString, OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, IntoRawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};

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
    value: T,
    code: i64,
}

/// What `stat` tells.
#[repr(C)]
#[derive(Default, Clone, Copy)]
pub struct Facts {
    size: i64,
    mode: i64,
    modified: i64,
    code: i64,
}

/// `([]string, []int, int)`: names, kinds (1 directory, 2 symbolic link, 0 else) and the error number.
#[repr(C)]
pub struct Listing {
    names: Slice,
    kinds: Slice,
    code: i64,
}

fn code(error: &io::Error) -> i64 {
    error.raw_os_error().unwrap_or(libc::EIO).into()
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

fn path(name: &[u8]) -> OsString {
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

/// The file behind a descriptor, which stays open.
fn borrowed(fd: i64) -> ManuallyDrop<File> {
    // SAFETY: the file is not closed here.
    ManuallyDrop::new(unsafe { File::from_raw_fd(fd as i32) })
}

fn bytes_and_code(result: Result<Vec<u8>, i64>) -> Coded<Slice> {
    match result {
        Ok(bytes) => Coded { value: from_bytes(&bytes), code: 0 },
        Err(code) => Coded { value: EMPTY, code },
    }
}

fn open(name: &OsStr, flags: i64, permissions: i64) -> Coded<i64> {
    // Go's numbers for the flags are Linux's.
    let flags = flags as i32;
    let Ok(name) = CString::new(name.as_bytes()) else {
        return Coded { value: -1, code: libc::EINVAL.into() };
    };
    // SAFETY: a path with an end.
    let fd = unsafe { libc::open(name.as_ptr(), flags | libc::O_CLOEXEC, permissions as libc::c_uint) };
    if fd < 0 {
        return Coded { value: -1, code: code(&io::Error::last_os_error()) };
    }
    Coded { value: fd.into(), code: 0 }
}

fn read(fd: i64, most: i64) -> Result<Vec<u8>, i64> {
    if fd == 0
        && let Some(bytes) = super::stdin::ready(most as usize)
    {
        return Ok(bytes);
    }
    let mut buffer = vec![0; most.clamp(0, 1 << 30) as usize];
    loop {
        match borrowed(fd).read(&mut buffer) {
            Ok(n) => {
                buffer.truncate(n);
                return Ok(buffer);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(code(&error)),
        }
    }
}

fn read_at(fd: i64, most: i64, offset: i64) -> Result<Vec<u8>, i64> {
    use std::os::unix::fs::FileExt;
    let mut buffer = vec![0; most.clamp(0, 1 << 30) as usize];
    let mut read = 0;
    while read < buffer.len() {
        match borrowed(fd).read_at(&mut buffer[read..], offset as u64 + read as u64) {
            Ok(0) => break,
            Ok(n) => read += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(code(&error)),
        }
    }
    buffer.truncate(read);
    Ok(buffer)
}

fn write(fd: i64, bytes: &[u8]) -> Coded<i64> {
    match borrowed(fd).write_all(bytes) {
        Ok(()) => Coded { value: bytes.len() as i64, code: 0 },
        Err(error) => Coded { value: 0, code: code(&error) },
    }
}

fn write_file(name: &OsStr, bytes: &[u8], permissions: i64) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(permissions as u32);
    options.open(name)?.write_all(bytes)
}

fn facts(of: io::Result<fs::Metadata>) -> Facts {
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

/// Names and kinds, sorted by name, as Go gives them.
fn list(name: &OsStr) -> io::Result<Vec<(Vec<u8>, i64)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(name)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let kind = if kind.is_dir() {
            1
        } else if kind.is_symlink() {
            2
        } else {
            0
        };
        entries.push((entry.file_name().into_vec(), kind));
    }
    entries.sort();
    Ok(entries)
}

/// The operations of `change`, by the number that the Goo side passes.
fn change(operation: i64, name: &OsStr, other: &OsStr, number: i64) -> io::Result<()> {
    match operation {
        0 => fs::DirBuilder::new().mode(number as u32).create(name),
        1 => fs::DirBuilder::new().recursive(true).mode(number as u32).create(name),
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
        4 => fs::rename(name, other),
        5 => std::env::set_current_dir(name),
        6 => fs::set_permissions(name, fs::Permissions::from_mode(number as u32)),
        7 => File::options().write(true).open(name)?.set_len(number as u64),
        8 => std::os::unix::fs::symlink(name, other),
        9 => fs::hard_link(name, other),
        _ => Err(io::Error::from_raw_os_error(libc::ENOSYS)),
    }
}

fn last_code(result: libc::c_int) -> i64 {
    if result == 0 { 0 } else { code(&io::Error::last_os_error()) }
}

fn strings(values: impl Iterator<Item = Vec<u8>>) -> Slice {
    slice_of(values.map(|value| from_bytes(&value)).collect())
}

natives! { pub static OS;
    /// `func open(name string, flag, perm int) (int, int)`
    Blocking fn goo_os_open(name: Bytes, flags: I64, permissions: I64) -> Address(Coded<i64>) {
        let name = path(name);
        (move || open(&name, flags, permissions), |found| found)
    }
    /// `func closeFile(fd int) int`
    Blocking fn goo_os_closeFile(fd: I64) -> Address(i64) {
        (move || {
            // SAFETY: the program gives its descriptor up.
            last_code(unsafe { libc::close(fd as i32) })
        }, |code| code)
    }
    /// `func read(fd, n int) ([]byte, int)`
    Blocking fn goo_os_read(fd: I64, most: I64) -> Address(Coded<Slice>) {
        (move || read(fd, most), bytes_and_code)
    }
    /// `func readAt(fd, n int, offset int64) ([]byte, int)`
    Blocking fn goo_os_readAt(fd: I64, most: I64, offset: I64) -> Address(Coded<Slice>) {
        (move || read_at(fd, most, offset), bytes_and_code)
    }
    /// `func write(fd int, p []byte) (int, int)`
    Blocking fn goo_os_write(fd: I64, bytes: Bytes) -> Address(Coded<i64>) {
        let bytes = bytes.to_vec();
        (move || write(fd, &bytes), |done| done)
    }
    /// `func writeStd(fd int, p []byte) (int, int)`: standard output and error, at once.
    Plain fn goo_os_writeStd(fd: I64, bytes: Bytes) -> Address(Coded<i64>) {
        write(fd, bytes)
    }
    /// `func seek(fd int, offset int64, whence int) (int64, int)`
    Blocking fn goo_os_seek(fd: I64, offset: I64, whence: I64) -> Address(Coded<i64>) {
        (move || {
            let to = match whence {
                0 => SeekFrom::Start(offset as u64),
                1 => SeekFrom::Current(offset),
                _ => SeekFrom::End(offset),
            };
            match borrowed(fd).seek(to) {
                Ok(at) => Coded { value: at as i64, code: 0 },
                Err(error) => Coded { value: 0, code: code(&error) },
            }
        }, |found| found)
    }
    /// `func syncFile(fd int) int`
    Blocking fn goo_os_syncFile(fd: I64) -> Address(i64) {
        (move || code_of(borrowed(fd).sync_all()), |code| code)
    }
    /// `func readFile(name string) ([]byte, int)`
    Blocking fn goo_os_readFile(name: Bytes) -> Address(Coded<Slice>) {
        let name = path(name);
        (move || fs::read(&name).map_err(|error| code(&error)), bytes_and_code)
    }
    /// `func writeFile(name string, data []byte, perm int) int`
    Blocking fn goo_os_writeFile(name: Bytes, bytes: Bytes, permissions: I64) -> Address(i64) {
        let (name, bytes) = (path(name), bytes.to_vec());
        (move || code_of(write_file(&name, &bytes, permissions)), |code| code)
    }
    /// `func stat(name string, follow bool) (size, mode, modified, code int)`
    Blocking fn goo_os_stat(name: Bytes, follow: I64) -> Address(Facts) {
        let name = path(name);
        (move || facts(if follow != 0 { fs::metadata(&name) } else { fs::symlink_metadata(&name) }), |facts| facts)
    }
    /// `func statFile(fd int) (size, mode, modified, code int)`
    Blocking fn goo_os_statFile(fd: I64) -> Address(Facts) {
        (move || facts(borrowed(fd).metadata()), |facts| facts)
    }
    /// `func list(name string) ([]string, []int, int)`
    Blocking fn goo_os_list(name: Bytes) -> Address(Listing) {
        let name = path(name);
        (move || list(&name).map_err(|error| code(&error)), |found: Result<Vec<(Vec<u8>, i64)>, i64>| match found {
            Ok(entries) => Listing {
                kinds: from_values(&INT, entries.iter().map(|(_, kind)| *kind).collect()),
                names: strings(entries.into_iter().map(|(name, _)| name)),
                code: 0,
            },
            Err(code) => Listing { names: EMPTY, kinds: EMPTY, code },
        })
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
    /// `func createTemp(dir, prefix, suffix string, directory bool) (name string, fd, code int)`
    Blocking fn goo_os_createTemp(dir: Bytes, prefix: Bytes, suffix: Bytes, directory: I64) -> Address(Temporary) {
        let (dir, prefix, suffix) = (dir.to_vec(), prefix.to_vec(), suffix.to_vec());
        (move || create_temp(&dir, &prefix, &suffix, directory != 0), |found: Result<(Vec<u8>, i64), i64>| match found {
            Ok((name, fd)) => Temporary { name: from_bytes(&name), fd, code: 0 },
            Err(code) => Temporary { name: EMPTY, fd: -1, code },
        })
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
        let _guard = ENVIRONMENT.lock();
        // SAFETY: the environment is only read and written through std, which takes its own lock.
        unsafe { std::env::set_var(OsStr::from_bytes(key), OsStr::from_bytes(value)) };
    }
    /// `func unsetenv(key string)`
    Plain fn goo_os_unsetenv(key: Bytes) {
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

static ENVIRONMENT: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

/// `(string, int, int)`
#[repr(C)]
pub struct Temporary {
    name: Slice,
    fd: i64,
    code: i64,
}

fn create_temp(dir: &[u8], prefix: &[u8], suffix: &[u8], directory: bool) -> Result<(Vec<u8>, i64), i64> {
    use std::hash::BuildHasher;
    let dir = if dir.is_empty() { std::env::temp_dir().into_os_string().into_vec() } else { dir.to_vec() };
    for _ in 0..1000 {
        let number = std::collections::hash_map::RandomState::new().hash_one(0_u8) as u32;
        let mut name = dir.clone();
        if !name.ends_with(b"/") {
            name.push(b'/');
        }
        name.extend_from_slice(prefix);
        name.extend_from_slice(number.to_string().as_bytes());
        name.extend_from_slice(suffix);
        let path = OsStr::from_bytes(&name);
        let made = if directory {
            fs::DirBuilder::new().mode(0o700).create(path).map(|()| -1)
        } else {
            let mut options = File::options();
            options.read(true).write(true).create_new(true).mode(0o600);
            options.open(path).map(|file| i64::from(file.into_raw_fd()))
        };
        match made {
            Ok(fd) => return Ok((name, fd)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(code(&error)),
        }
    }
    Err(libc::EEXIST.into())
}
