//! A queue that several readers read, each at its own pace: which messages are there, and who has yet to read them.
//!
//! Messages are numbered on and on. A reader is the number of the next message that it reads. A message is gone when all who were there
//! when it came have read it, so what is gone is always the oldest.
//!
//! ```text
//!       tail             head
//!        │                │
//!   … 4  5  6  7  8  9 10 │        left: 1 1 2 2 3 3   (of the readers 5, 7, 9)
//! ```

/// See the [module](self).
#[derive(Debug)]
pub struct Log {
    /// The oldest message that is there, and the number of the next one.
    tail: u64,
    head: u64,
    cap: u64,
    mask: u64,
    /// How many have yet to read the message, by the low bits of its number.
    left: Box<[u32]>,
}

/// A message that a reader reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Read {
    pub number: u64,
    /// Where it is.
    pub place: u64,
    /// Nobody else reads it: it is gone now.
    pub last: bool,
    /// How many before it were dropped unread.
    pub lost: u64,
}

/// A message that a reader may read: its next one, before which none was dropped.
pub struct InOrder<'a> {
    /// Where it is.
    pub place: u64,
    /// It is gone when this reader has read it.
    pub last: bool,
    left: &'a mut u32,
    tail: &'a mut u64,
}

impl InOrder<'_> {
    /// The reader, the one that was asked about, reads it.
    #[inline(always)]
    pub fn read(self, reader: &mut u64) {
        *self.left -= 1;
        *reader += 1;
        if self.last {
            // Each reader reads in order, so what is before was read by all.
            *self.tail = *reader;
        }
    }
}

impl Log {
    /// Room for `cap` messages, at least one.
    pub fn new(cap: u64) -> Log {
        let cap = cap.max(1);
        let places = cap.next_power_of_two();
        Log { tail: 0, head: 0, cap, mask: places - 1, left: vec![0; places as usize].into_boxed_slice() }
    }

    /// The number of the next message: where a reader that joins begins.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// How many places there are for messages; the message with number `n` has place `n % places`.
    pub fn places(&self) -> u64 {
        self.mask + 1
    }

    pub fn cap(&self) -> u64 {
        self.cap
    }

    #[inline]
    pub fn is_full(&self) -> bool {
        self.head - self.tail >= self.cap
    }

    /// The numbers of the messages that are there.
    pub fn numbers(&self) -> std::ops::Range<u64> {
        self.tail..self.head
    }

    /// How many messages a reader has yet to read.
    pub fn unread(&self, reader: u64) -> u64 {
        self.head - reader.max(self.tail)
    }

    /// A message comes that so many will read (at least one). It must not be full. Gives its number.
    pub fn push(&mut self, readers: u32) -> u64 {
        debug_assert!(!self.is_full() && readers > 0);
        let number = self.head;
        self.left[(number & self.mask) as usize] = readers;
        self.head += 1;
        number
    }

    /// The reader's next message, if there is one; it has not read it yet.
    #[inline]
    fn next(&self, reader: u64) -> Option<Read> {
        let number = reader.max(self.tail);
        if number == self.head {
            return None;
        }
        let place = number & self.mask;
        Some(Read { number, place, last: self.left[place as usize] == 1, lost: number - reader })
    }

    /// The reader reads its next message, if there is one.
    #[inline]
    pub fn read(&mut self, reader: &mut u64) -> Option<Read> {
        let read = self.next(*reader)?;
        self.has_read(read.number, read.place);
        *reader = read.number + 1;
        Some(read)
    }

