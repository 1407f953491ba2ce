//! Package `os`: open files.
//!
//! A Goo file is a number that no other file ever gets, not the system's descriptor: that is used again for the next file once it is closed, and a
//! file that is closed already would read and write there. A file that is closed while somebody reads from it is closed behind that.

use std::ffi::{CString, OsStr};
use std::fs::{self, File, Permissions};
use std::hash::BuildHasher;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::sync::{Arc, LazyLock};

use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use super::os::{self, Coded, Facts, Listing, bytes_and_code, code, facts, later, list, listing, path};
use crate::abi::layout::Slice;
use crate::natives;
use crate::value::slice::from_bytes;

/// The code of a file that is closed, which is none of the system's.
const CLOSED: i64 = -1;

struct Open {
    files: FxHashMap<i64, Arc<Entry>>,
    /// The number of the next file.
    next: i64,
}

struct Entry {
    file: File,
    /// What `readDir` has still to give, once it was asked.
    unlisted: Mutex<Option<std::vec::IntoIter<os::Entry>>>,
}

impl Entry {
    fn new(file: File) -> Arc<Entry> {
        Arc::new(Entry { file, unlisted: Mutex::new(None) })
    }
}

/// The standard streams have the system's numbers.
static OPEN: LazyLock<RwLock<Open>> = LazyLock::new(|| {
    // SAFETY: the process's own streams, which are never closed: see `close_stream`.
    let stream = |fd: i32| (i64::from(fd), Entry::new(unsafe { File::from_raw_fd(fd) }));
    RwLock::new(Open { files: (0..3).map(stream).collect(), next: 3 })
});

fn entry(number: i64) -> Result<Arc<Entry>, i64> {
    OPEN.read().files.get(&number).cloned().ok_or(CLOSED)
}

fn keep(file: File) -> i64 {
    let mut open = OPEN.write();
    let number = open.next;
    open.next += 1;
    open.files.insert(number, Entry::new(file));
    number
}

fn close(number: i64) -> i64 {
    let Some(entry) = OPEN.write().files.remove(&number) else { return CLOSED };
    if number <= 2 {
        return close_stream(entry);
    }
    match Arc::try_unwrap(entry) {
        // SAFETY: nobody else has the file, and it is given up here.
        Ok(entry) => match unsafe { libc::close(entry.file.into_raw_fd()) } {
            0 => 0,
            _ => code(&io::Error::last_os_error()),
        },
        // Who still uses it closes it.
        Err(_) => 0,
    }
}

/// The descriptor of a standard stream stays taken, by what swallows everything: who prints writes there without asking, and so does a crash report,
/// which must not get into the file that is opened next.
fn close_stream(entry: Arc<Entry>) -> i64 {
    let null = match File::options().read(true).write(true).open("/dev/null") {
        Ok(null) => null,
        Err(error) => return code(&error),
    };
    // SAFETY: two open descriptors.
    let closed = match unsafe { libc::dup2(null.as_raw_fd(), entry.file.as_raw_fd()) } {
        0.. => 0,
        _ => code(&io::Error::last_os_error()),
    };
    std::mem::forget(entry);
    closed
}

/// Does it with an open file.
fn with<T>(number: i64, mut work: impl FnMut(&File) -> io::Result<T>) -> Result<T, i64> {
    let entry = entry(number)?;
    loop {
        match work(&entry.file) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done.map_err(|error| code(&error)),
        }
    }
}

fn coded(found: Result<i64, i64>) -> Coded<i64> {
    match found {
        Ok(value) => Coded { value, code: 0 },
        Err(code) => Coded { value: 0, code },
    }
}

fn open(name: &OsStr, flags: i64, permissions: i64) -> Result<i64, i64> {
    let name = CString::new(name.as_bytes()).map_err(|_| i64::from(libc::EINVAL))?;
    // Go's numbers for the flags are Linux's. SAFETY: a path with an end.
    let fd =
        unsafe { libc::open(name.as_ptr(), flags as i32 | libc::O_CLOEXEC, permissions as libc::c_uint) };
    match fd {
        0.. => {
            // SAFETY: it was opened just now, for this.
            Ok(keep(unsafe { File::from_raw_fd(fd) }))
        }
        _ => Err(code(&io::Error::last_os_error())),
    }
}

