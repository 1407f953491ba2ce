//! A scenario as a function of a Goo program.
//!
//! Each child has a channel by which it is told what to do, and a counter of its incarnations. All that happens goes through one channel, in its
//! order: children say when they start, supervisors (`watch:`) how they end. OTP's supervisors last without children, so each block has a pool
//! without workers, `keep`; its children have start phases, so each child has one here.

use std::fmt::Write as _;

use serde_json::Value;

/// What all scenarios have in common.
const COMMON: &str = include_str!("common.goo");

/// One program that runs all these scenarios, at the same time.
pub fn of_all(scenarios: &[&Value]) -> String {
    let mut text = COMMON.to_owned();
    for scenario in scenarios {
        text.push_str(&function(scenario));
    }
    text.push_str("\nfunc main() {\n\tdone := make(chan bool)\n");
    for scenario in scenarios {
        let id = text_of(&scenario["id"]);
        let _ = writeln!(text, "\tgo func() {{\n\t\t{id}()\n\t\tdone <- true\n\t}}()");
    }
    let _ = writeln!(text, "\tfor range {} {{\n\t\t<-done\n\t}}\n}}", scenarios.len());
    text
}

/// A program of one scenario.
pub fn of_one(scenario: &Value) -> String {
    of_all(&[scenario])
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// A child that a scenario speaks of, wherever it stands.
struct Child<'a> {
    spec: &'a Value,
    /// Its name, behind those of the supervisors around it.
    path: String,
}

fn function(scenario: &Value) -> String {
    let id = text_of(&scenario["id"]);
    let sup = &scenario["sup"];
    let mut children = Vec::new();
    collect(sup, "", &mut children);
    let mut text = format!("\nfunc {id}() {{\n\tevents := make(chan Ended, 10000)\n");
    for step in scenario["steps"].as_array().into_iter().flatten() {
        // Those that come later need their channels from the beginning.
        match text_of(&step[0]) {
            "start" => children.push(Child { spec: &step[1], path: text_of(&step[1]["id"]).to_owned() }),
            "start_in" => {
                let path = format!("{}/{}", text_of(&step[1]), text_of(&step[2]["id"]));
                children.push(Child { spec: &step[2], path });
            }
            "dyn" => children.push(Child { spec: &sup["children"][0], path: text_of(&step[1]).to_owned() }),
            _ => {}
        }
    }
    let mut declared = Vec::new();
    for child in children.iter().filter(|child| child.spec.get("supervisor").is_none()) {
        let name = child.path.rsplit('/').next().expect("a name");
        if !declared.contains(&name) {
            declared.push(name);
            let _ = writeln!(text, "\tc_{name} := {}", child_value(name, child.spec));
        }
    }
    let quiet = if scenario.to_string().contains("on_shutdown") { "900ms" } else { "300ms" };
    text.push_str("\ts := go ");
    block(sup, 1, &mut text);
    let _ = writeln!(text, "\trun := Run{{ID: \"{id}\", Quiet: {quiet}}}");
    text.push_str("\tend := s.Watch()\n\tif !run.begin(s, events, end, counters(");
    text.push_str(&declared.iter().map(|name| format!("c_{name}")).collect::<Vec<_>>().join(", "));
    text.push_str(")) {\n\t\treturn\n\t}\n");
    for step in scenario["steps"].as_array().into_iter().flatten() {
        let kind = text_of(&step[0]);
        let _ = writeln!(text, "\trun.note(\"step {kind}\")");
        let _ = writeln!(text, "\t{}", action(step, &children, sup));
        let _ = writeln!(text, "\tif !run.settle(s, events, end) {{\n\t\treturn\n\t}}");
    }
    text.push_str("\trun.stop(s, events)\n");
    // The channels are in use to the end.
    for name in declared {
        let _ = writeln!(text, "\tc_{name}.Orders.TrySend(\"\")");
    }
    text.push_str("}\n");
    text
}

fn collect<'a>(sup: &'a Value, prefix: &str, children: &mut Vec<Child<'a>>) {
    for spec in sup["children"].as_array().into_iter().flatten() {
        let path = format!("{prefix}{}", text_of(&spec["id"]));
        match spec.get("supervisor") {
            Some(inner) => {
                collect(inner, &format!("{path}/"), children);
                children.push(Child { spec, path });
            }
            None if spec["dynamic"] == true => {}
            None => children.push(Child { spec, path }),
        }
    }
}