    /// The reader's next message, if there is one and none before it was dropped; it has not read it yet.
    #[inline(always)]
    pub fn in_order(&mut self, reader: u64) -> Option<InOrder<'_>> {
        if reader < self.tail || reader == self.head {
            return None;
        }
        let place = reader & self.mask;
        let left = &mut self.left[place as usize];
        Some(InOrder { place, last: *left == 1, left, tail: &mut self.tail })
    }

    /// One of those who read this message has done so.
    #[inline]
    fn has_read(&mut self, number: u64, place: u64) {
        let left = &mut self.left[place as usize];
        *left -= 1;
        if *left == 0 {
            // Each reader reads in order, so what is before was read by all.
            debug_assert_eq!(number, self.tail);
            self.tail = number + 1;
        }
    }

    /// Drops the oldest message, which some have not read. Gives its number.
    pub fn drop_oldest(&mut self) -> Option<u64> {
        if self.tail == self.head {
            return None;
        }
        self.tail += 1;
        Some(self.tail - 1)
    }

    /// A reader goes. Gives the messages that nobody else would have read, which are gone.
    pub fn leave(&mut self, reader: u64) -> std::ops::Range<u64> {
        let first = reader.max(self.tail);
        let before = self.tail;
        for number in first..self.head {
            self.has_read(number, number & self.mask);
        }
        before..self.tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_reader_keeps_messages() {
        let mut log = Log::new(2);
        let (mut fast, mut slow) = (0, 0);
        assert_eq!(log.push(2), 0);
        assert_eq!(log.push(2), 1);
        assert!(log.is_full());
        assert_eq!(log.read(&mut fast), Some(Read { number: 0, place: 0, last: false, lost: 0 }));
        assert_eq!(log.read(&mut fast), Some(Read { number: 1, place: 1, last: false, lost: 0 }));
        assert_eq!(log.read(&mut fast), None);
        assert!(log.is_full());
        assert_eq!(log.read(&mut slow), Some(Read { number: 0, place: 0, last: true, lost: 0 }));
        assert!(!log.is_full());
        assert_eq!(log.numbers(), 1..2);
    }

    #[test]
    fn who_was_too_slow_learns_how_much_it_lost() {
        let mut log = Log::new(2);
        let mut reader = 0;
        log.push(1);
        log.push(1);
        assert_eq!(log.drop_oldest(), Some(0));
        log.push(1);
        assert_eq!(log.unread(reader), 2);
        assert_eq!(log.read(&mut reader), Some(Read { number: 1, place: 1, last: true, lost: 1 }));
        assert_eq!(log.read(&mut reader), Some(Read { number: 2, place: 0, last: true, lost: 0 }));
        assert_eq!(log.drop_oldest(), None);
    }

    #[test]
    fn a_reader_that_goes_frees_what_it_alone_had_to_read() {
        let mut log = Log::new(4);
        let (mut other, leaver) = (0, 0);
        for _ in 0..3 {
            log.push(2);
        }
        log.read(&mut other);
        assert_eq!(log.leave(leaver), 0..1);
        assert_eq!(log.read(&mut other), Some(Read { number: 1, place: 1, last: true, lost: 0 }));
        assert_eq!(log.leave(other), 2..3);
        assert_eq!(log.numbers(), 3..3);
    }

    /// Any order of events, against a queue for each reader.
    #[test]
    fn is_a_queue_for_each_reader() {
        let mut seed = 7u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) % below
        };
        for _ in 0..200 {
            let cap = 1 + random(5);
            let mut log = Log::new(cap);
            let mut readers: Vec<(u64, std::collections::VecDeque<u64>)> = Vec::new();
            for _ in 0..100 {
                match random(8) {
                    0 => readers.push((log.head(), Default::default())),
                    1 if !readers.is_empty() => {
                        let (reader, _) = readers.swap_remove(random(readers.len() as u64) as usize);
                        log.leave(reader);
                    }
                    2..=4 if !log.is_full() && !readers.is_empty() => {
                        let number = log.push(readers.len() as u32);
                        readers.iter_mut().for_each(|(_, queue)| queue.push_back(number));
                    }
                    _ if !readers.is_empty() => {
                        let at = random(readers.len() as u64) as usize;
                        let (reader, queue) = &mut readers[at];
                        let read = log.read(reader);
                        assert_eq!(read.map(|read| read.number), queue.pop_front());
                    }
                    _ => {}
                }
                let longest = readers.iter().map(|(_, queue)| queue.len() as u64).max().unwrap_or(0);
                assert_eq!(log.numbers().end - log.numbers().start, longest);
                assert!(longest <= cap);
            }
        }
    }
}
