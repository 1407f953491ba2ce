//! What the tests of the checker share: a source, and what is said about it.

use expect_test::Expect;

use crate::diagnostics::Severity;
use crate::driver::{self, Checked, Timings};
use crate::load;

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
    let Checked { program, diagnostics } =
        driver::check_loaded(load::load_text("test.goo", &text), &mut Timings::default());
    let mut out = String::new();
    for diagnostic in diagnostics.sorted(&program.sources) {
        let (line, _) = program.sources.line_col(diagnostic.primary.span);
        let warning = if diagnostic.severity == Severity::Warning { "warning: " } else { "" };
        out += &format!("{line}: {warning}[{}] {}\n", diagnostic.code.name(), diagnostic.message);
    }
    out
}
