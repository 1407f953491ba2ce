//! What lowering makes of the constructs that differ most from what stands in the source. Each test shows the functions
//! of package `main` whose names start as it says.

use expect_test::{Expect, expect};

use crate::driver::{Timings, check_loaded};
use crate::load::load_text;
use crate::mir::passes::verify::{self, Phase};
use crate::mir::{FnId, print};

fn check(source: &str, names: &str, expect: Expect) {
    let text = format!("package main\n{source}\n");
    let checked = check_loaded(load_text("main.goo", &text), &mut Timings::default());
    let errors: Vec<_> = checked.diagnostics.iter().map(|d| d.message.clone()).collect();
    assert!(!checked.diagnostics.has_errors(), "{errors:?}");
    let module = super::lower(&checked.program).expect("lowering");
    let violations = verify::run(&checked.program, &module, Phase::Lowered);
    assert!(violations.is_empty(), "{violations:#?}");
    let shown: String = (0..module.functions.len() as u32)
        .filter(|index| module.functions[*index as usize].name.starts_with(names))
        .map(|index| print::function(&checked.program, &module, FnId(index)))
        .collect();
    expect.assert_eq(&shown);
}

#[test]
fn assignments_have_two_phases() {
    check(
        "func f(xs []int, i int) int { xs[i], i = i, 7; xs = append(xs, xs[0]); return xs[i] }
func main() { _ = f([]int{1}, 0) }",
        "main.f",
        expect![[r#"
            fn2 main.f(_0 xs: []int, _1 i: int) int {
                result _2: int
                _3: int
                _4: int
                _5: int
                _6: int
              b0:
                _3 = _1
                _4 = _1
                unique _0
                _0[_3] = _4
                _1 = 7
                _5 = _0[0]
                append _0, _5
                _6 = _1
                _2 = _0[_6]
                return
            }
        "#]],
    );
}

#[test]
fn storage_is_made_unique_outermost_first() {
    check(
        "type P struct { ys []int }
func f(m *map[string][]P, x int?) { m[\"a\"][1].ys[2] += 3 }
func main() { m := map[string][]P{}; f(&m, none) }",
        "main.f",
        expect![[r#"
            fn2 main.f(inout _0 m: *map[string][]main.P, _1 x: int?) () {
                _2: *map[string][]main.P
                _3: *[]main.P
              b0:
                _2 = ref _0.*
                _3 = goo_map_entry[map[string][]main.P](_2, "a")
                unique _3.*
                unique _3.*[1].0
                _3.*[1].0[2] = _3.*[1].0[2] + 3
                return
            }
        "#]],
    );
}

#[test]
fn a_loop_makes_its_captured_variables_anew() {
    check(
        "func f() func() { g := func() {}; for i := 0; i < 3; i++ { g = func() { i++ } }; return g }
func main() { f()() }",
        "main.f",
        expect![[r#"
            fn2 main.f() func() {
                result _0: func()
                _1 g: func()
                _2: func()
                _3 i: cell[int]
                _4: bool
                _5: func()
                _6: int
              b0:
                live _1
                _1 = closure main.f.func1()
                live _3
                _3 = cell 0
                goto b1
              b1:
                _4 = _3.cell < 3
                if _4 goto b2 else b4
              b2:
                _1 = closure main.f.func2(_3)
                goto b3
              b3:
                _6 = _3.cell
                _3 = cell _6
                _3.cell = _3.cell + 1
                poll
                goto b1
              b4:
                dead _3
                _0 = _1
                dead _1
                return
            }
            fn3 main.f.func1() () closure {
              b0:
                return
            }
            fn4 main.f.func2() () closure {
                capture c0: cell[int]
              b0:
                c0.cell = c0.cell + 1
                return
            }
        "#]],
    );
}

#[test]
fn a_closure_that_calls_itself_holds_no_count_of_itself() {
    check(
        "func main() { var f func(int) int; f = func(n int) int { if n == 0 { return 0 }; return f(n - 1) }; _ = f(3) }",
        "main.main",
        expect![[r#"
            fn1 main.main() () {
                _0 f: func(int) int
                _1: func(int) int
                _2: int
              b0:
                live _0
                _0 = closure main.main.func1()
                _2 = (_0)(3)
                dead _0
                return
            }
            fn2 main.main.func1(_0 n: int) int closure {
                result _1: int
                _2: bool
                _3: func(int) int
                _4: int
                _5: int
              b0:
                _2 = _0 == 0
                if _2 goto b1 else b2
              b1:
                _1 = 0
                return
              b2:
                goto b3
              b3:
                _3 = self closure
                _4 = _0 - 1
                _1 = (_3)(_4)
                return
            }
        "#]],
    );
}

#[test]
fn the_body_of_a_range_over_a_function_says_how_it_left() {
    check(
        "func f(it func(func(int) bool)) (n int) {
outer:
	for range 2 {
		for x := range it { if x == 1 { continue outer }; if x == 2 { return x }; n++ }
	}
	return
}
func main() { _ = f(func(yield func(int) bool) { yield(1) }) }",
        "main.f",
        expect![[r#"
            fn3 main.f(_0 it: func(func(int) bool)) int {
                result _1: int
                _2 n: cell[int]
                _3: int
                _4: bool
                _5: func(func(int) bool)
                _6: cell[int]
                _7: cell[int]
                _8: cell[[]func()]
                _9: func(int) bool
                _10: int
                _11: bool
                _12: bool
              b0:
                live _2
                _2 = cell zero
                _3 = 0
                goto b1
              b1:
                _4 = _3 < 2
                if _4 goto b2 else b8
              b2:
                _5 = _0
                _6 = cell 0
                _7 = cell zero
                _8 = cell zero
                _9 = closure main.f.func1(_2, _6, _7, _8)
                (_5)(_9)
                _10 = _6.cell
                _6.cell = 2
                _11 = _10 == 3
                if _11 goto b3 else b5
              b3:
                goto b4
              b4:
                _3 = _3 + 1
                poll
                goto b1
              b5:
                _12 = _10 == 4
                if _12 goto b6 else b7
              b6:
                _2.cell = _7.cell
                _1 = _2.cell
                dead _2
                return
              b7:
                goto b4
              b8:
                _1 = _2.cell
                dead _2
                return
            }
            fn4 main.f.func1(_0: int) bool closure {
                capture c0: cell[int]
                capture c1: cell[int]
                capture c2: cell[int]
                capture c3: cell[[]func()]
                result _1: bool
                _2: bool
                _3 x: int
                _4: bool
                _5: bool
              b0:
                _2 = c1.cell == 0
                if _2 goto b1 else b8
              b1:
                c1.cell = 1
                live _3
                _3 = _0
                _4 = _3 == 1
                if _4 goto b2 else b3
              b2:
                c1.cell = 3
                _1 = false
                dead _3
                return
              b3:
                goto b4
              b4:
                _5 = _3 == 2
                if _5 goto b5 else b6
              b5:
                c2.cell = _3
                c1.cell = 4
                _1 = false
                dead _3
                return
              b6:
                goto b7
              b7:
                c0.cell = c0.cell + 1
                dead _3
                c1.cell = 0
                _1 = true
                return
              b8:
                goo_panic_text("range function continued iteration after function for loop body returned false")
                unreachable
            }
        "#]],
    );
}

#[test]
fn deferred_calls_see_named_results() {
    check(
        "func f(x int) (n int) { defer func() { n++ }(); defer g(x); return x }
func g(x int) {}
func main() { _ = f(1) }",
        "main.f",
        expect![[r#"
            fn2 main.f(_0 x: int) int defers {
                result _1: int
                _2 n: cell[int]
                _3: func()
                _4: func()
              b0:
                live _2
                _2 = cell zero
                _3 = closure main.f.func1(_2)
                defer _3
                _4 = closure main.f.func2(_0)
                defer _4
                _2.cell = _0
                run defers
                _1 = _2.cell
                dead _2
                return
            }
            fn3 main.f.func1() () closure {
                capture c0: cell[int]
              b0:
                c0.cell = c0.cell + 1
                return
            }
            fn4 main.f.func2() () closure {
                capture c0: int
              b0:
                main.g(c0)
                return
            }
        "#]],
    );
}

#[test]
fn try_and_recover_are_jumps() {
    check(
        "func g() int ! error { return 1 }
func f() int ! error { a := try g(); b := g() recover err { _ = err; a }; try { a += try g() } recover e { fail e }; return a + b }
func main() { _, _ = f() }",
        "main.f",
        expect![[r#"
            fn2 main.f() int ! error {
                result _0: int ! error
                _1 a: int
                _2: int ! error
                _3: int
                _4: bool
                _5: int ! error
                _6 b: int
                _7: error
                _8: int
                _9: int ! error
                _10: int
                _11: bool
                _12 err: error
                _13: int
                _14: error
                _15: ()
                _16: int ! error
                _17: int
                _18: bool
                _19 e: error
                _20: int ! error
                _21: int
                _22: int ! error
              b0:
                live _1
                _2 = main.g()
                _3 = case of _2
                _4 = _3 == 0
                if _4 goto b1 else b10
              b1:
                _1 = _2.ok
                live _6
                _9 = main.g()
                _10 = case of _9
                _11 = _10 == 0
                if _11 goto b2 else b8
              b2:
                _8 = _9.ok
                goto b3
              b3:
                _6 = _8
                _16 = main.g()
                _17 = case of _16
                _18 = _17 == 0
                if _18 goto b4 else b6
              b4:
                _1 = _1 + _16.ok
                goto b5
              b5:
                _21 = _1 + _6
                _0 = ok _21
                dead _6
                dead _1
                return
              b6:
                _14 = _16.err
                goto b7
              b7:
                live _19
                _19 = _14
                _0 = err _19
                dead _19
                dead _6
                dead _1
                return
              b8:
                _7 = _9.err
                goto b9
              b9:
                live _12
                _12 = _7
                _8 = _1
                dead _12
                goto b3
              b10:
                _0 = err _2.err
                dead _1
                return
            }
        "#]],
    );
}

#[test]
fn a_match_of_cases_is_one_jump() {
    check(
        "type Shape enum { Circle(r int); Rect(w, h int?); Empty }
func f(s Shape) int { return match s { Circle(r) => r
	Rect(_, _) => 2
	Empty => 0 } }
func g(s Shape) int { return match s { Circle(1..9) => 1
	Rect(w, none) if w > 0 => w
	_ => 0 } }
func main() { _ = f(Empty) + g(Empty) }",
        "main.",
        expect![[r#"
            fn1 main.main() () {
                _0: main.Shape
                _1: int
                _2: main.Shape
                _3: int
                _4: int
              b0:
                _0 = main.Shape.Empty()
                _1 = main.f(_0)
                _2 = main.Shape.Empty()
                _3 = main.g(_2)
                _4 = _1 + _3
                return
            }
            fn2 main.f(_0 s: main.Shape) int {
                result _1: int
                _2: int
                _3: int
                _4 r: int
              b0:
                _3 = case of _0
                switch _3 { 0 => b1, 1 => b3, 2 => b4, _ => b5 }
              b1:
                live _4
                _4 = _0.case0.0
                _2 = _4
                dead _4
                goto b2
              b2:
                _1 = _2
                return
              b3:
                _2 = 2
                goto b2
              b4:
                _2 = 0
                goto b2
              b5:
                unreachable
            }
            fn3 main.g(_0 s: main.Shape) int {
                result _1: int
                _2: int
                _3: int
                _4: bool
                _5: bool
                _6: bool
                _7: int
                _8: bool
                _9: int
                _10: bool
                _11: int
                _12: bool
                _13 w: int
                _14: bool
              b0:
                _3 = case of _0
                _4 = _3 == 0
                if _4 goto b1 else b5
              b1:
                _5 = _0.case0.0 >= 1
                if _5 goto b2 else b5
              b2:
                _6 = _0.case0.0 <= 9
                if _6 goto b3 else b5
              b3:
                _2 = 1
                goto b4
              b4:
                _1 = _2
                return
              b5:
                _7 = case of _0
                _8 = _7 == 1
                if _8 goto b6 else b11
              b6:
                _9 = case of _0.case1.0
                _10 = _9 != 0
                if _10 goto b7 else b11
              b7:
                _11 = case of _0.case1.1
                _12 = _11 == 0
                if _12 goto b8 else b11
              b8:
                live _13
                _13 = _0.case1.0.some
                _14 = _13 > 0
                if _14 goto b9 else b10
              b9:
                _2 = _13
                dead _13
                goto b4
              b10:
                dead _13
                goto b11
              b11:
                _2 = 0
                goto b4
            }
        "#]],
    );
}

#[test]
fn methods_of_interface_values_have_adapters() {
    check(
        "type I interface { M(x int) int }
type A struct { n int }
func (a A) M(x int) int { return a.n + x }
type B struct { A; s string }
func main() { var i I = B{}; f := i.M; _ = f(2) }",
        "main.",
        expect![[r#"
            fn1 main.main() () {
                _0 i: main.I
                _1: main.I
                _2 f: func(int) int
                _3: func(int) int
                _4: int
              b0:
                live _0
                _0 = interface zero: main.B as main.I
                live _2
                _2 = closure main.main.func1(_0)
                _4 = (_2)(2)
                dead _2
                dead _0
                return
            }
            fn2 main.main.func1(_0: int) int closure {
                capture c0: main.I
                result _1: int
                _2: int
              b0:
                _1 = c0.M(_0)
                return
            }
            fn3 main.B.M(inout _0: *main.B, _1: int) int {
                result _2: int
                _3: int
              b0:
                _2 = main.A.M(_0.*.0, _1)
                return
            }
            fn4 main.A.M(_0 a: main.A, _1 x: int) int {
                result _2: int
                _3: int
              b0:
                _2 = _0.0 + _1
                return
            }
        "#]],
    );
}

#[test]
fn a_select_is_one_statement_and_a_jump() {
    check(
        "func f(a, b chan int) int { select { case v, ok := <-a: if ok { return v }
	case b <- 1:
	case after 1s: return 3 }
	return 4 }
func main() { c := make(chan int, 1); _ = f(c, c) }",
        "main.f",
        expect![[r#"
            fn2 main.f(_0 a: chan int, _1 b: chan int) int {
                result _2: int
                _3: chan int
                _4: int
                _5: bool
                _6: chan int
                _7: int
                _8 v: int
                _9 ok: bool
              b0:
                _3 = _0
                _6 = _1
                _7 = select { _4, _5 <- _3; _6 <- 1; after 1000000000 }
                switch _7 { 0 => b1, 1 => b6, _ => b7 }
              b1:
                live _8
                _8 = _4
                live _9
                _9 = _5
                if _9 goto b2 else b3
              b2:
                _2 = _8
                dead _9
                dead _8
                return
              b3:
                goto b4
              b4:
                dead _9
                dead _8
                goto b5
              b5:
                _2 = 4
                return
              b6:
                goto b5
              b7:
                _2 = 3
                return
            }
        "#]],
    );
}

#[test]
fn instances_are_functions_of_their_own() {
    check(
        "func Map[T, U any](xs []T, f func(T) U) []U { var out []U; for _, x := range xs { out = append(out, f(x)) }; return out }
func main() { _ = Map([]int{1}, func(x int) string { return \"\" }) }",
        "main.Map",
        expect![[r#"
            fn3 main.Map[int,string](_0 xs: []int, _1 f: func(int) string) []string {
                result _2: []string
                _3 out: []string
                _4: int
                _5: int
                _6: bool
                _7 x: int
                _8: string
              b0:
                live _3
                _4 = len _0
                _5 = 0
                goto b1
              b1:
                _6 = _5 < _4
                if _6 goto b2 else b4
              b2:
                live _7
                _7 = _0[_5 in range]
                _8 = (_1)(_7)
                append _3, _8
                dead _7
                goto b3
              b3:
                _5 = _5 + 1
                poll
                goto b1
              b4:
                _2 = _3
                dead _3
                return
            }
        "#]],
    );
}
