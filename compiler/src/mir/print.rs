//! MIR as text, for `--emit=mir`, tests and messages of the verifier.

use std::fmt::{self, Display, Formatter, Write};

use super::typing::const_text;
use super::{
    Appended, BlockId, Call, Callee, Const, FnId, Function, Local, Module, Operand, ParamMode, Place,
    PlaceBase, Proj, Rvalue, Select, SelectCase, StatementKind, Terminator,
};
use crate::types::{Program, Ty, TyKind};

/// The whole module.
pub fn module(program: &Program, module: &Module) -> String {
    let mut text = String::new();
    for (index, global) in module.globals.iter().enumerate() {
        let _ = writeln!(text, "global g{index} {}: {}", global.name, type_name(program, global.ty));
    }
    for id in 0..module.functions.len() {
        let _ = writeln!(text, "{}", function(program, module, FnId(id as u32)));
    }
    text
}

/// One function.
pub fn function(program: &Program, module: &Module, id: FnId) -> String {
    let printer = Printer { program, module, function: &module.functions[id.0 as usize] };
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = printer.function(id, &mut text);
    text
}

struct Printer<'a> {
    program: &'a Program,
    module: &'a Module,
    function: &'a Function,
}

impl Printer<'_> {
    fn function(&self, id: FnId, out: &mut String) -> fmt::Result {
        let f = self.function;
        write!(out, "fn{} {}(", id.0, f.name)?;
        for (index, mode) in f.params.iter().enumerate() {
            let mode = match mode {
                ParamMode::Borrow => "",
                ParamMode::Own => "own ",
                ParamMode::InOut => "inout ",
            };
            let separator = if index == 0 { "" } else { ", " };
            write!(out, "{separator}{mode}{}", self.local_decl(Local(index as u32)))?;
        }
        write!(out, ") {}", type_name(self.program, f.result_ty))?;
        for (flag, text) in [(f.suspends, " suspends"), (f.has_defer, " defers"), (f.is_closure, " closure")]
        {
            if flag {
                out.push_str(text);
            }
        }
        out.push_str(" {\n");
        for (index, ty) in f.captures.iter().enumerate() {
            writeln!(out, "    capture c{index}: {}", type_name(self.program, *ty))?;
        }
        for index in f.params.len()..f.locals.len() {
            let result = if f.result == Some(Local(index as u32)) { "result " } else { "" };
            writeln!(out, "    {result}{}", self.local_decl(Local(index as u32)))?;
        }
        for (index, block) in f.blocks.iter().enumerate() {
            writeln!(out, "  b{index}:")?;
            for statement in &block.statements {
                writeln!(out, "    {}", self.statement(&statement.kind))?;
            }
            writeln!(out, "    {}", self.terminator(&block.terminator))?;
        }
        out.push_str("}\n");
        Ok(())
    }

    fn local_decl(&self, local: Local) -> String {
        let decl = &self.function.locals[local.0 as usize];
        let name = decl.name.map(|name| format!(" {name}")).unwrap_or_default();
        format!("_{}{name}: {}", local.0, type_name(self.program, decl.ty))
    }

    fn statement(&self, kind: &StatementKind) -> String {
        match kind {
            StatementKind::Assign(place, value) => format!("{place} = {}", self.rvalue(value)),
            StatementKind::Call(call) => self.call(call),
            StatementKind::Select(select) => self.select(select),
            StatementKind::MakeUnique(place) => format!("unique {place}"),
            StatementKind::Append(place, Appended::One(value)) => format!("append {place}, {value}"),
            StatementKind::Append(place, Appended::All(values)) => format!("append {place}, {values}..."),
            StatementKind::Defer(closure) => format!("defer {closure}"),
            StatementKind::RunDefers => "run defers".to_owned(),
            StatementKind::Poll => "poll".to_owned(),
            StatementKind::StorageLive(local) => format!("live {local}"),
            StatementKind::StorageDead(local) => format!("dead {local}"),
            StatementKind::Lend { held, address, direct } => {
                format!("lend {held} {} {address}", if *direct { "to" } else { "through to" })
            }
            StatementKind::Retain(place) => format!("retain {place}"),
            StatementKind::Settle(place) => format!("settle {place}"),
            StatementKind::Drop(place) => format!("drop {place}"),
            StatementKind::Check(place) => format!("check {place}"),
            StatementKind::Nop => "nop".to_owned(),
        }
    }

    fn call(&self, call: &Call) -> String {
        let dest = call.dest.as_ref().map(|dest| format!("{dest} = ")).unwrap_or_default();
        let callee = match &call.callee {
            Callee::Direct(id) => self.function_name(*id),
            Callee::Closure(value) => format!("({value})"),
            Callee::Method { receiver, name, .. } => format!("{receiver}.{name}"),
            Callee::Native { name, types } if types.is_empty() => (*name).to_owned(),
            Callee::Native { name, types } => {
                let types: Vec<_> = types.iter().map(|ty| type_name(self.program, *ty)).collect();
                format!("{name}[{}]", types.join(", "))
            }
        };
        format!("{dest}{callee}({})", list(&call.args))
    }

    fn select(&self, select: &Select) -> String {
        let mut parts: Vec<String> = Vec::new();
        for case in &select.cases {
            parts.push(match case {
                SelectCase::Send { chan, value } => format!("{chan} <- {value}"),
                SelectCase::Recv { chan, value, ok } => {
                    let targets: Vec<_> = [value, ok]
                        .into_iter()
                        .map(|place| place.as_ref().map_or("_".to_owned(), Place::to_string))
                        .collect();
                    format!("{} <- {chan}", targets.join(", "))
                }
            });
        }
        parts.extend(select.timeout.iter().map(|timeout| format!("after {timeout}")));
        parts.extend(select.has_default.then(|| "default".to_owned()));
        let first = if select.first { " first" } else { "" };
        format!("{} = select{first} {{ {} }}", select.chosen, parts.join("; "))
    }

    fn rvalue(&self, value: &Rvalue) -> String {
        let name = |ty: &Ty| type_name(self.program, *ty);
        match value {
            Rvalue::Use(operand) => operand.to_string(),
            Rvalue::Unary(op, operand) => format!("{op:?} {operand}"),
            Rvalue::Binary(op, left, right) => format!("{left} {} {right}", op.text()),
            Rvalue::Cast(operand, ty) => format!("cast {operand} as {}", name(ty)),
            Rvalue::Retype(operand, ty) => format!("retype {operand} as {}", name(ty)),
            Rvalue::Aggregate(ty, parts) => format!("{} {{ {} }}", name(ty), list(parts)),
            Rvalue::Case(ty, case, parts) => {
                format!("{}.{}({})", name(ty), self.case_name(*ty, *case), list(parts))
            }
            Rvalue::Some(_, operand) => format!("some {operand}"),
            Rvalue::Ok(_, None) => "ok".to_owned(),
            Rvalue::Ok(_, Some(operand)) => format!("ok {operand}"),
            Rvalue::Err(_, operand) => format!("err {operand}"),
            Rvalue::Slice(ty, parts) => format!("{} {{ {} }}", name(ty), list(parts)),
            Rvalue::Closure(id, captures) => {
                format!("closure {}({})", self.function_name(*id), list(captures))
            }
            Rvalue::SelfClosure => "self closure".to_owned(),
            Rvalue::Interface { value, from, to } => {
                format!("interface {value}: {} as {}", name(from), name(to))
            }
            Rvalue::Concrete(operand, ty) => format!("concrete {operand} as {}", name(ty)),
            Rvalue::IsType(operand, ty) => format!("{operand} is {}", name(ty)),
            Rvalue::IsEmptyInterface(operand) => format!("{operand} is empty"),
            Rvalue::Ref(place) => format!("ref {place}"),
            Rvalue::Cell(operand) => format!("cell {operand}"),
            Rvalue::Len(place) => format!("len {place}"),
            Rvalue::Cap(place) => format!("cap {place}"),
            Rvalue::Discriminant(place) => format!("case of {place}"),
        }
    }

    fn terminator(&self, terminator: &Terminator) -> String {
        match terminator {
            Terminator::Goto(block) => format!("goto {block}"),
            Terminator::Branch { cond, then, otherwise } => format!("if {cond} goto {then} else {otherwise}"),
            Terminator::Switch { value, cases, default } => {
                let cases: Vec<_> =
                    cases.iter().map(|(value, block)| format!("{value} => {block}")).collect();
                format!("switch {value} {{ {}, _ => {default} }}", cases.join(", "))
            }
            Terminator::Return => "return".to_owned(),
            Terminator::Unreachable => "unreachable".to_owned(),
        }
    }

    fn function_name(&self, id: FnId) -> String {
        self.module.functions.get(id.0 as usize).map_or_else(|| format!("fn{}", id.0), |f| f.name.clone())
    }

    fn case_name(&self, ty: Ty, case: u32) -> String {
        match self.program.underlying(ty).kind() {
            TyKind::Enum(cases) => {
                cases.get(case as usize).map_or_else(|| case.to_string(), |case| case.name.to_string())
            }
            _ => case.to_string(),
        }
    }
}

