use expect_test::expect;

use super::check;

#[test]
fn composite_types() {
    check(
        "type A [3]int; type B [...]string; type C [][]byte; type D map[string][]int; type E [N * 2]T",
        expect![[r#"
        type A (array 3 int)
        type B (array _ string)
        type C ([] ([] byte))
        type D (map string ([] int))
        type E (array (* N 2) T)
    "#]],
    );
}

#[test]
fn optional_binds_to_what_is_before_it() {
    check(
        "var a int?; var b []int?; var c ([]int)?; var d map[K]V?; var e chan int?; var f int??",
        expect![[r#"
        var a : (? int)
        var b : ([] (? int))
        var c : (? (paren ([] int)))
        var d : (map K (? V))
        var e : (chan (? int))
        var f : (? (? int))
    "#]],
    );
}

#[test]
fn results_bind_loosest() {
    check(
        "var a int ! error; var b []int ! E; var c func() int ! error; var d ! error; var e chan (int ! E)",
        expect![[r#"
        var a : (result int error)
        var b : (result ([] int) E)
        var c : (func-type ( -> (result int error)))
        var d : (result _ error)
        var e : (chan (paren (result int E)))
    "#]],
    );
}

#[test]
fn channels() {
    check(
        "var a chan<- int; var b <-chan int; var c chan<- chan int; var d chan (<-chan int); var e <-chan chan int",
        expect![[r#"
        var a : (chan<- int)
        var b : (<-chan int)
        var c : (chan<- (chan int))
        var d : (chan (paren (<-chan int)))
        var e : (<-chan (chan int))
    "#]],
    );
    check(
        "var a push chan T; var b req chan(Q) R; var c rep chan(Q) R; var d broadcast chan []int; var e []sub chan T",
        expect![[r#"
        var a : (push-chan T)
        var b : (req-chan Q R)
        var c : (rep-chan Q R)
        var d : (broadcast-chan ([] int))
        var e : ([] (sub-chan T))
    "#]],
    );
}

#[test]
fn structs() {
    check(
        "type T struct { a, b int `tag`; E; *F; p.G; List[int]; xs []int; ys [4]int; push chan int; jobs pull chan J; o T? }",
        expect![[r#"
            type T (struct a:int "tag" b:int "tag" E (pointer F) p.G (index List int) xs:([] int) ys:(array 4 int) push:(chan int) jobs:(pull-chan J) o:(? T))
        "#]],
    );
}

#[test]
fn interfaces() {
    check(
        "type I interface { M(int) string; Stringer; ~int | string; p.Q; N() ! error }",
        expect![[r#"
        type I (interface (method M ( int -> string)) Stringer (union ~int string) p.Q (method N ( -> (result _ error))))
    "#]],
    );
}

#[test]
fn enums() {
    check(
        "type S enum { Circle(radius float64); Rect(w, h float64)\n Empty\n Pair(int, string) }",
        expect![[r#"
        type S (enum (Circle radius:float64) (Rect w:float64 h:float64) (Empty) (Pair int string))
    "#]],
    );
}

#[test]
fn functions() {
    check(
        "type F func(a, b int, rest ...string) (n int, err error); type G func(int, *T) func() int",
        expect![[r#"
        type F (func-type ( a:int b:int rest:...string -> n:int err:error))
        type G (func-type ( int *T -> (func-type ( -> int))))
    "#]],
    );
    check(
        "func f(push chan int, req chan int, jobs pull chan J, q req chan(Q) R, *T) {}",
        expect![[r#"
        func f ( push:(chan int) req:(chan int) jobs:(pull-chan J) q:(req-chan Q R) *T ->)
        1: [syntax] missing parameter name
    "#]],
    );
    check(
        "type F func(req chan(Q) R)",
        expect![[r#"
        type F (func-type ( (req-chan Q R) ->))
    "#]],
    );
}

#[test]
fn type_parameters_or_array_lengths() {
    check(
        "type A[P any] T; type B[P, Q any] T; type C[P *T,] T; type D[P *T|~int] T; type E[N] T; type F[N * 2] T; type G[P interface{}] T",
        expect![[r#"
            type A[P any] T
            type B[P any, Q any] T
            type C[P (pointer T)] T
            type D[P (union (pointer T) ~int)] T
            type E (array N T)
            type F (array (* N 2) T)
            type G[P (interface)] T
        "#]],
    );
    check(
        "type A[P []int] T; type B[P (C)] T; type C[n(3)] T; type D[P ~[]E, E any] []E; type E = map[K]V",
        expect![[r#"
        type A[P ([] int)] T
        type B (array (call P C) T)
        type C (array (call n 3) T)
        type D[P (union ~([] E)), E any] ([] E)
        type E = (map K V)
    "#]],
    );
}
