//! What a call or a `select` lends, hands over and gets.

use goo_runtime::abi::table::{self, Abi};

use super::{Context, Ownership};
use crate::mir::{
    Call, Callee, Local, Operand, ParamMode, Place, PlaceBase, Select, SelectCase, StatementKind,
};
use crate::types::{Ty, TyKind};

impl Ownership<'_> {
    pub(super) fn call(&mut self, call: &Call, cx: &mut Context) {
        let modes: &[ParamMode] = match &call.callee {
            Callee::Direct(id) => &self.module.functions[id.0 as usize].params,
            _ => &[],
        };
        let lent: Vec<Local> = call
            .args
            .iter()
            // What is read through an address is not lent by that.
            .filter_map(Operand::copied_local)
            .filter(|local| self.is_ref(*local))
            .flat_map(|local| self.liveness.lent_by(local).iter().copied().chain([local]))
            .collect();
        let runs_goo = !matches!(call.callee, Callee::Native { .. });
        let unsafe_to_lend = |place: &Place| match place.base {
            PlaceBase::Local(local) if lent.contains(&local) => true,
            PlaceBase::Local(_) | PlaceBase::Capture(_) => {
                place.is_indirect() && (runs_goo || !lent.is_empty())
            }
            PlaceBase::Global(_) => runs_goo || !lent.is_empty(),
        };
        let mut copies = Vec::new();
        let callee = match &call.callee {
            Callee::Closure(value) => {
                let (value, copy) = self.lend_if(value, |_, place| unsafe_to_lend(place));
                copies.extend(copy);
                Callee::Closure(value)
            }
            Callee::Method { receiver, name, sig } => {
                let (receiver, copy) = self.lend_if(receiver, |_, place| unsafe_to_lend(place));
                copies.extend(copy);
                Callee::Method { receiver, name: *name, sig: *sig }
            }
            other => other.clone(),
        };
        let mut args = Vec::with_capacity(call.args.len());
        for (index, arg) in call.args.iter().enumerate() {
            if modes.get(index) == Some(&ParamMode::Own) || takes_over(&call.callee, index) {
                args.push(self.consume(arg, cx));
                continue;
            }
            let kept = is_kept(&call.callee, index);
            let (arg, copy) = self.lend_if(arg, |this, place| {
                unsafe_to_lend(place) || kept && this.may_be_lent(place) && this.place_is_lendable(place)
            });
            copies.extend(copy);
            args.push(arg);
        }
        self.finish_call(Call { dest: call.dest.clone(), callee, args }, cx);
        self.drop_all(copies);
    }

    /// The call itself, with its result going where it may: straight to a local that holds nothing, else through a temporary.
    pub(super) fn finish_call(&mut self, mut call: Call, cx: &Context) {
        let result_ty = self.result_ty(&call);
        let Some(dest) = call.dest.take() else {
            // A result that nobody takes is dropped.
            if self.is_counted(result_ty) {
                let temp = self.temp(result_ty);
                call.dest = Some(temp.into());
                self.emit(StatementKind::Call(call));
                self.emit(StatementKind::Drop(temp.into()));
            } else {
                self.emit(StatementKind::Call(call));
            }
            return;
        };
        let ty = self.place_ty(&dest);
        // A part of what is lent, taken out by the runtime.
        let reads = |arg: &Operand| matches!(arg, Operand::Copy(place) if self.may_be_lent(place));
        let part = matches!(call.callee, Callee::Native { .. }) && call.args.iter().any(reads);
        if !self.is_counted(ty) || dest.as_local().is_some_and(|local| cx.replaced != Some(local)) {
            call.dest = Some(dest.clone());
            self.emit(StatementKind::Call(call));
            if part {
                self.settle(&dest, ty);
            }
            return;
        }
        let temp = self.temp(ty);
        call.dest = Some(temp.into());
        self.emit(StatementKind::Call(call));
        if part {
            self.settle(&temp.into(), ty);
        }
        self.replace(&dest, temp);
    }

    /// The type of a call's result; `Unit` for a runtime function without destination.
    fn result_ty(&self, call: &Call) -> Ty {
        let from_sig = |ty: Ty| match self.program.underlying(ty).kind() {
            TyKind::Func(func) => func.result,
            _ => Ty::unit(),
        };
        match &call.callee {
            Callee::Direct(id) => self.module.functions[id.0 as usize].result_ty,
            Callee::Closure(value) => from_sig(self.typing().operand(value)),
            Callee::Method { sig, .. } => from_sig(*sig),
            Callee::Native { .. } => Ty::unit(),
        }
    }

    /// A `select` lends what it sends, as a runtime function does. Received values go to temporaries of the lowering
    /// that hold nothing before.
    pub(super) fn select(&mut self, select: &Select) {
        let mut copies = Vec::new();
        let mut cases = Vec::with_capacity(select.cases.len());
        for case in &select.cases {
            cases.push(match case {
                SelectCase::Send { chan, value } => {
                    let (value, copy) = self
                        .lend_if(value, |this, place| place.is_reachable() && this.place_is_lendable(place));
                    copies.extend(copy);
                    SelectCase::Send { chan: chan.clone(), value }
                }
                SelectCase::Recv { .. } => case.clone(),
            });
        }
        self.emit(StatementKind::Select(Select { cases, ..select.clone() }));
        self.drop_all(copies);
    }

    /// Rule 4: the operand itself, or, if `copy` says so and it is counted, a retained copy to be dropped after.
    pub(super) fn lend_if(
        &mut self,
        operand: &Operand,
        copy: impl Fn(&mut Self, &Place) -> bool,
    ) -> (Operand, Option<Local>) {
        let Operand::Copy(place) = operand else { return (operand.clone(), None) };
        let ty = self.place_ty(place);
        if !copy(self, place) || !self.is_counted(ty) {
            return (operand.clone(), None);
        }
        let temp = self.retained(place, ty);
        (Operand::Copy(temp.into()), Some(temp))
    }
}

/// Whether a runtime function takes this argument over.
pub(in crate::mir::passes) fn takes_over(callee: &Callee, index: usize) -> bool {
    let Callee::Native { name, .. } = callee else { return false };
    table::find(name)
        .and_then(|entry| entry.params.get(index))
        .is_some_and(|abi| matches!(abi, Abi::Owned | Abi::OwnedAddress))
}

/// Whether a runtime function may keep a reference to this argument, other than in its result.
fn is_kept(callee: &Callee, index: usize) -> bool {
    let Callee::Native { name, .. } = callee else { return false };
    if matches!(*name, "goo_map_set" | "goo_map_entry") {
        return index > 0;
    }
    !["goo_map_", "goo_slice_", "goo_string_", "goo_value_"].iter().any(|family| name.starts_with(family))
}
