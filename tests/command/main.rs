//! The command as a shell and other programs meet it: files it must not touch, pipes that close, full disks, odd environments.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const HELLO: &str = r#"package main

import "fmt"

func greeting(name string) string { return "hello, " + name }

func main() {
	fmt.Println(greeting("you"))
}

test "greeting of you" {
	assert greeting("you") == "hello, you"
}

test "another" {
	assert greeting("me") == "hello, me"
}
"#;

/// A folder with `hello.goo`, in which commands run.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().expect("a folder") };
        place.write("hello.goo", HELLO);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    fn goo(&self, arguments: &str) -> Command {
        let mut goo = Command::new(env!("CARGO_BIN_EXE_goo"));
        goo.args(arguments.split_whitespace());
        self.settle(goo)
    }

    /// A line for the shell, in which `$GOO` is the command.
    fn shell(&self, line: &str) -> Command {
        let mut shell = Command::new("bash");
        shell.args(["-c", line]).env("GOO", env!("CARGO_BIN_EXE_goo"));
        self.settle(shell)
    }

    fn settle(&self, mut command: Command) -> Command {
        command.current_dir(&self.folder).env("GOO_CACHE", self.path(".cache")).env("NO_COLOR", "1");
        command.env_remove("GOO_WORKERS").env_remove("CC").stdin(Stdio::null());
        command
    }
}

