//! Prints a program of some thousand lines: `generate 5000 > large.goo`, or with `go` as the second argument, the same in Go.

use std::process::ExitCode;

use bench::generate::{Dialect, program};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let lines = arguments.next().map_or(Ok(5000), |text| text.parse());
    let dialect = match arguments.next().as_deref() {
        None | Some("goo") => Some(Dialect::Goo),
        Some("go") => Some(Dialect::Go),
        Some(_) => None,
    };
    let (Ok(lines), Some(dialect)) = (lines, dialect) else {
        eprintln!("usage: generate [LINES [goo|go]] > FILE");
        return ExitCode::from(64);
    };
    print!("{}", program(lines, dialect, 0));
    ExitCode::SUCCESS
}
