//! What comes out, and that it stays so.

use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};

use super::{Failure, format};
use crate::syntax::FileId;

fn formatted(text: &str) -> String {
    match format(FileId(0), text) {
        Ok(text) => text,
        Err(Failure::Mistakes(_)) => panic!("the text has mistakes:\n{text}"),
        Err(Failure::Internal(ice)) => panic!("{}:\n{text}", ice.message),
    }
}

fn check(text: &str, expected: Expect) {
    let once = formatted(text);
    assert_eq!(formatted(&once), once, "formatting again changes the text");
    expected.assert_eq(&once);
}

#[test]
fn operators_are_spaced_by_precedence() {
    check(
        "package p\nfunc f(a,b int)int{return a*b+c<<2 - -a}\nvar x=f(1+2,a * b)[i+1 : j]+ys[a :len( ys )-1]",
        expect![[r#"
            package p

            func f(a, b int) int { return a*b + c<<2 - -a }

            var x = f(1+2, a*b)[i+1:j] + ys[a:len(ys)-1]
        "#]],
    );
}

#[test]
fn columns_align_names_types_values_and_comments() {
    check(
        "package p
type T struct { A int // first
Long, B map[string]int `tag` // second

C []byte
}
const ( X = iota // zero
LongName
Y int = 7
)
var m = map[string]int{
\"a\": 1,
\"bcd\": 2, // two
}
func (t T) Len() int { return 0 }
func (t T) LessThan(u T) bool { return true }
",
        expect![[r#"
            package p

            type T struct {
            	A       int            // first
            	Long, B map[string]int `tag` // second

            	C []byte
            }

            const (
            	X = iota // zero
            	LongName
            	Y int = 7
            )

            var m = map[string]int{
            	"a":   1,
            	"bcd": 2, // two
            }

            func (t T) Len() int          { return 0 }
            func (t T) LessThan(u T) bool { return true }
        "#]],
    );
}

#[test]
fn statements_begin_lines_and_blocks_open() {
    check(
        "package p
func f() { if x { y() } else if z { w() }
for i:=0;i<10;i++ { continue }; for ;; { break }
L: for range 3 { break L }
switch v := g(); v { case 1,2: a(); b()
default: }
select { case v,ok:=<-c: h(v)
case c<-1: case after 1s: }
}",
        expect![[r#"
            package p

            func f() {
            	if x {
            		y()
            	} else if z {
            		w()
            	}
            	for i := 0; i < 10; i++ {
            		continue
            	}
            	for {
            		break
            	}
            L:
            	for range 3 {
            		break L
            	}
            	switch v := g(); v {
            	case 1, 2:
            		a()
            		b()
            	default:
            	}
            	select {
            	case v, ok := <-c:
            		h(v)
            	case c <- 1:
            	case after 1s:
            	}
            }
        "#]],
    );
}

#[test]
fn line_breaks_stay_and_indent() {
    check(
        "package p
func f() {
g(a,
b)
x := a+
b
return h(
1,
2,
).
Then(func() {
z()
})
}",
        expect![[r#"
            package p

            func f() {
            	g(a,
            		b)
            	x := a +
            		b
            	return h(
            		1,
            		2,
            	).
            		Then(func() {
            			z()
            		})
            }
        "#]],
    );
}

#[test]
fn comments_stay_where_they_belong() {
    check(
        "// A file.
package p // the package
// F does.
func F() { // opens
// first
a() /* in */ // trailing
switch x {
// before the case
case 1: // one
b()
// after b
case 2:
// of the body
}
/* a
   block */
} // closes
// the end",
        expect![[r#"
            // A file.
            package p // the package
            // F does.
            func F() { // opens
            	// first
            	a() /* in */ // trailing
            	switch x {
            	// before the case
            	case 1: // one
            		b()
            	// after b
            	case 2:
            		// of the body
            	}
            	/* a
            	   block */
            } // closes
            // the end
        "#]],
    );
}

#[test]
fn what_go_does_not_have() {
    check(
        "package p
type Shape enum { Circle(radius float64); Rect(w,h float64)
Empty }
type Color enum { Red; Green }
func area(s Shape)float64!error { return match s { Circle(r)=>math.Pi*r*r
Rect(w,h) if w>h=>w*h,
Empty=>{ 0 } } }
func port(s string)(int! error) {
p:=port(text)recover err{8080}
try{a();try b()}recover err{log(err)}
n := try strconv.Atoi(s)
v := try <-t
w := opt??1
c := make(push chan T,100,redeliver:1,rate:100 per 1s)@bind\"tcp://*:1\"
var d req chan(Q)R
rs := go parallel for i,x:=range xs(workers:8){ yield x }
fail fmt.Errorf(\"no\")
}
test \"area\" { assert area(Empty)==0,\"message\" }
func main() {
go supervise one_for_one(max:5 per 10s,backoff:10ms..1s) {
db:=go database(queries)
cache := go cache(queries) after db shutdown 5s
go worker(jobs) workers 4
supervise one_for_all { go x() }
} }
",
        expect![[r#"
            package p

            type Shape enum {
            	Circle(radius float64)
            	Rect(w, h float64)
            	Empty
            }
            type Color enum { Red; Green }

            func area(s Shape) float64 ! error {
            	return match s {
            		Circle(r)           => math.Pi * r * r
            		Rect(w, h) if w > h => w * h
            		Empty               => { 0 }
            	}
            }
            func port(s string) (int ! error) {
            	p := port(text) recover err { 8080 }
            	try { a(); try b() } recover err { log(err) }
            	n := try strconv.Atoi(s)
            	v := try <-t
            	w := opt ?? 1
            	c := make(push chan T, 100, redeliver: 1, rate: 100 per 1s) @ bind "tcp://*:1"
            	var d req chan(Q) R
            	rs := go parallel for i, x := range xs (workers: 8) {
            		yield x
            	}
            	fail fmt.Errorf("no")
            }

            test "area" { assert area(Empty) == 0, "message" }

            func main() {
            	go supervise one_for_one (max: 5 per 10s, backoff: 10ms..1s) {
            		db    := go database(queries)
            		cache := go cache(queries) after db shutdown 5s
            		go worker(jobs) workers 4
            		supervise one_for_all {
            			go x()
            		}
            	}
            }
        "#]],
    );
}

#[test]
fn imports_are_sorted_within_their_runs() {
    check(
        "package p
import (
\"os\" // files
\"fmt\"

\"b\"
x \"a\"
)",
        expect![[r#"
            package p

            import (
            	"fmt"
            	"os" // files

            	x "a"
            	"b"
            )
        "#]],
    );
}

#[test]
fn a_text_with_mistakes_is_refused() {
    assert!(matches!(format(FileId(0), "package p\nfunc f( {"), Err(Failure::Mistakes(_))));
}

fn goo_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository").flatten() {
        let path = entry.path();
        if path.is_dir() {
            goo_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "goo") {
            found.push(path);
        }
    }
}

/// The files of the repository below a folder, with their texts.
fn repository(folder: &str) -> impl Iterator<Item = (PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut found = Vec::new();
    goo_files(&root, &mut found);
    assert!(!found.is_empty(), "{folder} has programs");
    found.into_iter().filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?)))
}

#[test]
fn every_program_of_the_repository_stays_the_same_program() {
    for folder in ["tests/cases", "examples", "stdlib/packages", "bench"] {
        for (path, text) in repository(folder) {
            match format(FileId(0), &text) {
                Ok(once) => {
                    let again = format(FileId(0), &once).ok();
                    assert_eq!(again.as_deref(), Some(once.as_str()), "{}: not idempotent", path.display());
                }
                Err(Failure::Mistakes(_)) => {}
                Err(Failure::Internal(ice)) => panic!("{}: {}", path.display(), ice.message),
            }
        }
    }
}

#[test]
fn library_and_examples_are_formatted() {
    for folder in ["examples", "stdlib/packages"] {
        for (path, text) in repository(folder) {
            assert_eq!(formatted(&text), text, "`goo fmt {}` was not run", path.display());
        }
    }
}
