//! The machine code that is kept from one compilation of a program to the next, in one piece of bytes: a pack.
//!
//! A function's code is found by a hash of its CLIF before optimisation: all that Cranelift reads of it. What is not in there
//! is not in the code either: it refers to items by their place in the function's own table, and to the source by the number of a
//! span, and gets both from the function as it is now. What is the same for all functions (the processor, the
//! settings, the versions of Goo and Cranelift, which executable the compiler is) is in the hash of the pack.
//!
//! A pack holds the functions of one compilation and no others. Its integers are little-endian:
//!
//! ```text
//! pack   magic, format u32, build [u8; 16], count u32, count × (key [u8; 16], start u32, length u32), bodies, CRC-32 of all that u32
//! body   align u32, bytes u32, relocs u32, lines u32, then these: code, relocs × (offset u32, addend i64, index u32, kind u8, target u8),
//!        lines × (offset u32, span u32)
//! ```
//!
//! Entries are sorted by key, bodies lie in the order of the entries. A pack that is damaged, cut or of another build is none;
//! a body whose numbers do not fit the function is none either.

use std::hash::Hash;

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{self, LibCall};
use cranelift_codegen::isa::TargetIsa;
use rustc_stable_hash::hashers::SipHasher128Hash;
use rustc_stable_hash::{FromStableHash, StableSipHasher128};

use super::output::{CodeReloc, CodeTarget};

const MAGIC: [u8; 8] = *b"goo-code";
/// Another number whenever the form of a pack changes, or what a body means.
const FORMAT: u32 = 1;

const HEAD: usize = MAGIC.len() + 4 + 16 + 4;
const ENTRY: usize = 16 + 4 + 4;
const CHECKSUM: usize = 4;
const BODY_HEAD: usize = 16;
const RELOC: usize = 4 + 8 + 4 + 1 + 1;
const LINE: usize = 8;

/// The relocations that a body may have, by number. Code with others is not kept.
const KINDS: [Reloc; 13] = [
    Reloc::Abs4,
    Reloc::Abs8,
    Reloc::X86PCRel4,
    Reloc::X86CallPCRel4,
    Reloc::X86CallPLTRel4,
    Reloc::X86GOTPCRel4,
    Reloc::Arm64Call,
    Reloc::Aarch64AdrGotPage21,
    Reloc::Aarch64AdrPrelPgHi21,
    Reloc::Aarch64AddAbsLo12Nc,
    Reloc::Aarch64Ld64GotLo12Nc,
    Reloc::RiscvCallPlt,
    Reloc::RiscvGotHi20,
];

/// What a reloc's index counts.
const ITEM: u8 = 0;
const LIBCALL: u8 = 1;
const INSIDE: u8 = 2;

/// What was kept of the last compilation of a program.
pub struct Earlier {
    /// The pack; empty if there is none.
    pub pack: Vec<u8>,
    /// Tells this executable of the compiler from others, of the same version, too.
    pub compiler: u64,
}

/// 128 bits of SipHash-1-3, as rustc's own incremental compilation uses it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key([u8; 16]);

impl FromStableHash for Key {
    type Hash = SipHasher128Hash;

    fn from(hash: SipHasher128Hash) -> Key {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&hash.0[0].to_le_bytes());
        bytes[8..].copy_from_slice(&hash.0[1].to_le_bytes());
        Key(bytes)
    }
}

impl Key {
    /// What a value's hash is in all processes.
    pub fn of(value: impl Hash) -> Key {
        let mut hasher = StableSipHasher128::new();
        value.hash(&mut hasher);
        hasher.finish()
    }

    /// Of a function that was not compiled yet.
    pub fn of_function(function: &ir::Function) -> Key {
        // A reloc has a name, and the code that is kept the item that the name stands for.
        let mut hasher = StableSipHasher128::new();
        function.stencil.hash(&mut hasher);
        function.params.base_srcloc().hash(&mut hasher);
        function.params.user_named_funcs().values().for_each(|name| name.hash(&mut hasher));
        hasher.finish()
    }

    /// Of all that a function's code depends on and its CLIF does not say.
    fn of_build(isa: &dyn TargetIsa, compiler: u64) -> Key {
        let mut hasher = StableSipHasher128::new();
        FORMAT.hash(&mut hasher);
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        cranelift_codegen::VERSION.hash(&mut hasher);
        compiler.hash(&mut hasher);
        isa.name().hash(&mut hasher);
        isa.triple().hash(&mut hasher);
        isa.flags().hash(&mut hasher);
        isa.isa_flags_hash_key().hash(&mut hasher);
        hasher.finish()
    }

