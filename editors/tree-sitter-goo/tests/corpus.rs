//! The trees of `test/corpus/*.txt`, which are in the form of `tree-sitter test`.
//!
//! `UPDATE_CORPUS=1` writes the trees: read them before keeping them.

use std::fmt::Write;
use std::path::Path;

struct Case {
    name: String,
    source: String,
    tree: String,
}

/// Splits `=== name === source --- tree`, with rules of three or more marks on lines of their own.
fn cases(text: &str) -> Vec<Case> {
    let rule = |line: &str, mark: char| line.len() >= 3 && line.chars().all(|c| c == mark);
    let mut cases = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if !rule(line, '=') {
            assert!(line.trim().is_empty(), "{line:?} stands outside a case");
            continue;
        }
        let name = lines.next().expect("a name").to_owned();
        assert!(lines.next().is_some_and(|line| rule(line, '=')), "no rule under {name}");
        let (mut source, mut tree) = (String::new(), String::new());
        for line in lines.by_ref().take_while(|line| !rule(line, '-')) {
            writeln!(source, "{line}").expect("memory");
        }
        while let Some(line) = lines.next_if(|line| !rule(line, '=')) {
            writeln!(tree, "{line}").expect("memory");
        }
        cases.push(Case { name, source: source.trim_matches('\n').to_owned(), tree: tree.trim().to_owned() });
    }
    cases
}

/// The named nodes, one a line.
fn dump(cursor: &mut tree_sitter::TreeCursor, depth: usize, out: &mut String) {
    let node = cursor.node();
    let shown = node.is_named() || node.is_missing();
    if shown {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&"  ".repeat(depth));
        if let Some(field) = cursor.field_name() {
            write!(out, "{field}: ").expect("memory");
        }
        write!(out, "({}", if node.is_missing() { "MISSING" } else { node.kind() }).expect("memory");
    }
    if cursor.goto_first_child() {
        loop {
            dump(cursor, depth + usize::from(shown), out);
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }
    if shown {
        out.push(')');
    }
}

fn words(tree: &str) -> String {
    tree.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn corpus() {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_goo::LANGUAGE.into()).expect("a version that the library reads");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/corpus");
    let update = std::env::var_os("UPDATE_CORPUS").is_some();
    let mut count = 0;
    let mut wrong = String::new();
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("text");
        let mut written = String::new();
        for case in cases(&text) {
            count += 1;
            let tree = parser.parse(&case.source, None).expect("a tree");
            let mut found = String::new();
            dump(&mut tree.walk(), 0, &mut found);
            let rule = "=".repeat(case.name.chars().count().max(3));
            write!(written, "{rule}\n{}\n{rule}\n\n{}\n\n---\n\n{found}\n\n", case.name, case.source)
                .expect("memory");
            if words(&found) != words(&case.tree) && !update {
                write!(wrong, "{}, {}:\n{found}\n\n", path.display(), case.name).expect("memory");
            }
            assert!(!found.contains("ERROR") && !found.contains("MISSING"), "{}: {found}", case.name);
        }
        if update {
            std::fs::write(&path, format!("{}\n", written.trim_end())).expect("written");
        }
    }
    assert!(count > 20, "only {count} cases");
    assert!(wrong.is_empty(), "{wrong}");
}
