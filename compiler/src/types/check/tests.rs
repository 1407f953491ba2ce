//! Checks of small sources: each line of an answer is `line: [code] message`.

use expect_test::{Expect, expect};

use super::imports::load;
use crate::syntax::on_deep_stack;

/// The diagnostics of a program of one file, in source order.
pub(crate) fn diagnostics(source: &str) -> String {
    let files = vec![("main.goo".to_owned(), source.to_owned())];
    on_deep_stack(|| {
        let loaded = load(files, true, &mut |_| None);
        let mut diagnostics = loaded.diagnostics;
        let (program, found) = super::check(loaded.sources, loaded.files, &loaded.packages);
        diagnostics.extend(found);
        let mut out = String::new();
        for diagnostic in diagnostics.sorted(&program.sources) {
            let (line, _) = program.sources.line_col(diagnostic.primary.span);
            out.push_str(&format!("{line}: [{}] {}\n", diagnostic.code.name(), diagnostic.message));
        }
        out
    })
}

fn check(source: &str, expected: Expect) {
    expected.assert_eq(&diagnostics(&format!("package main\n{source}\nfunc main() {{}}\n")));
}

#[test]
fn constants_are_exact() {
    check(
        "
const big = 1 << 100
const small = big >> 98
var a [small]int = [4]int{}
const third = 1.0 / 3
const one float32 = third * 3
var b int8 = 128
const c uint = -1
var d = 1 << 64
const e = 10 / 0
",
        expect![[r#"
            8: [constant-overflow] the constant `128` does not fit into `int8`
            9: [constant-overflow] the constant `-1` does not fit into `uint`
            10: [constant-overflow] the constant `1 << 64` does not fit into `int`
            11: [division-by-zero] division by zero
        "#]],
    );
}

#[test]
fn iota_and_repetition() {
    check(
        "
type Day int
const (
	Monday Day = iota
	Tuesday
	_
	Thursday
)
const (
	a, b = iota, iota * 10
	c, d
)
var x [d]int = [10]int{}
var y Day = Thursday
var z int = Tuesday
const (
	p uint8 = 200 + iota*50
	q
)
",
        expect![[r#"
            16: [wrong-type] cannot use the constant `Tuesday` (of type `Day`) as `int` in this declaration
        "#]],
    );
}

#[test]
fn shifts_of_untyped_operands() {
    check(
        "
var s uint = 33
var i = 1 << s
var j int32 = 1 << s
var u = 1.0 << s
var w int64 = 1.0 << 33
var f float64 = 1 << s
var b = make([]byte, 1.0 << s)
var x = uint64(1 << s)
",
        expect![[r#"
            6: [invalid-operation] `1.0` is shifted, so it must be an integer, but its type is `float64`
            8: [invalid-operation] `1` is shifted, so it must be an integer, but its type is `float64`
        "#]],
    );
}

#[test]
fn order_of_declarations_is_free() {
    check(
        "
var a = b + c
var b = f()
var c int = d
func f() int { return 2 }
const d = e
const e = 3
type T struct { next []T; u U }
type U []T
",
        expect![""],
    );
}

#[test]
fn cycles() {
    check(
        "
var x = y
var y = x
const k = m
const m = k
type T struct { u U }
type U struct { t T }
type A = B
type B = A
type S struct { s S? ; m map[string]S }
type V [2]V
type W W
var p = q()
func q() int { return p }
",
        expect![[r#"
            3: [init-cycle] `x` is initialised with itself, through `y`
            5: [init-cycle] `k` needs its own value
            7: [recursive-type] the type `T` contains itself without end
            9: [recursive-type] `A` is an alias of itself
            12: [recursive-type] the type `V` contains itself without end
            13: [recursive-type] the type `W` contains itself without end
            14: [init-cycle] `p` is initialised with itself, through `q`
        "#]],
    );
}

#[test]
fn untyped_constants_meet_types() {
    check(
        r#"
var a int = "x"
var b string = 'a'
var c rune = 'a' + 1
var d float32 = 1 + 2.5
var e int = 2.0
var f int = 2.5
var g any = 1
var h int? = 3
var i int? = none
var j int = none
var k = none
var l = nil
var m []int = nil
"#,
        expect![[r#"
            3: [wrong-type] cannot use the constant `"x"` as `int` in this declaration
            4: [wrong-type] cannot use the constant `'a'` as `string` in this declaration
            8: [constant-overflow] the constant `2.5` is not a whole number, and `int` holds only those
            12: [wrong-type] cannot use `none` as `int` in this declaration
            13: [mismatch] `none` alone does not say which type is missing its value
            14: [nil] Goo has no `nil`
            15: [nil] Goo has no `nil`
        "#]],
    );
}

#[test]
fn operators() {
    check(
        r#"
var i, j = 1, 2.0
var a = i + j
var b = "a" + 1
var c = !i
var d = -"x"
var e = i % j
var f = j % j
var g = i == j
var h = func() {} == func() {}
var k = []int{1} == []int{1}
var m = map[string]int{} == map[string]int{"a": 1}
var n = true < false
var o = i & 1 == 0 && j > 1
"#,
        expect![[r#"
            4: [mismatch] `+` needs two operands of one type, not `int` and `float64`
            5: [mismatch] `+` needs two operands of one type, not `untyped string` and `untyped int`
            6: [invalid-operation] operator `!` is not defined for `i` (a variable of type `int`)
            7: [invalid-operation] operator `-` is not defined for the constant `"x"`
            8: [mismatch] `%` needs two operands of one type, not `int` and `float64`
            9: [invalid-operation] operator `%` is not defined for `j` (a variable of type `float64`)
            10: [mismatch] `int` and `float64` cannot be compared with each other
            11: [not-comparable] operator `==` is not defined here
            14: [not-comparable] operator `<` is not defined here
        "#]],
    );
}

#[test]
fn composite_literals() {
    check(
        r#"
type P struct { X, Y int }
var a = P{1, 2}
var b = P{X: 1}
var c = P{1}
var d = P{1, 2, 3}
var e = P{X: 1, 2}
var f = P{Z: 1}
var g = P{X: 1, X: 2}
var h = [3]int{1, 2, 3, 4}
var i = [...]string{2: "a", "b"}
var j [4]string = i
var k = []int{0: 1, 0: 2}
var l = map[string]int{"a": 1, "a": 2}
var m = []P{{1, 2}, {X: 1}}
var n = map[P]string{{1, 2}: "x"}
var o = [][]int{{1}, {"x"}}
"#,
        expect![[r#"
            6: [literal-fields] too few values: `P` has 2 fields
            7: [literal-fields] too many values: `P` has 2 fields
            8: [literal-fields] either all fields are named here, or none
            9: [unknown-field] `P` has no field `Z`
            10: [literal-fields] the field `X` is set twice
            11: [index-range] too many elements: the array has 3
            14: [duplicate-key] index 0 is given twice
            15: [duplicate-key] the key "a" is given twice
            18: [wrong-type] cannot use the constant `"x"` as `int` as an element of this literal
        "#]],
    );
}

#[test]
fn methods_and_embedding() {
    check(
        r#"
type Animal interface { Name() string }
type Base struct { name string }
func (b Base) Name() string { return b.name }
func (b *Base) Rename(s string) { b.name = s }
type Dog struct { Base; age int }
var d = Dog{Base{"rex"}, 3}
var a Animal = d
var n = d.Name() + d.name + d.Base.name
var m = a.name
type Renamer interface { Rename(string) }
var r Renamer = d
type Cat struct{}
var c Animal = Cat{}
var f = Dog.Name
var s string = f(d)
func (c Cat) Cat() {}
func (c Cat) Cat() {}
func (i int) X() {}
"#,
        expect![[r#"
            11: [unknown-field] `Animal` has no field or method `name`
            13: [missing-method] cannot use `d` (a variable of type `Dog`) as `Renamer` in this declaration
            15: [missing-method] cannot use `Cat{}` (of type `Cat`) as `Animal` in this declaration
            19: [redeclared] `Cat` has two methods `Cat`
            20: [invalid-receiver] `int` cannot get methods here
        "#]],
    );
}

#[test]
fn generics_are_inferred() {
    check(
        r#"
type Number interface { ~int | ~float64 }
func Map[T, U any](xs []T, f func(T) U) []U { return none }
func Sum[T Number](xs ...T) T { return xs[0] }
type Pair[K comparable, V any] struct { Key K; Value V }
func (p Pair[K, V]) Swap() Pair[K, V] { return p }
func MakePair[K comparable, V any](k K, v V) Pair[K, V] { return Pair[K, V]{k, v} }
func itoa(i int) string { return "" }
var a []string = Map([]int{1}, itoa)
var b = Sum(1, 2.5)
var c float64 = b
var d = MakePair("a", 1)
var e Pair[string, int] = d.Swap()
var f = Sum("a")
var g = Map[int]([]int{1}, itoa)
func Id[T any](x T) T { return x }
var h = Map([]int{1}, Id)
var i func(int) int = Id
var j = Id
var k Pair[string]
var l Pair[func(), int]
func Empty[T any]() T { return none }
var m = Empty()
type MyInt int
var n = Sum(MyInt(1), 2)
"#,
        expect![[r#"
            4: [wrong-type] cannot use `none` as `[]U` as a result of this function
            15: [constraint] `string` does not satisfy `Number`, the constraint of `T` of `Sum`
            20: [type-arguments] the generic function `Id` needs its type arguments here
            21: [type-arguments] `Pair` has 2 type parameters, not 1
            22: [constraint] `func()` does not satisfy `comparable`, the constraint of `K` of `Pair`
            23: [wrong-type] cannot use `none` as `T` as a result of this function
            24: [inference] cannot infer the type argument `T` of `Empty`
        "#]],
    );
}

#[test]
fn enums() {
    check(
        r#"
type Shape enum { Circle(radius float64); Rect(w, h float64); Empty }
var a Shape = Circle(2)
var b = Rect(1, 2)
var c = Shape.Empty
var d Shape = Empty
var e = Circle("x")
var f = Rect(1)
var g = Shape.Square
type Option[T any] enum { Some(value T); Nothing }
var h = Some(3)
var i Option[string] = Nothing
var j Option[int] = h
"#,
        expect![[r#"
            8: [wrong-type] cannot use the constant `"x"` as `float64` as an argument of `Circle`
            9: [argument-count] not enough arguments for `Rect`: it takes 2, not 1
            10: [unknown-field] `Shape` has no method or case `Square`
        "#]],
    );
}

#[test]
fn calls() {
    check(
        r#"
func f(a int, b string) {}
func g() (int, string) { return 1, "" }
func v(xs ...int) int { return 0 }
func swap(a, b *int) {}
var x, y = g()
var z = g()
var a = f(1, "a")
var b = v(1, 2, "c")
var c = v([]int{1}...)
var d = v(1, []int{2}...)
var e = x()
var h = v(g())
func two(a int, b string) int { return a }
var i = two(g())
var j = two(1)
var k = two(1, "a", 3)
var l = int("x")
var m = string(65)
var n = []byte("abc")
var p, q, r = g()
"#,
        expect![[r#"
            8: [value-count] `g()` gives 2 values where one is needed
            9: [not-value] `f(1, "a")` has no value
            10: [wrong-type] cannot use the constant `"c"` as `int` as an argument of `v`
            12: [argument-count] `[]int{2}...` stands alone for the parameter `...int`
            13: [not-callable] cannot call `x` (a variable of type `int`)
            14: [wrong-type] cannot use `g()` (of type `string`) as `int` as an argument of `v`
            17: [argument-count] not enough arguments for `two`: it takes 2, not 1
            18: [argument-count] too many arguments for `two`: it takes 2, not 3
            19: [invalid-conversion] cannot convert the constant `"x"` to `int`
            22: [value-count] 2 values for 3 variables
        "#]],
    );
}

#[test]
fn names() {
    check(
        r#"
import "fmt"
import "fmtt"
var lenght = 1
var a = lenhgt
var b = fmt.Printn("x")
var c = int
var d = fmt
type e = foo
var f lenght
var lenght = 2
func (x Missing) M() {}
var g *int
var h = &a
"#,
        expect![[r#"
            4: [unknown-import] there is no package `fmtt`
            6: [undefined] `lenhgt` is not declared
            7: [undefined] package `fmt` has no `Printn`
            8: [not-value] `int` is a type, not a value
            9: [not-value] `fmt` is a package, not a value
            10: [undefined] `foo` is not declared
            11: [not-type] `lenght` is not a type
            12: [redeclared] `lenght` is declared twice in this block
            13: [undefined] `Missing` is not declared
            14: [pointer-type] `*int` is not a type: `*` is a mode of parameters and receivers
        "#]],
    );
}

#[test]
fn methods_with_type_parameters() {
    check(
        r#"
type List[E any] []E
func (l List[E]) Map[F any](f func(E) F) List[F] { return List[F]{} }
type Mapper interface { Map(f func(int) string) List[string] }
func itoa(i int) string { return "" }
var l List[int] = List[int]{1}
var a List[string] = l.Map(itoa)
var b = l.Map[string]
var c List[int] = l.Map(itoa)
var d Mapper = l
"#,
        expect![[r#"
            10: [wrong-type] cannot use `l.Map(itoa)` (of type `List[string]`) as `List[int]` in this declaration
            11: [missing-method] cannot use `l` (a variable of type `List[int]`) as `Mapper` in this declaration
        "#]],
    );
}

#[test]
fn generic_aliases() {
    check(
        r#"
type Pair[A, B any] struct { a A; b B }
type Same[T any] = Pair[T, T]
var a Pair[int, int] = Same[int]{1, 2}
var b Same[string] = Pair[string, int]{}
type Wrong[T any] = T
func (s Same[T]) M() {}
"#,
        expect![[r#"
            6: [wrong-type] cannot use `Pair[string, int]{}` (of type `Pair[string,int]`) as `Pair[string,string]` in this declaration
            7: [invalid-type] an alias cannot stand for one of its own parameters
            8: [invalid-receiver] `Same` cannot get methods here
        "#]],
    );
}

#[test]
fn instances_that_grow() {
    check(
        "
func f[T any](x T) { f([]T{x}) }
type List[T any] struct { next []List[T] }
func (l List[T]) With(x T) List[T] { return List[T]{} }
",
        expect![[r#"
            3: [constraint] the type argument for `T` grows with each instance, without end
        "#]],
    );
}

#[test]
fn none_and_interfaces() {
    check(
        r#"
func f() error? { return none }
var a error = f()
var b error = none
var c = a == none
func is[T any](x T?) bool { return x == none }
var d = is[func()](none)
var e any = none
var g = e == nil
"#,
        expect![[r#"
            10: [nil] Goo has no `nil`
        "#]],
    );
}

#[test]
fn cases_hide_predeclared_names() {
    check(
        "
type Cup enum { Full; Empty }
var a Cup = Full
var b = Full == Empty
",
        expect![[""]],
    );
}

#[test]
fn promoted_fields_in_literals() {
    check(
        "
type A struct { x int }
type B struct { A; y int }
var a = B{x: 1, y: 2}
var b = B{A: A{1}, x: 2}
",
        expect![[r#"
            6: [literal-fields] the field `x` is set twice
        "#]],
    );
}
