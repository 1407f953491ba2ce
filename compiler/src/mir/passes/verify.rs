//! Checks that a module means something. The rules:
//!
//! 1. Blocks, locals, globals, captures and functions that are named exist; the first locals are the parameters.
//! 2. Each step of a place fits the type it steps into.
//! 3. A direct call has as many arguments as its callee parameters; a runtime function is in the table.
//! 4. Conditions are booleans; switches are on integers.
//! 5. `Move` names an owned local; before the ownership pass there are no `Move`, `Retain` and `Drop`.
//! 6. Terminators are reached in order: the entry block exists.
//! 7. The result local, if any, has the result type.

use crate::mir::typing::Typing;
use crate::mir::visit::{defined_local, read_places, successors, terminator_places};
use crate::mir::{
    Callee, FnId, Function, Module, Operand, ParamMode, Place, PlaceBase, Statement, StatementKind,
    Terminator,
};
use crate::types::{Program, TyKind};

/// Where in the way of a program the module is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// As lowering gives it.
    Lowered,
    /// With explicit counts.
    Owned,
}

/// All violations, each with the function, the block and the rule; empty for a sound module.
pub fn run(program: &Program, module: &Module, phase: Phase) -> Vec<String> {
    let mut errors = Vec::new();
    for index in 0..module.functions.len() {
        let function = &module.functions[index];
        let mut verifier = Verifier {
            typing: Typing { program, module, function },
            phase,
            errors: &mut errors,
            place: format!("fn{} {}", FnId(index as u32).0, function.name),
        };
        verifier.function(function);
    }
    errors
}

struct Verifier<'a> {
    typing: Typing<'a>,
    phase: Phase,
    errors: &'a mut Vec<String>,
    place: String,
}

impl Verifier<'_> {
    fn function(&mut self, function: &Function) {
        if function.blocks.is_empty() {
            self.error(6, "there is no entry block");
        }
        if function.params.len() > function.locals.len() {
            self.error(1, "fewer locals than parameters");
            return;
        }
        for (mode, decl) in function.params.iter().zip(&function.locals) {
            if (*mode == ParamMode::InOut) != matches!(decl.ty.kind(), TyKind::Ref(_)) {
                self.error(1, "an in-out parameter is a Ref, and only that");
            }
        }
        if let Some(result) = function.result
            && function.locals.get(result.0 as usize).is_none_or(|decl| decl.ty != function.result_ty)
        {
            self.error(7, "the result local does not have the result's type");
        }
        let name = std::mem::take(&mut self.place);
        for (index, block) in function.blocks.iter().enumerate() {
            self.place = format!("{name}, b{index}");
            for statement in &block.statements {
                self.statement(statement);
            }
            self.terminator(&block.terminator, function);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        let mut places: Vec<&Place> = Vec::new();
        read_places(statement, &mut |place| places.push(place));
        for place in places {
            self.check_place(place);
        }
        if let Some(local) = defined_local(statement) {
            self.check_place(&local.into());
        }
        match &statement.kind {
            StatementKind::Call(call) => self.callee(&call.callee, &call.args),
            StatementKind::Retain(_) | StatementKind::Settle(_) | StatementKind::Drop(_)
                if self.phase == Phase::Lowered =>
            {
                self.error(5, "counts are the ownership pass's business");
            }
            _ => {}
        }
    }

    fn callee(&mut self, callee: &Callee, args: &[Operand]) {
        match callee {
            Callee::Direct(id) => match self.typing.module.functions.get(id.0 as usize) {
                None => self.error(1, &format!("there is no fn{}", id.0)),
                Some(f) if f.params.len() != args.len() => self
                    .error(3, &format!("{} takes {} arguments, not {}", f.name, f.params.len(), args.len())),
                Some(_) => {}
            },
            Callee::Native { name, .. } if goo_runtime::abi::table::find(name).is_none() => {
                self.error(3, &format!("the runtime has no function {name}"));
            }
            _ => {}
        }
    }

    fn terminator(&mut self, terminator: &Terminator, function: &Function) {
        let mut places: Vec<&Place> = Vec::new();
        terminator_places(terminator, &mut |place| places.push(place));
        for place in places {
            self.check_place(place);
        }
        for block in successors(terminator) {
            if block.0 as usize >= function.blocks.len() {
                self.error(1, &format!("there is no {block}"));
            }
        }
        let under = |this: &Self, operand: &Operand| {
            this.typing.program.underlying(this.typing.operand(operand)).kind()
        };
        match terminator {
            Terminator::Branch { cond, .. } if !matches!(under(self, cond), TyKind::Bool) => {
                self.error(4, &format!("{cond} is not a boolean"));
            }
            Terminator::Switch { value, .. }
                if !matches!(under(self, value), TyKind::Int(_) | TyKind::Duration) =>
            {
                self.error(4, &format!("{value} is not an integer"));
            }
            _ => {}
        }
    }

    fn check_place(&mut self, place: &Place) {
        let known = match place.base {
            PlaceBase::Local(local) => (local.0 as usize) < self.typing.function.locals.len(),
            PlaceBase::Global(global) => (global.0 as usize) < self.typing.module.globals.len(),
            PlaceBase::Capture(index) => (index as usize) < self.typing.function.captures.len(),
        };
        if !known {
            self.error(1, &format!("{place} has no such base"));
        } else if self.typing.place(place).is_error() {
            self.error(2, &format!("{place} steps into nothing"));
        }
    }

    fn error(&mut self, rule: u32, text: &str) {
        self.errors.push(format!("{}: {text} (rule {rule})", self.place));
    }
}
