//! `goo new`

use std::fs;
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
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
    if !valid {
        output::failure(&format!(
            "{name:?} cannot be a module's name: write it in small letters, digits, _ and -, a letter first"
        ));
        return status::USAGE;
    }
    if path.exists() {
        output::failure(&format!("{} exists already", path.display()));
        return status::USAGE;
    }
    let manifest = format!("module = \"{name}\"\n");
    let written = fs::create_dir_all(path)
        .and_then(|()| fs::write(path.join("goo.toml"), manifest))
        .and_then(|()| fs::write(path.join("main.goo"), MAIN));
    match written {
        Ok(()) => {
            println!("{0} is ready: `goo run {0}`, `goo test {0}`", path.display());
            0
        }
        Err(error) => {
            output::failure(&format!("{}: {error}", path.display()));
            status::FILES
        }
    }
}
