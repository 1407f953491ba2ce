//! The queries compile against the grammar, those of Helix and Zed too, and colour what they should.

use std::path::Path;

use tree_sitter::{Language, Query};
use tree_sitter_highlight::{HighlightConfiguration, HighlightEvent, Highlighter};

fn language() -> Language {
    tree_sitter_goo::LANGUAGE.into()
}

#[test]
fn all_queries_compile() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for queries in ["queries", "../helix/queries/goo", "../zed/languages/goo"] {
        for entry in std::fs::read_dir(folder.join(queries)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "scm") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a query");
            if let Err(error) = Query::new(&language(), &text) {
                panic!("{}: {error}", path.display());
            }
            count += 1;
        }
    }
    assert!(count >= 12, "only {count} queries");
}

/// The text with `{capture:text}` around what is coloured; plain variables and marks are left as they are.
fn coloured(source: &str) -> String {
    let query = tree_sitter_goo::HIGHLIGHTS_QUERY;
    let mut config = HighlightConfiguration::new(language(), "goo", query, "", "").expect("a query");
    let names: Vec<String> =
        config.names().iter().filter(|name| !name.starts_with('_')).map(|name| (*name).to_owned()).collect();
    config.configure(&names);
    let mut highlighter = Highlighter::new();
    let events = highlighter.highlight(&config, source.as_bytes(), None, None, |_| None).expect("colours");
    let mut out = String::new();
    let mut stack = Vec::new();
    for event in events {
        match event.expect("an event") {
            HighlightEvent::HighlightStart(colour) => stack.push(names[colour.0].clone()),
            HighlightEvent::HighlightEnd => {
                stack.pop();
            }
            HighlightEvent::Source { start, end } => {
                let text = &source[start..end];
                match stack.last() {
                    Some(name)
                        if name != "variable" && name != "operator" && !name.starts_with("punctuation") =>
                    {
                        out.push_str(&format!("{{{name}:{text}}}"));
                    }
                    _ => out.push_str(text),
                }
            }
        }
    }
    out
}

#[track_caller]
fn check(source: &str, expected: &str) {
    assert_eq!(coloured(source).trim(), expected.trim());
}

#[test]
fn words_are_keywords_only_where_their_constructs_stand() {
    check(
        "func f() {\n\tmatch, after := 1, 2\n\tfail(match)\n\tfail match after { 2 => err }\n}",
        "{keyword.function:func} {function:f}() {\n\tmatch, after := {number:1}, {number:2}\n\t{function.call:fail}(match)\n\t\
         {keyword.exception:fail} {keyword.conditional:match} after { {number:2} => err }\n}",
    );
}

#[test]
fn channels_and_supervisors_stand_out() {
    check(
        "func f(out chan<- int) {\n\tch := make(push chan int, 64, overflow: drop_oldest) @ bind \"tcp://*:1\"\n}",
        "{keyword.function:func} {function:f}({variable.parameter:out} {keyword.coroutine:chan}<- {type.builtin:int}) {\n\tch := \
         {function.builtin:make}({keyword.modifier:push} {keyword.coroutine:chan} {type.builtin:int}, {number:64}, \
         {property:overflow}: {constant.builtin:drop_oldest}) @ {keyword.modifier:bind} {string:\"tcp://*:1\"}\n}",
    );
    check(
        "func f() {\n\tsupervise one_for_all (max: 5 per 10s) {\n\t\tgo work() workers 4 restart transient\n\t}\n}",
        "{keyword.function:func} {function:f}() {\n\t{keyword.coroutine:supervise} {constant.builtin:one_for_all} ({property:max}: \
         {number:5} {keyword.coroutine:per} {number:10s}) {\n\t\t{keyword.coroutine:go} {function.call:work}() \
         {keyword.modifier:workers} {number:4} {keyword.modifier:restart} {constant.builtin:transient}\n\t}\n}",
    );
}

#[test]
fn cases_of_enums_are_constructors() {
    check(
        "func f(s Shape) int { return match s { Circle(r) => r; Shape.Empty => 0; none => 1 } }",
        "{keyword.function:func} {function:f}({variable.parameter:s} {type:Shape}) {type.builtin:int} { {keyword.return:return} \
         {keyword.conditional:match} s { {constructor:Circle}(r) => r; {type:Shape}.{constructor:Empty} => {number:0}; \
         {constant.builtin:none} => {number:1} } }",
    );
}

#[test]
fn tags_have_their_documentation() {
    let config = tree_sitter_tags::TagsConfiguration::new(language(), tree_sitter_goo::TAGS_QUERY, "")
        .expect("a query");
    let source = "package p\n\n// Adds one.\nfunc Inc(n int) int { return n + 1 }\n\ntest \"inc\" { assert Inc(1) == 2 }\n";
    let mut context = tree_sitter_tags::TagsContext::new();
    let (tags, failed) = context.generate_tags(&config, source.as_bytes(), None).expect("tags");
    let tags: Vec<String> = tags
        .map(|tag| tag.expect("a tag"))
        .filter(|tag| tag.is_definition)
        .map(|tag| {
            let kind = config.syntax_type_name(tag.syntax_type_id);
            format!("{kind} {} {}", &source[tag.name_range], tag.docs.unwrap_or_default())
        })
        .collect();
    assert!(!failed);
    assert_eq!(tags, ["module p ", "function Inc Adds one.", "test \"inc\" "]);
}
