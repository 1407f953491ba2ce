use expect_test::expect;

use super::check_body;

#[test]
fn precedences_are_those_of_go() {
    check_body(
        "x = a + b * c - d << 2 | e; y = a || b && c == d; z = -a * !b &^ ^c",
        expect![[r#"
        set x = (| (- (+ a (* b c)) (<< d 2)) e)
        set y = (|| a (&& b (== c d)))
        set z = (&^ (* (- a) (! b)) (^ c))
    "#]],
    );
}

#[test]
fn default_binds_below_or_and_to_the_right() {
    check_body(
        "x = a ?? b ?? c || d",
        expect![[r#"
        set x = (?? a (?? b (|| c d)))
    "#]],
    );
}

#[test]
fn operands() {
    check_body(
        "f(a, b...)(c).d[e][f:g:h].(T); x = xs[:]; y = xs[1:]; z = xs[:2]",
        expect![[r#"
        (assert-type (slice (index (call (call f a b...) c).d e) f g h) T)
        set x = (slice xs _ _ _)
        set y = (slice xs 1 _ _)
        set z = (slice xs _ 2 _)
    "#]],
    );
}

#[test]
fn composite_literals() {
    check_body(
        "x = T{1, 2}; y = []T{{1}, {2}}; z = map[K]V{{1}: {2}, a: b}; w = p.T{a: 1}; v = G[int]{}; u = [...]int{5: 1}",
        expect![[r#"
        set x = (lit T 1 2)
        set y = (lit ([] T) (lit _ 1) (lit _ 2))
        set z = (lit (map K V) (: (lit _ 1) (lit _ 2)) (: a b))
        set w = (lit p.T (: a 1))
        set v = (lit (index G int))
        set u = (lit (array _ int) (: 5 1))
    "#]],
    );
    check_body(
        "x = struct{ a int }{1}; y = &T{}; z = [][]int{\n{1},\n{2},\n}",
        expect![[r#"
        set x = (lit (struct a:int) 1)
        set y = (& (lit T))
        set z = (lit ([] ([] int)) (lit _ 1) (lit _ 2))
    "#]],
    );
}

#[test]
fn generic_calls() {
    check_body(
        "f[int](x); g[[]int, map[K]V](y); T[int]{}.m(); h[*T](z); m[a+b]",
        expect![[r#"
        (call (index f int) x)
        (call (index g ([] int) (map K V)) y)
        (call (lit (index T int)).m)
        (call (index h (* T)) z)
        (index m (+ a b))
    "#]],
    );
}

#[test]
fn function_literals() {
    check_body(
        "f := func(x int) int { return x }; func() { g() }(); var t func(int) = nil",
        expect![[r#"
        let f = (func ( x:int -> int) {
          return x
        })
        (call (func ( ->) {
          (call g)
        }))
        var t : (func-type ( int ->)) = nil
    "#]],
    );
}

#[test]
fn receives_and_channel_types() {
    check_body(
        "x := <-ch; y := <-chan int(ch); z := (<-chan int)(ch); w := <-f().c; make(<-chan int)",
        expect![[r#"
        let x = (<- ch)
        let y = (<- (call (chan int) ch))
        let z = (call (paren (<-chan int)) ch)
        let w = (<- (call f).c)
        (call make (<-chan int))
    "#]],
    );
}

#[test]
fn conversions() {
    check_body(
        "[]byte(s); (*T)(p); (func())(x); int?(y); map[K]V(m); interface{}(z)",
        expect![[r#"
        (call ([] byte) s)
        (call (paren (* T)) p)
        (call (paren (func-type ( ->))) x)
        (call (? int) y)
        (call (map K V) m)
        (call (interface) z)
    "#]],
    );
}

#[test]
fn literals() {
    check_body(
        "x = 0x_ff + 1.5 + 'a' + 1h30m; y = \"a\\n\" + `b`",
        expect![[r#"
        set x = (+ (+ (+ 255 3/2f) '97') 5400000000000ns)
        set y = (+ "a\n" "b")
    "#]],
    );
}
