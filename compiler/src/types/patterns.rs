//! The one table of channel patterns: what may be done with each kind of end, and how its other end is got.
//!
//! The checker, its messages, hover, completion and the reference page (`docs/patterns.md`) derive from [`ENDS`]; so does how an
//! end's references are counted at run time ([`End::counts`]).
//!
//! One rule says how ends come about: **the end that leads is made, and the other one is got from it** by a method ([`Other`]); or both
//! are made, and meet at a name (`make(pull chan T) @ "inproc://jobs"`).

use crate::syntax::ast::{ChanDir, ChanPattern};
use crate::types::{BuiltinMethod, Ty, TyKind};

/// One kind of channel end.
#[derive(Debug)]
pub struct End {
    pub pattern: ChanPattern,
    pub dir: ChanDir,
    /// The type as written, without its element.
    pub written: &'static str,
    pub sends: Sends,
    pub receives: Receives,
    /// Whether `close` may be called: by who sends.
    pub closes: bool,
    pub other: Other,
    /// Which references it counts as: a `pull` that a `push` has not given out yet is within its reach.
    pub counts: ChanDir,
    /// The options of its `make`, and what may follow `overflow:`.
    pub options: &'static [&'static str],
    pub policies: &'static [&'static str],
    /// How messages go, for the reference and hover.
    pub spread: &'static str,
}

/// What a send needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sends {
    No,
    /// `ch <- m`.
    Message,
    /// `ch <- m`, or under a topic: `ch["topic"] <- m`.
    Topic,
    /// `ch[peer] <- m` only.
    Peer,
    /// `r := try ch(q)`: a call.
    Call,
}

/// What a receive gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Receives {
    No,
    Message,
    /// A `Published[T]`: the message and its topic.
    Published,
    /// A `Letter[T]`: the message and the peer that sent it.
    Letter,
    /// A request, with a reply to give.
    Request,
}