    /// In hexadecimal digits.
    pub fn text(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Machine code that refers to nothing but numbers.
#[derive(PartialEq, Debug)]
pub struct Body {
    pub bytes: Vec<u8>,
    pub align: u64,
    /// Items are places in the function's table.
    pub relocs: Vec<CodeReloc>,
    /// From which offset on the code belongs to which `ir::SourceLoc`.
    pub lines: Vec<(u32, u32)>,
}

/// A pack that was read.
pub struct Pack {
    bytes: Vec<u8>,
    build: Key,
    count: usize,
}

impl Pack {
    /// The pack for this processor, settings and compiler; without functions, if what was kept is none of theirs.
    pub fn new(earlier: Earlier, isa: &dyn TargetIsa) -> Pack {
        let build = Key::of_build(isa, earlier.compiler);
        match check(&earlier.pack, build) {
            Some(count) => Pack { bytes: earlier.pack, build, count },
            None => Pack { bytes: Vec::new(), build, count: 0 },
        }
    }

    /// Whether nothing is kept that can be used.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The code of a function that has so many items and spans.
    pub fn get(&self, key: Key, items: usize, spans: usize) -> Option<(Body, Kept)> {
        let place = self.find(key)?;
        let body = Body::decode(self.body(place)?)?;
        let fits = body.relocs.iter().all(|reloc| match reloc.target {
            CodeTarget::Item(index) => index < items,
            CodeTarget::LibCall(_) | CodeTarget::Inside(_) => true,
        }) && body.lines.iter().all(|(_, span)| *span as usize <= spans);
        fits.then_some((body, Kept { key, body: Source::Earlier(place) }))
    }

    fn entry(&self, place: usize) -> &[u8] {
        let start = HEAD + place * ENTRY;
        &self.bytes[start..start + ENTRY]
    }

    fn find(&self, key: Key) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.entry(middle)[..16].cmp(&key.0) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn body(&self, place: usize) -> Option<&[u8]> {
        let mut entry = Reader(&self.entry(place)[16..]);
        let (start, length) = (entry.u32()? as usize, entry.u32()? as usize);
        self.bytes.get(start..start.checked_add(length)?)
    }
}

/// How many functions the pack has, if it is whole and of this build.
fn check(pack: &[u8], build: Key) -> Option<usize> {
    let (content, checksum) = pack.split_at_checked(pack.len().checked_sub(CHECKSUM)?)?;
    let mut reader = Reader(content);
    let head = reader.take(MAGIC.len())? == MAGIC && reader.u32()? == FORMAT && reader.take(16)? == build.0;
    if !head || crc32fast::hash(content).to_le_bytes() != checksum {
        return None;
    }
    let count = reader.u32()? as usize;
    let mut entries = Reader(reader.take(count.checked_mul(ENTRY)?)?);
    let mut end = content.len() - reader.0.len();
    for _ in 0..count {
        entries.take(16)?;
        if entries.u32()? as usize != end {
            return None;
        }
        end = end.checked_add(entries.u32()? as usize)?;
    }
    (end == content.len()).then_some(count)
}

/// A function of the new pack.
pub struct Kept {
    key: Key,
    body: Source,
}

enum Source {
    /// In the pack that was read, at this place.
    Earlier(usize),
    New(Vec<u8>),
}

impl Kept {
    /// Of code that was just made; `None` if it has something for which a body has no form.
    pub fn new(key: Key, body: &Body) -> Option<Kept> {
        Some(Kept { key, body: Source::New(body.encode()?) })
    }
}

/// What a compilation leaves for the next one.
pub struct Repack {
    earlier: Pack,
    kept: Vec<Kept>,
    functions: usize,
    reused: usize,
}

impl Repack {
    /// Of so many functions these can be kept.
    pub(super) fn new(earlier: Pack, mut kept: Vec<Kept>, functions: usize) -> Repack {
        let reused = kept.iter().filter(|kept| matches!(kept.body, Source::Earlier(_))).count();
        kept.sort_by_key(|kept| kept.key);
        kept.dedup_by_key(|kept| kept.key);
        Repack { earlier, kept, functions, reused }
    }

    /// How many functions the program has, adapters and helpers included.
    pub fn functions(&self) -> usize {
        self.functions
    }

    /// How many of them were not compiled.
    pub fn reused(&self) -> usize {
        self.reused
    }

    /// The pack for the next compilation; `None` if it is the one that was read, or would be too large.
    pub fn pack(&self) -> Option<Vec<u8>> {
        let old = |kept: &Kept| matches!(kept.body, Source::Earlier(_));
        if self.kept.len() == self.earlier.count && self.kept.iter().all(old) {
            return None;
        }
        let bodies: Vec<&[u8]> = self.kept.iter().map(|kept| self.body(kept)).collect::<Option<_>>()?;
        let start = HEAD + bodies.len() * ENTRY;
        let length = start + bodies.iter().map(|body| body.len()).sum::<usize>() + CHECKSUM;
        u32::try_from(length).ok()?;
        let mut pack = Vec::with_capacity(length);
        pack.extend(MAGIC);
        pack.extend(FORMAT.to_le_bytes());
        pack.extend(self.earlier.build.0);
        pack.extend((bodies.len() as u32).to_le_bytes());
        let mut at = start as u32;
        for (kept, body) in self.kept.iter().zip(&bodies) {
            pack.extend(kept.key.0);
            pack.extend(at.to_le_bytes());
            pack.extend((body.len() as u32).to_le_bytes());
            at += body.len() as u32;
        }
        bodies.iter().for_each(|body| pack.extend_from_slice(body));
        pack.extend(crc32fast::hash(&pack).to_le_bytes());
        Some(pack)
    }

    fn body<'a>(&'a self, kept: &'a Kept) -> Option<&'a [u8]> {
        match &kept.body {
            Source::Earlier(place) => self.earlier.body(*place),
            Source::New(bytes) => Some(bytes),
        }
    }
}

impl Body {
    fn encode(&self) -> Option<Vec<u8>> {
        let length = BODY_HEAD + self.bytes.len() + self.relocs.len() * RELOC + self.lines.len() * LINE;
        let mut out = Vec::with_capacity(length);
        for number in [self.align as usize, self.bytes.len(), self.relocs.len(), self.lines.len()] {
            out.extend(u32::try_from(number).ok()?.to_le_bytes());
        }
        out.extend_from_slice(&self.bytes);
        for reloc in &self.relocs {
            let (target, index) = match reloc.target {
                CodeTarget::Item(index) => (ITEM, index),
                CodeTarget::LibCall(call) => {
                    (LIBCALL, LibCall::all_libcalls().iter().position(|known| *known == call)?)
                }
                CodeTarget::Inside(offset) => (INSIDE, offset as usize),
            };
            let kind = KINDS.iter().position(|kind| *kind == reloc.kind)?;
            out.extend(reloc.offset.to_le_bytes());
            out.extend(reloc.addend.to_le_bytes());
            out.extend(u32::try_from(index).ok()?.to_le_bytes());
            out.extend([kind as u8, target]);
        }
        for (offset, span) in &self.lines {
            out.extend(offset.to_le_bytes());
            out.extend(span.to_le_bytes());
        }
        Some(out)
    }

    fn decode(body: &[u8]) -> Option<Body> {
        let mut reader = Reader(body);
        let align = u64::from(reader.u32()?);
        let (bytes, relocs, lines) = (reader.u32()?, reader.u32()?, reader.u32()?);
        let bytes = reader.take(bytes as usize)?.to_vec();
        let mut table = Reader(reader.take((relocs as usize).checked_mul(RELOC)?)?);
        let relocs = (0..relocs).map(|_| table.reloc()).collect::<Option<Vec<_>>>()?;
        let mut table = Reader(reader.take((lines as usize).checked_mul(LINE)?)?);
        let lines = (0..lines).map(|_| Some((table.u32()?, table.u32()?))).collect::<Option<Vec<_>>>()?;
        let end = bytes.len();
        let inside = relocs.iter().all(|reloc| reloc.offset as usize + width(reloc.kind) <= end)
            && lines.iter().all(|(offset, _)| *offset as usize <= end);
        (align.is_power_of_two() && inside && reader.0.is_empty()).then_some(Body {
            bytes,
            align,
            relocs,
            lines,
        })
    }
}

/// How many bytes a relocation writes.
fn width(kind: Reloc) -> usize {
    if kind == Reloc::Abs8 { 8 } else { 4 }
}

/// Reads from the front; `None` when there is not as much.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn reloc(&mut self) -> Option<CodeReloc> {
        let offset = self.u32()?;
        let addend = i64::from_le_bytes(self.array()?);
        let index = self.u32()?;
        let [kind, target] = self.array()?;
        let target = match target {
            ITEM => CodeTarget::Item(index as usize),
            LIBCALL => CodeTarget::LibCall(*LibCall::all_libcalls().get(index as usize)?),
            INSIDE => CodeTarget::Inside(index),
            _ => return None,
        };
        Some(CodeReloc { offset, kind: *KINDS.get(kind as usize)?, target, addend })
    }
}

