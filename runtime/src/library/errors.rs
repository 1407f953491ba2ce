//! Package `errors`.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::abi::layout::Interface;
use crate::natives;
use crate::text::quote::{Keep, quote};
use crate::value::equal::equal;
use crate::value::slice::from_bytes;
use crate::value::view::{ANY, local};

static NEXT: AtomicI64 = AtomicI64::new(1);

natives! { pub static ERRORS;
    /// `func next() int`: tells errors with one text apart.
    Pure fn goo_errors_next() -> I64 {
        NEXT.fetch_add(1, Ordering::Relaxed)
    }
    /// `func quote(s string) string`, as package `strconv` does, which needs this one.
    Plain fn goo_errors_quote(s: Bytes) -> Slice {
        from_bytes(&quote(s, b'"', Keep::Printable))
    }
    /// `func same(a, b error) bool`
    Pure fn goo_errors_same(a: In(Interface), b: In(Interface)) -> I64 {
        equal(local(&ANY, a), local(&ANY, b)).unwrap_or(false)
    }
}
