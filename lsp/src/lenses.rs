//! What can be done with a program, above where it stands: run it, debug it, look at its trace, run a test.

use goo_compiler::syntax::ast::Decl;
use goo_compiler::syntax::{FileId, Span};
use serde_json::Value;
use tower_lsp::lsp_types::{CodeLens, Command};

use crate::snapshot::Snapshot;

/// The lenses of a file, of those that the client has commands for: `goo.run`, `goo.debug` and `goo.trace` get the
/// document, `goo.test` the name of the test as well. Tests have no `Debug`: a debugger needs a binary, and they have none.
pub fn lenses(snapshot: &Snapshot, file: FileId, wanted: &[String]) -> Vec<CodeLens> {
    let (Some(tree), Some(url)) = (snapshot.tree(file), snapshot.url(file)) else { return Vec::new() };
    let lens = |span: Span, title: &str, name: Option<&str>| {
        let kind = title.to_lowercase();
        if !wanted.contains(&kind) {
            return None;
        }
        let mut arguments = vec![Value::String(url.to_string())];
        arguments.extend(name.map(|name| Value::String(name.to_owned())));
        let command =
            Command { title: title.to_owned(), command: format!("goo.{kind}"), arguments: Some(arguments) };
        Some(CodeLens { range: snapshot.range(span), command: Some(command), data: None })
    };
    let mut found = Vec::new();
    for decl in &tree.decls {
        match decl {
            Decl::Func(func) if func.name.name.as_str() == "main" && func.receiver.is_none() => {
                found.extend(["Run", "Debug", "Trace"].map(|title| lens(func.name.span, title, None)));
            }
            Decl::Test(test) => {
                found.push(lens(test.name_span, "Test", Some(&test.name)));
            }
            _ => {}
        }
    }
    found.into_iter().flatten().collect()
}