fn read(number: i64, most: i64) -> Result<Vec<u8>, i64> {
    if number == 0
        && entry(0).is_ok()
        && let Some(bytes) = super::stdin::ready(most as usize)
    {
        return Ok(bytes);
    }
    let mut buffer = vec![0; most.clamp(0, 1 << 30) as usize];
    let read = with(number, |mut file| file.read(&mut buffer))?;
    buffer.truncate(read);
    Ok(buffer)
}

fn read_at(number: i64, most: i64, offset: i64) -> Result<Vec<u8>, i64> {
    let mut buffer = vec![0; most.clamp(0, 1 << 30) as usize];
    let mut read = 0;
    while read < buffer.len() {
        match with(number, |file| file.read_at(&mut buffer[read..], offset as u64 + read as u64))? {
            0 => break,
            n => read += n,
        }
    }
    buffer.truncate(read);
    Ok(buffer)
}

/// Writes all of it, and says how much of it went when something is wrong.
fn write(number: i64, bytes: &[u8], mut step: impl FnMut(&File, usize) -> io::Result<usize>) -> Coded<i64> {
    let mut written = 0;
    // Nothing is written as well: the file may be closed.
    loop {
        let code = match with(number, |file| step(file, written)) {
            Ok(0) if written < bytes.len() => libc::EIO.into(),
            Ok(n) => {
                written += n;
                0
            }
            Err(code) => code,
        };
        if code != 0 || written == bytes.len() {
            return Coded { value: written as i64, code };
        }
    }
}

fn append(number: i64, bytes: &[u8]) -> Coded<i64> {
    write(number, bytes, |mut file, from| file.write(&bytes[from..]))
}

fn seek(number: i64, to: SeekFrom) -> Result<i64, i64> {
    // A directory is read from its beginning again.
    entry(number)?.unlisted.lock().take();
    with(number, |mut file| file.seek(to)).map(|at| at as i64)
}