#[cfg(test)]
mod tests {
    use super::super::output::{Target, isa};
    use super::{Body, CodeReloc, CodeTarget, Earlier, Kept, Key, LibCall, Pack, Reloc, Repack};

    fn body(size: u8) -> Body {
        let reloc = |offset, target| CodeReloc { offset, kind: Reloc::Abs8, target, addend: -4 };
        Body {
            bytes: (0..size).collect(),
            align: 32,
            relocs: vec![
                reloc(0, CodeTarget::Item(3)),
                reloc(1, CodeTarget::LibCall(LibCall::Memcpy)),
                reloc(2, CodeTarget::Inside(8)),
            ],
            lines: vec![(0, 1), (2, 5)],
        }
    }

    fn read(pack: &[u8], compiler: u64) -> Pack {
        let isa = isa(Target::Object).expect("a processor");
        Pack::new(Earlier { pack: pack.to_vec(), compiler }, &*isa)
    }

    fn keys() -> Vec<Key> {
        (0..20).map(Key::of).collect()
    }

    /// A pack of twenty bodies.
    fn pack() -> Vec<u8> {
        let kept = keys().into_iter().zip(20..);
        let kept = kept.map(|(key, size)| Kept::new(key, &body(size)).expect("a form"));
        Repack::new(read(&[], 1), kept.collect(), 20).pack().expect("something new")
    }

