//! Checks each file named and reports what is wrong in it, a line each: `cargo run --example check -- FILE…`.

use goo_compiler::diagnostics::Severity;
use goo_compiler::driver::{self, Checked, Timings};
use std::path::Path;

fn main() {
    for name in std::env::args().skip(1) {
        driver::on_big_stack(|| one(&name));
    }
}

fn one(name: &str) {
    let Checked { program, diagnostics } = match driver::check(Path::new(name), &mut Timings::default()) {
        Ok(checked) => checked,
        Err(message) => return println!("{name}: {message}"),
    };
    for d in diagnostics.sorted(&program.sources) {
        let (line, column) = program.sources.line_col(d.primary.span);
        let kind = if d.severity == Severity::Error { "error" } else { "warning" };
        let file = &program.sources.file(d.primary.span.file).name;
        println!("{file}:{line}:{column}: {kind}[{}] {} ({})", d.code.name(), d.message, d.primary.text);
    }
}
