//! Time zones: the files of the system's database (TZif, RFC 9636), and which one is the local zone.
//!
//! A zone stays the bytes of its file. They are laid out for a search, so that nothing has to be made of them first, and a `Location` of
//! package `time` can hold them as a string.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::LazyLock;

use super::zone_rule;

/// Where systems keep their zones.
const SOURCES: [&str; 4] =
    ["/usr/share/zoneinfo/", "/usr/share/lib/zoneinfo/", "/usr/lib/locale/TZ/", "/etc/zoneinfo/"];

/// What clocks show for a while: from `start` until before `end`, the least and greatest numbers for always.
#[derive(Debug, PartialEq)]
pub struct Period<'a> {
    pub offset: i64,
    pub name: &'a [u8],
    pub summer: bool,
    pub start: i64,
    pub end: i64,
}

/// A zone's file, taken apart.
pub struct Table<'a> {
    /// When something changes: of 8 bytes each, or of 4 in old files.
    times: &'a [u8],
    width: usize,
    /// For each of these, which of the kinds of time begins.
    kinds_at: &'a [u8],
    /// Of 6 bytes each: offset, whether it is summer time, and where in `names` its abbreviation is.
    kinds: &'a [u8],
    names: &'a [u8],
    /// The rule for what comes after the last of the times; empty for none.
    rule: &'a [u8],
}

/// Takes bytes from the front.
fn take<'a>(data: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (front, rest) = data.split_at_checked(len)?;
    *data = rest;
    Some(front)
}

/// The six numbers of a header, and what follows it.
fn header(data: &mut &[u8]) -> Option<(u8, [usize; 6])> {
    let start = take(data, 20)?;
    if !start.starts_with(b"TZif") {
        return None;
    }
    let mut counts = [0; 6];
    for count in &mut counts {
        *count = u32::from_be_bytes(take(data, 4)?.try_into().ok()?) as usize;
    }
    Some((start[4], counts))
}

impl<'a> Table<'a> {
    /// Finds the parts, without a look at what they say.
    pub fn open(mut data: &'a [u8]) -> Option<Table<'a>> {
        let (version, mut counts) = header(&mut data)?;
        let mut width = 4;
        match version {
            0 => {}
            b'2' | b'3' => {
                // The same twice: the second time with times of 64 bits.
                let [utc, standard, leaps, times, kinds, names] = counts;
                take(&mut data, times * 5 + kinds * 6 + names + leaps * 8 + standard + utc)?;
                (_, counts) = header(&mut data)?;
                width = 8;
            }
            _ => return None,
        }
        let [utc, standard, leaps, times, kinds, names] = counts;
        let table = Table {
            times: take(&mut data, times * width)?,
            width,
            kinds_at: take(&mut data, times)?,
            kinds: take(&mut data, kinds * 6)?,
            names: take(&mut data, names)?,
            rule: {
                take(&mut data, leaps * (width + 4) + standard + utc)?;
                data.strip_prefix(b"\n").and_then(|rest| rest.strip_suffix(b"\n")).unwrap_or_default()
            },
        };
        Some(table)
    }

    /// Whether every index is one of something.
    pub fn is_sound(&self) -> bool {
        let kinds = self.kinds.len() / 6;
        kinds > 0
            && self.kinds_at.iter().all(|&kind| usize::from(kind) < kinds)
            && self.kinds.iter().skip(5).step_by(6).all(|&name| usize::from(name) < self.names.len())
    }

    fn time(&self, index: usize) -> i64 {
        let bytes = &self.times[index * self.width..][..self.width];
        let first: i64 = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
        bytes.iter().fold(first, |value, &byte| value << 8 | i64::from(byte))
    }

    fn count(&self) -> usize {
        self.kinds_at.len()
    }

    fn is_summer(&self, kind: usize) -> bool {
        self.kinds[kind * 6 + 4] != 0
    }

    fn period(&self, kind: usize, start: i64, end: i64) -> Period<'a> {
        let bytes = &self.kinds[kind * 6..][..6];
        let name = &self.names[usize::from(bytes[5])..];
        Period {
            offset: i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]).into(),
            name: name.split(|&byte| byte == 0).next().unwrap_or_default(),
            summer: self.is_summer(kind),
            start,
            end,
        }
    }

    /// What holds before the first of the times.
    fn first_kind(&self) -> usize {
        let kinds = self.kinds.len() / 6;
        if !self.kinds_at.contains(&0) {
            return 0;
        }
        let before = self.kinds_at.first().map_or(0, |&kind| usize::from(kind));
        if self.is_summer(before)
            && let Some(kind) = (0..before).rev().find(|&kind| !self.is_summer(kind))
        {
            return kind;
        }
        (0..kinds).find(|&kind| !self.is_summer(kind)).unwrap_or(0)
    }

    /// What clocks show at a time.
    pub fn at(&self, unix: i64) -> Period<'a> {
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = low.midpoint(high);
            if self.time(middle) <= unix {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let end = if low < self.count() { self.time(low) } else { i64::MAX };
        // A zone in which nothing ever changes begins with its first kind, and may have a rule as well.
        let (start, kind) = match low.checked_sub(1) {
            Some(last) => (self.time(last), usize::from(self.kinds_at[last])),
            None if self.count() == 0 => (i64::MIN, 0),
            None => return self.period(self.first_kind(), i64::MIN, end),
        };
        if low == self.count()
            && let Some(period) = zone_rule::at(self.rule, start, unix)
        {
            return period;
        }
        self.period(kind, start, end)
    }

    /// The offset that an abbreviation stands for, best that of the time which clocks show as `local`.
    pub fn named(&self, name: &[u8], local: i64) -> Option<i64> {
        let offsets = || {
            let kinds = (0..self.kinds.len() / 6).map(|kind| self.period(kind, 0, 0));
            kinds.filter(|kind| kind.name == name).map(|kind| kind.offset)
        };
        let then = |offset| Some(self.at(local - offset)).filter(|period| period.name == name);
        offsets().find_map(then).map(|period| period.offset).or_else(|| offsets().next())
    }
}

