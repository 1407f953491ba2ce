//! The messages that a channel holds: a ring whose places are counted on and on, never wrapped.
//!
//! There are as many places as the next power of two says, so that a place is found by its number's low bits.

use std::sync::atomic::{AtomicU64, Ordering};

use super::straight;
use crate::task::value;

/// See the [module](self). Under the lock of its channel, which alone changes it.
pub struct Buffer {
    sent: AtomicU64,
    received: AtomicU64,
    /// Messages that came by without lying here.
    passed: u64,
    /// How many messages it may hold.
    cap: AtomicU64,
    mask: u64,
    /// The number of the message in the first place: that of one that came when there was none, if messages are large. So few messages at a time
    /// are always in the same few places, which are in the cache.
    base: u64,
    places: *mut u8,
    /// Bytes of a message.
    pub size: usize,
    /// The places, if they have no more than a word: a channel for one reply needs no other memory.
    word: u64,
}

/// Messages of so many bytes are large.
pub const LARGE: usize = 128;

impl Buffer {
    /// Room for `cap` messages of `size` bytes.
    pub fn new(cap: usize, size: usize) -> Buffer {
        let count = cap.next_power_of_two();
        let within = cap == 0 || count * size <= size_of::<u64>();
        let places = if within { std::ptr::null_mut() } else { value::buffer(count * size) };
        Buffer {
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            passed: 0,
            cap: AtomicU64::new(cap as u64),
            mask: count as u64 - 1,
            base: 0,
            places,
            size,
            word: 0,
        }
    }

    /// It stays where it is from now on.
    #[inline]
    pub fn settle(&mut self) {
        if self.places.is_null() {
            self.places = (&raw mut self.word).cast();
        }
    }

    #[inline]
    pub fn cap(&self) -> u64 {
        self.cap.load(Ordering::Relaxed)
    }

    /// Room for so many messages; it was made without any.
    pub fn enlarge(&mut self, cap: usize) {
        let Buffer { mask, places, .. } = Buffer::new(cap, self.size);
        (self.mask, self.places) = (mask, places);
        self.settle();
        self.cap.store(cap as u64, Ordering::Relaxed);
    }

    #[inline]
    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    #[inline]
    fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    #[inline]
    fn count_sent(&mut self) {
        self.sent.store(self.sent() + 1, Ordering::Relaxed);
    }

    #[inline]
    fn count_received(&mut self) {
        self.received.store(self.received() + 1, Ordering::Relaxed);
    }

    /// Without the lock: false means that there was a moment at which it was empty. What is received is looked at first, so that of two
    /// looks at different moments together too many messages are seen rather than too few.
    #[inline]
    pub fn may_hold(&self) -> bool {
        let received = self.received.load(Ordering::Acquire);
        self.sent.load(Ordering::Acquire) != received
    }

    /// Without the lock: false means that there was a moment at which it was full, by the same reasoning.
    #[inline]
    pub fn may_have_room(&self) -> bool {
        let sent = self.sent.load(Ordering::Acquire);
        let len = sent.wrapping_sub(self.received.load(Ordering::Acquire)) as i64;
        len < self.cap() as i64
    }

    #[inline]
    pub fn len(&self) -> u64 {
        self.sent() - self.received()
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.sent() == self.received()
    }

    #[inline]
    pub fn is_full(&self) -> bool {
        self.len() >= self.cap()
    }

    /// Whether there is so much in it that more would drive the first out of the nearest cache.
    #[inline]
    pub fn is_heavy(&self) -> bool {
        self.size >= LARGE && self.len() as usize * self.size >= 16 << 10
    }

    /// Changes with each message that is put in, taken out, or passed by; for deadlock detection.
    pub fn changes(&self) -> u64 {
        self.sent().wrapping_add(self.received()).wrapping_add(self.passed)
    }

    /// A message went from hand to hand.
    #[inline]
    pub fn pass(&mut self) {
        self.passed += 1;
    }

    #[inline]
    fn place(&self, number: u64) -> *mut u8 {
        // SAFETY: within the ring.
        unsafe { self.places.add(((number - self.base) & self.mask) as usize * self.size) }
    }

    /// Puts a message behind the others, where there is a place free.
    ///
    /// # Safety
    /// `message` is an owned message; it is moved away.
    #[inline]
    pub unsafe fn put(&mut self, message: *const u8) {
        // SAFETY: a place that holds nothing.
        unsafe { value::move_bytes(message, self.place(self.sent()), self.size) };
        self.count_sent();
    }

    /// Takes the first message of those that are there.
    ///
    /// # Safety
    /// `to` has room for it.
    #[inline]
    pub unsafe fn take(&mut self, to: *mut u8) {
        // SAFETY: a place that holds a message.
        unsafe { value::move_bytes(self.place(self.received()), to, self.size) };
        self.count_received();
        if self.size >= LARGE && self.is_empty() {
            self.base = self.sent();
        }
    }

    /// Where the next message goes, which the caller writes there at once.
    #[inline]
    pub fn next_place(&mut self) -> *mut u8 {
        let place = self.place(self.sent());
        self.count_sent();
        place
    }

    /// [`Buffer::put`] of a small message.
    ///
    /// # Safety
    /// There is a place free, and messages have so many bytes, which [are few](straight::is_small).
    #[inline(always)]
    pub unsafe fn put_words(&mut self, message: *const u8, size: usize) {
        // SAFETY: by the caller.
        unsafe {
            let place = self.places.add((self.sent() & self.mask) as usize * size);
            straight::move_words(message, place, size);
        }
        self.count_sent();
    }

    /// [`Buffer::take`] of a small message.
    ///
    /// # Safety
    /// There is a message; as for [`Buffer::put_words`] and [`Buffer::take`].
    #[inline(always)]
    pub unsafe fn take_words(&mut self, to: *mut u8, size: usize) {
        // SAFETY: by the caller.
        unsafe {
            let place = self.places.add((self.received() & self.mask) as usize * size);
            straight::move_words(place, to, size);
        }
        self.count_received();
    }

    /// The messages, first come first.
    pub fn messages(&self) -> impl Iterator<Item = *mut u8> {
        (self.received()..self.sent()).map(|number| self.place(number))
    }

    /// Frees the places, whose messages were given up.
    ///
    /// # Safety
    /// It is not used any more.
    pub unsafe fn free(&mut self) {
        if !std::ptr::eq(self.places.cast(), &raw const self.word) {
            // SAFETY: by the caller; as `new` made it.
            unsafe { value::free_buffer(self.places, (self.mask as usize + 1) * self.size) }
        }
    }
}
