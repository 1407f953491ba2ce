//! When are two values the same? Structural equality, as `==` means it.

use super::map;
use super::view::Value;
use crate::abi::layout::{FieldDesc, TypeDesc, TypeKind};

/// Functions were to be compared: the name of their type.
#[derive(Debug, PartialEq, Eq)]
pub struct Uncomparable(pub &'static str);

/// Whether two values of one type are the same.
pub fn equal(a: Value<'_>, b: Value<'_>) -> Result<bool, Uncomparable> {
    let mut pairs = Pairs { later: Vec::new() };
    if !pairs.same(a, b)? {
        return Ok(false);
    }
    // What lies behind boxes comes after, pair by pair: a long list must not recurse.
    while let Some((a, b)) = pairs.later.pop() {
        if !pairs.same(a, b)? {
            return Ok(false);
        }
    }
    Ok(true)
}

struct Pairs<'a> {
    later: Vec<(Value<'a>, Value<'a>)>,
}

impl<'a> Pairs<'a> {
    fn same(&mut self, a: Value<'a>, b: Value<'a>) -> Result<bool, Uncomparable> {
        let desc = a.desc();
        if desc.has(TypeDesc::FLAT) {
            return Ok(a.raw() == b.raw());
        }
        Ok(match desc.kind {
            TypeKind::Float32 | TypeKind::Float64 => a.float() == b.float(),
            TypeKind::String => a.bytes() == b.bytes(),
            TypeKind::Slice | TypeKind::Array => return self.elements(a, b),
            TypeKind::Struct | TypeKind::Tuple => return self.fields(desc.fields(), a, b),
            TypeKind::Enum => {
                let case = a.case();
                return Ok(case == b.case() && self.fields(desc.cases()[case].fields(), a, b)?);
            }
            TypeKind::Optional => {
                return self.maybe(a.some(), b.some(), desc.has(TypeDesc::BOXED));
            }
            TypeKind::Result => match (a.result(), b.result()) {
                (Ok(a), Ok(b)) | (Err(a), Err(b)) => return self.same(a, b),
                _ => false,
            },
            TypeKind::Interface => match (a.dynamic(), b.dynamic()) {
                (None, None) => true,
                (Some(a), Some(b)) => a.desc().id == b.desc().id && self.same(a, b)?,
                _ => false,
            },
            TypeKind::Map => return same_maps(a, b),
            TypeKind::Func => return Err(Uncomparable(desc.name())),
            _ => a.raw() == b.raw(),
        })
    }

    fn elements(&mut self, a: Value<'a>, b: Value<'a>) -> Result<bool, Uncomparable> {
        if a.len() != b.len() {
            return Ok(false);
        }
        if a.desc().elem().has(TypeDesc::FLAT) {
            return Ok(a.raw_elements() == b.raw_elements());
        }
        for (x, y) in a.elements().zip(b.elements()) {
            if !self.same(x, y)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fields(
        &mut self,
        fields: &'static [FieldDesc],
        a: Value<'a>,
        b: Value<'a>,
    ) -> Result<bool, Uncomparable> {
        for field in fields {
            // Go does not compare blank fields.
            if field.name.as_str() == "_" {
                continue;
            }
            if !self.maybe(a.field(field), b.field(field), field.boxed())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn maybe(
        &mut self,
        a: Option<Value<'a>>,
        b: Option<Value<'a>>,
        boxed: bool,
    ) -> Result<bool, Uncomparable> {
        match (a, b) {
            (None, None) => Ok(true),
            (Some(a), Some(b)) if boxed => {
                // One box in both needs no look inside.
                if a.place() != b.place() {
                    self.later.push((a, b));
                }
                Ok(true)
            }
            (Some(a), Some(b)) => self.same(a, b),
            _ => Ok(false),
        }
    }
}

fn same_maps(a: Value<'_>, b: Value<'_>) -> Result<bool, Uncomparable> {
    if a.map_len() != b.map_len() {
        return Ok(false);
    }
    for (key, x) in a.entries() {
        match map::find_value(b, key).map_err(|error| Uncomparable(error.0))? {
            Some(y) if equal(x, y)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}
