//! The words of options, strategies and clauses, with what they mean: for completion and hover.

use goo_compiler::syntax::ast::{ChanDir, ChanPattern};
use goo_compiler::types::patterns::{ENDS, End};

/// A word, what completion inserts for it, and what it means.
pub struct Word {
    pub word: &'static str,
    pub snippet: &'static str,
    pub about: &'static str,
}

const fn word(word: &'static str, snippet: &'static str, about: &'static str) -> Word {
    Word { word, snippet, about }
}

/// Options of `make(chan T, …)`.
pub const CHANNEL_OPTIONS: &[Word] = &[
    word("cap", "cap: ${1:64}", "how many messages may wait in the channel"),
    word("overflow", "overflow: ${1:block}", "what a send to a full channel does"),
    word("rate", "rate: ${1:100} per ${2:1s}", "how many messages may pass in a time"),
    word("burst", "burst: ${1:10}", "how many may pass at once in spite of the rate"),
    word("redeliver", "redeliver: ${1:1}", "how often a message is delivered again whose receiver crashed"),
    word("dead", "dead: ${1:ch}", "where messages go that were redelivered often enough"),
    word("topics", "topics: [\"${1:topic}\"]", "which topics a subscriber gets: those that begin so"),
];

/// What may follow `overflow:`.
pub const POLICIES: &[Word] = &[
    word("block", "block", "the send waits for room: back-pressure"),
    word("drop_newest", "drop_newest", "the message that is sent is lost, and counted"),
    word("drop_oldest", "drop_oldest", "the message that has waited longest is lost, and counted"),
    word("latest", "latest", "only the last message is kept"),
    word("fail", "fail", "the send fails: its error must be handled"),
];

/// Options of `supervise (…)`.
pub const SUPERVISOR_OPTIONS: &[Word] = &[
    word(
        "max",
        "max: ${1:5} per ${2:10s}",
        "more restarts than this within the time crash the supervisor itself",
    ),
    word("backoff", "backoff: ${1:10ms..1s}", "how long to wait before a restart, from first to last"),
    word(
        "auto_shutdown",
        "auto_shutdown: ${1|any,all,never|}",
        "whether the supervisor ends with its significant children",
    ),
    word("watch", "watch: ${1:ends}", "a channel that is told of the ends of children"),
];

/// What may follow `supervise`.
pub const STRATEGIES: &[Word] = &[
    word("one_for_one", "one_for_one", "a child that crashes is restarted alone"),
    word("one_for_all", "one_for_all", "when a child crashes, all are stopped and started again"),
    word(
        "rest_for_one",
        "rest_for_one",
        "when a child crashes, it and those below it are stopped and started again",
    ),
];

/// What may follow `auto_shutdown:`.
pub const AUTO_SHUTDOWNS: &[Word] = &[
    word("any", "any", "the supervisor ends with the first significant child that is done"),
    word("all", "all", "the supervisor ends with its last significant child"),
    word("never", "never", "the supervisor does not end with its children"),
];

/// What may follow `restart`.
pub const RESTARTS: &[Word] = &[
    word("permanent", "permanent", "started again after every end"),
    word("transient", "transient", "started again after a crash only"),
    word("temporary", "temporary", "never started again"),
];

/// What may follow a child.
pub const CLAUSES: &[Word] = &[
    word("restart", "restart ${1|permanent,transient,temporary|}", "when the child is started again"),
    word("workers", "workers ${1:4}", "a pool of so many"),
    word(
        "after",
        "after ${1:child}",
        "it depends on these children: it starts after them, and restarts with them",
    ),
    word("shutdown", "shutdown ${1:5s}", "how long it may take to stop; then it is killed"),
    word(
        "start",
        "start ${1:5s}",
        "it says itself when it has started (`supervision.Started()`), within this time",
    ),
    word("significant", "significant", "its end by itself may end the supervisor"),
];

