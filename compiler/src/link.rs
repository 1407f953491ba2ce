//! Links an object file with the runtime's archive, by the system's C compiler.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why there is no binary.
#[derive(Debug)]
pub enum LinkError {
    /// There is no `cc`.
    NoCompiler,
    /// `cc` refused; its messages.
    Refused(String),
    /// A file could not be written.
    File(PathBuf, io::Error),
}

impl std::fmt::Display for LinkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LinkError::NoCompiler => f.write_str(
                "linking needs a C compiler, and there is no `cc` on the PATH\n\
                 help: install one (Debian, Ubuntu: `apt install gcc`; Fedora: `dnf install gcc`; Alpine: `apk add gcc musl-dev`), \
                 or name yours in the environment variable CC",
            ),
            LinkError::Refused(messages) => write!(f, "the linker refused:\n{messages}"),
            LinkError::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

/// Writes the executable `output` from an object file's bytes and the runtime's archive, a file that exists.
///
/// # Errors
/// See [`LinkError`]. Nothing is left behind at `output` then, nor in the temporary folder.
pub fn link(object: &[u8], archive: &Path, output: &Path) -> Result<(), LinkError> {
    let scratch = tempfile::Builder::new()
        .prefix("goo-build-")
        .tempdir()
        .map_err(|error| LinkError::File(std::env::temp_dir(), error))?;
    let object_path = scratch.path().join("program.o");
    std::fs::write(&object_path, object).map_err(|error| LinkError::File(object_path.clone(), error))?;
    // Shared libraries that are not needed are not looked up, mapped and relocated at each start. Whether the one of mathematics is, the linker decides
    // by what the archive refers to, not by what stays of it; without it, it complains only about what stays.
    let mut mathematics = refers_to_mathematics(object);
    let mut unwinder = "-static-libgcc";
    loop {
        let mut libraries = vec![unwinder];
        if mathematics {
            libraries.push("-lm");
        }
        match run(&object_path, archive, output, &libraries) {
            Err(LinkError::Refused(messages)) if !mathematics && messages.contains("undefined") => {
                mathematics = true;
            }
            // Not every compiler comes with it as an archive.
            Err(LinkError::Refused(messages)) if unwinder != "-lgcc_s" && messages.contains("gcc") => {
                (mathematics, unwinder) = (true, "-lgcc_s");
            }
            result => return result,
        }
    }
}

/// Whether the object names a native of package `math`: most of what needs C's library of mathematics. What it needs otherwise is found out by trying.
fn refers_to_mathematics(object: &[u8]) -> bool {
    memchr::memmem::find(object, b"goo_math_").is_some()
}

fn run(object: &Path, archive: &Path, output: &Path, libraries: &[&str]) -> Result<(), LinkError> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(compiler);
    command.arg(object).arg(archive).arg("-o").arg(output);
    // What the runtime does not use of itself and its libraries stays out.
    command.args(["-Wl,--gc-sections", "-Wl,-O1", "-Wl,--as-needed"]);
    // Exporting nothing keeps `--gc-sections` effective; backtraces use the line tables instead.
    command.args(["-lpthread", "-ldl", "-lrt"]).args(libraries).arg("-lc");
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => LinkError::NoCompiler,
        _ => LinkError::Refused(error.to_string()),
    })?;
    match output.status.success() {
        true => Ok(()),
        false => Err(LinkError::Refused(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}
