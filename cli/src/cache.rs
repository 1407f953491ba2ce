//! Where compiled code is kept between two compilations of a program: a file for each program, target and scheduling.
//!
//! A program's file is read before its code is generated, and written, if anything changed, while the code is loaded or laid out as an
//! object: before the program runs, so that nothing of it goes on beside the program. It is written beside its place and renamed.
//! Nothing here is ever an error: a file that cannot be read, or is damaged, or another user's, is as good as none, and a folder
//! that cannot be written keeps nothing, which `--timings` tells.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, DirBuilder, File, FileTimes, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use goo_compiler::codegen::Target;
use goo_compiler::codegen::cache::{Earlier, Key, Repack};
use goo_compiler::driver::Scheduling;

/// The folder, or `off`.
const VARIABLE: &str = "GOO_CACHE";

const PACK: &str = ".pack";
/// What is being written; or was, by a process that was killed.
const PART: &str = ".part";
/// Its age tells when the folder was last looked through.
const MARKER: &str = "trimmed";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// No program is as large: it is something else.
const LARGEST_PACK: u64 = 1 << 30;

/// What stays in the folder.
struct Limits {
    /// Files that were not used for so long go.
    unused: Duration,
    /// Then those that were not used for longest, until the rest has no more bytes.
    bytes: u64,
}

const LIMITS: Limits = Limits { unused: DAY.saturating_mul(30), bytes: 512 << 20 };

/// The folder of all packs; or why there is none.
pub fn folder() -> Result<PathBuf, String> {
    if let Some(own) = variable(VARIABLE) {
        return match own == "off" {
            true => Err(format!("{VARIABLE}=off")),
            false => std::path::absolute(&own).map_err(|error| error.to_string()),
        };
    }
    user_caches().map(|caches| caches.join("code")).ok_or_else(|| "there is no HOME".to_owned())
}

/// The folder in which Goo keeps what can be made anew, by the XDG Base Directory Specification.
pub fn user_caches() -> Option<PathBuf> {
    let caches = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))
        .filter(|caches| caches.is_absolute());
    caches.map(|caches| caches.join("goo"))
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// What was deleted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    pub files: usize,
    pub bytes: u64,
}

impl fmt::Display for Cleaned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.files == 1 { "" } else { "s" };
        write!(f, "{} file{plural} ({:.1} MB)", self.files, self.bytes as f64 / 1e6)
    }
}

/// Deletes all packs in a folder, and nothing that is not the cache's.
///
/// # Errors
/// The first file that could not be deleted, or the folder that could not be read.
pub fn clean(folder: &Path) -> Result<Cleaned, String> {
    let cleaned = delete(folder, is_pack)?;
    let _ = fs::remove_file(folder.join(MARKER));
    // Someone else's files may be in it.
    let _ = fs::remove_dir(folder);
    Ok(cleaned)
}

/// Deletes the files of a folder whose names are such, and what was left half written.
///
/// # Errors
/// As [`clean`].
pub fn delete(folder: &Path, is_own: fn(&str) -> bool) -> Result<Cleaned, String> {
    let mut cleaned = Cleaned::default();
    let shown = |path: &Path, error: &io::Error| format!("{}: {error}", path.display());
    let files = match own_files(folder, is_own) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(cleaned),
        files => files.map_err(|error| shown(folder, &error))?,
    };
    for file in files {
        match fs::remove_file(&file.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(shown(&file.path, &error)),
        }
        cleaned.files += 1;
        cleaned.bytes += file.bytes;
    }
    Ok(cleaned)
}

/// What is kept of one program.
pub struct Cache {
    place: Result<Place, String>,
}

struct Place {
    pack: PathBuf,
    compiler: u64,
}

impl Cache {
    /// Of the program at a path, made for a target.
    pub fn of(source: &Path, target: Target, scheduling: Scheduling) -> Cache {
        Cache { place: folder().and_then(|folder| place(&folder, source, target, scheduling)) }
    }

    /// What the code generator may take from; `None` if nothing is to be kept.
    pub fn earlier(&self) -> Option<Earlier> {
        let place = self.place.as_ref().ok()?;
        Some(Earlier { pack: read(&place.pack).unwrap_or_default(), compiler: place.compiler })
    }

