//! What the parser makes of source: trees by family, mistakes and going on after them, hostile input.

mod declarations;
mod expressions;
mod goo;
mod hostile;
mod mistakes;
mod statements;
mod types;

use expect_test::Expect;

use crate::diagnostics::Diagnostics;
use crate::syntax::ast::File;
use crate::syntax::{NodeIds, SourceMap, dump};

fn parse(text: &str) -> (File, Vec<String>) {
    let mut map = SourceMap::default();
    let file = map.add("test.goo", text, false);
    let mut diags = Diagnostics::default();
    let tree = super::parse(file, text, &mut NodeIds::default(), &mut diags);
    let errors = diags.iter().map(|d| {
        let label = if d.primary.text.is_empty() { String::new() } else { format!(", {}", d.primary.text) };
        format!("{}: [{}] {}{label}", map.line_col(d.primary.span).0, d.code.name(), d.message)
    });
    let errors = errors.collect();
    (tree, errors)
}

/// The tree of a whole file, or of declarations without their `package`, and the errors.
fn check(text: &str, expect: Expect) {
    let text = if text.contains("package") { text.to_owned() } else { format!("package p; {text}") };
    let (tree, errors) = parse(&text);
    let mut out = dump(&tree);
    if let Some(rest) = out.strip_prefix("package p\n") {
        out = rest.to_owned();
    }
    for error in errors {
        out.push_str(&error);
        out.push('\n');
    }
    expect.assert_eq(&out);
}

/// The statements of a function's body, and the errors.
fn check_body(body: &str, expect: Expect) {
    let (tree, errors) = parse(&format!("package p; func f() {{ {body}\n}}\n"));
    let out = dump(&tree);
    let mut out: String =
        out.lines().skip(2).map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect();
    for error in errors {
        out.push_str(&error);
        out.push('\n');
    }
    expect.assert_eq(&out);
}

/// Only the errors: line, code, words.
fn check_errors(text: &str, expect: Expect) {
    let (_, errors) = parse(text);
    expect.assert_eq(&errors.iter().map(|error| format!("{error}\n")).collect::<String>());
}

/// No error at all.
fn good(text: &str) {
    let (_, errors) = parse(text);
    assert!(errors.is_empty(), "{errors:?} in {text}");
}
