//! What is known of a crash: noted when it happens ([`crash`]), completed from the frames that it leaves, and reported on
//! standard error if nobody supervises or waits for the task.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use super::frame;
use super::object::Task;
use super::worker::Worker;
use crate::abi::layout::{Context, Frame, ProgramDesc, Status, Text};
use crate::supervise::causes::{self, Failure};
use crate::supervise::driver;
use crate::trace;

/// Why a task unwound.
#[derive(Clone, Debug, Default)]
pub struct Crash {
    pub message: String,
    pub kind: CrashKind,
    /// Innermost first. Its texts are the program's own.
    pub stack: Vec<Activation>,
    /// Activations that the stack leaves out, in its middle.
    pub left_out: usize,
    /// Where in the supervision tree the task was, outermost first; its own name last.
    pub path: Vec<Arc<str>>,
    /// Its last channel operations, last first.
    pub operations: Vec<String>,
    /// It is a supervisor that restarted too often: the limit.
    pub gave_up: Option<String>,
    /// It is a supervisor that gave up, or whose children did not start: why.
    pub causes: Vec<Failure>,
    /// Where a supervised task crashed, of which no more is noted: it will be started again.
    pub at: Option<Activation>,
    /// The channel operation that it crashed in: it is recorded where it began, and was never done.
    pub undone: Option<Undone>,
    /// Crashes in deferred calls while it unwound.
    pub more: Vec<Later>,
    /// What to write instead.
    pub help: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CrashKind {
    #[default]
    Panic,
    /// Somebody asked for it: `t.Cancel()`, a supervisor that stops.
    Cancelled,
    Deadlock,
    /// It ends the program, whoever supervises the task: see [`crash_for_good`].
    Final,
}

/// An operation that was begun only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Undone {
    pub kind: trace::Kind,
    /// Where the channel was made.
    pub site: &'static str,
    /// The task waits in it: a report says so.
    pub waits: bool,
}

/// A crash in a deferred call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Later {
    pub message: String,
    /// Known when the call's frames are there.
    pub at: Option<Activation>,
}

impl std::fmt::Display for Later {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "then, in a deferred call: {}", self.message)?;
        match &self.at {
            Some(at) => write!(f, " (at {}:{})", at.file, at.line),
            None => Ok(()),
        }
    }
}

/// One line of a call stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Activation {
    pub function: &'static str,
    pub file: &'static str,
    pub line: u32,
    pub column: u32,
}

/// How many activations a report shows: so many innermost ones, and so many outermost.
const SHOWN: usize = 24;

/// Makes the running task crash: `return crash(ctx, message)` in a runtime function, with the context it was called with.
///
/// # Safety
/// `ctx` is the context of the worker that calls.
pub(crate) fn crash(ctx: *mut Context, message: String) -> Status {
    // SAFETY: by the caller.
    unsafe { crash_as(ctx, CrashKind::Panic, message) }
}

/// Ends the task because somebody cancelled it.
///
/// # Safety
/// As for `crash`.
#[cold]
pub unsafe fn cancelled(ctx: *mut Context) -> Status {
    // SAFETY: by the caller.
    unsafe { crash_as(ctx, CrashKind::Cancelled, "cancelled".into()) }
}

/// As [`crash`], of another kind.
///
/// # Safety
/// As for `crash`.
#[cold]
pub unsafe fn crash_as(ctx: *mut Context, kind: CrashKind, message: String) -> Status {
    // SAFETY: by the caller; a task is running when a runtime function is called.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        crate::library::sync::leave_sections();
        crate::library::section::leave_all(worker, task);
        let extra = (*task).extra();
        match &mut extra.crash {
            // A deferred call crashes while the task unwinds.
            Some(first) if kind != CrashKind::Cancelled => first.more.push(Later { message, at: None }),
            Some(_) => {}
            None => extra.crash = Some(Box::new(Crash { message, kind, ..Crash::default() })),
        }
    }
    Status::Crashed
}

/// Makes the running task crash, and with it the program, whoever supervises the task.
///
/// # Safety
/// As for `crash`.
#[cold]
pub(crate) unsafe fn crash_for_good(ctx: *mut Context, message: String) -> Status {
    // SAFETY: by the caller; a task is running.
    unsafe {
        let worker = Worker::of(ctx);
        if (*worker.task()).has(Task::UNWINDING) {
            // Of the crash that it unwinds from nobody asks.
            eprintln!("crash: {message} (in a deferred call)");
            worker.runtime.exit(2);
            return crash_as(ctx, CrashKind::Cancelled, message);
        }
        crash_as(ctx, CrashKind::Final, message)
    }
}

impl Crash {
    /// Adds what the frames, the worker and the supervisors know, before anything is unwound.
    ///
    /// # Safety
    /// The frames are those of the task, which `worker` holds.
    pub unsafe fn complete(&mut self, worker: &Worker, task: *mut Task, innermost: *mut Frame) {
        // SAFETY: by the caller.
        let child = unsafe { (*task).extra_if_any().is_some_and(|extra| extra.child.is_some()) };
        // A supervisor starts a crashed child again without writing a report: it asks for the message only.
        if self.kind == CrashKind::Cancelled {
            return;
        }
        if child && self.kind == CrashKind::Panic {
            // SAFETY: by the caller.
            self.at = self.stack.first().copied().or_else(|| unsafe { innermost_activation(innermost) });
            return;
        }
        // SAFETY: by the caller.
        unsafe {
            let (stack, left_out) = call_stack(innermost);
            if !self.stack.is_empty() {
                // The crash of a turn of `go parallel`, which goes on in the task that waits.
                self.stack.extend(stack);
                return;
            }
            (self.stack, self.left_out) = (stack, left_out);
            self.path = driver::path(task);
        }
        // SAFETY: the caller holds the task.
        self.operations = unsafe { trace::last_operations(worker.runtime, task, self.undone) };
    }

