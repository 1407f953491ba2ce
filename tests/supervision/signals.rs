//! SIGINT and SIGTERM stop the tree in order, then the program: with a child that does not obey, in the middle of a start, and with a second
//! signal, which ends the program at once.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use libtest_mimic::Trial;

/// A program, what is done to it, and what comes of that.
struct Case {
    name: &'static str,
    source: &'static str,
    /// Signals, each sent when this line was printed.
    signals: &'static [(&'static str, &'static str)],
    printed: &'static [&'static str],
    status: i32,
}

const CHILDREN: &str = r#"
package main

import (
	"fmt"
	"supervision"
	"time"
)

func good(name string) {
	defer fmt.Println("end", name)
	supervision.Started()
	time.Sleep(1h)
}

func deaf() {
	defer func() {
		fmt.Println("asked")
		time.Sleep(1h)
	}()
	supervision.Started()
	time.Sleep(1h)
}

func preparing() {
	defer fmt.Println("end preparing")
	fmt.Println("ready")
	time.Sleep(1h)
}

func ready() {
	fmt.Println("ready")
	time.Sleep(1h)
}
"#;

const CASES: &[Case] = &[
    Case {
        name: "children_end_in_reverse_order",
        source: r#"func main() {
	defer fmt.Println("end main")
	go supervise {
		go good("x")  start 5s
	}
	supervise {
		go good("a")  start 5s
		supervise one_for_all {
			go good("b")  start 5s
			go good("c")  start 5s
		}
		go ready()
	}
}"#,
        signals: &[("ready", "-TERM")],
        printed: &["end c", "end b", "end a", "end main", "end x"],
        status: 143,
    },
    Case {
        name: "who_does_not_obey_is_killed_in_time",
        source: r#"func main() {
	supervise {
		go good("a")  start 5s
		go deaf()     start 5s  shutdown 50ms
		go good("c")  start 5s
		go ready()
	}
}"#,
        signals: &[("ready", "-INT")],
        printed: &["end c", "asked", "end a"],
        status: 130,
    },
    Case {
        name: "a_second_signal_ends_at_once",
        source: r#"func main() {
	supervise {
		go good("a")  start 5s
		go deaf()     start 5s  shutdown 1h
		go ready()
	}
}"#,
        signals: &[("ready", "-TERM"), ("asked", "-INT")],
        printed: &["asked"],
        status: 130,
    },
    Case {
        name: "a_start_is_given_up",
        source: r#"func main() {
	supervise {
		go good("a")    start 5s
		go preparing()  start 1h
		go good("never")
	}
}"#,
        signals: &[("ready", "-TERM")],
        printed: &["end preparing", "end a"],
        status: 143,
    },
];

/// A test for each case and mode.
pub fn trials(modes: &str) -> Vec<Trial> {
    let mut trials = Vec::new();
    for case in CASES {
        for mode in ["jit1", "jit4", "built1", "built4"] {
            if modes.split(',').any(|chosen| chosen == mode) {
                let name = format!("signals/{mode}/{}", case.name);
                trials.push(Trial::test(name, move || check(case, mode).map_err(Into::into)));
            }
        }
    }
    trials
}

fn check(case: &Case, mode: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let source = folder.path().join("main.goo");
    std::fs::write(&source, format!("{CHILDREN}\n{}", case.source)).map_err(|error| error.to_string())?;
    let mut program = command(&source, mode)?;
    let workers = if mode.ends_with('4') { "4" } else { "1" };
    let program = program.env("GOO_WORKERS", workers).stdout(Stdio::piped()).spawn();
    let (printed, status) = drive(program.map_err(|error| error.to_string())?, case)?;
    // What two supervisors that do not know each other do has no order.
    let ordered = |lines: &[String]| {
        let mut lines = lines.to_vec();
        if let Some(at) = lines.iter().position(|line| line == "end x") {
            let line = lines.remove(at);
            lines.push(line);
        }
        lines
    };
    match ordered(&printed) == case.printed && status == case.status {
        true => Ok(()),
        false => {
            Err(format!("printed {printed:?}, status {status}; not {:?}, {}", case.printed, case.status))
        }
    }
}

fn command(source: &Path, mode: &str) -> Result<Command, String> {
    let mut goo = super::goo();
    if mode.starts_with("jit") {
        goo.arg("run").arg(source);
        return Ok(goo);
    }
    let binary = source.with_extension("");
    let built =
        goo.arg("build").arg("-o").arg(&binary).arg(source).output().map_err(|error| error.to_string())?;
    match built.status.success() {
        true => Ok(Command::new(binary)),
        false => Err(String::from_utf8_lossy(&built.stderr).into_owned()),
    }
}

/// Sends the signals when it is time, and gives what was printed after the first, and the status.
fn drive(mut program: Child, case: &Case) -> Result<(Vec<String>, i32), String> {
    let output = program.stdout.take().ok_or("no output")?;
    let mut signals = case.signals.iter();
    let mut next = signals.next();
    let mut printed = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|error| error.to_string())?;
        if line != "ready" {
            printed.push(line.clone());
        }
        if let Some((when, signal)) = next
            && line == *when
        {
            let sent = Command::new("kill").arg(signal).arg(program.id().to_string()).status();
            sent.map_err(|error| error.to_string())?;
            next = signals.next();
        }
    }
    let status = program.wait().map_err(|error| error.to_string())?;
    Ok((printed, status.code().unwrap_or(-1)))
}
