//! Who is who: tasks by their place in the tree of who started whom, which is the same in each run, and by a name that people know.
//!
//! A task's address finds its entry, and decides nothing.

use rustc_hash::FxHashMap;

use crate::supervise::driver;
use crate::task::object::Task;

/// What is known of a task.
pub struct Identity {
    /// Which life of the task's place this is.
    life: u16,
    /// Its place in the tree.
    pub key: u64,
    /// The how-many-th task of the program it is; `main` is 0.
    pub number: u32,
    /// How many tasks it has started.
    started: u64,
}

/// All tasks that were ever ready.
#[derive(Default)]
pub struct Tasks {
    known: FxHashMap<*mut Task, Identity>,
    /// By number; empty if nobody wants names.
    names: Vec<String>,
    count: u32,
    named: bool,
    /// The operation at which the running task is, by its place and source text.
    pub operation: &'static str,
}

/// Of `main`.
const ROOT: u64 = 1;

impl Tasks {
    pub fn new(named: bool) -> Tasks {
        Tasks { named, ..Tasks::default() }
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The task's place in the tree, found out if it is new: a child of `parent`, which is running.
    ///
    /// # Safety
    /// The caller holds the task. No lock of a supervisor is held.
    pub unsafe fn identify(&mut self, task: *mut Task, parent: *mut Task) -> u64 {
        // SAFETY: by the caller.
        let life = unsafe { (*task).waiter.life };
        let known = self.known.get(&task).is_some_and(|identity| identity.life == life);
        if !known {
            let key = match self.known.get_mut(&parent) {
                Some(parent) => {
                    parent.started += 1;
                    mix(parent.key, parent.started)
                }
                None => mix(ROOT, u64::from(self.count)),
            };
            let number = self.count;
            self.count += 1;
            if self.named {
                // SAFETY: by the caller.
                let name = unsafe { self.name(task, number) };
                self.names.push(name);
            }
            self.known.insert(task, Identity { life, key, number, started: 0 });
        }
        self.known[&task].key
    }

    /// The number of a task that is known.
    pub fn number(&self, task: *const Task) -> Option<u32> {
        // SAFETY: tasks' memory is never freed.
        let life = unsafe { (*task).waiter.life };
        self.known
            .get(&task.cast_mut())
            .filter(|identity| identity.life == life)
            .map(|identity| identity.number)
    }

    /// `worker-2`: the function that was started, or the child's name in its supervisor, and the task's number.
    unsafe fn name(&self, task: *mut Task, number: u32) -> String {
        if number == 0 {
            return "main".into();
        }
        // SAFETY: by the caller.
        let path = unsafe { driver::path(task) };
        if let Some(name) = path.last() {
            return format!("{name}-{number}");
        }
        format!("{}-{number}", started_function(self.operation))
    }
}

/// The `worker` of `prog.goo:7<tab>go worker(jobs)`; `task` if that is not what the line says.
fn started_function(operation: &str) -> &str {
    let line = operation.split('\t').nth(1).unwrap_or("");
    let call = line.split("go ").nth(1).unwrap_or("");
    let name = call.split('(').next().unwrap_or("").trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    if is_name && name != "func" { name } else { "task" }
}

fn mix(key: u64, number: u64) -> u64 {
    let wide = u128::from(key ^ 0x9E37_79B9_7F4A_7C15)
        * u128::from(number.wrapping_mul(2).wrapping_add(0xD134_2543_DE82_EF95));
    wide as u64 ^ (wide >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_called_as_the_function_that_was_started() {
        assert_eq!(started_function("a.goo:7\tgo worker(jobs)"), "worker");
        assert_eq!(started_function("a.goo:7\tt := go pkg.Serve(1)"), "pkg.Serve");
        assert_eq!(started_function("a.goo:7\tgo func() {"), "task");
        assert_eq!(started_function(""), "task");
    }
}