fn list(operands: &[Operand]) -> String {
    operands.iter().map(Operand::to_string).collect::<Vec<_>>().join(", ")
}

/// A type as Goo writes it.
pub fn type_name(program: &Program, ty: Ty) -> String {
    crate::types::display::type_name(program, ty)
}

impl Display for Local {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "_{}", self.0)
    }
}

impl Display for BlockId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "b{}", self.0)
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.base {
            PlaceBase::Local(local) => write!(f, "{local}")?,
            PlaceBase::Global(global) => write!(f, "g{}", global.0)?,
            PlaceBase::Capture(index) => write!(f, "c{index}")?,
        }
        for step in &self.proj {
            match step {
                Proj::Field(index) => write!(f, ".{index}")?,
                Proj::Case(case, field) => write!(f, ".case{case}.{field}")?,
                Proj::Some => f.write_str(".some")?,
                Proj::Ok => f.write_str(".ok")?,
                Proj::Err => f.write_str(".err")?,
                Proj::Index { index, checked: false } => write!(f, "[{index}]")?,
                Proj::Index { index, checked: true } => write!(f, "[{index} in range]")?,
                Proj::Deref => f.write_str(".*")?,
                Proj::Cell => f.write_str(".cell")?,
            }
        }
        Ok(())
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Copy(place) => write!(f, "{place}"),
            Operand::Move(local) => write!(f, "move {local}"),
            Operand::Const(value @ Const::Func(_), _) => write!(f, "{}", const_text(value)),
            Operand::Const(value, _) => f.write_str(&const_text(value)),
        }
    }
}
