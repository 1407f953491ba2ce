//! The grammar reads what the compiler reads: every `.goo` file of the repository that `goo fmt` takes, and every
//! example in the documentation, without an error node.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn parser() -> tree_sitter::Parser {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_goo::LANGUAGE.into()).expect("a version that the library reads");
    parser
}

/// All files with an extension, below a folder.
fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') || name == "target" || name == "node_modules" {
            continue;
        }
        if entry.file_type().expect("a type").is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

/// Whether the compiler reads a text without a mistake of syntax. The command is `$GOO`, or what the repository has built.
fn compiler_reads(path: &Path) -> bool {
    let goo = std::env::var_os("GOO").map_or_else(|| root().join("target/release/goo"), PathBuf::from);
    let text = std::fs::File::open(path).expect("a file");
    Command::new(&goo)
        .args(["fmt", "-"])
        .stdin(text)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("{}: {error}", goo.display()))
        .success()
}

#[test]
fn every_file_that_the_compiler_reads() {
    let mut parser = parser();
    let mut found = Vec::new();
    files(&root(), "goo", &mut found);
    let (mut good, mut wrong) = (0, Vec::new());
    for path in found {
        let text = std::fs::read(&path).expect("a file");
        let tree = parser.parse(&text, None).expect("a tree");
        // The compiler is only asked about the few that have an error node.
        if !tree.root_node().has_error() {
            good += 1;
        } else if compiler_reads(&path) {
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "with an error node: {wrong:#?}");
    assert!(good > 500, "only {good} files: is this the repository?");
}

#[test]
fn every_example_of_the_documentation() {
    let mut parser = parser();
    let mut pages = Vec::new();
    files(&root().join("docs"), "md", &mut pages);
    files(&root().join("compiler"), "md", &mut pages);
    let (mut good, mut wrong) = (0, Vec::new());
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page");
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if !line.starts_with("```goo") || line.contains("fails") {
                continue;
            }
            let body: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            let body = body.join("\n");
            // As the tests of the documentation read them: a file, declarations, or the statements of a function.
            let readings = [
                body.clone(),
                format!("package main\n{body}\n"),
                format!("package main\nfunc main() {{\n{body}\n}}\n"),
            ];
            let read = readings
                .iter()
                .any(|text| parser.parse(text, None).is_some_and(|tree| !tree.root_node().has_error()));
            if read {
                good += 1;
            } else {
                wrong.push(format!("{}: {body}", page.display()));
            }
        }
    }
    // Pages of mistakes in the syntax have examples with such mistakes.
    wrong.retain(|example| !example.contains("/explain/"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(good > 50, "only {good} examples");
}

#[test]
fn the_generated_parser_is_that_of_the_grammar() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = std::env::temp_dir().join(format!("tree-sitter-goo-{}", std::process::id()));
    let made = tree_sitter_generate::generate_parser_in_directory(
        folder,
        Some(&*out),
        Some(folder.join("grammar.js")),
        14,
        None,
        Some("node"),
        true,
        tree_sitter_generate::OptLevel::default(),
        &mut Vec::new(),
    );
    made.expect("node reads the grammar");
    for file in ["parser.c", "grammar.json", "node-types.json"] {
        let (now, then) = (std::fs::read(out.join(file)), std::fs::read(folder.join("src").join(file)));
        let same = now.expect("generated") == then.expect("committed");
        assert!(same, "src/{file} is old: cargo run --example generate");
    }
    std::fs::remove_dir_all(out).expect("removed");
}