/// The status, and what it wrote to standard output and standard error.
#[track_caller]
fn outcome(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

/// It ends with this status, and says this on standard error.
#[track_caller]
fn says(command: &mut Command, status: i32, message: &str) {
    let (found, stdout, stderr) = outcome(command);
    assert_eq!(found, Some(status), "{command:?}\n{stdout}{stderr}");
    assert!(stderr.contains(message), "{command:?}: no {message:?} in\n{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

/// It succeeds, and says nothing on standard error.
#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let (status, stdout, stderr) = outcome(command);
    assert_eq!((status, &*stderr), (Some(0), ""), "{command:?}");
    stdout
}

fn is_binary(path: &Path) -> bool {
    fs::read(path).expect("a file").starts_with(b"\x7fELF")
}

#[test]
fn building_spares_sources_and_files_that_no_linker_made() {
    let place = Place::new();
    let source = "this is a source of the program; name another file with -o";
    place.write("prog", HELLO);
    says(&mut place.goo("build prog"), 64, source);
    says(&mut place.goo("build hello.goo -o hello.goo"), 64, source);
    std::os::unix::fs::symlink("hello.goo", place.path("link")).expect("a link");
    says(&mut place.goo("build hello.goo -o link"), 64, source);
    says(&mut place.goo("graph hello.goo -o hello.goo"), 64, source);
    for command in ["run --seed 1", "test --seed 1"] {
        let line = format!("{command} --events hello.goo hello.goo");
        says(&mut place.goo(&line), 64, "this is a source of the program; name another file with --events");
    }
    assert_eq!(fs::read_to_string(place.path("hello.goo")).expect("the source"), HELLO);
    assert_eq!(fs::read_to_string(place.path("prog")).expect("the source"), HELLO);

    place.write("hello", "letters");
    says(&mut place.goo("build hello.goo"), 64, "hello: this file exists and is not a binary");
    assert_eq!(fs::read_to_string(place.path("hello")).expect("the file"), "letters");

    place.write("hello", "");
    for target in ["hello", "hello", "/dev/null"] {
        succeeds(&mut place.goo(&format!("build hello.goo -o {target}")));
    }
    assert!(is_binary(&place.path("hello")));
    succeeds(&mut place.goo("build prog -o other"));
    assert_eq!(succeeds(&mut place.settle(Command::new(place.path("other")))), "hello, you\n");
}

#[test]
fn the_compiler_that_links_is_what_cc_says() {
    let place = Place::new();
    let build = |cc: &str| {
        let mut goo = place.goo("build hello.goo");
        goo.env("CC", cc);
        goo
    };
    for cc in ["", " ", "cc -O2", " cc\t-O1 "] {
        succeeds(&mut build(cc));
    }
    says(
        &mut build("nosuchcc -O2"),
        74,
        "there is no `nosuchcc` on the PATH\nhelp: the environment variable CC is \"nosuchcc -O2\"",
    );
    says(&mut build("/no/such/cc"), 74, "there is no `/no/such/cc`\n");
    says(&mut build("/"), 74, "`/` cannot be started");
    says(
        &mut build("/bin/false"),
        74,
        "the linker refused: `/bin/false` ended with exit status: 1, and said nothing",
    );
    succeeds(
        place
            .goo("build hello.goo")
            .env_clear()
            .env("GOO_CACHE", "off")
            .env("XDG_CACHE_HOME", place.path("x")),
    );
}

const ENDLESS: &str =
    "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfor {\n\t\tfmt.Println(\"more\")\n\t}\n}\n";

#[test]
fn a_reader_that_is_gone_ends_programs_and_commands() {
    let place = Place::new();
    place.write("endless.goo", ENDLESS);
    succeeds(&mut place.goo("build endless.goo"));
    place.write("t.goo", "package main\n\nimport \"fmt\"\n\nfunc main() {}\n\ntest \"t\" {\n\tfor {\n\t\tfmt.Println(\"more\")\n\t}\n}\n");
    for command in ["./endless", "$GOO run endless.goo", "$GOO test t.goo"] {
        let line = format!("{command} | head -1; echo ${{PIPESTATUS[0]}}");
        assert_eq!(succeeds(&mut place.shell(&line)), "more\n141\n", "{command}");
    }
    place.write("wrong.goo", "package main\n\nfunc main() { x() }\n");
    for command in [
        "explain --list",
        "explain overlap",
        "version",
        "--help",
        "doc fmt",
        "graph hello.goo",
        "check --error-format=json wrong.goo",
    ] {
        // The reader has ended when the command starts to write.
        let line = format!("{{ sleep 0.2; $GOO {command}; echo $? >&2; }} 2>status | true; cat status");
        assert_eq!(succeeds(&mut place.shell(&line)), "141\n", "{command}");
    }
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let place = Place::new();
    place.write("wrong.goo", "package main\nfunc main() { x() }\n");
    for command in [
        "check wrong.goo --error-format=json",
        "explain --list",
        "explain overlap",
        "version",
        "--version",
        "--help",
        "help run",
        "test hello.goo",
        "test --schedules 2 hello.goo",
        "fmt - < hello.goo",
        "fmt --check --diff wrong.goo",
        "graph hello.goo",
        "doc fmt",
        "doc --list",
        "run --emit=mir hello.goo",
        "run --emit=ast hello.goo",
    ] {
        let line = format!("$GOO {command} >/dev/full");
        says(&mut place.shell(&line), 74, "goo: standard output cannot be written: No space left on device");
    }
}

#[test]
fn a_number_of_workers_that_cannot_be_is_said() {
    let place = Place::new();
    succeeds(&mut place.goo("build hello.goo"));
    for value in ["0", "-1", "abc", "1.5", "100000"] {
        let message =
            format!("goo: GOO_WORKERS is \"{value}\", and not a number of workers from 1 to 24: there ");
        for mut command in [place.goo("run hello.goo"), place.settle(Command::new(place.path("hello")))] {
            says(command.env("GOO_WORKERS", value), 0, &message);
        }
        let (_, _, stderr) = outcome(place.goo("test hello.goo").env("GOO_WORKERS", value));
        assert_eq!(stderr.lines().count(), 1, "once: {stderr}");
    }
    for value in ["", "1", "24"] {
        succeeds(place.goo("run hello.goo").env("GOO_WORKERS", value));
    }
}

#[test]
fn failures_have_a_line_of_json_too() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).expect("a folder");
    fs::create_dir(place.path("module")).expect("a folder");
    place.write("module/goo.toml", "\nmodule = 1\n");
    place.write("module/main.goo", HELLO);
    for (command, status, code, file, line) in [
        ("check helo.goo", 74, "files", "helo.goo", 1),
        ("check empty", 74, "files", "empty", 1),
        ("run module/main.goo", 74, "files", "module/goo.toml", 2),
        ("fix helo.goo", 74, "files", "helo.goo", 1),
        ("build hello.goo -o hello.goo", 64, "usage", "hello.goo", 1),
        ("test hello.goo nosuch", 64, "usage", "", 1),
    ] {
        let (found, stdout, stderr) = outcome(&mut place.goo(&format!("{command} --error-format=json")));
        assert_eq!((found, &*stderr), (Some(status), ""), "{command}");
        let value: serde_json::Value = serde_json::from_str(&stdout).expect("one line of JSON");
        assert_eq!(value["code"], code, "{command}");
        assert_eq!(value["severity"], "error", "{command}");
        assert!(value["file"].as_str().expect("a file").ends_with(file), "{command}: {stdout}");
        assert_eq!(value["line"], line, "{command}");
        assert!(value["message"].as_str().is_some_and(|message| !message.is_empty()), "{stdout}");
    }
}