/// Why there is no such zone.
#[derive(Debug)]
pub enum Missing {
    Unknown,
    Malformed,
    /// With the system's number of the error.
    Unreadable(i64),
}

/// Reads the first file of this name that is a zone's.
fn read_from(folders: &[&Path], name: &[u8]) -> Result<Vec<u8>, Missing> {
    let mut missing = Missing::Unknown;
    for folder in folders {
        let wrong = match fs::read(folder.join(OsStr::from_bytes(name))) {
            Ok(data) if Table::open(&data).is_some_and(|table| table.is_sound()) => return Ok(data),
            Ok(_) => Missing::Malformed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => Missing::Unreadable(error.raw_os_error().unwrap_or(libc::EINVAL).into()),
        };
        // The first file that is there says most.
        if matches!(missing, Missing::Unknown) {
            missing = wrong;
        }
    }
    Err(missing)
}

/// Reads the zone of this name from the folder that `ZONEINFO` names, or else from the system's.
pub fn read(name: &[u8]) -> Result<Vec<u8>, Missing> {
    let own = std::env::var_os("ZONEINFO").filter(|folder| !folder.is_empty());
    let folders = own.iter().map(Path::new).chain(SOURCES.iter().map(Path::new));
    read_from(&folders.collect::<Vec<_>>(), name)
}

/// The local zone; without data it is UTC.
pub struct Local {
    pub name: Vec<u8>,
    pub data: Vec<u8>,
}

/// What `TZ` says when it is first asked for, or else the system.
pub static LOCAL: LazyLock<Local> = LazyLock::new(|| {
    let found = match std::env::var_os("TZ") {
        None => {
            read_from(&[Path::new("/etc")], b"localtime").map(|data| Local { name: b"Local".into(), data })
        }
        Some(value) => {
            let value = value.as_bytes();
            named_local(value.strip_prefix(b":").unwrap_or(value))
        }
    };
    found.unwrap_or_else(|_| Local { name: b"UTC".into(), data: Vec::new() })
});

fn named_local(name: &[u8]) -> Result<Local, Missing> {
    let data = match name {
        b"" | b"UTC" => return Err(Missing::Unknown),
        [b'/', ..] => read_from(&[Path::new("")], name)?,
        _ => read_from(&SOURCES.map(Path::new), name)?,
    };
    let name = if name == b"/etc/localtime" { b"Local" } else { name };
    Ok(Local { name: name.into(), data })
}
