//! What happened lately: trace points in channels and the scheduler, and the rings they write to.

pub mod ring;
