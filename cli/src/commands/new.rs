//! `goo new`

use std::fs;
use std::io;
use std::path::Path;

use crate::output;
use crate::status;

const MAIN: &str = r#"package main

import "fmt"

func greeting(name string) string { return "hello, " + name }

func main() {
	fmt.Println(greeting("world"))
}

test "greeting" {
	assert greeting("you") == "hello, you"
}
"#;

pub fn new(path: &Path) -> u8 {
    // `.` and `..` are named only where they are.
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let Some(name) = whole.file_name().map(|name| name.to_string_lossy()) else {
        return output::file_failure(status::USAGE, path, "this is no name for a module's folder");
    };
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
    if !valid {
        return output::failure(
            status::USAGE,
            format!(
                "{name:?} cannot be a module's name: write it in small letters, digits, _ and -, a letter first"
            ),
        );
    }
    match is_free(path) {
        Ok(true) => {}
        Ok(false) => {
            return output::file_failure(status::USAGE, path, "it exists already, and is no empty folder");
        }
        Err(error) => return output::file_failure(status::FILES, path, error),
    }
    let manifest = format!("module = \"{name}\"\n");
    let written = fs::create_dir_all(path)
        .and_then(|()| fs::write(path.join("goo.toml"), manifest))
        .and_then(|()| fs::write(path.join("main.goo"), MAIN));
    match written {
        Ok(()) => {
            output::print(&format!("{0} is ready: `goo run {0}`, `goo test {0}`\n", path.display()));
            0
        }
        Err(error) => output::file_failure(status::FILES, path, error),
    }
}

/// Whether there is nothing at a path, or a folder without files other than hidden ones, as `git init` leaves it.
fn is_free(path: &Path) -> io::Result<bool> {
    if !path.exists() {
        return Ok(true);
    }
    if !path.is_dir() {
        return Ok(false);
    }
    for entry in fs::read_dir(path)? {
        if !entry?.file_name().as_encoded_bytes().starts_with(b".") {
            return Ok(false);
        }
    }
    Ok(true)
}