fn child_value(name: &str, spec: &Value) -> String {
    let mut fields = format!("ID: \"{name}\", Count: sync.NewCounter(), Orders: make(chan string)");
    if let Some(fails) = spec.get("fail_start") {
        let _ = write!(fields, ", FailStart: []int{{{}}}", fails.to_string().trim_matches(['[', ']']));
    }
    if let Some(from) = spec.get("fail_from") {
        let _ = write!(fields, ", FailFrom: {from}");
    }
    match spec.get("on_shutdown") {
        Some(Value::String(what)) => {
            let _ = write!(fields, ", OnShutdown: \"{what}\"");
        }
        Some(what) => {
            let _ = write!(fields, ", OnShutdown: {}, Takes: {}ms", what[0], what[1]);
        }
        None => {}
    }
    format!("Child{{{fields}}}")
}

/// `supervise strategy (options) { children }`.
fn block(sup: &Value, depth: usize, text: &mut String) {
    let strategy = match text_of(&sup["strategy"]) {
        "simple_one_for_one" => "one_for_one",
        strategy => strategy,
    };
    let shutdown = text_of(&sup["auto_shutdown"]).trim_end_matches("_significant");
    let _ = writeln!(
        text,
        "supervise {strategy} (max: {} per {}s, auto_shutdown: {shutdown}, watch: events) {{",
        sup["intensity"], sup["period_s"]
    );
    let tabs = "\t".repeat(depth + 1);
    for spec in sup["children"].as_array().into_iter().flatten() {
        let name = text_of(&spec["id"]);
        let _ = write!(text, "{tabs}{name} := ");
        match spec.get("supervisor") {
            Some(inner) => {
                block(inner, depth + 1, text);
                text.pop();
            }
            None if spec["dynamic"] == true => text.push_str("go keep()  workers 0  start 5s"),
            None => {
                let _ = write!(text, "go child(c_{name}, events)  start 5s");
            }
        }
        let _ = write!(text, "  restart {}", text_of(&spec["restart"]));
        match &spec["shutdown_ms"] {
            Value::String(word) if word == "brutal_kill" => text.push_str("  shutdown 0s"),
            Value::String(_) => text.push_str("  shutdown 24h"),
            ms => {
                let _ = write!(text, "  shutdown {ms}ms");
            }
        }
        text.push_str(if spec["significant"] == true { "  significant\n" } else { "\n" });
    }
    let _ = writeln!(text, "{tabs}keep := go keep()  workers 0");
    let _ = writeln!(text, "{}}}", "\t".repeat(depth));
}

fn action(step: &Value, children: &[Child], sup: &Value) -> String {
    let kind = text_of(&step[0]);
    let name = step[1].as_str().unwrap_or_default();
    let path = || {
        let found = children.iter().find(|child| child.path.rsplit('/').next() == Some(name));
        found.map_or(name.to_owned(), |child| child.path.clone())
    };
    let answered =
        |call: String| format!("run.answer(events, func() ! supervision.Error {{ return {call} }})");
    match kind {
        "finish" | "shut" | "crash" => format!("run.tell(s, \"{}\", c_{name}, \"{kind}\")", path()),
        "kill" => format!("run.kill(s, \"{}\", \"{name}\")", path()),
        "wait" => format!("time.Sleep({}ms)", step[1]),
        "terminate" => answered(format!("supervision.Stop(s, \"{}\")", path())),
        "restart" => answered(format!("supervision.Restart(s, \"{}\")", path())),
        "delete" => answered(format!("supervision.Delete(s, \"{}\")", path())),
        "start" => {
            let name = text_of(&step[1]["id"]);
            answered(start(name, name, &step[1]))
        }
        "start_in" => {
            let name = text_of(&step[2]["id"]);
            answered(start(&format!("{}/{name}", text_of(&step[1])), name, &step[2]))
        }
        "dyn" => {
            let kind = text_of(&sup["children"][0]["id"]);
            let run = format!("func() {{ child(c_{name}, events) }}");
            answered(format!("supervision.StartKind(s, \"{kind}\", \"{name}\", {run})"))
        }
        _ => panic!("unknown step {kind}"),
    }
}

fn start(path: &str, name: &str, spec: &Value) -> String {
    let restart = match text_of(&spec["restart"]) {
        "permanent" => "Permanent",
        "transient" => "Transient",
        _ => "Temporary",
    };
    let mut options = format!("Restart: supervision.{restart}, Start: 5s");
    match &spec["shutdown_ms"] {
        Value::String(word) if word == "brutal_kill" => options.push_str(", AtOnce: true"),
        Value::String(_) => options.push_str(", Shutdown: 24h"),
        ms => {
            let _ = write!(options, ", Shutdown: {ms}ms");
        }
    }
    if spec["significant"] == true {
        options.push_str(", Significant: true");
    }
    format!(
        "supervision.Start(s, \"{path}\", supervision.Options{{{options}}}, func() {{ child(c_{name}, events) }})"
    )
}
