use expect_test::expect;

use super::check;

#[test]
fn files() {
    check(
        "// Package doc.\npackage main\n\nimport \"fmt\"\nimport ( m \"math\"; . \"strings\"\n _ \"os\" )\nvar x = 1\n",
        expect![[r#"
        // Package doc.
        package main
        import "fmt"
        import m "math"
        import . "strings"
        import _ "os"
        var x = 1
    "#]],
    );
}

#[test]
fn functions_and_methods() {
    check(
        "func f(a, b int, c string) (int, error) { }
func (s *Stack[T]) Push(x T) { }
func (Stack) Len() int { return 0 }
func Map[T, U any](xs []T, f func(T) U) []U
func g() (n int, err error)
func h(xs ...int) ! error { }
func swap(a, b *int) { }",
        expect![[r#"
            func f ( a:int b:int c:string -> int error)
            func (s *Stack T) Push ( x:T ->)
            func (_ Stack) Len ( -> int)
              return 0
            func Map[T any, U any] ( xs:([] T) f:(func-type ( T -> U)) -> ([] U))
            func g ( -> n:int err:error)
            func h ( xs:...int -> (result _ error))
            func swap ( a:*int b:*int ->)
        "#]],
    );
}

#[test]
fn constants_know_their_iota() {
    check(
        "const ( A T = iota; B; C, D = 1, 2 ); const X = 1",
        expect![[r#"
        const 0 A : T = iota
        const 1 B
        const 2 C D = 1 2
        const 0 X = 1
    "#]],
    );
}

#[test]
fn comments_above_are_docs() {
    check(
        "
// F does
// things.
func F() { }

// Not a doc.

type T int // trailing

const (
	// A is one.
	A = 1
	B = 2 // not B's
)
",
        expect![[r#"
            // F does
            // things.
            func F ( ->)
            type T int
            // A is one.
            const 0 A = 1
            const 1 B = 2
        "#]],
    );
}