    /// Keeps what a compilation leaves, while other work is done. Also gives what `--timings` tells.
    pub fn keep<T>(&self, repack: Option<Repack>, meanwhile: impl FnOnce() -> T) -> (T, String) {
        let (place, repack) = match (&self.place, repack) {
            (Ok(place), Some(repack)) => (place, repack),
            (Err(reason), _) => return (meanwhile(), format!("off: {reason}")),
            (Ok(_), None) => return (meanwhile(), "off".to_owned()),
        };
        let told = format!("{} of {} functions", repack.reused(), repack.functions());
        let write = || write(&place.pack, repack.pack());
        let (result, written) = thread::scope(|scope| {
            let writer = thread::Builder::new().name("goo-cache".into()).spawn_scoped(scope, write);
            let result = meanwhile();
            let written = writer.and_then(|writer| {
                writer.join().unwrap_or_else(|_| Err(io::Error::other("the code cannot be packed")))
            });
            (result, written)
        });
        match written {
            Ok(()) => (result, told),
            Err(error) => (result, format!("{told}; not kept: {}: {error}", place.pack.display())),
        }
    }
}

/// Where a program's code is kept.
fn place(folder: &Path, source: &Path, target: Target, scheduling: Scheduling) -> Result<Place, String> {
    // What comes through a pipe is another program each time.
    let whole = source.canonicalize().ok().filter(|whole| whole.is_file() || whole.is_dir());
    let whole = whole.ok_or("the program is not in a file")?;
    let name = Key::of((whole.as_os_str(), target == Target::Jit, scheduling == Scheduling::Drawn)).text();
    Ok(Place { pack: folder.join(name + PACK), compiler: compiler()? })
}

/// Tells this executable from others: a development build makes other code than the one before, and has the same version.
fn compiler() -> Result<u64, String> {
    let metadata = std::env::current_exe().and_then(fs::metadata).map_err(|error| error.to_string())?;
    let mut hasher = DefaultHasher::new();
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec()).hash(&mut hasher);
    Ok(hasher.finish())
}