    #[test]
    fn what_is_kept_is_found() {
        let pack = read(&pack(), 1);
        for (key, size) in keys().into_iter().zip(20..) {
            let (found, _) = pack.get(key, 4, 5).expect("it is there");
            assert_eq!(found, body(size));
        }
        assert!(pack.get(Key::of(99), 4, 5).is_none(), "it was never there");
    }

    #[test]
    fn numbers_that_do_not_fit_the_function_are_not_used() {
        let pack = read(&pack(), 1);
        let key = keys()[0];
        assert!(pack.get(key, 3, 5).is_none(), "there is no fourth item");
        assert!(pack.get(key, 4, 4).is_none(), "there is no fifth span");
    }

    #[test]
    fn another_compiler_begins_anew() {
        assert_eq!(read(&pack(), 1).count, 20);
        assert_eq!(read(&pack(), 2).count, 0);
    }

    #[test]
    fn a_pack_holds_the_last_compilation_only() {
        let old = read(&pack(), 1);
        let (_, first) = old.get(keys()[0], 4, 5).expect("it is there");
        let new = Kept::new(Key::of("new"), &body(12)).expect("a form");
        let next = read(&Repack::new(old, vec![first, new], 2).pack().expect("something new"), 1);
        assert_eq!(next.count, 2);
        assert_eq!(next.get(keys()[0], 4, 5).expect("old").0, body(20));
        assert_eq!(next.get(Key::of("new"), 4, 5).expect("new").0, body(12));
        assert!(next.get(keys()[1], 4, 5).is_none(), "gone");
    }

    #[test]
    fn what_did_not_change_is_not_written() {
        let old = read(&pack(), 1);
        let kept = keys().into_iter().map(|key| old.get(key, 4, 5).expect("it is there").1).collect();
        assert!(Repack::new(old, kept, 20).pack().is_none());
    }

    #[test]
    fn a_pack_with_any_byte_changed_is_none() {
        let whole = pack();
        for index in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[index] ^= 1 << (index % 8);
            assert_eq!(read(&damaged, 1).count, 0, "byte {index}");
        }
    }

    #[test]
    fn a_pack_that_was_cut_or_goes_on_is_none() {
        let whole = pack();
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length], 1).count, 0, "{length} bytes");
        }
        assert_eq!(read(&[&whole[..], &[0]].concat(), 1).count, 0);
    }

    /// Bodies are bounded by themselves, too: here the checksum is right, and the rest is not.
    #[test]
    fn nonsense_with_the_right_checksum_is_no_crash() {
        let whole = pack();
        let mut random = 1u64;
        let mut below = |limit: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % limit
        };
        for _ in 0..3000 {
            let mut damaged = whole[..whole.len() - 4].to_vec();
            for _ in 0..1 + below(4) {
                let index = 28 + below(damaged.len() - 28);
                damaged[index] = [0, 1, 0x7f, 0x80, 0xff, below(256) as u8][below(6)];
            }
            damaged.truncate(if below(4) == 0 { 28 + below(damaged.len() - 28) } else { damaged.len() });
            damaged.extend(crc32fast::hash(&damaged).to_le_bytes());
            let pack = read(&damaged, 1);
            for key in keys() {
                if let Some((body, _)) = pack.get(key, 4, 5) {
                    assert!(body.relocs.iter().all(|reloc| (reloc.offset as usize) + 4 <= body.bytes.len()));
                }
            }
        }
    }
}
