//! What the tests of the checker share: a source, and what is said about it.

use expect_test::Expect;

use super::imports;
use crate::diagnostics::{Diagnostics, Severity};
use crate::types::Program;

/// Checks declarations (`package main` and an empty `main` are added) and compares the diagnostics: line, code, message.
pub fn check(source: &str, expected: Expect) {
    expected.assert_eq(&diagnostics(source));
}

/// The diagnostics, one a line, in source order.
pub fn diagnostics(source: &str) -> String {
    let mut text = format!("package main;{source}");
    if !source.contains("func main()") {
        text.push_str("\nfunc main() {}\n");
    }
    let mut loaded = imports::load(vec![("test.goo".into(), text)], &mut |_| None);
    let (program, found) = if loaded.diagnostics.has_errors() {
        (Program { sources: loaded.sources, ..Program::default() }, Diagnostics::default())
    } else {
        super::check(loaded.sources, loaded.files, &loaded.packages)
    };
    loaded.diagnostics.extend(found);
    let mut out = String::new();
    for diagnostic in loaded.diagnostics.sorted() {
        let (line, _) = program.sources.line_col(diagnostic.primary.span);
        let warning = if diagnostic.severity == Severity::Warning { "warning: " } else { "" };
        out += &format!("{line}: {warning}[{}] {}\n", diagnostic.code.name(), diagnostic.message);
    }
    out
}