/// Where a word stands.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// Among the options of a `make` of this kind of end.
    Make(&'static End),
    Supervise,
    /// Behind `overflow:`, there.
    Policy(&'static End),
    Strategy,
    AutoShutdown,
    Restart,
    Clause,
}

impl Place {
    /// What may stand there; each pattern of channels has options of its own.
    pub fn words(self) -> impl Iterator<Item = &'static Word> {
        let (words, allowed): (&'static [Word], Option<&'static [&'static str]>) = match self {
            Place::Make(end) => (CHANNEL_OPTIONS, Some(end.options)),
            Place::Supervise => (SUPERVISOR_OPTIONS, None),
            Place::Policy(end) => (POLICIES, Some(end.policies)),
            Place::Strategy => (STRATEGIES, None),
            Place::AutoShutdown => (AUTO_SHUTDOWNS, None),
            Place::Restart => (RESTARTS, None),
            Place::Clause => (CLAUSES, None),
        };
        words.iter().filter(move |word| allowed.is_none_or(|allowed| allowed.contains(&word.word)))
    }

    /// What completion inserts for one of them.
    pub fn snippet(self, word: &Word) -> String {
        match self {
            // To choose from what this end knows.
            Place::Make(end) if word.word == "overflow" => {
                format!("overflow: ${{1|{}|}}", end.policies.join(","))
            }
            _ => word.snippet.to_owned(),
        }
    }

    /// Whether nothing else can stand there.
    pub fn alone(self) -> bool {
        matches!(
            self,
            Place::Policy(_) | Place::Strategy | Place::AutoShutdown | Place::Restart | Place::Clause
        )
    }

    /// The place of a word that begins at `at`, by the text before it.
    pub fn at(text: &str, at: usize) -> Option<Place> {
        let line = &text[text[..at].rfind('\n').map_or(0, |n| n + 1)..at];
        let before = line.trim_end();
        let ends = |word: &str| {
            before
                .strip_suffix(word)
                .is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        let made = making(text, at);
        if ends("overflow:") {
            return Some(Place::Policy(made.map_or(&ENDS[0], |(end, _)| end)));
        }
        if ends("auto_shutdown:") {
            return Some(Place::AutoShutdown);
        }
        if ends("supervise") && before.len() < line.len() {
            return Some(Place::Strategy);
        }
        let child = line.trim_start().starts_with("go ") || line.contains(":= go ");
        if ends("restart") && child {
            return Some(Place::Restart);
        }
        if let Some((end, inside)) = made
            && (inside.contains(',') || end.pattern == ChanPattern::Sub)
        {
            return at_option(inside).then_some(Place::Make(end));
        }
        match open_parenthesis(line) {
            Some(at) => {
                let (head, inside) = (line[..at].trim_end(), &line[at + 1..]);
                let option = at_option(inside);
                (head.contains("supervise") && !head.contains("make") && option).then_some(Place::Supervise)
            }
            None => {
                let last = before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or("");
                let clause = child && before.len() < line.len() && !before.ends_with([',', ':']);
                let argument = matches!(last, "workers" | "after" | "shutdown" | "start");
                (clause && before.contains(')') && !argument && in_supervise(text, at))
                    .then_some(Place::Clause)
            }
        }
    }
}

/// Whether an option's name stands at the end of what an open parenthesis holds.
fn at_option(inside: &str) -> bool {
    inside.rsplit(',').next().is_some_and(|option| !option.contains(':'))
}

/// The `make` of a channel, or the `Subscribe` to one, in whose parentheses a place is, also on a line above: the kind of end,
/// and what stands between.
fn making(text: &str, at: usize) -> Option<(&'static End, &str)> {
    // No option has braces in it, so that a statement's own are the limit.
    let from = text[..at].rfind(['{', '}']).map_or(0, |n| n + 1);
    let statement = &text[from..at];
    let open = open_parenthesis(statement)?;
    let (callee, inside) = (statement[..open].trim_end(), &statement[open + 1..]);
    if callee.ends_with(".Subscribe") {
        return Some((End::of(ChanPattern::Sub, ChanDir::Both), inside));
    }
    let (word, behind) = inside.split_once("chan")?;
    if !callee.ends_with("make") || behind.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let word = word.trim();
    let is = |end: &&End| end.written.strip_suffix("chan").is_some_and(|written| written.trim_end() == word);
    // An arrow says who may use it, and a variable's name is none of the patterns.
    Some((ENDS.iter().find(is).unwrap_or(&ENDS[0]), inside))
}

/// The innermost parenthesis that a line opens and does not close.
fn open_parenthesis(line: &str) -> Option<usize> {
    let mut depth = 0;
    for (index, c) in line.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' if depth > 0 => depth -= 1,
            '(' => return Some(index),
            _ => {}
        }
    }
    None
}

