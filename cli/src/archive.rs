//! The runtime's static library, which this executable carries inside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cache;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/runtime.a.zst"));

/// The path of the unpacked library: in the user's cache folder, where it stays for the next build, or, if that cannot
/// be written, in a temporary folder.
///
/// # Errors
/// A message that names the place that could not be written.
pub fn unpack() -> Result<PathBuf, String> {
    let name = format!("goo_runtime-{}-{:016x}.a", env!("CARGO_PKG_VERSION"), fingerprint(PACKED));
    let mut last_error = String::new();
    for folder in folders() {
        let path = folder.join(&name);
        if path.is_file() {
            return Ok(path);
        }
        match write(&folder, &path) {
            Ok(()) => return Ok(path),
            Err(error) => last_error = format!("{}: {error}", path.display()),
        }
    }
    Err(last_error)
}

fn folders() -> Vec<PathBuf> {
    cache::user_caches().into_iter().chain([std::env::temp_dir().join("goo")]).collect()
}

/// Writes the library beside its place first, so that two builds at once never see half of it.
fn write(folder: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let beside = folder.join(format!("{}.{}", std::process::id(), "part"));
    let bytes = zstd::decode_all(PACKED)?;
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What is left of a full disk is of no use.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// FNV-1a: tells one version of the library from another.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
