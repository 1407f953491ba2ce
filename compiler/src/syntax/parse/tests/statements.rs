use expect_test::expect;

use super::{check_body, good};

#[test]
fn simple_statements() {
    check_body(
        "a, b := 1, 2; a, b = b, a; a += 1; a &^= b; a++; b--; ch <- x; f(); ;",
        expect![[r#"
        let a b = 1 2
        set a b = b a
        (+= a 1)
        (&^= a b)
        (++ a)
        (-- b)
        (send ch x)
        (call f)
        empty
    "#]],
    );
}

#[test]
fn conditions() {
    check_body(
        "if a { b() } else if c := d(); c { } else { e() }",
        expect![[r#"
        if a
          (call b)
        else if let c = (call d); c
        else
          (call e)
    "#]],
    );
    check_body(
        "if v := opt { use(v) }",
        expect![[r#"
        if bind v = opt
          (call use v)
    "#]],
    );
    check_body(
        "if x == (T{1}) { }; if f(T{1}) { }; if []int{1}[0] == 1 { }",
        expect![[r#"
        if (== x (paren (lit T 1)))
        if (call f (lit T 1))
        if (== (index (lit ([] int) 1) 0) 1)
    "#]],
    );
}

#[test]
fn loops() {
    check_body(
        "for { }; for a { }; for i := 0; i < 3; i++ { }; for ; ; { }; for a = f(); ; { }",
        expect![[r#"
        for
        for a
        for let i = 0; (< i 3); (++ i)
        for
        for set a = (call f);
    "#]],
    );
    check_body(
        "for range 10 { }; for i := range xs { }; for k, v = range m { }; for range ch { }; for i := range 3 { }",
        expect![[r#"
        for range 10
        for i := range xs
        for k v = range m
        for range ch
        for i := range 3
    "#]],
    );
}

#[test]
fn switches() {
    check_body(
        "switch x := f(); x { case 1, 2: a(); fallthrough; default: b() }; switch { case a: }; switch x { }",
        expect![[r#"
        switch let x = (call f); x
          case 1 2
            (call a)
            fallthrough
          default
            (call b)
        switch
          case a
        switch x
    "#]],
    );
    check_body(
        "switch v := x.(type) { case int, []T: a(); case none: }; switch f(); x.(type) { }",
        expect![[r#"
        type switch v = x
          case int ([] T)
            (call a)
          case none
        type switch (call f); = x
    "#]],
    );
}

#[test]
fn selects() {
    check_body(
        "select { case v := <-a: f(v); case v, ok = <-b: ; case c <- x: ; case <-d: ; case after 10ms: ; default: }",
        expect![[r#"
            select
              case let v = (<- a)
                (call f v)
              case set v ok = (<- b)
                empty
              (case send c x)
                empty
              case (<- d)
                empty
              (case after 10000000ns)
                empty
              default
        "#]],
    );
    check_body(
        "select first { case <-a: }; select { }",
        expect![[r#"
        select first
          case (<- a)
        select
    "#]],
    );
}

#[test]
fn jumps_and_labels() {
    check_body(
        "outer: for { break outer; continue outer; break; continue }; end: ; last:",
        expect![[r#"
        label outer
        for
          break outer
          continue outer
          break
          continue
        label end
        empty
        label last
        empty
    "#]],
    );
}

#[test]
fn starting_and_ending() {
    check_body(
        "go f(x); defer func() { }(); return; return a, b",
        expect![[r#"
        (go (call f x))
        (defer (call (func ( ->) {
        })))
        return
        return a b
    "#]],
    );
}

#[test]
fn declarations_within_functions() {
    check_body(
        "var x, y int = 1, 2; const a = iota; type T struct { x int }; var ( p = 1; q string )",
        expect![[r#"
        var x y : int = 1 2
        const 0 a = iota
        type T (struct x:int)
        var p = 1
        var q : string
    "#]],
    );
}

#[test]
fn words_of_goo_are_names_in_go_programs() {
    good(
        "package p
func f(push chan int, match string, try func(int) error, sub, pub int) {
	fail := 1
	fail = fail + 1
	yield := func(x int) bool { return true }
	yield(fail)
	if !yield(2) { return }
	assert(match == \"\", 1)
	recover()
	try(3)
	var none, after, test, enum, within, per, workers, supervise, parallel, first, req int
	after++
	supervise = after
	m := map[string]int{match: 1}
	m[match] = within - per
	match += \"x\"
	supervise, parallel = parallel, supervise
	push <- first
	test = try(1) + match(2)
	assert[0] = 1
	switch match { case \"x\": }
	switch match := x.(type) { case enum: match() }
	for match = range yield { }
	select { case after <- 1: ; case after := <-push: }
	try <- t
	fail -= 1
	x := recover{1}
	try:
	for { continue try }
}
type enum struct { test int; push chan int; enum enum }
type supervise = func(try, fail int) (match int)
func test() enum { return enum{test: 1} }
func match(x int) int { return match(x) * -match(x) }
",
    );
}
