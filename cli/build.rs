//! Builds the runtime as a static library, which the `goo` executable carries inside it: `goo build` needs nothing else
//! but `cc`. It is built by a cargo of its own, with its own target folder, because one build cannot make the same
//! package with two sets of options: here a crash of the runtime aborts, and whole-program optimisation keeps it small.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let runtime = here.join("../runtime");
    for path in ["src", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", runtime.join(path).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(variable("OUT_DIR")?);
    let profile = match variable("PROFILE")?.as_str() {
        "release" => "archive",
        _ => "archive-dev",
    };
    let target = out.join("runtime");
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .args(["rustc", "--lib", "--crate-type", "staticlib", "--profile", profile])
        .arg("--manifest-path")
        .arg(runtime.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    // What cargo tells build scripts about this package must not reach the other one's build.
    for (name, _) in env::vars() {
        let own = name.starts_with("CARGO_") && !["CARGO_HOME", "CARGO_NET_OFFLINE"].contains(&name.as_str());
        if own || name == "RUSTFLAGS" || name == "RUSTC_WORKSPACE_WRAPPER" {
            cargo.env_remove(name);
        }
    }
    // mimalloc would look for each of its options in the environment: a fourth of what a program executes until its first line.
    let flags = env::var("CFLAGS").unwrap_or_default();
    cargo.env("CFLAGS", format!("{flags} -DMI_NO_GETENV=1"));
    let output = cargo.output().map_err(|error| format!("cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("the runtime does not build: {}", String::from_utf8_lossy(&output.stderr)));
    }
    compress(&target.join(profile).join("libgoo_runtime.a"), &out.join("runtime.a.zst"))
}

fn compress(archive: &Path, to: &Path) -> Result<(), String> {
    let bytes = fs::read(archive).map_err(|error| format!("{}: {error}", archive.display()))?;
    let packed = zstd::encode_all(bytes.as_slice(), 12).map_err(|error| error.to_string())?;
    fs::write(to, packed).map_err(|error| format!("{}: {error}", to.display()))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("cargo did not set {name}"))
}
