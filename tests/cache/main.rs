//! What is kept between compilations, as a user sees it: nothing but time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = r#"package main

import "fmt"

type Shape interface{ Area() float64 }

type Square struct{ side float64 }

func (s Square) Area() float64 { return s.side * s.side }

func sum(numbers []int) int {
	total := 0
	for _, number := range numbers {
		total += number
	}
	return total
}

func pick(numbers []int, index int) int {
	return numbers[index]
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func main() {
	shapes := []Shape{Square{2}, Square{3}}
	area := 0.0
	for _, shape := range shapes {
		area += shape.Area()
	}
	results := make(chan int, 2)
	go func() { results <- fib(15) }()
	fmt.Println("sum", sum([]int{1, 2, 3}), "area", area, "fib", <-results)
	fmt.Println(pick([]int{1, 2, 3}, fib(7)))
}

test "sum" {
	assert sum([]int{1, 2}) == 3
}
"#;

const PRINTED: &str = "sum 6 area 13 fib 610\n";

/// A program in a folder of its own, and its cache.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().expect("a folder") };
        place.write(PROGRAM);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, program: &str) {
        fs::write(self.path("main.goo"), program).expect("the program");
    }

    fn cache(&self) -> PathBuf {
        self.path("cache")
    }

    fn goo(&self, arguments: &[&str]) -> Command {
        let mut goo = Command::new(env!("CARGO_BIN_EXE_goo"));
        goo.args(arguments).current_dir(&self.folder).env("GOO_CACHE", self.cache()).env("NO_COLOR", "1");
        goo
    }

    /// Runs it; gives its report, and how many of how many functions came from the cache.
    fn run(&self) -> (String, usize, usize) {
        let output = output(&mut self.goo(&["run", "--timings", "main.goo"]));
        assert_eq!(text(&output.stdout), PRINTED, "{}", text(&output.stderr));
        assert_eq!(output.status.code(), Some(2), "it crashes at its end");
        let errors = text(&output.stderr);
        let told = cached(&errors).to_owned();
        let words: Vec<&str> = told.split_whitespace().collect();
        let [reused, "of", all, "functions"] = words[..] else { panic!("{told}") };
        let report = errors.split_once("functions\n").expect("the line").1.to_owned();
        (report, reused.parse().expect("a number"), all.parse().expect("a number"))
    }

    fn build(&self, cache: &Path) -> Vec<u8> {
        let binary = self.path("program");
        let goo = &mut self.goo(&["build", "-o", "program", "main.goo"]);
        let output = output(goo.env("GOO_CACHE", cache));
        assert!(output.status.success(), "{}", text(&output.stderr));
        fs::read(binary).expect("the binary")
    }

    fn packs(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.cache()).into_iter().flatten();
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.file_name().is_some_and(|name| name != "trimmed")).collect()
    }
}

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("goo")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `--timings` says of the cache.
fn cached(errors: &str) -> &str {
    errors.lines().find_map(|line| line.strip_prefix("cached")).expect("a line about the cache").trim()
}

#[test]
fn an_unchanged_program_is_not_compiled_again() {
    let place = Place::new();
    let (first, reused, all) = place.run();
    assert_eq!(reused, 0);
    let (second, reused, _) = place.run();
    assert_eq!(reused, all);
    assert_eq!(first, second);
}

#[test]
fn an_edit_compiles_what_it_changes() {
    let place = Place::new();
    place.run();
    place.write(
        &PROGRAM.replace("total := 0", "total := 1").replace("{1, 2, 3}), \"area\"", "{1, 2, 2}), \"area\""),
    );
    // `sum`, and where it was inlined.
    let (_, reused, all) = place.run();
    assert!(reused < all && all - reused <= 3, "{reused} of {all}");
}

#[test]
fn places_in_reports_follow_the_source() {
    let place = Place::new();
    let (report, ..) = place.run();
    assert!(report.contains("main.goo:20"), "{report}");
    place.write(&PROGRAM.replace("func pick", "// A comment.\n// Another.\nfunc pick"));
    let (report, reused, all) = place.run();
    assert!(report.contains("main.goo:22") && !report.contains("main.goo:20"), "{report}");
    assert_eq!(reused, all, "only places have changed");
}

#[test]
fn binaries_do_not_tell_what_was_kept() {
    let place = Place::new();
    let without = place.build("off".as_ref());
    assert!(place.packs().is_empty());
    let cold = place.build(&place.cache());
    let warm = place.build(&place.cache());
    assert!(without == cold && cold == warm, "the binary differs");
    let other = PROGRAM.replace("total := 0", "total := 1");
    place.write(&other);
    let partly = place.build(&place.cache());
    assert!(partly == place.build("off".as_ref()) && partly != warm, "the edit is not all that differs");
}