/// Whether the block around a place is a `supervise`; text decides, because the line itself is broken.
fn in_supervise(text: &str, at: usize) -> bool {
    let mut depth = 0;
    for (index, c) in text[..at].char_indices().rev() {
        match c {
            '}' => depth += 1,
            '{' if depth > 0 => depth -= 1,
            '{' => {
                let head = &text[text[..index].rfind('\n').map_or(0, |n| n + 1)..index];
                return head
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|word| word == "supervise");
            }
            _ => {}
        }
    }
    false
}

/// What the word at a place means, if it is one of these.
pub fn about(text: &str, start: usize, word: &str) -> Option<&'static str> {
    let found = Place::at(text, start)?.words().find(|known| known.word == word)?;
    Some(found.about)
}

#[cfg(test)]
mod tests {
    use goo_compiler::types::patterns::ENDS;

    use super::Place;

    /// The place of the word at the end of a text, and what may stand there.
    fn at_end(text: &str) -> Option<(Place, Vec<&'static str>)> {
        let start = text.len() - text.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        let place = Place::at(text, start)?;
        Some((place, place.words().map(|word| word.word).collect()))
    }

    #[test]
    fn the_text_before_tells_where_a_word_stands() {
        for (text, wanted) in [
            ("x := make(chan int, ", "Make"),
            ("x := make(chan int, 5, over", "Make"),
            ("x := make(chan int,\n\t\t", "Make"),
            ("x := make(chan int", "none"),
            ("x := make(changes, ", "none"),
            ("x := news.Subscribe(\"a\", ", "Make"),
            ("x := news.Subscribe(\"a\", overflow: ", "Policy"),
            ("x := make(chan int, overflow: ", "Policy"),
            ("x := make(chan int,\n\t\toverflow: ", "Policy"),
            ("go supervise ", "Strategy"),
            ("supervise one_for_one (max: 5 per 1s, ", "Supervise"),
            ("supervise {\n\tgo f(x) ", "Clause"),
            ("supervise {\n\tdb := go f(x) restart ", "Restart"),
            ("func main() {\n\tgo f(x) ", "none"),
            ("f(a, ", "none"),
        ] {
            let found = at_end(text).map_or("none".to_owned(), |(place, _)| format!("{place:?}"));
            assert!(found.starts_with(wanted), "{text:?}: {found}");
        }
    }

    #[test]
    fn each_pattern_has_its_own_options() {
        for end in ENDS {
            let ty = format!("{} int", end.written);
            let (_, options) = at_end(&format!("x := make({ty}, ")).expect("a make");
            assert_eq!(sorted(options), sorted(end.options.to_vec()), "{ty}");
            let (_, policies) = at_end(&format!("x := make({ty}, overflow: ")).expect("a policy");
            assert_eq!(sorted(policies), sorted(end.policies.to_vec()), "{ty}");
        }
    }

    fn sorted(mut words: Vec<&str>) -> Vec<&str> {
        words.sort_unstable();
        words
    }
}
