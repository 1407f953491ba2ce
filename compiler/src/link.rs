//! Links an object file with the runtime's archive, by the system's C compiler.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Why there is no binary.
#[derive(Debug)]
pub enum LinkError {
    /// The C compiler cannot be started.
    NotStarted(Compiler, io::Error),
    /// It refused: its messages, and how it ended.
    Refused(Compiler, String, ExitStatus),
    /// A file could not be written.
    File(PathBuf, io::Error),
}

impl std::fmt::Display for LinkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LinkError::NotStarted(compiler, error) => {
                let program = compiler.program.display();
                f.write_str("linking needs a C compiler, and ")?;
                match (error.kind(), compiler.program.as_bytes().contains(&b'/')) {
                    (io::ErrorKind::NotFound, false) => write!(f, "there is no `{program}` on the PATH")?,
                    (io::ErrorKind::NotFound, true) => write!(f, "there is no `{program}`")?,
                    _ => write!(f, "`{program}` cannot be started: {error}")?,
                }
                match &compiler.named {
                    Some(value) => write!(
                        f,
                        "\nhelp: the environment variable CC is {value:?}: name one that there is, with its arguments behind it, \
                         or unset CC for `cc`"
                    ),
                    None => f.write_str(
                        "\nhelp: install one (Debian, Ubuntu: `apt install gcc`; Fedora: `dnf install gcc`; Alpine: `apk add gcc musl-dev`), \
                         or name yours in the environment variable CC",
                    ),
                }
            }
            LinkError::Refused(compiler, messages, status) if messages.trim().is_empty() => {
                write!(
                    f,
                    "the linker refused: `{}` ended with {status}, and said nothing",
                    compiler.program.display()
                )
            }
            LinkError::Refused(_, messages, _) => write!(f, "the linker refused:\n{messages}"),
            LinkError::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

/// The C compiler that links.
#[derive(Clone, Debug)]
pub struct Compiler {
    program: OsString,
    arguments: Vec<OsString>,
    /// The value of CC, where that names it.
    named: Option<OsString>,
}

impl Compiler {
    /// A program and its arguments, as in make: CC is split at white space. Without a word in it, it counts as unset.
    fn of(cc: Option<OsString>) -> Compiler {
        let words = cc.as_deref().map_or(&[][..], OsStr::as_bytes).split(u8::is_ascii_whitespace);
        let mut words = words.filter(|word| !word.is_empty()).map(|word| OsStr::from_bytes(word).to_owned());
        let Some(program) = words.next() else {
            return Compiler { program: "cc".into(), arguments: Vec::new(), named: None };
        };
        Compiler { program, arguments: words.collect(), named: cc }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if std::env::var_os("PATH").is_none_or(|path| path.is_empty()) {
            // Without one `cc` is found all the same, but finds its own parts by it.
            command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        }
        command.args(&self.arguments);
        command
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
    let compiler = Compiler::of(std::env::var_os("CC"));
    let mut mathematics = refers_to_mathematics(object);
    let mut unwinder = "-static-libgcc";
    loop {
        let mut libraries = vec![unwinder];
        if mathematics {
            libraries.push("-lm");
        }
        match run(&compiler, &object_path, archive, output, &libraries) {
            Err(LinkError::Refused(_, messages, _)) if !mathematics && messages.contains("undefined") => {
                mathematics = true;
            }
            // Not every compiler comes with it as an archive.
            Err(LinkError::Refused(_, messages, _)) if unwinder != "-lgcc_s" && messages.contains("gcc") => {
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

fn run(
    compiler: &Compiler,
    object: &Path,
    archive: &Path,
    output: &Path,
    libraries: &[&str],
) -> Result<(), LinkError> {
    let mut command = compiler.command();
    command.arg(object).arg(archive).arg("-o").arg(output);
    // What the runtime does not use of itself and its libraries stays out.
    command.args(["-Wl,--gc-sections", "-Wl,-O1", "-Wl,--as-needed"]);
    // Exporting nothing keeps `--gc-sections` effective; backtraces use the line tables instead.
    command.args(["-lpthread", "-ldl", "-lrt"]).args(libraries).arg("-lc");
    let output = command.output().map_err(|error| LinkError::NotStarted(compiler.clone(), error))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let messages = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(LinkError::Refused(compiler.clone(), messages, output.status))
        }
    }
}
