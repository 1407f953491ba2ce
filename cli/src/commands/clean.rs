//! `goo clean`

use crate::{cache, output, status};

/// Deletes what is kept of compilations.
pub fn clean() -> u8 {
    let folder = match cache::folder() {
        Ok(folder) => folder,
        Err(reason) => {
            println!("no code is kept: {reason}");
            return 0;
        }
    };
    match cache::clean(&folder) {
        Ok(cleaned) => {
            let plural = if cleaned.files == 1 { "" } else { "s" };
            let size = cleaned.bytes as f64 / 1e6;
            println!("deleted {} file{plural} ({size:.1} MB) in {}", cleaned.files, folder.display());
            0
        }
        Err(message) => {
            output::failure(&message);
            status::FILES
        }
    }
}
