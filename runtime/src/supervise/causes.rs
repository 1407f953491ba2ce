//! Why a supervisor gave up: the failures of its children, and why these failed. A crash that nobody healed is reported with this tree.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use super::watch;
use crate::task::crash::Activation;

/// A child ended, and that was not asked for.
#[derive(Clone, Debug)]
pub struct Failure {
    pub name: Arc<str>,
    /// As those who watch are told ([`watch`]).
    pub how: &'static str,
    pub message: String,
    /// Where it crashed.
    pub at: Option<Activation>,
    /// If it is a supervisor.
    pub causes: Vec<Failure>,
    /// How often it did, without another failure in between.
    pub times: u64,
}

/// So many are remembered.
const SHOWN: usize = 5;

/// The last failures of a supervisor's children, in order.
#[derive(Default)]
pub struct Failures {
    last: VecDeque<Failure>,
}

impl Failures {
    pub fn note(&mut self, failure: Failure) {
        match self.last.back_mut() {
            Some(last)
                if last.name == failure.name
                    && last.how == failure.how
                    && last.message == failure.message =>
            {
                *last = Failure { times: last.times + 1, ..failure };
            }
            _ => {
                if self.last.len() == SHOWN {
                    self.last.pop_front();
                }
                self.last.push_back(failure);
            }
        }
    }

    pub fn last(&self) -> Option<&Failure> {
        self.last.back()
    }

    pub fn take(&mut self) -> Vec<Failure> {
        std::mem::take(&mut self.last).into()
    }
}

impl Failure {
    /// What happened, in one line.
    pub fn what(&self) -> String {
        let what = match self.how {
            watch::NORMAL => "returned",
            watch::SHUTDOWN => "ended",
            watch::KILLED => "was killed",
            watch::GAVE_UP => "gave up",
            watch::NOT_STARTED => "did not start",
            _ => "crashed",
        };
        match self.message.as_str() {
            "" => format!("`{}` {what}", self.name),
            message => format!("`{}` {what}: {message}", self.name),
        }
    }
}

/// Writes the failures as a tree, each behind so many spaces.
pub fn write(text: &mut String, failures: &[Failure], indent: usize) {
    for failure in failures {
        let times = if failure.times > 1 { format!(" ({} times)", failure.times) } else { String::new() };
        let _ = writeln!(text, "{:indent$}{}{times}", "", failure.what());
        if let Some(at) = &failure.at {
            let _ = writeln!(text, "{:indent$}  at {}:{}:{}", "", at.file, at.line, at.column);
        }
        write(text, &failure.causes, indent + 2);
    }
    // Only a permanent child's return counts as a restart; others end their supervisor with something else.
    if failures.last().is_some_and(|last| last.how == watch::NORMAL) {
        let _ = writeln!(
            text,
            "{:indent$}help: start what may return with `restart transient`: permanent is the default",
            ""
        );
    }
}
