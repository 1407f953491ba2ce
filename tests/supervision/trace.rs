//! What a scenario's function printed, as a trace, and whether it is OTP's.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

/// Compares; the error shows both.
pub fn equal(scenario: &Value, printed: &str) -> Result<(), String> {
    let found = normal(scenario, &read(scenario, printed));
    let expected = normal(scenario, scenario["trace"].as_array().expect("a trace"));
    if found == expected {
        return Ok(());
    }
    let mut text = "the trace differs from OTP's\n".to_owned();
    for index in 0..found.len().max(expected.len()) {
        let (found, expected) = (found.get(index), expected.get(index));
        let show = |event: Option<&Value>| event.map_or(String::new(), Value::to_string);
        let mark = if found == expected { ' ' } else { '!' };
        let _ = writeln!(text, "{mark} {:45} {}", show(expected), show(found));
    }
    Err(text)
}

/// The scenario with the trace that was found, as a line of JSON.
pub fn as_json(scenario: &Value, printed: &str) -> String {
    format!("{}\n", json!({ "id": scenario["id"], "trace": read(scenario, printed) }))
}

/// The children of one kind end in any order: OTP stops them at the same time.
fn normal(scenario: &Value, trace: &[Value]) -> Vec<Value> {
    let mut all = Vec::new();
    let mut stops: Vec<Value> = Vec::new();
    let dynamic = scenario["sup"]["strategy"] == "simple_one_for_one";
    for event in trace {
        if dynamic && event[0] == "stop" {
            stops.push(event.clone());
            continue;
        }
        stops.sort_by_key(Value::to_string);
        all.append(&mut stops);
        all.push(event.clone());
    }
    stops.sort_by_key(Value::to_string);
    all.append(&mut stops);
    all
}

/// The trace of one scenario among what all of them printed.
fn read(scenario: &Value, printed: &str) -> Vec<Value> {
    let mut reader =
        Reader { scenario, trace: Vec::new(), nested: BTreeMap::new(), incarnations: BTreeMap::new() };
    find_nested(&scenario["sup"], &[], &mut reader.nested);
    let id = scenario["id"].as_str().expect("an id");
    for line in printed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if words[0] == id {
            reader.line(&words[1..]);
        }
    }
    reader.trace
}

/// Which supervisors a child stands under, outermost first.
fn find_nested(sup: &Value, around: &[String], into: &mut BTreeMap<String, Vec<String>>) {
    for child in sup["children"].as_array().into_iter().flatten() {
        let name = child["id"].as_str().expect("an id").to_owned();
        into.insert(name.clone(), around.to_vec());
        if let Some(inner) = child.get("supervisor") {
            find_nested(inner, &[around, &[name]].concat(), into);
        }
    }
}

struct Reader<'a> {
    scenario: &'a Value,
    trace: Vec<Value>,
    /// The supervisors around each child.
    nested: BTreeMap<String, Vec<String>>,
    /// Which incarnation each child is at, and whether it runs.
    incarnations: BTreeMap<String, (u64, bool)>,
}

impl Reader<'_> {
    fn line(&mut self, words: &[&str]) {
        match words {
            ["start", name, count] => {
                self.around_begins(name);
                let count = count.parse().expect("a number");
                self.incarnations.insert((*name).to_owned(), (count, true));
                self.trace.push(json!(["start", name, count]));
            }
            ["start_failed", name, count] => {
                self.around_begins(name);
                let count: u64 = count.parse().expect("a number");
                self.trace.push(json!(["start_failed", name, count]));
            }
            ["stop", name, kind] => {
                let (count, running) = self.incarnations.entry((*name).to_owned()).or_default();
                *running = false;
                // A nested supervisor ends with `shutdown`, in OTP, also when it ends by itself.
                let is_supervisor =
                    self.nested.values().any(|around| around.iter().any(|outer| outer == name));
                let kind = if is_supervisor && *kind == "normal" { "shutdown" } else { kind };
                self.trace.push(json!(["stop", name, *count, kind]));
            }
            ["snap", active, children @ ..] => self.snap(active, children),
            ["ret", answer] => {
                // OTP refuses to speak of children of one kind by name; in Goo they have names, and one that is gone is not found.
                let dynamic = self.scenario["sup"]["strategy"] == "simple_one_for_one";
                let refused = dynamic && *answer == "error:not_found";
                self.trace.push(json!(["ret", if refused { "error:simple_one_for_one" } else { answer }]));
            }
            _ => self.trace.push(json!(words)),
        }
    }

    /// A nested supervisor says nothing itself: it begins when its first child does.
    fn around_begins(&mut self, name: &str) {
        for outer in self.nested.get(name).cloned().unwrap_or_default() {
            let (count, running) = self.incarnations.entry(outer.clone()).or_default();
            if !std::mem::replace(running, true) {
                *count += 1;
                self.trace.push(json!(["start", outer, *count]));
            }
        }
    }

    fn snap(&mut self, active: &str, children: &[&str]) {
        let mut states = serde_json::Map::new();
        for child in children {
            let (name, state) = child.split_once('=').expect("a name and a state");
            let (state, count) = state.split_once(':').expect("a state and a number");
            let value = match state {
                "running" if self.is_supervisor(name) => {
                    json!(self.incarnations.get(name).map_or(0, |it| it.0))
                }
                "running" => json!(count.parse::<u64>().expect("a number")),
                "stopped" => json!("undefined"),
                other => json!(other),
            };
            states.insert(name.to_owned(), value);
        }
        let active: u64 = active.parse().expect("a number");
        self.trace.push(json!(["snap", states, active]));
    }

    fn is_supervisor(&self, name: &str) -> bool {
        self.nested.values().any(|around| around.iter().any(|outer| outer == name))
    }
}