/// The other end.
#[derive(Clone, Copy, Debug)]
pub enum Other {
    /// The same channel, in the other direction.
    Same,
    /// This method of the end gives it.
    Method(BuiltinMethod, ChanPattern),
    /// It leads: this end is got from that one, or made with a name.
    Leads(&'static str),
}

impl Sends {
    pub fn any(self) -> bool {
        self != Sends::No
    }
}

/// What may happen to a message that finds no room; a policy's number at run time is its place here.
pub const POLICIES: &[&str] = &["block", "drop_newest", "drop_oldest", "latest", "fail"];

/// The policies of subscribers, of whom none can make a send fail.
const SUBSCRIBER_POLICIES: &[&str] = &["block", "drop_newest", "drop_oldest", "latest"];

const OPTIONS: &[&str] = &["cap", "overflow", "rate", "burst", "redeliver", "dead"];

/// All of them.
pub static ENDS: &[End] = &[
    End {
        pattern: ChanPattern::Plain,
        dir: ChanDir::Both,
        written: "chan",
        sends: Sends::Message,
        receives: Receives::Message,
        closes: true,
        other: Other::Same,
        counts: ChanDir::Both,
        options: OPTIONS,
        policies: POLICIES,
        spread: "each message goes to one receiver",
    },
    End {
        pattern: ChanPattern::Plain,
        dir: ChanDir::Send,
        written: "chan<-",
        sends: Sends::Message,
        receives: Receives::No,
        closes: true,
        other: Other::Same,
        counts: ChanDir::Send,
        options: OPTIONS,
        policies: POLICIES,
        spread: "each message goes to one receiver",
    },
    End {
        pattern: ChanPattern::Plain,
        dir: ChanDir::Recv,
        written: "<-chan",
        sends: Sends::No,
        receives: Receives::Message,
        closes: false,
        other: Other::Same,
        counts: ChanDir::Recv,
        options: OPTIONS,
        policies: POLICIES,
        spread: "each message goes to one receiver",
    },
    End {
        pattern: ChanPattern::Push,
        dir: ChanDir::Both,
        written: "push chan",
        sends: Sends::Message,
        receives: Receives::No,
        closes: true,
        other: Other::Method(BuiltinMethod::Pull, ChanPattern::Pull),
        counts: ChanDir::Both,
        options: OPTIONS,
        policies: POLICIES,
        spread: "each message goes to one puller: the one that has waited longest",
    },
    End {
        pattern: ChanPattern::Pull,
        dir: ChanDir::Both,
        written: "pull chan",
        sends: Sends::No,
        receives: Receives::Message,
        closes: false,
        other: Other::Leads("push"),
        counts: ChanDir::Recv,
        options: &[],
        policies: &[],
        spread: "each message goes to one puller: the one that has waited longest",
    },
    End {
        pattern: ChanPattern::Pub,
        dir: ChanDir::Both,
        written: "pub chan",
        sends: Sends::Topic,
        receives: Receives::No,
        closes: true,
        other: Other::Method(BuiltinMethod::Subscribe, ChanPattern::Sub),
        counts: ChanDir::Send,
        options: OPTIONS,
        policies: SUBSCRIBER_POLICIES,
        spread: "each message goes to every subscriber of its topic; a slow one loses by its own policy",
    },
    End {
        pattern: ChanPattern::Sub,
        dir: ChanDir::Both,
        written: "sub chan",
        sends: Sends::No,
        receives: Receives::Published,
        closes: false,
        other: Other::Leads("pub"),
        counts: ChanDir::Recv,
        options: &["cap", "overflow", "topics"],
        policies: SUBSCRIBER_POLICIES,
        spread: "each message goes to every subscriber of its topic; a slow one loses by its own policy",
    },
    End {
        pattern: ChanPattern::Broadcast,
        dir: ChanDir::Both,
        written: "broadcast chan",
        sends: Sends::Message,
        receives: Receives::No,
        closes: true,
        other: Other::Method(BuiltinMethod::Subscribe, ChanPattern::Plain),
        counts: ChanDir::Send,
        options: &["cap", "rate", "burst", "redeliver", "dead"],
        policies: &[],
        spread: "each message goes to every receiver, and none is lost: the slowest sets the pace",
    },
    End {
        pattern: ChanPattern::Req,
        dir: ChanDir::Both,
        written: "req chan",
        sends: Sends::Call,
        receives: Receives::No,
        closes: true,
        other: Other::Method(BuiltinMethod::Rep, ChanPattern::Rep),
        counts: ChanDir::Both,
        options: &["cap", "rate", "burst", "redeliver", "dead"],
        policies: &[],
        spread: "each request has exactly one reply, or one error",
    },
    End {
        pattern: ChanPattern::Rep,
        dir: ChanDir::Both,
        written: "rep chan",
        sends: Sends::No,
        receives: Receives::Request,
        closes: false,
        other: Other::Leads("req"),
        counts: ChanDir::Recv,
        options: &[],
        policies: &[],
        spread: "each request has exactly one reply, or one error",
    },
    End {
        pattern: ChanPattern::Pair,
        dir: ChanDir::Both,
        written: "pair chan",
        sends: Sends::Message,
        receives: Receives::Message,
        closes: true,
        other: Other::Method(BuiltinMethod::Pair, ChanPattern::Pair),
        counts: ChanDir::Recv,
        options: OPTIONS,
        policies: POLICIES,
        spread: "two ends, each of which receives what the other one sends",
    },
    End {
        pattern: ChanPattern::Dealer,
        dir: ChanDir::Both,
        written: "dealer chan",
        sends: Sends::Message,
        receives: Receives::Message,
        closes: false,
        other: Other::Leads("router"),
        counts: ChanDir::Recv,
        options: &[],
        policies: &[],
        spread: "many dealers exchange messages with one router, in any order",
    },
    End {
        pattern: ChanPattern::Router,
        dir: ChanDir::Both,
        written: "router chan",
        sends: Sends::Peer,
        receives: Receives::Letter,
        closes: false,
        other: Other::Method(BuiltinMethod::Dealer, ChanPattern::Dealer),
        counts: ChanDir::Both,
        options: OPTIONS,
        policies: POLICIES,
        spread: "many dealers exchange messages with one router, in any order",
    },
];

impl End {
    /// The row of a channel type's pattern and direction.
    pub fn of(pattern: ChanPattern, dir: ChanDir) -> &'static End {
        let row = ENDS
            .iter()
            .find(|end| end.pattern == pattern && (pattern != ChanPattern::Plain || end.dir == dir));
        row.expect("each pattern has a row")
    }

