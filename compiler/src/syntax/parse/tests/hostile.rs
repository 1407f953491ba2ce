//! Input that nobody writes: it may give errors, but must end, and leave the stack alone.

use super::parse;

/// Parses, and asks for exactly one error of this code, or none.
fn survives(text: &str, code: Option<&str>) {
    let (tree, errors) = parse(text);
    match code {
        Some(code) => {
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(errors[0].contains(code), "{errors:?}");
        }
        None => assert!(errors.is_empty(), "{errors:?}"),
    }
    drop(tree);
}

fn in_function(body: &str) -> String {
    format!("package p; func f() {{ {body} }}")
}

#[test]
fn deep_brackets() {
    for (open, close) in [
        ("(", ")"),
        ("[]int{", "}"),
        ("f(", ")"),
        ("- ", ""),
        ("!", ""),
        ("<-", ""),
        ("a[", "]"),
        ("func() { x = ", "}"),
    ] {
        let deep = |n: usize| in_function(&format!("x = {}1{}", open.repeat(n), close.repeat(n)));
        survives(&deep(60), None);
        survives(&deep(100_000), Some("nesting-too-deep"));
        // Open brackets only.
        let (_, errors) = parse(&in_function(&format!("x = {}", open.repeat(100_000))));
        assert_eq!(errors.len(), 1, "{open}");
    }
}

#[test]
fn deep_statements_and_types() {
    for (open, close) in [
        ("{", "}"),
        ("if x {", "}"),
        ("for {", "}"),
        ("switch { case x:", "}"),
        ("l: ", ""),
        ("try { ", "} recover { }"),
    ] {
        let deep = |n: usize| in_function(&format!("{}{}", open.repeat(n), close.repeat(n)));
        survives(&deep(100), None);
        survives(&deep(20_000), Some("nesting-too-deep"));
    }
    for open in ["[]", "*", "chan ", "map[int]", "func() ", "struct { x ", "push chan "] {
        let close = if open.contains('{') { "}" } else { "" };
        let text = |n: usize| format!("package p; var x {}int{}", open.repeat(n), close.repeat(n));
        survives(&text(100), None);
        survives(&text(20_000), Some("nesting-too-deep"));
    }
}

#[test]
fn long_chains() {
    for (link, first) in [
        (" + a", "x = a"),
        (" ?? a", "x = a"),
        (".a", "x = a"),
        ("[0]", "x = a"),
        ("(1)", "f"),
        ("? ", "x = int"),
        (" recover { }", "a()"),
        (" else if a { }", "if a { }"),
        (" && a == b", "x = a"),
    ] {
        let chain = |n: usize| in_function(&format!("{first}{}", link.repeat(n)));
        survives(&chain(1_000), None);
        survives(&chain(20_000), Some("nesting-too-deep"));
    }
}

#[test]
fn copies_of_types_do_not_explode() {
    let fields = format!("package p; type T {}int{}", "struct { a, b ".repeat(100), "}".repeat(100));
    survives(&fields, Some("nesting-too-deep"));
    let params = format!("package p; type T {}int{}", "func(a, b ".repeat(100), ")".repeat(100));
    survives(&params, Some("nesting-too-deep"));
}

#[test]
fn long_lists_are_fine() {
    survives(&in_function(&"x = a + b\n".repeat(20_000)), None);
    survives(&format!("package p; var x = []int{{{}}}", "a + b, ".repeat(20_000)), None);
    survives(&in_function(&format!("f({})", "g(x), ".repeat(20_000))), None);
    survives(&in_function(&format!("switch x {{ {} }}", "case 1: f()\n".repeat(20_000))), None);
}

#[test]
fn chains_within_brackets_add_up() {
    let mut inner = "a".to_owned();
    for _ in 0..40 {
        inner = format!("({inner}{})", " + a".repeat(200));
    }
    survives(&in_function(&format!("x = {inner}")), Some("nesting-too-deep"));
}

#[test]
fn mistakes_without_end_take_linear_time() {
    for piece in [
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "x y ",
        "if ",
        "func ",
        "f(1 2) ",
        "case ",
        "} else ",
        "match x {",
        "a, ",
        "type T struct {\n",
        "x := {\n",
        "supervise {\n",
        "\"",
        "var (\n",
        "go ",
    ] {
        parse(&format!("package p; func f() {{ {}", piece.repeat(3_000)));
        parse(&format!("package p\n{}", piece.repeat(3_000)));
        parse(&format!("package p\nvar x = []int{{\n{}\n}}", format!("{piece}\n").repeat(1_000)));
    }
}

#[test]
fn every_prefix_of_a_program_is_survived() {
    let text = include_str!("taste.goo");
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        parse(&text[..end]);
    }
}

#[test]
fn every_program_that_lacks_one_token_is_survived() {
    let text = include_str!("taste.goo");
    for token in crate::syntax::tokens(text).tokens {
        let mut without = text.to_owned();
        without.replace_range(token.start as usize..token.end as usize, " ");
        let (_, errors) = parse(&without);
        assert!(errors.len() <= 6, "{} errors without {token:?}: {errors:?}", errors.len());
    }
}
