//! Jobs, and the work that waits for them: stopping children, starting children, and what was asked for by hand.

use std::collections::VecDeque;

use super::{Action, Answer, ChildId, Exit, Machine, Restart, State, Strategy, Token};
use crate::supervise::backoff;

/// What goes on at present.
pub(super) enum Job {
    /// Children to be stopped, the next at the end; those that are being stopped; and what comes then.
    Stop { left: Vec<ChildId>, now: Vec<ChildId>, then: Then },
    /// Children to be started, the next first, and those that are starting.
    Start { left: VecDeque<ChildId>, now: Vec<ChildId>, purpose: Purpose },
}

/// What follows a stop.
pub(super) enum Then {
    Restart { children: Vec<ChildId>, due: u64 },
    End(Exit),
    Answer(Option<Token>),
}

/// Why children are started.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// The supervisor begins.
    First,
    /// They failed, or go with those that did.
    Again,
    /// Somebody asked for it. `new`: they were not there before.
    ByHand { token: Option<Token>, new: bool },
}

/// What waits for the job to end.
pub(super) enum Work {
    Failed(ChildId),
    Stop(Vec<ChildId>, Option<Token>),
    /// Starts children that were added for this.
    New(Vec<ChildId>, Option<Token>),
    Restart(Vec<ChildId>, Token),
    Delete(Vec<ChildId>, Token),
    /// Stops these and forgets them.
    Shrink(Vec<ChildId>, Token),
}

impl Job {
    pub(super) fn start(children: Vec<ChildId>, purpose: Purpose) -> Job {
        Job::Start { left: children.into(), now: Vec::new(), purpose }
    }

    /// Who waits for the answer.
    pub(super) fn token(&self) -> Option<Token> {
        match self {
            Job::Stop { then: Then::Answer(token), .. } => *token,
            Job::Start { purpose: Purpose::ByHand { token, .. }, .. } => *token,
            _ => None,
        }
    }

    pub(super) fn starts(&self, id: ChildId) -> bool {
        matches!(self, Job::Start { left, .. } if left.contains(&id))
    }
}

impl Work {
    pub(super) fn token(&self) -> Option<Token> {
        match self {
            Work::Failed(_) => None,
            Work::Stop(_, token) | Work::New(_, token) => *token,
            Work::Restart(_, token) | Work::Delete(_, token) | Work::Shrink(_, token) => Some(*token),
        }
    }
}

/// What is asked for by hand. Children are those of one name: a pool has several.
impl Machine {
    /// Stops children (until a sibling's failure, or somebody, starts them again).
    pub fn stop_children(&mut self, ids: Vec<ChildId>, token: Option<Token>, now: u64) {
        self.ask(Work::Stop(ids, token), now);
    }

    /// Starts children that were added while the supervisor runs.
    pub fn start_late(&mut self, ids: Vec<ChildId>, token: Option<Token>, now: u64) {
        self.ask(Work::New(ids, token), now);
    }

    /// Starts children that are stopped.
    pub fn restart_children(&mut self, ids: Vec<ChildId>, token: Token, now: u64) {
        self.ask(Work::Restart(ids, token), now);
    }

    /// Forgets children that are stopped.
    pub fn delete_children(&mut self, ids: Vec<ChildId>, token: Token, now: u64) {
        self.ask(Work::Delete(ids, token), now);
    }

    /// Stops and forgets children: a pool gets smaller.
    pub fn remove_children(&mut self, ids: Vec<ChildId>, token: Token, now: u64) {
        self.ask(Work::Shrink(ids, token), now);
    }

    fn ask(&mut self, work: Work, now: u64) {
        if self.ending {
            self.answer(work.token(), Answer::Ended);
        } else {
            self.work.push_back(work);
            self.advance(now);
        }
    }

    pub(super) fn answer(&mut self, token: Option<Token>, answer: Answer) {
        self.actions.extend(token.map(|token| Action::Answer(token, answer)));
    }

    /// The states of those that are not forgotten.
    fn there(&self, ids: &[ChildId]) -> Vec<ChildId> {
        ids.iter().copied().filter(|&id| self.children[id].state != State::Gone).collect()
    }

    /// The answer if one of them must not be running, or about to.
    fn refusal(&self, ids: &[ChildId]) -> Option<Answer> {
        if ids.is_empty() {
            return Some(Answer::NotFound);
        }
        let any = |wanted: fn(&State) -> bool| ids.iter().any(|&id| wanted(&self.children[id].state));
        if any(|state| matches!(state, State::Waiting { .. })) {
            return Some(Answer::Restarting);
        }
        if any(|state| !matches!(state, State::Idle)) {
            return Some(Answer::Running);
        }
        None
    }
}

