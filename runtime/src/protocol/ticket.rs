//! Whether a task's timer is set, and for which of its waits.
//!
//! The word is odd while a timer is set, even otherwise, and only grows (round). Who sets a timer keeps the number beside it; an entry whose
//! number is another one belongs to a wait that is over.
//!
//! 1. Only the worker that holds the task sets a timer. Setting makes all earlier numbers void.
//! 2. A timer that is set is ended once: by [`Ticket::fire`], on any thread, or by [`Ticket::clear`], by who holds the task.
//! 3. Who holds the task and sees that the ticket is not set knows that the timer has fired, if it did not clear it itself.

use super::sync::{AtomicU32, Ordering};

/// See the [module](self).
pub struct Ticket {
    word: AtomicU32,
}

impl Ticket {
    pub fn new() -> Ticket {
        Ticket { word: AtomicU32::new(0) }
    }

    /// Sets a timer: its number.
    #[inline]
    pub fn set(&self) -> u32 {
        let number = self.word.load(Ordering::Relaxed).wrapping_add(1) | 1;
        self.word.store(number, Ordering::Relaxed);
        number
    }

    /// The time of the timer with this number has come. True: the task waits for it, and is to be woken.
    #[must_use]
    pub fn fire(&self, number: u32) -> bool {
        // Release: who sees that the timer has fired sees that its time has come.
        self.word
            .compare_exchange(number, number.wrapping_add(1), Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// Ends the timer, if it is set.
    #[inline]
    pub fn clear(&self) {
        let number = self.word.load(Ordering::Relaxed);
        if number & 1 != 0 {
            // If this fails, it was fired: even now, too.
            let _ = self.fire(number);
        }
    }

    /// Whether a timer is set.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.word.load(Ordering::Acquire) & 1 != 0
    }

    /// Whether the timer with this number is the one that is set.
    pub fn is_current(&self, number: u32) -> bool {
        self.word.load(Ordering::Relaxed) == number
    }
}

impl Default for Ticket {
    fn default() -> Ticket {
        Ticket::new()
    }
}