#[test]
fn a_new_module_has_the_name_of_its_folder() {
    let place = Place::new();
    fs::create_dir_all(place.path("service/.git")).expect("a folder");
    succeeds(place.goo("new .").current_dir(place.path("service")));
    let manifest = fs::read_to_string(place.path("service/goo.toml")).expect("the manifest");
    assert_eq!(manifest, "module = \"service\"\n");
    says(place.goo("new .").current_dir(place.path("service")), 64, "exists already");
    says(&mut place.goo("new hello.goo/"), 64, "\"hello.goo\" cannot be a module's name");
    says(&mut place.goo("new /"), 64, "/: this is no name for a module's folder");
    assert!(succeeds(&mut place.goo("new a/b/c")).starts_with("a/b/c is ready"));
    assert_eq!(succeeds(&mut place.goo("test a/b/c")), "ok      greeting\n1 passed, 0 failed\n");
}

#[test]
fn a_test_that_ends_the_program_fails() {
    let place = Place::new();
    place.write(
        "exits.goo",
        "package main\n\nimport \"os\"\n\nfunc main() {}\n\ntest \"a\" {\n\tos.Exit(0)\n}\n\ntest \"b\" {\n\tos.Exit(3)\n}\n\ntest \"c\" {\n\tassert 1 == 1\n}\n",
    );
    let (status, stdout, stderr) = outcome(&mut place.goo("test exits.goo"));
    assert_eq!(status, Some(1));
    assert_eq!(stdout, "FAILED  a (exits.goo:7)\nFAILED  b (exits.goo:11)\nok      c\n1 passed, 2 failed\n");
    assert!(
        stderr.contains("crash: unexpected call to os.Exit(0) during test\n  at exits.goo:8:"),
        "{stderr}"
    );
    assert!(
        stderr.contains("crash: unexpected call to os.Exit(3) during test\n  at exits.goo:12:"),
        "{stderr}"
    );
    let (status, stdout, _) = outcome(&mut place.goo("test --schedules 2 exits.goo a"));
    assert_eq!(status, Some(1), "{stdout}");
    assert!(stdout.contains("unexpected call to os.Exit(0) during test"), "{stdout}");
}

#[test]
fn names_that_are_not_there_bring_up_those_that_are() {
    let place = Place::new();
    fs::create_dir(place.path("service")).expect("a folder");
    for (command, help) in [
        ("run helo.goo", "; did you mean hello.goo?"),
        ("run hello", "; did you mean hello.goo?"),
        ("check ./hello.og", "; did you mean ./hello.goo?"),
        ("fmt helo.goo", "; did you mean hello.goo?"),
        ("test servise", "; did you mean service?"),
    ] {
        says(&mut place.goo(command), 74, help);
    }
    for (filter, help) in [
        ("gretting", "no test's name contains \"gretting\"; did you mean \"greeting of you\"?"),
        ("ANOTHER", "no test's name contains \"ANOTHER\"; did you mean \"another\"?"),
        ("nosuch", "no test's name contains \"nosuch\"; the tests are \"greeting of you\", \"another\""),
    ] {
        says(&mut place.goo(&format!("test hello.goo {filter}")), 64, help);
    }
    place.write("none.goo", "package main\n\nfunc main() {}\n");
    says(&mut place.goo("test none.goo x"), 64, "no test's name contains \"x\"; there are no tests");
    assert_eq!(succeeds(&mut place.goo("test none.goo")), "0 passed, 0 failed\n");
}
