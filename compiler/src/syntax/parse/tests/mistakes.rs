use expect_test::expect;

use super::{check, check_body, check_errors};

#[test]
fn each_bad_statement_is_one_error_and_the_others_are_read() {
    check_errors(
        "package p

func f() {
	x := )
	y := 1 2
	if {
	}
	z := f(1, 2
	for i := 0; i < 10 {
	}
	var = 3
	a b c
	g(func() {
		q := ]
	})
	w := []int{1 2, 3}
}

func g() {
	return 1 +
}

x := 1
y := 2

func h() { goto end }
",
        expect![[r#"
            4: [syntax] unexpected `)`, expected expression
            5: [syntax] unexpected literal 2 at end of statement, expected semicolon, newline or `}`
            6: [syntax] missing condition in if statement
            8: [syntax] unexpected newline in argument list, expected `,` or `)`
            9: [syntax] unexpected `{` in for clause, expected semicolon
            11: [syntax] unexpected `=`, expected name
            12: [syntax] unexpected name `b` at end of statement, expected semicolon, newline or `}`
            14: [syntax] unexpected `]`, expected expression
            16: [syntax] unexpected literal 2 in composite literal, expected `,` or `}`
            21: [syntax] unexpected `}`, expected expression
            23: [syntax] non-declaration statement outside function body
            26: [not-in-goo] Goo has no `goto`, jumps
        "#]],
    );
}

#[test]
fn what_is_good_stays_in_the_tree() {
    check_body(
        "a := 1; b := ); c := 3",
        expect![[r#"
        let a = 1
        error
        let c = 3
        1: [syntax] unexpected `)`, expected expression
    "#]],
    );
    check(
        "var a = 1\nvar b = = 2\nvar c = 3\nfunc f( { }\nfunc g() { }",
        expect![[r#"
            var a = 1
            error
            var c = 3
            func f ( -> error)
            func g ( ->)
            2: [syntax] unexpected `=`, expected expression
            4: [syntax] unexpected `{` in parameter list, expected `)`
        "#]],
    );
}

#[test]
fn lists_that_do_not_end() {
    check_errors(
        "package p\nvar x = f(1,\n\t2\n)\nvar y = T{\n\t1,\n\t2\n}\nvar z = 1 +\n",
        expect![[r#"
        3: [syntax] unexpected newline in argument list, expected `,` or `)`
        7: [syntax] unexpected newline in composite literal, expected `,` or `}`
    "#]],
    );
}

#[test]
fn braces_on_the_wrong_line() {
    check_errors(
        "package p\nfunc f()\n{\n}\nfunc g() {\n\tif x\n\t{\n\t}\n\tfor x\n\t{\n\t}\n}\n",
        expect![[r#"
        3: [syntax] unexpected semicolon or newline before `{`
        6: [syntax] unexpected newline after if clause, expected `{`
        10: [syntax] unexpected `{`, expected for loop condition
    "#]],
    );
    check_errors(
        "package p\nfunc f() {\n\tif x {\n\t}\n\telse {\n\t}\n}\n",
        expect![[r#"
            5: [syntax] unexpected keyword `else`, expected statement or `}`
        "#]],
    );
}

#[test]
fn braces_that_are_missing_or_too_many() {
    check_errors(
        "package p\nfunc f() {\n\tif x {\n\t\ty()\n}\n\nfunc g() {\n}\n",
        expect![[r#"
        7: [syntax] unexpected declaration of `g`: a `}` is missing before it, begins a declaration
    "#]],
    );
    check_errors(
        "package p\nfunc f() {\n\t}\n}\n\nfunc g() {\n}\n",
        expect![[r#"
            3: [syntax] unexpected `}`: it is one too many, closes nothing
        "#]],
    );
    check_errors(
        "package p\nfunc f() {\n",
        expect![[r#"
        3: [syntax] unexpected end of file, expected `}`
    "#]],
    );
}

#[test]
fn a_body_without_its_brace_is_still_a_body() {
    check_errors(
        "package p\nfunc f() {\n\tif x\n\t\ty()\n\t\tz := 1 1\n\t}\n\tfor i := 0; i < 3; i++\n\t\ty()\n\t}\n}\n",
        expect![[r#"
        3: [syntax] unexpected newline after if clause, expected `{`
        5: [syntax] unexpected literal 1 at end of statement, expected semicolon, newline or `}`
        7: [syntax] unexpected newline after for clause, expected `{`
    "#]],
    );
    check_errors(
        "package p\nfunc f() {\n\tif x := f(); x\n\t\ty()\n\t}\n\tfor x\n\t\ty()\n\t}\n}\n",
        expect![[r#"
        3: [syntax] unexpected newline after if clause, expected `{`
        6: [syntax] unexpected newline after for clause, expected `{`
    "#]],
    );
}

#[test]
fn wrong_brackets() {
    check_errors(
        "package p\nfunc f() {\n\tg{1, 2)\n\th(1, 2]\n\ti[1)\n}\nfunc g() {\n}\n",
        expect![[r#"
        3: [syntax] unexpected `)` in composite literal, expected `,` or `}`
        4: [syntax] unexpected `]` in argument list, expected `,` or `)`
        5: [syntax] unexpected `)`, expected comma, `:` or `]`
    "#]],
    );
}

#[test]
fn parameters() {
    check_errors(
        "package p\nfunc a(x int, y) {}\nfunc b(x, y int, string) {}\nfunc c(...int, x int) {}\nfunc () d() {}\nfunc (x, y T) e() {}\nfunc f[T]() {}\nfunc g[]() {}\nfunc h() (...int) {}\n",
        expect![[r#"
            2: [syntax] missing parameter type, expected type
            3: [syntax] missing parameter type, expected type
            4: [syntax] missing parameter name
            5: [syntax] method has no receiver
            6: [syntax] method has multiple receivers
            7: [syntax] missing type constraint, expected a constraint such as `any`
            8: [syntax] empty type parameter list, expected a name
            9: [syntax] `...` can stand only at a final parameter
        "#]],
    );
}

#[test]
fn headers() {
    check_body(
        "if x = 1 { }",
        expect![[r#"
            if error; error
            1: [syntax] cannot use `x = 1` as value, this assigns
        "#]],
    );
    check_body(
        "if a, b := f() { }",
        expect![[r#"
            if error; error
            1: [syntax] cannot use `a, b := f()` as value, this declares
        "#]],
    );
    check_body(
        "for i := 0 { }",
        expect![[r#"
            for i := range 0
            1: [syntax] cannot use `i := 0` as value, this declares
        "#]],
    );
    check_body(
        "for i := 0; i < 3; j := 1 { }",
        expect![[r#"
        for let i = 0; (< i 3); let j = 1
        1: [syntax] cannot declare in post statement of for loop
    "#]],
    );
    check_body(
        "if var x = 1; x { }",
        expect![[r#"
            if error; error
            1: [syntax] var declaration not allowed in if initializer
        "#]],
    );
    check_body(
        "switch x := y.(type) + 1 { }",
        expect![[r#"
            switch error; error
            1: [syntax] use of `.(type)` outside type switch
        "#]],
    );
    check_body(
        "f(); else { }",
        expect![[r#"
            (call f)
            error
            1: [syntax] unexpected keyword `else`, expected statement or `}`
        "#]],
    );
}

#[test]
fn assignments() {
    check_body(
        "a.b := 1",
        expect![[r#"
            let _ = 1
            1: [not-assignable] non-name `a.b` on left side of `:=`
        "#]],
    );
    check_body(
        "a, b += 1",
        expect![[r#"
        error
        1: [syntax] unexpected `+=`, expected `:=`, `=` or comma
    "#]],
    );
    check_body(
        "var x := 1",
        expect![[r#"
        var x = 1
        1: [syntax] unexpected `:=`, expected `=`
    "#]],
    );
    check_body(
        "f() x",
        expect![[r#"
            (call f)
            error
            1: [syntax] unexpected name `x` at end of statement, expected semicolon, newline or `}`
        "#]],
    );
}

#[test]
fn go_takes_a_call() {
    check_body(
        "go f; defer (f()); go func() { }",
        expect![[r#"
            (go f)
            (defer (paren (call f)))
            (go (func ( ->) {
            }))
            1: [call-required] expression in defer must not be parenthesized
        "#]],
    );
}

#[test]
fn imports_and_packages() {
    check_errors(
        "import \"fmt\"\n",
        expect![[r#"
        1: [syntax] package statement must be first
    "#]],
    );
    check_errors(
        "package p\nimport fmt\nimport 5\nvar x int\nimport \"os\"\n",
        expect![[r#"
        2: [syntax] missing import path, expected a quoted string
        3: [syntax] import path must be a string
        5: [syntax] imports must appear before other declarations
    "#]],
    );
    check_errors(
        "",
        expect![[r#"
        1: [syntax] package statement must be first
    "#]],
    );
}

#[test]
fn a_bad_literal_is_the_only_error_of_its_line() {
    check_errors(
        "package p\nvar x = f(\"open, 1)\nvar y = 'ab'\nvar z = 09 $\n",
        expect![[r#"
        2: [lex-string] newline in string
        3: [lex-string] more than one character in rune literal
        4: [lex-number] invalid digit '9' in octal literal
    "#]],
    );
}

#[test]
fn clauses() {
    check_body(
        "switch x { case 1, : a(); foo(); case 2 b(); default: }",
        expect![[r#"
            switch x
              case error
                error
                (call a)
                (call foo)
              case error
                error
              default
            1: [syntax] unexpected `:`, expected expression
        "#]],
    );
    check_body(
        "select { case f(): ; case x := 1: }",
        expect![[r#"
            select
              case (call f)
                empty
              case let x = 1
        "#]],
    );
}

#[test]
fn goo_constructs() {
    check_body(
        "match x { 1 -> 2; _ => 3 }",
        expect![[r#"
            (match x
              error => error
              _ => 3)
            1: [syntax] unexpected `-` after pattern, expected `=>`
        "#]],
    );
    check_body(
        "supervise { f(); go g() wrokers 3 }",
        expect![[r#"
        supervise
        1: [syntax] unexpected name `f` in supervise statement, expected `go f(x)`, `name := go f(x)` or `supervise { … }`
    "#]],
    );
    check_body(
        "try { f() }",
        expect![[r#"
        error
        1: [syntax] unexpected newline after `try` block, expected `recover`
    "#]],
    );
    check(
        "type S enum { A, B }",
        expect![[r#"
        type S (enum)
        1: [syntax] unexpected comma in enum type, expected semicolon, newline or `}`
    "#]],
    );
}