    /// The row of a type, if it is a channel's.
    pub fn of_kind(kind: &TyKind) -> Option<&'static End> {
        match kind {
            TyKind::Chan { pattern, dir, .. } => Some(End::of(*pattern, *dir)),
            _ => None,
        }
    }

    /// `` `pull` `` in messages.
    pub fn word(&self) -> &'static str {
        self.written.strip_suffix(" chan").unwrap_or(self.written)
    }

    pub fn is_plain(&self) -> bool {
        self.pattern == ChanPattern::Plain
    }

    /// Whether one can receive from it: `<-ch`, `range`, a case of `select`, `TryRecv`, `RecvWithin`, `Batch`.
    pub fn can_receive(&self) -> bool {
        self.receives != Receives::No
    }

    /// Whether it stands in a send by itself, without a topic or peer: `ch <- m`, `TrySend`, `SendWithin`.
    pub fn can_send(&self) -> bool {
        matches!(self.sends, Sends::Message | Sends::Topic)
    }

    /// The methods that it has.
    pub fn methods(&self) -> Vec<BuiltinMethod> {
        use BuiltinMethod::*;
        let mut methods = Vec::new();
        if matches!(self.sends, Sends::Message | Sends::Topic | Sends::Peer) {
            methods.extend([TrySend, SendWithin]);
        }
        if self.can_receive() {
            methods.extend([TryRecv, RecvWithin, Batch]);
        }
        if self.closes {
            methods.push(Close);
        }
        methods.push(Stats);
        if self.receives == Receives::Published {
            methods.extend([Subscribe, Unsubscribe]);
        }
        if let Other::Method(method, _) = self.other {
            methods.push(method);
        }
        methods
    }

    /// The type of the other end, and the method that gives it.
    pub fn other_end(&self, elem: Ty, reply: Option<Ty>) -> Option<(BuiltinMethod, Ty)> {
        let Other::Method(method, pattern) = self.other else { return None };
        let dir = if pattern == ChanPattern::Plain { ChanDir::Recv } else { ChanDir::Both };
        Some((method, Ty::new(TyKind::Chan { pattern, dir, elem, reply })))
    }

    /// What to write instead of a send that this end does not allow.
    pub fn instead_of_send(&self) -> Option<String> {
        match (self.sends, self.other) {
            (Sends::Call, _) => Some("a request is a call: `r := try ch(q)`".to_owned()),
            (Sends::Peer, _) => Some("say to whom: `ch[letter.From] <- m`".to_owned()),
            (Sends::No, Other::Leads(word)) => Some(format!("send to the `{word} chan` it belongs to")),
            _ => None,
        }
    }

    /// What to write instead of a receive that this end does not allow.
    pub fn instead_of_receive(&self) -> Option<String> {
        match (self.sends, self.other) {
            (_, Other::Method(method, _)) => {
                Some(format!("receive from its other end, which `.{}()` gives", method.name()))
            }
            _ => None,
        }
    }
}

impl End {
    /// What to write instead of a method that ends of other kinds have, and this one does not.
    pub fn instead_of_method(&self, name: &str) -> Option<String> {
        let method = *BuiltinMethod::ALL.iter().find(|method| method.name() == name)?;
        if self.methods().contains(&method) {
            return None;
        }
        match method {
            BuiltinMethod::TrySend | BuiltinMethod::SendWithin => self.instead_of_send(),
            BuiltinMethod::TryRecv | BuiltinMethod::RecvWithin | BuiltinMethod::Batch => {
                self.instead_of_receive()
            }
            BuiltinMethod::Close => Some(match self.other {
                Other::Leads(word) if !self.sends.any() => format!("who sends closes: the `{word} chan`"),
                _ => "it ends with its last use".to_owned(),
            }),
            _ => {
                let gives = |end: &&End| matches!(end.other, Other::Method(gives, _) if gives == method);
                let leader = ENDS.iter().find(gives)?;
                Some(format!("`.{name}()` is a method of the `{}`", leader.written))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_that_are_got_lead_back_to_the_end_that_gives_them() {
        for end in ENDS {
            let Other::Method(method, pattern) = end.other else { continue };
            if pattern == ChanPattern::Plain || pattern == end.pattern {
                continue;
            }
            match End::of(pattern, ChanDir::Both).other {
                Other::Leads(word) => assert_eq!(word, end.word(), "{}", method.name()),
                _ => panic!("`{}` gives an end that is got from elsewhere", method.name()),
            }
        }
    }

    #[test]
    fn each_end_can_do_something() {
        for end in ENDS {
            assert!(end.sends.any() || end.can_receive(), "{}", end.written);
            assert!(!end.closes || end.sends.any(), "{}: who cannot send cannot close", end.written);
        }
    }
}