#[test]
fn running_and_testing_share_a_pack_and_building_has_its_own() {
    let place = Place::new();
    place.run();
    let output = output(&mut place.goo(&["test", "main.goo"]));
    assert_eq!(text(&output.stdout), "ok      sum\n1 passed, 0 failed\n");
    assert_eq!(place.run().1, place.run().2);
    assert_eq!(place.packs().len(), 1);
    place.build(&place.cache());
    assert_eq!(place.packs().len(), 2);
}

#[test]
fn a_damaged_pack_is_written_again() {
    let place = Place::new();
    let (report, _, all) = place.run();
    let [pack] = &place.packs()[..] else { panic!("{:?}", place.packs()) };
    let whole = fs::read(pack).expect("the pack");
    let middle = whole.len() / 2;
    let mut flipped = whole.clone();
    flipped[middle] ^= 0x10;
    for damaged in [&flipped[..], &whole[..middle], &[], b"hello, I am a letter to someone else"] {
        fs::write(pack, damaged).expect("the pack");
        assert_eq!(place.run(), (report.clone(), 0, all));
        assert!(fs::read(pack).expect("the pack") == whole, "it is as it was");
    }
}

#[test]
fn without_a_place_nothing_is_kept() {
    let place = Place::new();
    let told = |goo: &mut Command| {
        let output = output(goo);
        assert_eq!(text(&output.stdout), PRINTED, "{}", text(&output.stderr));
        cached(&text(&output.stderr)).to_owned()
    };
    let run = || place.goo(&["run", "--timings", "main.goo"]);
    assert_eq!(told(run().env("GOO_CACHE", "off")), "off: GOO_CACHE=off");
    let mut homeless = run();
    homeless.env_remove("GOO_CACHE").env_remove("XDG_CACHE_HOME").env_remove("HOME");
    assert_eq!(told(&mut homeless), "off: there is no HOME");
    // Below a file there can be no folder.
    let unwritable = told(run().env("GOO_CACHE", place.path("main.goo").join("cache")));
    assert!(unwritable.contains("functions; not kept: "), "{unwritable}");
    assert!(place.packs().is_empty());
    let mut elsewhere = run();
    elsewhere.env_remove("GOO_CACHE").env("XDG_CACHE_HOME", place.path("caches"));
    told(&mut elsewhere);
    assert_eq!(fs::read_dir(place.path("caches/goo/code")).expect("the folder").count(), 2);
}

#[test]
fn a_program_from_a_pipe_is_not_kept() {
    let place = Place::new();
    let mut goo = place.goo(&["run", "--timings", "/dev/stdin"]);
    let mut child =
        goo.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("goo");
    let mut input = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut input, PROGRAM.as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("goo");
    assert_eq!(text(&output.stdout), PRINTED, "{}", text(&output.stderr));
    assert_eq!(cached(&text(&output.stderr)), "off: the program is not in a file");
    assert!(place.packs().is_empty());
}

#[test]
fn many_at_once_do_not_disturb_each_other() {
    let place = Place::new();
    for round in 0..3 {
        place.write(&PROGRAM.replace("return n\n", &format!("return n + {round} - {round}*1\n")));
        let start = |_| {
            place
                .goo(&["run", "main.goo"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("goo")
        };
        let children: Vec<_> = (0..6).map(start).collect();
        for child in children {
            let output = child.wait_with_output().expect("goo");
            assert_eq!(text(&output.stdout), PRINTED, "{}", text(&output.stderr));
        }
        assert_eq!(place.packs().len(), 1, "nothing half written stays");
    }
    let (_, reused, all) = place.run();
    assert_eq!(reused, all);
}

#[test]
fn listings_show_everything() {
    let place = Place::new();
    place.run();
    let output = output(&mut place.goo(&["run", "--emit=asm", "main.goo"]));
    assert!(text(&output.stdout).contains("; main.fib\n"), "{}", text(&output.stdout));
}

#[test]
fn goo_clean_deletes_it() {
    let place = Place::new();
    place.run();
    // The runtime's library lies in the user's folder, which is another one here: other tests are linking.
    let caches = place.path("caches");
    let built = place.goo(&["build", "main.goo"]).env("XDG_CACHE_HOME", &caches).status();
    assert!(built.expect("goo runs").success());
    let kept = |folder: &Path| fs::read_dir(folder).expect("the folder").count();
    assert_eq!(kept(&caches.join("goo")), 1);
    let output = output(place.goo(&["clean"]).env("XDG_CACHE_HOME", &caches));
    assert!(output.status.success());
    let said = text(&output.stdout);
    assert!(said.starts_with("deleted 2 files (") && said.contains("/cache"), "{said}");
    assert!(said.contains("\ndeleted 1 file (") && said.ends_with(") of the runtime\n"), "{said}");
    assert!(!place.cache().exists());
    assert_eq!(kept(&caches.join("goo")), 0);
    assert_eq!(place.run().1, 0);
}
