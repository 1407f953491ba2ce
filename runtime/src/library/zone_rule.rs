//! The rule at the end of a zone's file, for the time after all that it lists: `EST5EDT,M3.2.0,M11.1.0`.

use super::zone::Period;

const DAY: i64 = 86_400;

/// When summer time is used where a rule does not say.
const USUAL: &[u8] = b",M3.2.0,M11.1.0";

/// A day of each year.
#[derive(Clone, Copy)]
enum Day {
    /// From 1 to 365: without the 29th of February.
    Julian(i64),
    /// From 0.
    OfYear(i64),
    /// The weekday (0 is Sunday) of a week of a month: 5 is the last.
    Weekday { month: i64, week: i64, weekday: i64 },
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn skip(&mut self, bytes: &[u8]) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if bytes.contains(first) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn cut(&mut self, len: usize) -> &'a [u8] {
        let (front, rest) = self.0.split_at(len);
        self.0 = rest;
        front
    }

    fn number(&mut self, low: i64, high: i64) -> Option<i64> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.cut(digits);
        if digits.is_empty() {
            return None;
        }
        let value = digits
            .iter()
            .fold(0_i64, |value, byte| value.saturating_mul(10).saturating_add((byte - b'0').into()));
        (low..=high).contains(&value).then_some(value)
    }

    fn name(&mut self) -> Option<&'a [u8]> {
        if self.skip(b"<") {
            let end = self.0.iter().position(|&byte| byte == b'>')?;
            let name = self.cut(end);
            self.cut(1);
            return Some(name);
        }
        let ends = |byte: &u8| byte.is_ascii_digit() || b",-+".contains(byte);
        let len = self.0.iter().position(ends).unwrap_or(self.0.len());
        (len >= 3).then(|| self.cut(len))
    }

    /// `[+-]hours[:minutes[:seconds]]`, in seconds.
    fn time(&mut self) -> Option<i64> {
        let negative = !self.skip(b"+") && self.skip(b"-");
        let mut seconds = self.number(0, 24 * 7)? * 3600;
        if self.skip(b":") {
            seconds += self.number(0, 59)? * 60;
            if self.skip(b":") {
                seconds += self.number(0, 59)?;
            }
        }
        Some(if negative { -seconds } else { seconds })
    }

    /// A day, and when on it.
    fn change(&mut self) -> Option<(Day, i64)> {
        let day = if self.skip(b"J") {
            Day::Julian(self.number(1, 365)?)
        } else if self.skip(b"M") {
            let month = self.number(1, 12)?;
            let week = self.skip(b".").then(|| self.number(1, 5))??;
            let weekday = self.skip(b".").then(|| self.number(0, 6))??;
            Day::Weekday { month, week, weekday }
        } else {
            Day::OfYear(self.number(0, 365)?)
        };
        let time = if self.skip(b"/") { self.time()? } else { 2 * 3600 };
        Some((day, time))
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days from 1970 to the first of January of a year.
fn days_before(year: i64) -> i64 {
    let y = year - 1;
    y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) - 719_162
}

/// The days of a year before a month; there is a thirteenth.
fn month_start(year: i64, month: i64) -> i64 {
    const STARTS: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    STARTS[(month - 1) as usize] + i64::from(month > 2 && is_leap(year))
}

/// The year of a day since 1970.
fn year_of(days: i64) -> i64 {
    // Off by one at most, as years are not of one length.
    let guess = 1970 + (days as i128 * 400).div_euclid(146_097) as i64;
    (guess - 1..=guess + 1).rev().find(|&year| days_before(year) <= days).unwrap_or(guess)
}

impl Day {
    /// Counted from the first of January.
    fn in_year(self, year: i64) -> i64 {
        match self {
            Day::Julian(day) => day - 1 + i64::from(is_leap(year) && day >= 60),
            Day::OfYear(day) => day,
            Day::Weekday { month, week, weekday } => {
                let start = month_start(year, month);
                // The first of January 1970 was a Thursday.
                let first = (days_before(year) + start + 4).rem_euclid(7);
                let day = (weekday - first).rem_euclid(7) + (week - 1) * 7;
                let len = month_start(year, month + 1) - start;
                start + if day >= len { day - 7 } else { day }
            }
        }
    }
}

/// What clocks show at a time after `last`, when the last change was that the file lists; `None` if the rule is none.
///
/// As in Go, a period that goes beyond the year of the time is cut at its start, or 365 days later.
pub fn at(rule: &[u8], last: i64, unix: i64) -> Option<Period<'_>> {
    let mut reader = Reader(rule);
    let name = reader.name()?;
    let offset = -reader.time()?;
    let standard = Period { offset, name, summer: false, start: last, end: i64::MAX };
    if reader.0.is_empty() || reader.0[0] == b',' {
        return Some(standard);
    }
    let name = reader.name()?;
    let has_offset = !reader.0.is_empty() && reader.0[0] != b',';
    let offset = if has_offset { -reader.time()? } else { offset + 3600 };
    let summer = Period { offset, name, summer: true, ..standard };
    if reader.0.is_empty() {
        reader.0 = USUAL;
    }
    let begins = reader.skip(b",;").then(|| reader.change())??;
    let ends = reader.skip(b",").then(|| reader.change())??;
    if !reader.0.is_empty() {
        return None;
    }

    let year = year_of(unix.div_euclid(DAY));
    let first = days_before(year) * DAY;
    let moment = |(day, time): (Day, i64), before: i64| first + day.in_year(year) * DAY + time - before;
    let (mut from, mut to) = (moment(begins, standard.offset), moment(ends, summer.offset));
    let (mut outer, mut inner) = (standard, summer);
    // In the south it is summer at both ends of the year.
    if to < from {
        (from, to) = (to, from);
        (outer, inner) = (inner, outer);
    }
    Some(if unix < from {
        Period { start: first, end: from, ..outer }
    } else if unix < to {
        Period { start: from, end: to, ..inner }
    } else {
        Period { start: to, end: first + 365 * DAY, ..outer }
    })
}
