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
    // A shared library less to look up, to map and to relocate at each start.
    match run(&object_path, archive, output, &["-static-libgcc"]) {
        // Not every compiler comes with it as an archive.
        Err(LinkError::Refused(messages)) if messages.contains("gcc") => {
            run(&object_path, archive, output, &["-lgcc_s"])
        }
        result => result,
    }
}

fn run(object: &Path, archive: &Path, output: &Path, unwinder: &[&str]) -> Result<(), LinkError> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(compiler);
    command.arg(object).arg(archive).arg("-o").arg(output);
    // What the runtime does not use of itself and its libraries stays out.
    command.args(["-Wl,--gc-sections", "-Wl,-O1", "-Wl,--as-needed"]);
    // Exporting nothing keeps `--gc-sections` effective; backtraces use the line tables instead.
    command.args(["-lpthread", "-ldl", "-lm", "-lrt"]).args(unwinder).arg("-lc");
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => LinkError::NoCompiler,
        _ => LinkError::Refused(error.to_string()),
    })?;
    match output.status.success() {
        true => Ok(()),
        false => Err(LinkError::Refused(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}