    /// A deferred call has crashed, and left these frames.
    ///
    /// # Safety
    /// A chain of frames.
    pub unsafe fn deferred_crashed(&mut self, innermost: *mut Frame) {
        if let Some(last) = self.more.last_mut().filter(|last| last.at.is_none()) {
            // SAFETY: by the caller.
            last.at = unsafe { innermost_activation(innermost) };
        }
    }

    /// Whether the program is to hear of it: not if somebody asked for the task's end, and its deferred calls were in order.
    pub fn is_mistake(&self) -> bool {
        self.kind != CrashKind::Cancelled || !self.more.is_empty()
    }

    /// What it says to who waits for the task: the message, and a line for each crash in a deferred call.
    pub fn text(&self) -> String {
        let later = self.more.iter().map(|later| format!("\n{later}"));
        std::iter::once(self.message.clone()).chain(later).collect()
    }

    /// The report, its first line `crash: ` and the message.
    pub fn report(&self, program: &ProgramDesc) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "crash: {}", self.message);
        if let Some(at) = self.stack.first() {
            let _ = writeln!(text, "  at {}:{}:{}", at.file, at.line, at.column);
            if let Some(line) = source_line(program, at.file, at.line) {
                let _ = writeln!(text, "  | {}", line.trim());
            }
        }
        for later in &self.more {
            let _ = writeln!(text, "{later}");
        }
        if !self.causes.is_empty() {
            let _ = writeln!(text, "causes:");
            causes::write(&mut text, &self.causes, 2);
        }
        if !self.path.is_empty() {
            let _ = writeln!(text, "task: {}", self.path.join(" > "));
        }
        if !self.stack.is_empty() {
            let _ = writeln!(text, "call stack:");
        }
        for (index, at) in self.stack.iter().enumerate() {
            if self.left_out > 0 && index == SHOWN {
                let _ = writeln!(text, "  … {} more …", self.left_out);
            }
            // A function that calls itself from one place is shown once for each half of the stack.
            let again = index > 0 && index != SHOWN && self.stack[index - 1] == *at;
            if !again {
                let _ = writeln!(text, "  {}  {}:{}", at.function, at.file, at.line);
            }
        }
        if !self.operations.is_empty() {
            let _ = writeln!(text, "last channel operations:");
        }
        for operation in &self.operations {
            let _ = writeln!(text, "  {operation}");
        }
        if let Some(help) = self.help {
            let _ = writeln!(text, "help: {help}");
        }
        text
    }

    /// The call stack as one text, a line for each activation.
    pub fn stack_text(&self) -> String {
        let lines = self.stack.iter().map(|at| format!("{} {}:{}", at.function, at.file, at.line));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The innermost and outermost activations, and how many lie between.
///
/// # Safety
/// A chain of frames.
pub unsafe fn call_stack(innermost: *mut Frame) -> (Vec<Activation>, usize) {
    let mut inner: Vec<Activation> = Vec::new();
    let mut outer: VecDeque<Activation> = VecDeque::new();
    let mut left_out = 0;
    let mut frame = innermost;
    while !frame.is_null() {
        // SAFETY: by the caller.
        let parent = unsafe {
            activations(frame, |activation| {
                if inner.len() < SHOWN {
                    inner.push(activation);
                    return;
                }
                if outer.len() == SHOWN {
                    outer.pop_front();
                    left_out += 1;
                }
                outer.push_back(activation);
            });
            (*frame).parent
        };
        frame = parent;
    }
    inner.extend(outer);
    (inner, left_out)
}

/// The activation that a crash happened in.
///
/// # Safety
/// A chain of frames.
unsafe fn innermost_activation(mut frame: *mut Frame) -> Option<Activation> {
    let mut found = None;
    while found.is_none() && !frame.is_null() {
        // SAFETY: by the caller.
        unsafe {
            activations(frame, |activation| {
                found.get_or_insert(activation);
            });
            frame = (*frame).parent;
        }
    }
    found
}

/// The activations that a frame stands for, innermost first: the calls that the compiler replaced by their callees' bodies, and
/// the function's own; none for frames of the runtime's own, as a supervisor's driver has, and functions that only call another one.
unsafe fn activations(frame: *mut Frame, mut f: impl FnMut(Activation)) {
    // SAFETY: by the caller, a frame; descriptors are static.
    unsafe {
        let Some(site) = frame::site(frame) else { return };
        let desc = &*(*frame).desc;
        let (mut line, mut column) = (site.line, site.column);
        let mut activation = |function: Text, file: Text, line, column| {
            if !function.as_str().is_empty() {
                f(Activation { function: function.as_str(), file: file.as_str(), line, column });
            }
        };
        let mut inlined = site.inlined;
        while let Some(call) = inlined.as_ref() {
            activation(call.name, call.file, line, column);
            (line, column) = (call.line, call.column);
            inlined = call.outer;
        }
        activation(desc.name, desc.file, line, column);
    }
}

fn source_line(program: &ProgramDesc, file: &str, line: u32) -> Option<&'static str> {
    if program.sources.is_null() || line == 0 {
        return None;
    }
    // SAFETY: static data of the program.
    let sources = unsafe { std::slice::from_raw_parts(program.sources, program.source_count as usize) };
    let [_, text] = sources.iter().find(|[name, _]| name.as_str() == file)?;
    text.as_str().lines().nth(line as usize - 1)
}
