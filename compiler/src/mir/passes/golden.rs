//! What the passes before ownership make of small programs. Each test shows the functions of package `main` whose names start as
//! it says, after inlining.

use expect_test::{Expect, expect};

use crate::driver::{Timings, check_loaded};
use crate::load::load_text;
use crate::mir::passes::inline;
use crate::mir::passes::verify::{self, Phase};
use crate::mir::{FnId, print};

fn check(source: &str, names: &str, expect: Expect) {
    let text = format!("package main\n{source}\n");
    let checked = check_loaded(load_text("main.goo", &text), &mut Timings::default());
    let errors: Vec<_> = checked.diagnostics.iter().map(|d| d.message.clone()).collect();
    assert!(!checked.diagnostics.has_errors(), "{errors:?}");
    let mut module = crate::lower::lower(&checked.program).expect("lowering");
    inline::run(&checked.program, &mut module);
    let violations = verify::run(&checked.program, &module, Phase::Lowered);
    assert!(violations.is_empty(), "{violations:#?}");
    let shown: String = (0..module.functions.len() as u32)
        .filter(|index| module.functions[*index as usize].name.starts_with(names))
        .map(|index| print::function(&checked.program, &module, FnId(index)))
        .collect();
    expect.assert_eq(&shown);
}

#[test]
fn a_small_callee_stands_where_it_is_called() {
    check(
        "func max(a, b int) int { if a > b { return a }; return b }
func main() { println(max(3, max(len([]int{1}), 7))) }",
        "main.",
        expect![[r#"
            fn1 main.main() () {
                _0: []int
                _1: int
                _2: int
                _3: int
                _4: interface {}
                _5: []interface {}
                _6: int
                _7: bool
                _8: int
                _9: bool
              b0:
                _0 = []int { 1 }
                _1 = len _0
                _7 = _1 > 7
                if _7 goto b1 else b2
              b1:
                _6 = _1
                goto b3
              b2:
                _6 = 7
                goto b3
              b3:
                _2 = _6
                _9 = 3 > _2
                if _9 goto b4 else b5
              b4:
                _8 = 3
                goto b6
              b5:
                _8 = _2
                goto b6
              b6:
                _3 = _8
                _4 = interface _3: int as interface {}
                _5 = []interface {} { _4 }
                goo_print(_5, 1)
                return
            }
        "#]],
    );
}

#[test]
fn an_in_out_receiver_is_the_callers_variable() {
    check(
        "type Stack struct { items []int; n int }
func (s *Stack) Push(x int) { s.items = append(s.items, x); s.n++ }
func (s Stack) Len() int { return s.n }
func main() { s := Stack{[]int{}, 0}; s.Push(1); println(s.Len()) }",
        "main.",
        expect![[r#"
            fn1 main.main() () {
                _0 s: main.Stack
                _1: interface {}
                _2: []interface {}
                _3: int
              b0:
                _0 = main.Stack { zero, 0 }
                append _0.0, 1
                _0.1 = _0.1 + 1
                _3 = _0.1
                _1 = interface _3: int as interface {}
                _2 = []interface {} { _1 }
                goo_print(_2, 1)
                dead _0
                return
            }
        "#]],
    );
}

#[test]
fn a_changed_argument_is_copied() {
    check(
        "func twice(x int) int { x = x + x; return x }
func main() { a := len([]int{1}); b := twice(a); println(a, b) }",
        "main.",
        expect![[r#"
            fn1 main.main() () {
                _0 a: int
                _1: []int
                _2: interface {}
                _3: interface {}
                _4: []interface {}
                _5 x: int
                _6: int
              b0:
                _1 = []int { 1 }
                _0 = len _1
                _5 = _0
                _5 = _5 + _5
                _6 = _5
                _2 = interface _0: int as interface {}
                _3 = interface _6: int as interface {}
                _4 = []interface {} { _2, _3 }
                goo_print(_4, 1)
                dead _0
                return
            }
        "#]],
    );
}

#[test]
fn what_a_call_may_change_is_read_before() {
    check(
        "func add(to *int, x int) { *to += x; *to += x }
func main() { a := len([]int{1}); add(&a, a); println(a) }",
        "main.",
        expect![[r#"
            fn1 main.main() () {
                _0 a: int
                _1: []int
                _2: interface {}
                _3: []interface {}
                _4 x: int
              b0:
                _1 = []int { 1 }
                _0 = len _1
                _4 = _0
                _0 = _0 + _4
                _0 = _0 + _4
                _2 = interface _0: int as interface {}
                _3 = []interface {} { _2 }
                goo_print(_3, 1)
                dead _0
                return
            }
        "#]],
    );
}

#[test]
fn a_known_closure_is_called_and_dissolved() {
    check(
        "func each(xs []int, f func(int)) { for _, x := range xs { f(x) } }
func main() { sum := 0; each([]int{1, 2}, func(x int) { sum += x }); println(sum) }",
        "main.",
        expect![[r#"
            fn1 main.main() () {
                _0 sum: int
                _1: []int
                _2: interface {}
                _3: []interface {}
                _4: int
                _5: int
                _6: bool
                _7 x: int
              b0:
                _0 = 0
                _1 = []int { 1, 2 }
                _4 = len _1
                _5 = 0
                goto b1
              b1:
                _6 = _5 < _4
                if _6 goto b2 else b3
              b2:
                _7 = _1[_5 in range]
                _0 = _0 + _7
                dead _7
                _5 = _5 + 1
                poll
                goto b1
              b3:
                _2 = interface _0: int as interface {}
                _3 = []interface {} { _2 }
                goo_print(_3, 1)
                return
            }
        "#]],
    );
}

#[test]
fn a_range_over_a_function_is_a_loop() {
    check(
        "func upto(n int) func(func(int) bool) {
	return func(yield func(int) bool) { for i := range n { if !yield(i) { return } } }
}
func main() { sum := 0; for i := range upto(5) { if i == 3 { break }; sum += i }; println(sum) }",
        "main.",
        expect![[r#"
            fn1 main.main() () {
                _0 sum: int
                _1: int
                _2: interface {}
                _3: []interface {}
                _4: int
                _5: bool
                _6 i: int
                _7: bool
                _8: bool
                _9: bool
                _10: bool
              b0:
                _0 = 0
                _1 = 0
                _4 = 0
                goto b1
              b1:
                _5 = _4 < 5
                if _5 goto b2 else b10
              b2:
                _6 = _4
                _9 = _1 == 0
                if _9 goto b3 else b9
              b3:
                _1 = 1
                _10 = _6 == 3
                if _10 goto b4 else b5
              b4:
                _8 = false
                goto b6
              b5:
                _0 = _0 + _6
                _1 = 0
                _8 = true
                goto b6
              b6:
                _7 = _8
                if _7 goto b7 else b8
              b7:
                dead _6
                _4 = _4 + 1
                poll
                goto b1
              b8:
                dead _6
                goto b10
              b9:
                goo_panic_text("range function continued iteration after function for loop body returned false")
                unreachable
              b10:
                _1 = 2
                _2 = interface _0: int as interface {}
                _3 = []interface {} { _2 }
                goo_print(_3, 1)
                return
            }
        "#]],
    );
}

#[test]
fn a_function_takes_in_turns_of_itself() {
    check(
        "func down(n int) int { if n == 0 { return 0 }; return down(n - 1) + 1 }
func main() { println(down(9)) }",
        "main.down",
        expect![[r#"
            fn2 main.down(_0 n: int) int {
                result _1: int
                _2: bool
                _3: int
                _4: int
                _5: int
                _6: bool
                _7: int
                _8: int
                _9: int
                _10: bool
                _11: int
                _12: int
                _13: int
                _14: bool
                _15: int
                _16: int
              b0:
                _2 = _0 == 0
                if _2 goto b1 else b2
              b1:
                _1 = 0
                return
              b2:
                _3 = _0 - 1
                _6 = _3 == 0
                if _6 goto b3 else b4
              b3:
                _5 = 0
                goto b11
              b4:
                _7 = _3 - 1
                _10 = _7 == 0
                if _10 goto b5 else b6
              b5:
                _9 = 0
                goto b10
              b6:
                _11 = _7 - 1
                _14 = _11 == 0
                if _14 goto b7 else b8
              b7:
                _13 = 0
                goto b9
              b8:
                _15 = _11 - 1
                _16 = main.down(_15)
                _13 = _16 + 1
                goto b9
              b9:
                _12 = _13
                _9 = _12 + 1
                goto b10
              b10:
                _8 = _9
                _5 = _8 + 1
                goto b11
              b11:
                _4 = _5
                _1 = _4 + 1
                return
            }
        "#]],
    );
}

#[test]
fn what_defers_stays() {
    check(
        "func f() { defer println(1) }
func main() { f() }",
        "main.main",
        expect![[r#"
            fn1 main.main() () {
              b0:
                main.f()
                return
            }
        "#]],
    );
}

#[test]
fn a_big_function_is_copied_for_a_closure() {
    check(
        "func sort(xs *[]int, low, high int, less func(int, int) bool) {
	for i := low; i < high; i++ {
		for j := i; j > low && less(xs[j], xs[j-1]); j-- {
			xs[j], xs[j-1] = xs[j-1], xs[j]
			if j > 100 { println(i, j, xs[j], xs[j-1]); println(j, i, xs[j-1], xs[j]) }
			if j < -100 { println(i, j, xs[j], xs[j-1]); println(j, i, xs[j-1], xs[j]) }
			if j < -200 { println(i, j, xs[j], xs[j-1]); println(j, i, xs[j-1], xs[j]) }
		}
	}
}
func main() { xs := []int{2, 1}; by := len(xs); sort(&xs, 0, 2, func(a, b int) bool { return a % by < b % by }); println(len(xs)) }",
        "main.main",
        expect![[r#"
            fn1 main.main() () {
                _0 xs: []int
                _1 by: int
                _2: *[]int
                _3: int
                _4: interface {}
                _5: []interface {}
              b0:
                _0 = []int { 2, 1 }
                _1 = len _0
                _2 = ref _0
                main.sort(_2, 0, 2, _1)
                _3 = len _0
                _4 = interface _3: int as interface {}
                _5 = []interface {} { _4 }
                goo_print(_5, 1)
                dead _0
                return
            }
        "#]],
    );
}
