//! The runtime's static library, which this executable carries inside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cache::{self, Cleaned};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/runtime.a.zst"));

const PREFIX: &str = "goo_runtime-";
const SUFFIX: &str = ".a";

/// The path of the unpacked library: in the user's cache folder, where it stays for the next build, or, if that cannot
/// be written, in a temporary folder.
///
/// # Errors
/// A message that names the place that could not be written.
pub fn unpack() -> Result<PathBuf, String> {
    let name = format!("{PREFIX}{}-{:016x}{SUFFIX}", env!("CARGO_PKG_VERSION"), fingerprint(PACKED));
    let mut last_error = String::new();
    for folder in folders() {
        let path = folder.join(&name);
        match provide(&folder, &path) {
            Ok(()) => return Ok(path),
            Err(error) => last_error = format!("{}: {error}", path.display()),
        }
    }
    Err(last_error)
}

/// Deletes the libraries of all versions of Goo.
///
/// # Errors
/// The first file that could not be deleted, or the folder that could not be read.
pub fn clean() -> Result<Cleaned, String> {
    cache::user_caches().map_or(Ok(Cleaned::default()), |folder| cache::delete(&folder, is_library))
}

/// A folder for all users would be one in which others leave libraries.
fn folders() -> impl Iterator<Item = PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    cache::user_caches().into_iter().chain([std::env::temp_dir().join(format!("goo-{user}"))])
}

/// Unpacks the library, unless it is there; then those go that were not used for long.
fn provide(folder: &Path, path: &Path) -> io::Result<()> {
    let now = SystemTime::now();
    match fs::metadata(path) {
        Ok(metadata) if cache::is_ours(&metadata) => {
            // One that cannot be written can be linked.
            let _ = cache::touch(path, now);
            return Ok(());
        }
        Ok(_) => return Err(io::Error::other("others can write to it")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) => {}
    }
    cache::put(path, &zstd::decode_all(PACKED)?)?;
    // The library is there: what became of the others is no matter.
    let _ = cache::trim(folder, now, is_library);
    Ok(())
}

fn is_library(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// FNV-1a: tells one version of the library from another.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
