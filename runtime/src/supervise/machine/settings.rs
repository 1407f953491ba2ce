//! What a supervisor and its children were told; times in nanoseconds.

/// Who is replaced when a child fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strategy {
    #[default]
    OneForOne,
    OneForAll,
    RestForOne,
}

/// When a child is started again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Restart {
    #[default]
    Permanent,
    /// Not after a normal end, or when it was asked to end.
    Transient,
    /// Never.
    Temporary,
}

/// Whether the supervisor ends when significant children are done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AutoShutdown {
    Never,
    /// With the first of them.
    #[default]
    Any,
    /// With the last of them.
    All,
}

/// No limit in time.
pub const FOREVER: u64 = u64::MAX;

/// Time that a worker has to stop when nothing is said: OTP's.
pub const SHUTDOWN: u64 = 5_000_000_000;

/// A supervisor's own settings.
#[derive(Clone, Debug)]
pub struct Settings {
    pub strategy: Strategy,
    /// More restarts than this within `period` end the supervisor.
    pub max: u32,
    pub period: u64,
    /// The first pause before a restart, and the longest; each failure in a row doubles it, and up to a half of it is added at random, so
    /// that children that failed together do not come back together.
    pub backoff: (u64, u64),
    pub auto_shutdown: AutoShutdown,
    /// For that randomness.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            strategy: Strategy::OneForOne,
            max: 3,
            period: 5_000_000_000,
            backoff: (0, 0),
            auto_shutdown: AutoShutdown::Any,
            seed: 1,
        }
    }
}

/// A child's settings.
#[derive(Clone, Debug)]
pub struct ChildSettings {
    pub restart: Restart,
    /// How long it may take to stop; 0 kills at once, [`FOREVER`] waits.
    pub shutdown: u64,
    /// Its start phase, if it has one: it says itself when it has started, within this time.
    pub start: Option<u64>,
    /// Children it depends on: declarations before its own.
    pub after: Vec<u32>,
    /// Which declaration it comes from; the workers of a pool have the same.
    pub declaration: u32,
    /// Its end by itself may end the supervisor.
    pub significant: bool,
    /// One of a kind: forgotten when it is done.
    pub pooled: bool,
}
