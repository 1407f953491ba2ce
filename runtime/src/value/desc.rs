//! What a descriptor says, safely: typed access to what [`TypeDesc`] holds as pointers.

use std::ptr::null;

use crate::abi::layout::{CaseDesc, ClosureDesc, FieldDesc, Slot, Text, TypeDesc, TypeKind};

/// A descriptor of a type without parts: what natives need for values that they make themselves.
pub const fn plain(kind: TypeKind, name: &'static str, size: u64, flags: u8) -> TypeDesc {
    TypeDesc {
        kind,
        flags,
        align: if size == 0 {
            1
        } else if size > 8 {
            8
        } else {
            size as u16
        },
        id: u32::MAX,
        size,
        name: Text { ptr: name.as_ptr(), len: name.len() as u64 },
        pointers: 0,
        elem: null(),
        key: null(),
        len: 0,
        other: 0,
        fields: null(),
        field_count: 0,
        cases: null(),
        case_count: 0,
        tables: null(),
        interface: 0,
        error_method: null(),
        string_method: null(),
        go_string_method: null(),
        format_method: null(),
    }
}

pub static UNIT: TypeDesc = plain(TypeKind::Unit, "struct {}", 0, TypeDesc::FLAT);
pub static BYTE: TypeDesc = plain(TypeKind::Uint8, "uint8", 1, TypeDesc::FLAT);
pub static RUNE: TypeDesc = plain(TypeKind::Int32, "int32", 4, TypeDesc::FLAT);
pub static INT: TypeDesc = plain(TypeKind::Int, "int", 8, TypeDesc::FLAT);
pub static STRING: TypeDesc =
    TypeDesc { pointers: 1, ..plain(TypeKind::String, "string", 24, TypeDesc::COUNTED) };

fn parts<T>(ptr: *const T, count: u64) -> &'static [T] {
    if count == 0 {
        return &[];
    }
    // SAFETY: descriptors are true (rule 1), and static.
    unsafe { std::slice::from_raw_parts(ptr, count as usize) }
}

fn other(ptr: *const TypeDesc) -> &'static TypeDesc {
    if ptr.is_null() {
        return &UNIT;
    }
    // SAFETY: descriptors are true (rule 1), and static.
    unsafe { &*ptr }
}

impl TypeDesc {
    /// Element of array, slice, optional…; value of map and result. [`UNIT`] when there is none.
    pub fn elem(&self) -> &'static TypeDesc {
        other(self.elem)
    }

    /// Key of map, error of result.
    pub fn key(&self) -> &'static TypeDesc {
        other(self.key)
    }

    pub fn fields(&self) -> &'static [FieldDesc] {
        parts(self.fields, self.field_count)
    }

    pub fn cases(&self) -> &'static [CaseDesc] {
        parts(self.cases, self.case_count)
    }

    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub fn counted(&self) -> bool {
        self.has(TypeDesc::COUNTED)
    }

    /// Whether its values are handles, which are shared from birth.
    pub fn is_handle(&self) -> bool {
        use TypeKind::{Chan, Counter, Mutex, Supervisor, Task};
        matches!(self.kind, Chan | Task | Supervisor | Mutex | Counter)
    }

    pub fn bytes(&self) -> usize {
        self.size as usize
    }

    pub fn name(&self) -> &'static str {
        self.name.as_str()
    }

    /// Whether a value of this type stands in an interface's own word.
    pub fn in_word(&self) -> bool {
        self.size <= 8
    }
}

impl FieldDesc {
    pub fn ty(&self) -> &'static TypeDesc {
        other(self.ty)
    }

    pub fn embedded(&self) -> bool {
        self.flags & 1 != 0
    }

    pub fn boxed(&self) -> bool {
        self.flags & 2 != 0
    }
}

impl CaseDesc {
    pub fn fields(&self) -> &'static [FieldDesc] {
        parts(self.fields, self.field_count)
    }
}

impl ClosureDesc {
    pub fn captures(&self) -> &'static [Slot] {
        parts(self.captures, self.capture_count)
    }
}