/// The operations of `changeFile`, by the number that the Goo side passes.
fn change(number: i64, operation: i64, value: i64) -> i64 {
    let changed = with(number, |file| match operation {
        0 => file.sync_all(),
        1 => file.set_len(value as u64),
        2 => file.set_permissions(Permissions::from_mode(value as u32)),
        _ => {
            // SAFETY: the descriptor is open.
            match unsafe { libc::fchdir(file.as_raw_fd()) } {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        }
    });
    changed.map_or_else(|code| code, |()| 0)
}

/// The next entries of a directory; all that are left when `most` is not above 0.
fn read_dir(number: i64, most: i64) -> Result<Vec<os::Entry>, i64> {
    let entry = entry(number)?;
    let mut unlisted = entry.unlisted.lock();
    let rest = match &mut *unlisted {
        Some(rest) => rest,
        none => {
            // The file itself, whatever its name is by now.
            let name = format!("/proc/self/fd/{}", entry.file.as_raw_fd());
            none.insert(list(OsStr::new(&name)).map_err(|error| code(&error))?.into_iter())
        }
    };
    let most = if most > 0 { most as usize } else { usize::MAX };
    Ok(rest.take(most).collect())
}

/// `(string, int, int)`: name, number of the file and error number.
#[repr(C)]
pub struct Temporary {
    name: Slice,
    file: i64,
    code: i64,
}

/// The name that it had, or was to have, and the number of the file.
fn create_temp(dir: &[u8], prefix: &[u8], suffix: &[u8], directory: bool) -> (Vec<u8>, Result<i64, i64>) {
    for _ in 0..10_000 {
        let number = std::collections::hash_map::RandomState::new().hash_one(0_u8) as u32;
        let mut name = dir.to_vec();
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
            options.open(path).map(keep)
        };
        match made {
            Ok(file) => return (name, Ok(file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return (name, Err(code(&error))),
        }
    }
    ([dir, b"/", prefix, b"*", suffix].concat(), Err(libc::EEXIST.into()))
}

natives! { pub static FILES;
    /// `func open(name string, flag, perm int) (int, int)`
    Blocking fn goo_os_open(name: Bytes, flags: I64, permissions: I64) -> Address(Coded<i64>) {
        let name = path(name);
        (move || open(&name, flags, permissions), coded)
    }
    /// `func closeFile(file int) int`
    Blocking fn goo_os_closeFile(file: I64) -> Address(i64) {
        (move || close(file), |code| code)
    }
    /// `func read(file, n int) ([]byte, int)`
    Blocking fn goo_os_read(file: I64, most: I64) -> Address(Coded<Slice>) {
        (move || read(file, most), bytes_and_code)
    }
    /// `func readAt(file, n int, offset int64) ([]byte, int)`
    Blocking fn goo_os_readAt(file: I64, most: I64, offset: I64) -> Address(Coded<Slice>) {
        (move || read_at(file, most, offset), bytes_and_code)
    }
    /// `func write(file int, p []byte) (int, int)`
    Blocking fn goo_os_write(file: I64, bytes: Bytes) -> Address(Coded<i64>) {
        let bytes = bytes.to_vec();
        (move || append(file, &bytes), |done| done)
    }
    /// `func writeAt(file int, p []byte, offset int64) (int, int)`
    Blocking fn goo_os_writeAt(file: I64, bytes: Bytes, offset: I64) -> Address(Coded<i64>) {
        let bytes = bytes.to_vec();
        (move || write(file, &bytes, |file, from| file.write_at(&bytes[from..], offset as u64 + from as u64)), |done| done)
    }
    /// `func writeStd(file int, p []byte) (int, int)`: standard output and error, at once.
    Plain fn goo_os_writeStd(file: I64, bytes: Bytes) -> Address(Coded<i64>) {
        append(file, bytes)
    }
    /// `func seek(file int, offset int64, whence int) (int64, int)`
    Blocking fn goo_os_seek(file: I64, offset: I64, whence: I64) -> Address(Coded<i64>) {
        // A position that cannot be stands for a whence that cannot be.
        let to = match whence {
            0 => SeekFrom::Start(offset as u64),
            1 => SeekFrom::Current(offset),
            2 => SeekFrom::End(offset),
            _ => SeekFrom::Start(u64::MAX),
        };
        (move || seek(file, to), coded)
    }
    /// `func changeFile(file, operation, value int) int`
    Blocking fn goo_os_changeFile(file: I64, operation: I64, value: I64) -> Address(i64) {
        (move || change(file, operation, value), |code| code)
    }
    /// `func descriptor(file int) int`
    Plain fn goo_os_descriptor(number: I64) -> I64 {
        entry(number).map_or(-1, |entry| entry.file.as_raw_fd())
    }
    /// `func statFile(file int) (size, mode, modified, code int)`
    Blocking fn goo_os_statFile(number: I64) -> Address(Facts) {
        (move || match entry(number) {
            Ok(entry) => facts(entry.file.metadata()),
            Err(code) => Facts { code, ..Facts::default() },
        }, |facts| facts)
    }
    /// `func readDir(file, n int) ([]string, []int, int)`
    Blocking fn goo_os_readDir(file: I64, most: I64) -> Address(Listing) {
        (move || read_dir(file, most), listing)
    }
    /// `func createTemp(dir, prefix, suffix string, directory bool) (name string, file, code int)`
    Blocking fn goo_os_createTemp(dir: Bytes, prefix: Bytes, suffix: Bytes, directory: I64) -> Address(Temporary) {
        let (dir, prefix, suffix) = (dir.to_vec(), prefix.to_vec(), suffix.to_vec());
        (move || create_temp(&dir, &prefix, &suffix, directory != 0), |(name, made): (Vec<u8>, Result<i64, i64>)| {
            let Coded { value: file, code } = coded(made);
            Temporary { name: from_bytes(&name), file, code }
        })
    }
}
