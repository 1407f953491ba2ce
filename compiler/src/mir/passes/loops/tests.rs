//! What the passes make of loops: functions of package `main` named `f`, with explicit counts, without what only names variables.

use expect_test::{Expect, expect};

use crate::driver::{Timings, check_loaded};
use crate::load::load_text;
use crate::lower;
use crate::mir::passes::{ownership, params, verify};
use crate::mir::{FnId, print};

fn check(source: &str, expect: Expect) {
    let text = format!("package main\n{source}\n");
    let checked = check_loaded(load_text("main.goo", &text), &mut Timings::default());
    let errors: Vec<_> = checked.diagnostics.iter().map(|d| d.message.clone()).collect();
    assert!(!checked.diagnostics.has_errors(), "{errors:?}");
    let mut module = lower::lower(&checked.program).expect("lowering");
    // Without inlining, which would leave nothing of `f`.
    params::run(&checked.program, &mut module);
    ownership::run(&checked.program, &mut module);
    super::run(&checked.program, &mut module);
    let violations = verify::run(&checked.program, &module, verify::Phase::Owned);
    assert!(violations.is_empty(), "{violations:#?}");
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
                _2 = len _5
                _7 = _1 < _6
                if _7 goto b2 else b10
              b4:
                return
              b5:
                unique _0.*
                goto b6
              b6:
                _5 = _0.*
                goto b7
              b7:
                _8 = _2 - _1
                _9 = cast _8 as uint
                _7 = _9 <= 1024
                if _7 goto b8 else b9
              b8:
                _6 = _2
                goto b2
              b9:
                _6 = _1 + 1024
                goto b2
              b10:
                _2 = len _5
                _3 = _1 < _2
                if _3 goto b11 else b4
              b11:
                poll
                goto b7
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
                poll
                _4 = _4 + 1
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
                _8 = _5
                check _0[_1]
                _10 = _9[_5]
                _4 = _4 + _10
                goto b3
              b3:
                _5 = _5 + 1
                _16 = _5 < _15
                if _16 goto b2 else b11
              b4:
                _3 = _4
                return
              b5:
                _9 = zero
                _11 = len _0
                _12 = cast _11 as uint
                _13 = cast _1 as uint
                _14 = _13 < _12
                if _14 goto b6 else b7
              b6:
                _9 = _0[_1 in range]
                goto b7
              b7:
                goto b8
              b8:
                _17 = _2 - _5
                _18 = cast _17 as uint
                _16 = _18 <= 1024
                if _16 goto b9 else b10
              b9:
                _15 = _2
                goto b2
              b10:
                _15 = _5 + 1024
                goto b2
              b11:
                _6 = _5 < _2
                if _6 goto b12 else b4
              b12:
                poll
                goto b8
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
                _3 = _0
                _2 = goo_slice_make[int](_0, _0)
                _5 = 0
                _6 = 0
                goto b1
              b1:
                _7 = _0 - 1
                _8 = _6 < _7
                if _8 goto b2 else b8
              b2:
                _9 = _6 + 1
                goto b3
              b3:
                _11 = _9 < _0
                if _11 goto b9 else b6
              b4:
                _12 = _9
                _13 = _6 + 1
                _14 = _13
                _15 = _2[_9 in range] + _2[_13 in range]
                _16 = _9 - 1
                _17 = _16
                _18 = _15 + _2[_16 in range]
                _5 = _5 + _18
                goto b5
              b5:
                _9 = _9 + 1
                _22 = _9 < _21
                if _22 goto b4 else b12
              b6:
                _19 = _6 & 7
                _20 = _19
                _5 = _5 + _2[_19]
                goto b7
              b7:
                poll
                _6 = _6 + 1
                _7 = _0 - 1
                _8 = _6 < _7
                if _8 goto b2 else b8
              b8:
                drop _2
                _1 = _5
                return
              b9:
                _23 = _0 - _9
                _24 = cast _23 as uint
                _22 = _24 <= 1024
                if _22 goto b10 else b11
              b10:
                _21 = _0
                goto b4
              b11:
                _21 = _9 + 1024
                goto b4
              b12:
                _11 = _9 < _0
                if _11 goto b13 else b6
              b13:
                poll
                goto b9
            }
        "#]],
    );
}