impl Machine {
    /// Does what can be done now.
    pub(super) fn advance(&mut self, now: u64) {
        while self.exit.is_none() {
            let goes_on = match self.job {
                Some(Job::Stop { .. }) => self.stop_next(now),
                Some(Job::Start { .. }) => self.start_next(now),
                None => self.begin_next(now),
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Begins the next job; false: there is none.
    fn begin_next(&mut self, now: u64) -> bool {
        match self.work.pop_front() {
            Some(Work::Failed(id)) => self.replace(id, now),
            Some(Work::Stop(ids, token)) => {
                let ids = self.there(&ids);
                if ids.is_empty() {
                    self.answer(token, Answer::NotFound);
                } else {
                    self.stop_all(ids, Then::Answer(token));
                }
            }
            Some(Work::New(ids, token)) => {
                self.job = Some(Job::start(ids, Purpose::ByHand { token, new: true }));
            }
            Some(Work::Restart(ids, token)) => {
                let ids = self.there(&ids);
                match self.refusal(&ids) {
                    Some(answer) => self.answer(Some(token), answer),
                    None if ids.iter().any(|&id| self.children[id].over) => {
                        self.answer(Some(token), Answer::Over);
                    }
                    None => {
                        let purpose = Purpose::ByHand { token: Some(token), new: false };
                        self.job = Some(Job::start(ids, purpose));
                    }
                }
            }
            Some(Work::Delete(ids, token)) => {
                let ids = self.there(&ids);
                let refusal = self.refusal(&ids);
                if refusal.is_none() {
                    self.forget(&ids);
                }
                self.answer(Some(token), refusal.unwrap_or(Answer::Done));
            }
            Some(Work::Shrink(ids, token)) => {
                for &id in &ids {
                    // Whatever it was, it is not to come back: `rest` forgets what is temporary.
                    self.children[id].settings.restart = Restart::Temporary;
                }
                self.stop_all(self.there(&ids), Then::Answer(Some(token)));
            }
            None => return self.idle(now),
        }
        true
    }

    fn forget(&mut self, ids: &[ChildId]) {
        for &id in ids {
            self.gone(id);
        }
    }

    /// Nothing waits: what is due is started; without children, that is the end.
    fn idle(&mut self, now: u64) -> bool {
        let mut due = Vec::new();
        while let Some(&(time, id)) = self.waiting.first()
            && time <= now
        {
            self.waiting.pop_first();
            self.children[id].state = State::Idle;
            due.push(id);
        }
        if !due.is_empty() {
            due.sort_unstable();
            self.job = Some(Job::start(due, Purpose::Again));
            return true;
        }
        if self.running == 0 && self.waiting.is_empty() && !self.lasts {
            self.exit = Some(Exit::Normal);
        }
        false
    }

    /// Begins to stop children, last first.
    pub(super) fn stop_all(&mut self, left: Vec<ChildId>, then: Then) {
        for &id in &left {
            self.children[id].doomed = true;
        }
        self.job = Some(Job::Stop { left, now: Vec::new(), then });
    }

    /// Goes on stopping; false: it waits for a child to end. The workers of a pool are stopped together.
    fn stop_next(&mut self, now: u64) -> bool {
        if self.stopping > 0 {
            return false;
        }
        let Some(Job::Stop { left, now: group, .. }) = &mut self.job else { return true };
        group.clear();
        let mut next = Vec::new();
        while let Some(&id) = left.last()
            && next.first().is_none_or(|&first: &ChildId| {
                self.children[first].settings.declaration == self.children[id].settings.declaration
            })
        {
            left.pop();
            next.push(id);
        }
        if next.is_empty() {
            return self.finish_stop();
        }
        for id in next {
            self.stop_one(id, now);
        }
        true
    }

    fn stop_one(&mut self, id: ChildId, now: u64) {
        let child = &mut self.children[id];
        match child.state {
            State::Running | State::Starting { .. } => {
                if let State::Starting { .. } = child.state {
                    self.starting -= 1;
                }
                self.stopping += 1;
                let shutdown = child.settings.shutdown;
                let kill = shutdown == 0;
                let deadline = if kill { super::FOREVER } else { now.saturating_add(shutdown) };
                child.state = State::Stopping { deadline };
                self.actions.push(if kill { Action::Kill(id) } else { Action::Stop(id) });
                if let Some(Job::Stop { now: group, .. }) = &mut self.job {
                    group.push(id);
                }
            }
            State::Waiting { .. } => self.rest(id),
            State::Idle | State::Gone | State::Stopping { .. } => child.doomed = false,
        }
    }

    /// All are stopped.
    fn finish_stop(&mut self) -> bool {
        let Some(Job::Stop { then, .. }) = self.job.take() else { return true };
        match then {
            Then::Restart { children, due } => {
                for id in children {
                    if self.children[id].state != State::Gone {
                        self.wait(id, due);
                    }
                }
            }
            Then::End(exit) => self.exit = Some(exit),
            Then::Answer(token) => self.answer(token, Answer::Done),
        }
        true
    }

    /// Goes on starting; false: it waits for a child to have started. One after the other; where `after` says who depends on whom, all
    /// whose dependencies have started.
    fn start_next(&mut self, now: u64) -> bool {
        let Some(Job::Start { left, now: group, .. }) = &mut self.job else { return true };
        let (left, mut group) = (std::mem::take(left), std::mem::take(group));
        let mut later = VecDeque::new();
        let mut pending = self.declarations_starting(&group);
        for id in left {
            let settings = &self.children[id].settings;
            let declaration = settings.declaration;
            let waits = if self.dependencies {
                settings.after.iter().any(|before| pending.contains(before))
            } else {
                self.starting > 0
            };
            if waits {
                later.push_back(id);
                pending.push(declaration);
                continue;
            }
            self.start_child(id, now);
            if let State::Starting { .. } = self.children[id].state {
                group.push(id);
                pending.push(declaration);
            }
        }
        let over = later.is_empty() && self.starting == 0;
        if let Some(Job::Start { left, now, .. }) = &mut self.job {
            (*left, *now) = (later, group);
        }
        over && self.finish_start()
    }

    fn declarations_starting(&self, group: &[ChildId]) -> Vec<u32> {
        let starting = |id: &&ChildId| matches!(self.children[**id].state, State::Starting { .. });
        group.iter().filter(starting).map(|&id| self.children[id].settings.declaration).collect()
    }

    fn finish_start(&mut self) -> bool {
        let Some(Job::Start { purpose, .. }) = self.job.take() else { return true };
        match purpose {
            Purpose::First => self.started = true,
            Purpose::Again => {}
            Purpose::ByHand { token, .. } => self.answer(token, Answer::Done),
        }
        true
    }

    /// A child ended in its start phase.
    pub(super) fn start_failed(&mut self, id: ChildId) {
        self.rest(id);
        let Some(Job::Start { purpose, .. }) = self.job else { return };
        match purpose {
            Purpose::First => self.end(Exit::StartFailed(id)),
            Purpose::Again => {
                // It failed again, and so did who goes with it; the others are started all the same.
                let with = self.affected(id);
                if let Some(Job::Start { left, .. }) = &mut self.job {
                    left.retain(|other| !with.contains(other));
                }
                self.work.push_front(Work::Failed(id));
            }
            Purpose::ByHand { token, new } => {
                let rest = match self.job.take() {
                    Some(Job::Start { left, .. }) => left.into(),
                    _ => Vec::new(),
                };
                if new {
                    self.forget(&[vec![id], rest].concat());
                }
                self.answer(token, Answer::StartFailed);
            }
        }
    }

    /// The children whose time the job waits for.
    pub(super) fn in_hand(&self) -> Vec<ChildId> {
        match &self.job {
            Some(Job::Stop { now, .. } | Job::Start { now, .. }) => now.clone(),
            None => Vec::new(),
        }
    }

    /// A child failed: it, and who goes with it, is replaced, unless that happened too often.
    fn replace(&mut self, id: ChildId, now: u64) {
        if !matches!(self.children[id].state, State::Idle) {
            // Somebody started or deleted it meanwhile.
            return;
        }
        let restarts = self.window.add(now, self.settings.period);
        if restarts > u64::from(self.settings.max) {
            self.end(Exit::GaveUp(id));
            return;
        }
        self.restarts += 1;
        let due = now.saturating_add(self.pause(id, now));
        let children = self.affected(id);
        self.stop_all(children.clone(), Then::Restart { children, due });
    }

    /// How long the child's next start has to wait.
    fn pause(&mut self, id: ChildId, now: u64) -> u64 {
        let (first, longest) = self.settings.backoff;
        let longest = longest.max(first);
        let child = &mut self.children[id];
        // A child that ran for longer than any pause has got over its trouble.
        if now.saturating_sub(child.started) > longest {
            child.failures = 0;
        }
        let failures = child.failures;
        child.failures += 1;
        backoff::pause(first, longest, failures, || self.random())
    }

    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// The failed child and those that are replaced with it, in order.
    fn affected(&self, id: ChildId) -> Vec<ChildId> {
        if self.settings.strategy == Strategy::OneForOne && !self.dependencies {
            return vec![id];
        }
        let failed = &self.children[id].settings;
        let mut with = vec![false; self.children.len()];
        let mut declarations = vec![failed.declaration];
        with[id] = true;
        for (other, child) in self.children.iter().enumerate() {
            let settings = &child.settings;
            let depends = settings.declaration != failed.declaration
                && settings.after.iter().any(|before| declarations.contains(before));
            let goes = match self.settings.strategy {
                Strategy::OneForOne => depends,
                Strategy::OneForAll => true,
                Strategy::RestForOne => depends || settings.declaration > failed.declaration,
            };
            if goes && child.state != State::Gone {
                with[other] = true;
                declarations.push(settings.declaration);
            }
        }
        (0..self.children.len()).filter(|&id| with[id]).collect()
    }
}
