//! Package `errors`.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::abi::layout::Interface;
use crate::natives;
use crate::value::equal::equal;
use crate::value::view::{ANY, local};

static NEXT: AtomicI64 = AtomicI64::new(1);

natives! { pub static ERRORS;
    /// `func next() int`: tells errors with one text apart.
    Pure fn goo_errors_next() -> I64 {
        NEXT.fetch_add(1, Ordering::Relaxed)
    }
    /// `func same(a, b error) bool`
    Pure fn goo_errors_same(a: In(Interface), b: In(Interface)) -> I64 {
        equal(local(&ANY, a), local(&ANY, b)).unwrap_or(false)
    }
}
