use expect_test::expect;

use super::{check, check_body, good};

#[test]
fn try_covers_a_unary_expression() {
    check_body(
        "n := try strconv.Atoi(s) + 1; v := try <-t; r := try calc(op) within 200ms; try f()",
        expect![[r#"
        let n = (+ (try (call strconv.Atoi s)) 1)
        let v = (try (<- t))
        let r = (try (within (call calc op) 200000000ns))
        (try (call f))
    "#]],
    );
    check_body(
        "x := <-ch within 1s; y := try (a) + try -b",
        expect![[r#"
        let x = (within (<- ch) 1000000000ns)
        let y = (+ (try (paren a)) (try (- b)))
    "#]],
    );
}

#[test]
fn recover_binds_loosest() {
    check_body(
        "p := port(a) + 1 recover err { 8080 }; f() recover { }; x = a ?? b recover _ { fail err }",
        expect![[r#"
        let p = (recover (+ (call port a) 1) with err {
          8080
        })
        (recover (call f) with {
        })
        set x = (recover (?? a b) with _ {
          (fail err)
        })
    "#]],
    );
    check_body(
        "try { a(); try b() } recover err { log(err) }",
        expect![[r#"
        (recover {
          (call a)
          (try (call b))
        } with err {
          (call log err)
        })
    "#]],
    );
}

#[test]
fn leaving() {
    check_body(
        "fail err; fail fmt.Errorf(\"x\"); fail &E{}; yield x * 2; assert a == b; assert ok, \"why\"",
        expect![[r#"
        (fail err)
        (fail (call fmt.Errorf "x"))
        (fail (& (lit E)))
        (yield (* x 2))
        (assert (== a b))
        (assert ok "why")
    "#]],
    );
}

#[test]
fn match_arms_and_patterns() {
    check_body(
        "x := match s {
	Circle(r) if r > 0 => r * 2
	Shape.Rect(w, _), Shape.Empty => 0
}",
        expect![[r#"
            let x = (match s
              (case Circle r) if (> r 0) => (* r 2)
              error => error
              (case Shape.Empty) => 0)
            3: [syntax] unexpected comma after pattern, expected `=>`
        "#]],
    );
    check_body(
        "match p {
	1 | 2 => f(), -1 => g()
	3..5 => { h() }
	Low..High => return 1
	Point{x: 0, y} => x = y
	\"a\" => fail err; 'b' => panic(1)
	Some(Pair(a, _)) => go work(a)
	none => ch <- 1
	math.Pi => n++
	_ => match q { _ => 1 }
}",
        expect![[r#"
            (match p
              (or (value 1) (value 2)) => (call f)
              (value (- 1)) => (call g)
              (.. 3 5) =>  {
                (call h)
              }
              (.. Low High) => return 1
              (struct Point x:(value 0) y:y) => set x = y
              (value "a") => (fail err)
              (value '98') => (call panic 1)
              (case Some (case Pair a _)) => (go (call work a))
              none => (send ch 1)
              (case math.Pi) => (++ n)
              _ => (match q
                _ => 1))
        "#]],
    );
    check_body(
        "return match (x) { 1 => 2, _ => 3 }",
        expect![[r#"
        return (match (paren x)
          (value 1) => 2
          _ => 3)
    "#]],
    );
    check_body(
        "match(x); if match(x) { }",
        expect![[r#"
        (call match x)
        if (call match x)
    "#]],
    );
}

#[test]
fn tasks_are_values() {
    check_body(
        "t := go f(x); v := try <-t; s := go supervise { go f() }; xs := go parallel for x := range ys { yield x }",
        expect![[r#"
        let t = (go (call f x))
        let v = (try (<- t))
        let s = (go supervise
          (go (call f)))
        let xs = (parallel x := range ys {
          (yield x)
        })
    "#]],
    );
    check_body(
        "go parallel for i, x := range xs (workers: 8) { f(i, x) }",
        expect![[r#"
        (parallel i x := range xs workers: 8 {
          (call f i x)
        })
    "#]],
    );
}

#[test]
fn supervisors() {
    check_body(
        "supervise rest_for_one (max: 5 per 10s, backoff: 10ms..1s) {
	db    := go database(queries)
	cache := go cache(queries, hits)  after db
	go web(requests)                  after db, cache  shutdown 5s
	go worker(jobs)                   workers 8
	go migrate()                      restart temporary  significant
	supervise one_for_all { go x() }
}",
        expect![[r#"
            supervise rest_for_one max: (per 5 10000000000ns) backoff: (.. 10000000ns 1000000000ns)
              db = (go (call database queries))
              cache = (go (call cache queries hits)) after db
              (go (call web requests)) after db cache (shutdown 5000000000ns)
              (go (call worker jobs)) (workers 8)
              (go (call migrate)) restart temporary significant
              supervise one_for_all
                (go (call x))
        "#]],
    );
    check_body(
        "supervise (max: 1 per 1s) { }; supervise { }",
        expect![[r#"
        supervise max: (per 1 1000000000ns)
        supervise
    "#]],
    );
}

#[test]
fn options_and_endpoints() {
    check_body(
        "a := make(chan T, 100, overflow: drop_oldest, rate: 100 per 1s, topics: [\"a\", \"b\"])
b := make(push chan T) @ \"tcp://*:\" + port
c := make(pull chan T) @ connect [\"tcp://a:1\", \"tcp://b:2\"]
d := try make(pub chan T, security: curve(k)) @ bind addr",
        expect![[r#"
            let a = (call make (chan T) 100 overflow: drop_oldest rate: (per 100 1000000000ns) topics: (lit _ "a" "b"))
            let b = (@ (call make (push-chan T)) (+ "tcp://*:" port))
            let c = (@ connect (call make (pull-chan T)) (lit _ "tcp://a:1" "tcp://b:2"))
            let d = (try (@ bind (call make (pub-chan T) security: (call curve k)) addr))
        "#]],
    );
}

#[test]
fn tests_are_declarations() {
    check(
        "test \"adds\" { assert add(1, 2) == 3 }",
        expect![[r#"
        test "adds"
          (assert (== (call add 1 2) 3))
    "#]],
    );
}

#[test]
fn the_taste_of_the_language_page_parses() {
    good(include_str!("taste.goo"));
}
