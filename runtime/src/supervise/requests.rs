//! What is asked of a running supervisor, and the answers.
//!
//! A request goes to the driver as an event, so it takes its turn among the ends of children. Who asks waits for a future that the answer
//! completes.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::driver::{Child, Event, Kind, Shared, State};
use super::machine::{Answer, ChildId, ChildSettings, Token};
use crate::abi::layout::Closure;
use crate::task::spawn;
use crate::value::count;

/// Who waits for answers.
#[derive(Default)]
pub struct Answers {
    next: Token,
    /// In order of asking, so that a run can be repeated.
    waiting: BTreeMap<Token, oneshot::Sender<i64>>,
}

impl Answers {
    fn expect(&mut self, asker: oneshot::Sender<i64>) -> Token {
        self.next += 1;
        self.waiting.insert(self.next, asker);
        self.next
    }

    pub fn give(&mut self, token: Token, answer: Answer) {
        if let Some(asker) = self.waiting.remove(&token) {
            // The asker may have been cancelled.
            let _ = asker.send(answer as i64);
        }
    }

    /// The same answer for all.
    pub fn all(&mut self, answer: Answer) {
        for (_, asker) in std::mem::take(&mut self.waiting) {
            let _ = asker.send(answer as i64);
        }
    }
}

/// What is asked for.
pub enum What {
    /// Starts a child that was not there. Without a name of its own it is never refused.
    Start {
        closure: *mut Closure,
        settings: ChildSettings,
        named: bool,
    },
    /// Starts one more of a kind, with the closure, or if that is null the kind's.
    Dynamic {
        kind: String,
        closure: *mut Closure,
    },
    Stop,
    /// Stops for good: it is not to be started again by hand.
    StopForGood,
    Restart,
    Delete,
    Kill,
    Workers(usize),
    Shutdown,
}

/// A request about the child, or children, of a name.
pub struct Request {
    pub what: What,
    pub name: String,
    /// None if nobody waits.
    pub asker: Option<oneshot::Sender<i64>>,
}

// SAFETY: the closure is shared, and the request's own reference.
unsafe impl Send for Request {}

impl Request {
    /// What it holds.
    pub fn closure(&self) -> *mut Closure {
        match self.what {
            What::Start { closure, .. } | What::Dynamic { closure, .. } => closure,
            _ => std::ptr::null_mut(),
        }
    }

    /// Answers at once; nothing is done.
    pub fn refuse(self, answer: Answer) {
        let closure = self.closure();
        if !closure.is_null() {
            // SAFETY: the request's own reference.
            unsafe { count::release(closure.cast()) }
        }
        if let Some(asker) = self.asker {
            let _ = asker.send(answer as i64);
        }
    }
}

/// The supervisor that a path leads to, and the name at its end: `a/b` is the child `b` of the nested supervisor `a`. The answer for a path through
/// a supervisor that does not run says so.
pub fn find(shared: &Arc<Shared>, path: &str) -> Result<(Arc<Shared>, String), Answer> {
    let Some((first, rest)) = path.split_once('/') else { return Ok((shared.clone(), path.to_owned())) };
    let state = shared.state.lock();
    let ids = state.named(first);
    let inner = ids.iter().find_map(|&id| state.children[id].nested.upgrade());
    drop(state);
    match inner {
        Some(inner) => find(&inner, rest),
        None if ids.is_empty() => Err(Answer::NotFound),
        None => Err(Answer::Ended),
    }
}

/// Asks; the answer comes when it is done.
pub fn ask(shared: &Arc<Shared>, what: What, path: &str) -> oneshot::Receiver<i64> {
    let (asker, answer) = oneshot::channel();
    let found = find(shared, path);
    let name = found.as_ref().map_or(String::new(), |(_, name)| name.clone());
    let request = Request { what, name, asker: Some(asker) };
    match found {
        Err(answer) => request.refuse(answer),
        Ok((shared, _)) if shared.state.lock().finished => request.refuse(Answer::Ended),
        Ok((shared, _)) => shared.send(Event::Request(request)),
    }
    answer
}

impl State {
    /// The children of this name that are not forgotten.
    fn named(&self, name: &str) -> Vec<ChildId> {
        let all = 0..self.children.len();
        all.filter(|&id| *self.children[id].name == *name && self.machine.state_of(id).is_some()).collect()
    }

    /// A place for a child that is started by hand.
    fn add(&mut self, name: String, closure: *mut Closure, settings: ChildSettings) -> ChildId {
        let id = self.machine.add_late(settings);
        let child = Child::new(name.into(), closure);
        if id < self.children.len() {
            self.give_up(id);
            self.children[id] = child;
        } else {
            self.children.push(child);
        }
        id
    }
}

