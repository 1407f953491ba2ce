//! Checks each file named and reports what is wrong in it, a line each: `cargo run --example check -- FILE…`.

use goo_compiler::diagnostics::{Diagnostics, Severity};
use goo_compiler::syntax::on_deep_stack;
use goo_compiler::types::Program;
use goo_compiler::types::check::{check, imports};

fn main() {
    for name in std::env::args().skip(1) {
        let Ok(text) = std::fs::read_to_string(&name) else {
            println!("{name}: not readable as UTF-8");
            continue;
        };
        on_deep_stack(|| one(&name, text));
    }
}

fn one(name: &str, text: String) {
    let mut loaded = imports::load(vec![(name.to_owned(), text)], &mut |_| None);
    let (program, found) = if loaded.diagnostics.has_errors() {
        (Program { sources: loaded.sources, ..Program::default() }, Diagnostics::default())
    } else {
        check(loaded.sources, loaded.files, &loaded.packages)
    };
    loaded.diagnostics.extend(found);
    for d in loaded.diagnostics.sorted() {
        let (line, column) = program.sources.line_col(d.primary.span);
        let kind = if d.severity == Severity::Error { "error" } else { "warning" };
        let file = &program.sources.file(d.primary.span.file).name;
        println!("{file}:{line}:{column}: {kind}[{}] {} ({})", d.code.name(), d.message, d.primary.text);
    }
}
