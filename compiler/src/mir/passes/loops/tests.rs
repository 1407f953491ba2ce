//! What the passes make of loops: functions of package `main` named `f`, with explicit counts, without what only names variables.

use expect_test::{Expect, expect};

use crate::driver::{Timings, check_loaded, lower};
use crate::load::load_text;
use crate::mir::{FnId, print};

fn check(source: &str, expect: Expect) {
    let text = format!("package main\n{source}\n");
    let checked = check_loaded(load_text("main.goo", &text), &mut Timings::default());
    let errors: Vec<_> = checked.diagnostics.iter().map(|d| d.message.clone()).collect();
    assert!(!checked.diagnostics.has_errors(), "{errors:?}");
    let module = lower(&checked.program, &mut Timings::default()).expect("lowering");
    let index = module.functions.iter().position(|f| f.name == "main.f").expect("main.f");
    let shown = print::function(&checked.program, &module, FnId(index as u32));
    let says_nothing = |line: &&str| {
        let line = line.trim();
        let declares = line.starts_with('_') && line.contains(": ") && !line.contains(" = ");
        !(declares || line == "nop" || line.starts_with("live ") || line.starts_with("dead "))
    };
    let shown: String = shown.lines().filter(says_nothing).map(|line| format!("{line}\n")).collect();
    expect.assert_eq(&shown);
}

#[test]
fn a_slice_is_made_unique_before_the_loop() {
    check(
        "func f(xs *[]int) { for i := 0; i < len(*xs); i++ { (*xs)[i]++ } }
func main() { xs := []int{1}; f(&xs) }",
        expect![[r#"
            fn2 main.f(inout _0 xs: *[]int) () {
              b0:
                _1 = 0
                goto b1
              b1:
                _2 = len _0.*
                _3 = _1 < _2
                if _3 goto b5 else b4
              b2:
                _4 = _1
                _5[_1 in range] = _5[_1 in range] + 1
                goto b3
              b3:
                _1 = _1 + 1
                poll
                _2 = len _5
                _3 = _1 < _2
                if _3 goto b2 else b4
              b4:
                return
              b5:
                unique _0.*
                goto b6
              b6:
                _5 = _0.*
                goto b2
            }
        "#]],
    );
}

#[test]
fn a_slice_that_is_shared_in_each_turn_is_made_unique_in_each_turn() {
    check(
        "func f(xs []int) [][]int { all := [][]int{}; for i := range xs { xs[i] = 1; all = append(all, xs) }; return all }
func main() { f([]int{1}) }",
        expect![[r#"
            fn2 main.f(own _0 xs: []int) [][]int {
                result _1: [][]int
              b0:
                _3 = len _0
                _4 = 0
                goto b1
              b1:
                _5 = _4 < _3
                if _5 goto b2 else b4
              b2:
                _6 = _4
                _7 = _6
                unique _0
                _0[_6 in range] = 1
                retain _0
                append _2, _0
                goto b3
              b3:
                _4 = _4 + 1
                poll
                _5 = _4 < _3
                if _5 goto b2 else b4
              b4:
                drop _0
                _1 = move _2
                return
            }
        "#]],
    );
}

#[test]
fn a_row_is_read_before_the_loop_if_its_index_is_in_range() {
    check(
        "func f(a [][]int, i, n int) int { s := 0; for j := 0; j < n; j++ { s += a[i][j] }; return s }
func main() { f([][]int{{1}}, 0, 1) }",
        expect![[r#"
            fn2 main.f(_0 a: [][]int, _1 i: int, _2 n: int) int {
                result _3: int
              b0:
                _4 = 0
                _5 = 0
                goto b1
              b1:
                _6 = _5 < _2
                if _6 goto b5 else b4
              b2:
                _7 = _1
                _8 = _1
                _9 = _5
                check _0[_1]
                _11 = _10[_5]
                _4 = _4 + _11
                goto b3
              b3:
                _5 = _5 + 1
                poll
                _6 = _5 < _2
                if _6 goto b2 else b4
              b4:
                _3 = _4
                return
              b5:
                _10 = zero
                _12 = len _0
                _13 = cast _12 as uint
                _14 = cast _1 as uint
                _15 = _14 < _13
                if _15 goto b6 else b7
              b6:
                _10 = _0[_1 in range]
                goto b7
              b7:
                goto b2
            }
        "#]],
    );
}

#[test]
fn counters_are_compared_with_lengths() {
    check(
        "func f(n int) int {
	xs := make([]int, n)
	s := 0
	for i := 0; i < n-1; i++ {
		for j := i + 1; j < n; j++ { s += xs[j] + xs[i+1] + xs[j-1] }
		s += xs[i&7]
	}
	return s
}
func main() { f(3) }",
        expect![[r#"
            fn2 main.f(_0 n: int) int {
                result _1: int
              b0:
                _2 = goo_slice_make[int](_0, _0)
                _3 = 0
                _4 = 0
                goto b1
              b1:
                _5 = _0 - 1
                _6 = _4 < _5
                if _6 goto b2 else b6
              b2:
                _7 = _4 + 1
                goto b3
              b3:
                _8 = _7 < _0
                if _8 goto b4 else b5
              b4:
                _9 = _7
                _10 = _4 + 1
                _11 = _2[_7 in range] + _2[_10 in range]
                _12 = _7 - 1
                _13 = _11 + _2[_12 in range]
                _3 = _3 + _13
                _7 = _7 + 1
                poll
                _8 = _7 < _0
                if _8 goto b4 else b5
              b5:
                _14 = _4 & 7
                _3 = _3 + _2[_14]
                _4 = _4 + 1
                poll
                _5 = _0 - 1
                _6 = _4 < _5
                if _6 goto b2 else b6
              b6:
                drop _2
                _1 = _3
                return
            }
        "#]],
    );
}