#[test]
fn what_is_only_looked_at_is_not_counted() {
    check(
        "func f(words []string) int { n := 0; for _, w := range words { if w == \"a\" { n += len(w) } }; return n }
func main() { f([]string{\"a\"}) }",
        expect![[r#"
            fn2 main.f(_0 words: []string) int {
                result _1: int
              b0:
                _2 = 0
                _3 = len _0
                _4 = 0
                goto b1
              b1:
                _5 = _4 < _3
                if _5 goto b8 else b7
              b2:
                _6 = _0[_4 in range]
                _7 = _6 == "a"
                if _7 goto b3 else b6
              b3:
                _8 = len _6
                _2 = _2 + _8
                goto b4
              b4:
                goto b5
              b5:
                _4 = _4 + 1
                _10 = _4 < _9
                if _10 goto b2 else b11
              b6:
                goto b4
              b7:
                _1 = _2
                return
              b8:
                _11 = _3 - _4
                _12 = cast _11 as uint
                _10 = _12 <= 1024
                if _10 goto b9 else b10
              b9:
                _9 = _3
                goto b2
              b10:
                _9 = _4 + 1024
                goto b2
              b11:
                _5 = _4 < _3
                if _5 goto b12 else b7
              b12:
                poll
                goto b8
            }
        "#]],
    );
}

#[test]
fn what_is_replaced_meanwhile_is_counted() {
    check(
        "func f(words []string) int { n := 0; for i, w := range words { words[i] = \"b\"; n += len(w) }; return n }
func main() { f([]string{\"a\"}) }",
        expect![[r#"
            fn2 main.f(own _0 words: []string) int {
                result _1: int
              b0:
                _2 = 0
                _3 = len _0
                _4 = 0
                goto b1
              b1:
                _5 = _4 < _3
                if _5 goto b5 else b4
              b2:
                _6 = _4
                _7 = _0[_4 in range]
                retain _7
                _8 = _6
                _10 = "b"
                drop _0[_6 in range]
                _0[_6 in range] = move _10
                _9 = len _7
                drop _7
                _2 = _2 + _9
                goto b3
              b3:
                poll
                _4 = _4 + 1
                _5 = _4 < _3
                if _5 goto b2 else b4
              b4:
                drop _0
                _1 = _2
                return
              b5:
                unique _0
                goto b2
            }
        "#]],
    );
}

#[test]
fn a_byte_is_read_once_and_compared_with_two_limits_at_once() {
    check(
        "func f(s string, i int) int { for s[i] >= '0' && s[i] <= '9' || s[i] == '.' { i++ }; return i }
func main() { f(\"1.5;\", 0) }",
        expect![[r#"
            fn2 main.f(_0 s: string, _1 i: int) int {
                result _2: int
              b0:
                goto b1
              b1:
                _3 = _1
                _9 = _0[_1]
                _4 = _9 >= 48
                _10 = _9 - 48
                _11 = cast _10 as uint8
                _12 = _11 <= 9
                if _12 goto b2 else b5
              b2:
                goto b3
              b3:
                _1 = _1 + 1
                goto b4
              b4:
                poll
                goto b1
              b5:
                _7 = _1
                _8 = _9 != 46
                if _8 goto b6 else b3
              b6:
                _2 = _1
                return
            }
        "#]],
    );
}

#[test]
fn a_byte_is_read_again_when_the_index_has_changed() {
    check(
        "func f(s string, i int) int { for s[i] == ' ' { i++; if s[i] == ';' { break } }; return i }
func main() { f(\"  ;\", 0) }",
        expect![[r#"
            fn2 main.f(_0 s: string, _1 i: int) int {
                result _2: int
              b0:
                goto b1
              b1:
                _3 = _1
                _7 = _0[_1]
                _4 = _7 != 32
                if _4 goto b4 else b2
              b2:
                _1 = _1 + 1
                _5 = _1
                _7 = _0[_1]
                _6 = _7 == 59
                if _6 goto b3 else b5
              b3:
                goto b4
              b4:
                _2 = _1
                return
              b5:
                goto b6
              b6:
                goto b7
              b7:
                poll
                goto b1
            }
        "#]],
    );
}

#[test]
fn floats_are_not_compared_the_other_way_round() {
    check(
        "func f(x float64) float64 { for { if x < 10 { x += 1 } else { break } }; return x }
func main() { f(1) }",
        expect![[r#"
            fn2 main.f(_0 x: float64) float64 {
                result _1: float64
              b0:
                goto b1
              b1:
                goto b2
              b2:
                _2 = _0 < 10.0
                if _2 goto b3 else b6
              b3:
                _0 = _0 + 1.0
                goto b4
              b4:
                goto b5
              b5:
                poll
                goto b1
              b6:
                goto b7
              b7:
                _1 = _0
                return
            }
        "#]],
    );
}

#[test]
fn what_goes_through_a_slice_that_grows_polls_in_each_turn() {
    check(
        "func f(xs []int) int { i := 0; for xs[i] != 0 { xs = append(xs, i); i++ }; return i }
func main() { f([]int{0}) }",
        expect![[r#"
            fn2 main.f(own _0 xs: []int) int {
                result _1: int
              b0:
                _2 = 0
                goto b1
              b1:
                _3 = _2
                _4 = _0[_2] == 0
                if _4 goto b4 else b2
              b2:
                append _0, _2
                _2 = _2 + 1
                goto b3
              b3:
                poll
                goto b1
              b4:
                drop _0
                _1 = _2
                return
            }
        "#]],
    );
}
