//! Reads a byte of a text once.
//!
//! ```text
//! if s[i] == ' ' goto more else next         _v = s[i]; if _v == ' ' goto more else next
//! next: if s[i] == '\n' goto more else end   next: if _v == '\n' goto more else end
//! ```
//!
//! Texts do not change, so a byte stays what it is until the variable of the text or of the index gets another value. The code generator knows as much only within
//! straight code. Before: ranges, which says which of the reads need no check any more.

use super::cfg::Cfg;
use super::dataflow;
use super::guard::{Site, temp};
use crate::mir::bits::BitSet;
use crate::mir::visit::{defined_local, rvalue_operands};
use crate::mir::{Function, Local, Operand, Place, PlaceBase, Proj, Rvalue, Statement, StatementKind};
use crate::types::{Program, Ty, TyKind};

pub fn run(program: &Program, function: &mut Function) {
    let pairs = repeated(program, function);
    if pairs.is_empty() {
        return;
    }
    let cfg = Cfg::new(function);
    let facts = Facts { pairs };
    let at_start = dataflow::known_at_start(function, &cfg, facts.pairs.len(), |statement, known| {
        facts.step(statement, known)
    });
    let site = Site { span: function.span, scope: crate::mir::Scope::OWN };
    let byte = Ty::new(TyKind::Int(crate::types::IntTy::Uint8));
    let values: Vec<Local> = facts.pairs.iter().map(|_| temp(function, byte, site)).collect();
    for &index in &cfg.order {
        let mut known = at_start[index].clone();
        let statements = std::mem::take(&mut function.blocks[index].statements);
        let mut out = Vec::with_capacity(statements.len());
        for mut statement in statements {
            let read = facts.read(&statement);
            facts.replace(&mut statement, &known, &values);
            if let Some(number) = read
                && !known.contains(number)
            {
                out.push(facts.take_out(&mut statement, number, values[number as usize]));
            }
            facts.step(&statement, &mut known);
            if let Some(number) = read
                && !facts.changes(&statement, number)
            {
                known.insert(number);
            }
            out.push(statement);
        }
        function.blocks[index].statements = out;
    }
}

/// Texts and indexes, by number.
struct Facts {
    pairs: Vec<(Local, Local)>,
}

impl Facts {
    fn step(&self, statement: &Statement, known: &mut BitSet) {
        if let Some(number) = self.read(statement) {
            known.insert(number);
        }
        for number in 0..self.pairs.len() as u32 {
            if known.contains(number) && self.changes(statement, number) {
                known.remove(number);
            }
        }
    }

    /// The pair whose byte the statement reads before anything else in it can fail.
    fn read(&self, statement: &Statement) -> Option<u32> {
        let StatementKind::Assign(dest, value) = &statement.kind else { return None };
        let plain = |operand: &&&Operand| match operand {
            Operand::Copy(place) => place.as_local().is_some(),
            Operand::Const(..) | Operand::Move(_) => true,
        };
        dest.as_local()?;
        let operands = rvalue_operands(value);
        let first = operands.iter().find(|it| !plain(it))?;
        self.number(first)
    }

    fn number(&self, operand: &Operand) -> Option<u32> {
        let Operand::Copy(place) = operand else { return None };
        let pair = byte_of(place)?;
        self.pairs.iter().position(|it| *it == pair).map(|at| at as u32)
    }

    fn changes(&self, statement: &Statement, number: u32) -> bool {
        let (text, index) = self.pairs[number as usize];
        let is_it = |local: Local| local == text || local == index;
        let received = match &statement.kind {
            StatementKind::Select(select) => select.received().filter_map(Place::as_local).any(is_it),
            // A text in place grows, and may get another storage.
            StatementKind::Append(place, _) | StatementKind::Drop(place) => {
                matches!(place.base, PlaceBase::Local(local) if is_it(local))
            }
            _ => false,
        };
        received || defined_local(statement).is_some_and(is_it)
    }

    /// Uses what is known instead of reading again.
    fn replace(&self, statement: &mut Statement, known: &BitSet, values: &[Local]) {
        let StatementKind::Assign(_, value) = &mut statement.kind else { return };
        for operand in scalar_operands(value) {
            if let Some(number) = self.number(operand)
                && known.contains(number)
            {
                *operand = values[number as usize].into();
            }
        }
    }

    /// The read as a statement of its own.
    fn take_out(&self, statement: &mut Statement, number: u32, to: Local) -> Statement {
        let site = Site::of(statement);
        let mut read = site.statement(StatementKind::Nop);
        if let StatementKind::Assign(_, value) = &mut statement.kind {
            for operand in scalar_operands(value) {
                if self.number(operand) == Some(number) {
                    let place = std::mem::replace(operand, to.into());
                    if matches!(read.kind, StatementKind::Nop) {
                        read.kind = StatementKind::Assign(to.into(), Rvalue::Use(place));
                    }
                }
            }
        }
        read
    }
}

fn scalar_operands(value: &mut Rvalue) -> Vec<&mut Operand> {
    match value {
        Rvalue::Use(x) | Rvalue::Unary(_, x) | Rvalue::Cast(x, _) => vec![x],
        Rvalue::Binary(_, x, y) => vec![x, y],
        _ => Vec::new(),
    }
}

/// The locals of the text and of the index, if the place is nothing else.
fn byte_of(place: &Place) -> Option<(Local, Local)> {
    let PlaceBase::Local(text) = place.base else { return None };
    let [Proj::Index { index, .. }] = place.proj.as_slice() else { return None };
    let Operand::Copy(index) = &**index else { return None };
    Some((text, index.as_local()?))
}

/// Bytes that are read in more than one place; nobody else can reach the variables.
fn repeated(program: &Program, function: &Function) -> Vec<(Local, Local)> {
    let mut found: Vec<((Local, Local), usize)> = Vec::new();
    let mut lent = vec![false; function.locals.len()];
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        let StatementKind::Assign(dest, value) = &statement.kind else { continue };
        if let Rvalue::Ref(Place { base: PlaceBase::Local(local), .. }) = value {
            lent[local.0 as usize] = true;
        }
        let scalar =
            matches!(value, Rvalue::Use(_) | Rvalue::Unary(..) | Rvalue::Cast(..) | Rvalue::Binary(..));
        if !scalar || dest.as_local().is_none() {
            continue;
        }
        for operand in rvalue_operands(value) {
            if let Operand::Copy(place) = operand
                && let Some(pair) = byte_of(place)
            {
                match found.iter_mut().find(|it| it.0 == pair) {
                    Some((_, count)) => *count += 1,
                    None => found.push((pair, 1)),
                }
            }
        }
    }
    let is_text = |local: Local| {
        let ty = function.locals[local.0 as usize].ty;
        matches!(program.underlying(ty).kind(), TyKind::String)
    };
    found.retain(|&((text, index), count)| {
        count > 1 && is_text(text) && !lent[text.0 as usize] && !lent[index.0 as usize]
    });
    found.into_iter().map(|(pair, _)| pair).collect()
}
