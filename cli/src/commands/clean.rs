//! `goo clean`

use crate::{archive, cache, output, status};

/// Deletes what is kept for later compilations: machine code, and the unpacked runtime.
pub fn clean() -> u8 {
    let code = cache::folder();
    let cleaned = match &code {
        Ok(folder) => cache::clean(folder),
        Err(reason) => {
            println!("no code is kept: {reason}");
            Ok(cache::Cleaned::default())
        }
    };
    match cleaned.and_then(|code| Ok((code, archive::clean()?))) {
        Ok((kept, libraries)) => {
            if let Ok(folder) = code {
                println!("deleted {kept} in {}", folder.display());
            }
            if libraries.files > 0 {
                println!("deleted {libraries} of the runtime");
            }
            0
        }
        Err(message) => {
            output::failure(&message);
            status::FILES
        }
    }
}