/// Whether this user wrote a file, and nobody else can have written to it: it becomes code that runs.
pub fn is_ours(metadata: &Metadata) -> bool {
    let own = metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0;
    metadata.is_file() && own
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !is_ours(&metadata) || metadata.len() > LARGEST_PACK {
        return None;
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    file.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Puts a new pack in its place, or notes that the one there was used; and looks after the folder, now and then.
fn write(path: &Path, pack: Option<Vec<u8>>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let now = SystemTime::now();
    match pack {
        None => return touch(path, now),
        Some(pack) => put(path, &pack)?,
    }
    let marker = folder.join(MARKER);
    let due = fs::metadata(&marker)
        .and_then(|metadata| metadata.modified())
        .map_or(true, |last| now.duration_since(last).map_or(true, |age| age > DAY));
    if due {
        // First, so that others do not do the same.
        File::create(&marker)?.set_times(FileTimes::new().set_modified(now))?;
        trim(folder, now, is_pack)?;
    }
    Ok(())
}

/// Writes a file beside its place first, so that nobody ever sees half of it. Only this user can read it.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Deleted if anything fails.
    let mut part = tempfile::Builder::new().suffix(PART).tempfile_in(folder)?;
    part.write_all(bytes)?;
    part.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// That a file was used is noted once a day.
pub fn touch(path: &Path, now: SystemTime) -> io::Result<()> {
    let last = fs::metadata(path)?.modified()?;
    if now.duration_since(last).is_ok_and(|age| age > DAY) {
        File::options().write(true).open(path)?.set_times(FileTimes::new().set_modified(now))?;
    }
    Ok(())
}

/// A file of the cache.
struct OwnFile {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
    is_part: bool,
}

fn is_pack(name: &str) -> bool {
    name.strip_suffix(PACK)
        .is_some_and(|key| key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The cache's files in a folder: a user may name one in which others are, too.
fn own_files(folder: &Path, is_own: fn(&str) -> bool) -> io::Result<Vec<OwnFile>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or("");
        let is_part = name.starts_with(".tmp") && name.ends_with(PART);
        // Another process may have deleted it meanwhile.
        let Ok(metadata) = entry.metadata() else { continue };
        if (is_own(name) || is_part) && metadata.is_file() {
            let used = metadata.modified()?;
            files.push(OwnFile { path: entry.path(), bytes: metadata.len(), used, is_part });
        }
    }
    Ok(files)
}

/// Deletes what was not used for long, and more until the rest is small enough.
pub fn trim(folder: &Path, now: SystemTime, is_own: fn(&str) -> bool) -> io::Result<()> {
    trim_to(&LIMITS, folder, now, is_own)
}

fn trim_to(limits: &Limits, folder: &Path, now: SystemTime, is_own: fn(&str) -> bool) -> io::Result<()> {
    let mut files = own_files(folder, is_own)?;
    files.sort_by_key(|file| std::cmp::Reverse(file.used));
    let mut bytes = 0;
    for file in files {
        let age = now.duration_since(file.used).unwrap_or_default();
        bytes += file.bytes;
        let old = age > if file.is_part { DAY } else { limits.unused };
        if old || bytes > limits.bytes {
            bytes -= file.bytes;
            // Another process may have been first.
            let _ = fs::remove_file(file.path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, FileTimes, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::time::SystemTime;

    use super::{Cleaned, DAY, Limits, clean, is_pack, read, trim_to, write};

    /// The name of a pack.
    fn name(number: usize) -> String {
        format!("{number:032x}.pack")
    }

    fn file(folder: &Path, name: &str, bytes: usize, days: u32) {
        let path = folder.join(name);
        fs::write(&path, vec![0; bytes]).expect("a file");
        let used = SystemTime::now() - DAY * days;
        let file = File::options().write(true).open(path).expect("the file");
        file.set_times(FileTimes::new().set_modified(used)).expect("its time");
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_not_used_for_long_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        file(folder.path(), &name(1), 10, 29);
        file(folder.path(), &name(2), 10, 31);
        file(folder.path(), ".tmpAbCdEf.part", 10, 2);
        file(folder.path(), ".tmpXyZ123.part", 10, 0);
        file(folder.path(), "letter.txt", 10, 400);
        let limits = Limits { unused: DAY * 30, bytes: 1000 };
        trim_to(&limits, folder.path(), SystemTime::now(), is_pack).expect("a folder");
        assert_eq!(names(folder.path()), [".tmpXyZ123.part".to_owned(), name(1), "letter.txt".to_owned()]);
    }

    #[test]
    fn what_was_used_last_stays_when_there_is_too_much() {
        let folder = tempfile::tempdir().expect("a folder");
        for (number, days) in [(1, 3), (2, 1), (3, 2)] {
            file(folder.path(), &name(number), 100, days);
        }
        let limits = Limits { unused: DAY * 30, bytes: 200 };
        trim_to(&limits, folder.path(), SystemTime::now(), is_pack).expect("a folder");
        assert_eq!(names(folder.path()), [name(2), name(3)]);
    }

    #[test]
    fn cleaning_deletes_the_caches_files_only() {
        let folder = tempfile::tempdir().expect("a folder");
        file(folder.path(), &name(1), 10, 0);
        file(folder.path(), "trimmed", 0, 0);
        file(folder.path(), "letter.txt", 10, 0);
        file(folder.path(), "photos.pack", 10, 0);
        assert_eq!(clean(folder.path()), Ok(Cleaned { files: 1, bytes: 10 }));
        assert_eq!(names(folder.path()), ["letter.txt", "photos.pack"]);
        assert_eq!(clean(&folder.path().join("none")), Ok(Cleaned { files: 0, bytes: 0 }));
    }

    #[test]
    fn a_pack_that_others_can_write_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("code").join(name(1));
        write(&path, Some(vec![1, 2, 3])).expect("a new pack");
        assert_eq!(read(&path), Some(vec![1, 2, 3]));
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().expect("its folder"))), (0o600, 0o700));
        fs::set_permissions(&path, Permissions::from_mode(0o620)).expect("its owner");
        assert_eq!(read(&path), None);
        assert_eq!(read(folder.path()), None, "a folder");
    }
}
