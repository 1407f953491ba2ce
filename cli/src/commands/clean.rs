//! `goo clean`

use crate::{archive, cache, output, status};

/// Deletes what is kept for later compilations: machine code, and the unpacked runtime.
pub fn clean() -> u8 {
    let code = cache::folder();
    let cleaned = match &code {
        Ok(folder) => cache::clean(folder),
        Err(reason) => {
            output::print(&format!("no code is kept: {reason}\n"));
            Ok(cache::Cleaned::default())
        }
    };
    match cleaned.and_then(|code| Ok((code, archive::clean()?))) {
        Ok((kept, libraries)) => {
            if let Ok(folder) = code {
                output::print(&format!("deleted {kept} in {}\n", folder.display()));
            }
            if libraries.files > 0 {
                output::print(&format!("deleted {libraries} of the runtime\n"));
            }
            0
        }
        Err(message) => output::failure(status::FILES, message),
    }
}