/// The driver hears of a request.
pub fn hear(state: &mut State, request: Request, now: u64) {
    let named = match request.what {
        // Nobody is looked for: with many children that would take long for each.
        What::Start { named: false, .. } | What::Shutdown => Vec::new(),
        _ if request.name.is_empty() => Vec::new(),
        _ => state.named(&request.name),
    };
    if let Some(answer) = refusal(state, &request, &named) {
        return request.refuse(answer);
    }
    let Request { what, name, asker } = request;
    let token = asker.map(|asker| state.answers.expect(asker));
    // Who does not wait for an answer gets one that nobody reads.
    let expected = token.unwrap_or(0);
    match what {
        What::Start { closure, settings, .. } => {
            let settings = ChildSettings { declaration: state.machine.next_declaration(), ..settings };
            let id = state.add(name, closure, settings);
            state.machine.start_late(vec![id], token, now);
        }
        What::Dynamic { kind, closure } => {
            let Some(template) = template(state, &kind) else {
                return state.answers.give(expected, Answer::NotFound);
            };
            let closure = if closure.is_null() { retained(template.closure) } else { closure };
            let settings = ChildSettings { pooled: true, ..template.settings };
            let id = state.add(name, closure, settings);
            state.machine.start_late(vec![id], token, now);
        }
        What::Stop => {
            named.iter().for_each(|&id| state.children[id].kept = true);
            state.machine.stop_children(named, token, now);
        }
        What::StopForGood => {
            for &id in &named {
                (state.children[id].kept, state.children[id].for_good) = (false, true);
                if state.machine.is_final(id) {
                    state.done(id);
                }
            }
            state.machine.stop_children(named, token, now);
        }
        What::Restart => state.machine.restart_children(named, expected, now),
        What::Delete => {
            state.forgetting.extend(&named);
            state.machine.delete_children(named, expected, now);
        }
        What::Kill => {
            for id in named {
                let task = state.children[id].task;
                if !task.is_null() {
                    // SAFETY: tasks listed have not ended.
                    unsafe { spawn::kill(task) };
                }
            }
            state.answers.give(expected, Answer::Done);
        }
        What::Workers(count) => resize(state, &name, named, count, expected, now),
        What::Shutdown => state.machine.stop(now),
    }
}

/// The answer to what cannot be done.
fn refusal(state: &State, request: &Request, named: &[ChildId]) -> Option<Answer> {
    match &request.what {
        What::Start { named: false, .. } | What::Shutdown => None,
        What::Start { .. } | What::Dynamic { .. } => {
            if named.is_empty() || request.name.is_empty() {
                return None;
            }
            let there = named.iter().any(|&id| state.machine.is_waiting(id));
            Some(if there { Answer::AlreadyStarted } else { Answer::AlreadyPresent })
        }
        What::Workers(_) if template(state, &request.name).is_some() => None,
        What::Workers(_) if !named.is_empty() => Some(Answer::Over),
        _ => named.is_empty().then_some(Answer::NotFound),
    }
}

/// What one more of a kind would be: as declared without workers, or as one that there is.
fn template(state: &State, kind: &str) -> Option<Kind> {
    if let Some(kind) = state.kinds.iter().find(|declared| declared.name == kind) {
        let (name, settings) = (kind.name.clone(), kind.settings.clone());
        return Some(Kind { name, closure: kind.closure, settings });
    }
    let id = state.named(kind).into_iter().find(|&id| !state.children[id].closure.is_null())?;
    let (name, closure) = (kind.to_owned(), state.children[id].closure);
    Some(Kind { name, closure, settings: state.machine.child_settings(id).clone() })
}

fn retained(closure: *mut Closure) -> *mut Closure {
    // SAFETY: the supervisor refers to it.
    unsafe { count::retain(closure.cast()) };
    closure
}

/// A pool gets another size.
fn resize(state: &mut State, name: &str, named: Vec<ChildId>, count: usize, token: Token, now: u64) {
    let Some(template) = template(state, name) else { return state.answers.give(token, Answer::NotFound) };
    let there: Vec<ChildId> = named.into_iter().filter(|&id| state.machine.is_waiting(id)).collect();
    if count == 0 && !state.kinds.iter().any(|kind| kind.name == name) {
        let settings = template.settings.clone();
        state.kinds.push(Kind { name: name.to_owned(), closure: retained(template.closure), settings });
    }
    if count == 0 {
        state.machine.lasts(true);
    }
    if count < there.len() {
        let surplus = there[count..].to_vec();
        state.forgetting.extend(&surplus);
        return state.machine.remove_children(surplus, token, now);
    }
    let more = (there.len()..count)
        .map(|_| state.add(name.to_owned(), retained(template.closure), template.settings.clone()));
    let more = more.collect();
    state.machine.start_late(more, Some(token), now);
}

/// Gives up what forgotten children were started with.
pub fn forget(state: &mut State) {
    let all = std::mem::take(&mut state.forgetting);
    let (there, gone) = all.into_iter().partition(|&id| state.machine.state_of(id).is_some());
    state.forgetting = there;
    for id in gone {
        state.give_up(id);
    }
}
