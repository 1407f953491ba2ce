//! Looking up keys that are strings or one integer register, without going through descriptors.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::function::Fx;
use super::layout::{Layout, Shape};
use super::places::{Addr, Leaves, Val};
use crate::mir::{Operand, Place};
use crate::types::{Ty, TyKind};

impl Fx<'_, '_> {
    /// `m[k]` and `v, ok := m[k]`; false when the key or value is not of a kind that this is for.
    pub fn map_lookup(&mut self, name: &str, tys: &[Ty], operands: &[Operand], dest: Option<&Place>) -> bool {
        let with_ok = match name {
            "goo_map_get" => false,
            "goo_map_get_ok" => true,
            "goo_map_entry" => return self.map_entry(tys, operands, dest),
            "goo_map_set" => return self.map_set(tys, operands),
            _ => return false,
        };
        let ([map_ty], [map, key], Some(dest)) = (tys, operands, dest) else { return false };
        let TyKind::Map(key_ty, value_ty) = self.unit.program.underlying(*map_ty).kind() else {
            return false;
        };
        let (key_layout, value_layout) = (self.layout(*key_ty), self.layout(*value_ty));
        let total = self.layout(self.typing().place(dest));
        if value_layout.leaves.is_none() || total.leaves.is_none() {
            return false;
        }
        let Some(find) = finder(&key_layout) else { return false };
        let (map, _) = self.operand_value(map);
        let (key, _) = self.operand_leaves(key);
        let mut args = vec![map];
        args.extend(key);
        let found = self.call_runtime(find, &args);
        let value = self.copy_found(*value_ty, &value_layout, found, with_ok);
        let (spot, ty) = self.place(dest);
        self.write_spot(spot, ty, &value);
        true
    }

    /// `m[k] += v` and the like: the address of the value, which is there then.
    fn map_entry(&mut self, tys: &[Ty], operands: &[Operand], dest: Option<&Place>) -> bool {
        let ([map_ty], [slot, key], Some(dest)) = (tys, operands, dest) else { return false };
        let Some(at) = self.entry_address(*map_ty, slot, key) else { return false };
        self.write_scalar(dest, at);
        true
    }

    /// `m[k] = v`.
    fn map_set(&mut self, tys: &[Ty], operands: &[Operand]) -> bool {
        let ([map_ty], [slot, key, value]) = (tys, operands) else { return false };
        let TyKind::Map(_, value_ty) = self.unit.program.underlying(*map_ty).kind() else { return false };
        let layout = self.layout(*value_ty);
        if layout.leaves.is_none() {
            return false;
        }
        let Some(at) = self.entry_address(*map_ty, slot, key) else { return false };
        let (value, _) = self.operand(value);
        self.retain(*value_ty, &value);
        let old = self.load_value(&layout, Addr::new(at));
        self.store_value(&layout, &value, Addr::new(at));
        self.release(*value_ty, &old);
        true
    }

    fn entry_address(&mut self, map_ty: Ty, slot: &Operand, key: &Operand) -> Option<Value> {
        let TyKind::Map(key_ty, _) = self.unit.program.underlying(map_ty).kind() else { return None };
        let key_layout = self.layout(*key_ty);
        let name = match finder(&key_layout)? {
            "goo_map_find_text" => "goo_map_entry_text",
            _ => "goo_map_entry_word",
        };
        let desc = self.type_desc(map_ty);
        let (slot, _) = self.operand_value(slot);
        let (key, _) = self.operand_leaves(key);
        let mut args = vec![desc, slot];
        args.extend(key);
        Some(self.call_runtime(name, &args))
    }

    /// The value at an address, retained; zero, if the address is null. With whether it was there, if that is wanted.
    fn copy_found(&mut self, ty: Ty, layout: &Layout, found: Value, with_ok: bool) -> Val {
        let (there, done) = (self.b.create_block(), self.b.create_block());
        let leaves = layout.leaves.as_deref().unwrap_or_default();
        let mut results: Leaves =
            leaves.iter().map(|leaf| self.b.append_block_param(done, leaf.ty)).collect();
        let absent: Vec<_> = leaves.iter().map(|leaf| self.zero(leaf.ty).into()).collect();
        self.b.ins().brif(found, there, &[], done, &absent);
        self.b.switch_to_block(there);
        let value = self.load_value(layout, Addr::new(found));
        self.retain(ty, &value);
        let present: Vec<_> = match value {
            Val::Leaves(values) => values.iter().map(|value| (*value).into()).collect(),
            Val::At(_) => Vec::new(),
        };
        self.b.ins().jump(done, &present);
        self.b.switch_to_block(done);
        if with_ok {
            results.push(self.b.ins().icmp_imm_u(IntCC::NotEqual, found, 0));
        }
        Val::Leaves(results)
    }
}

/// The function that finds keys of this layout.
fn finder(key: &Layout) -> Option<&'static str> {
    match (&key.shape, key.leaves.as_deref()) {
        (Shape::String, _) => Some("goo_map_find_text"),
        (Shape::Scalar, Some([leaf])) if leaf.ty == types::I64 && key.flat => Some("goo_map_find_word"),
        _ => None,
    }
}
