//! What all functions of a program share during code generation.

use cranelift_codegen::isa::OwnedTargetIsa;
use goo_runtime::abi::table::{Entry, GROUPS};
use rustc_hash::{FxHashMap, FxHashSet};

use super::abi::FnAbi;
use super::layout::Layouts;
use crate::mir::{Callee, FnId, Function, Module, Rvalue, StatementKind, cycles};
use crate::syntax::Symbol;
use crate::types::{Program, Ty, TyKind, printing};

/// A program on its way through code generation.
pub struct Unit<'a> {
    pub program: &'a Program,
    pub module: &'a Module,
    pub isa: OwnedTargetIsa,
    pub layouts: Layouts<'a>,
    /// By number of function.
    pub abis: Vec<FnAbi>,
    /// Functions in a cycle of direct calls.
    pub recursive: Vec<bool>,
    /// Functions that may be on the stack many times, and so look how much of it is left.
    pub checks_stack: Vec<bool>,
    /// Names of functions as symbols of the linker: unique.
    pub names: Vec<String>,
    /// Interface types (what is under them) by number, see `TypeDesc::tables`.
    pub interfaces: Vec<Ty>,
    interface_numbers: FxHashMap<Ty, u32>,
    /// The signature of `fmt.Formatter`'s method, in a program that may ask for it.
    pub formatter: Option<Ty>,
    natives: FxHashMap<&'static str, Entry>,
    methods: FxHashMap<(Ty, Symbol), (Ty, FnId)>,
    method_types: FxHashSet<Ty>,
}

impl<'a> Unit<'a> {
    pub fn new(program: &'a Program, module: &'a Module, isa: OwnedTargetIsa) -> Unit<'a> {
        let layouts = Layouts::new(program);
        let abis = module.functions.iter().map(|f| FnAbi::of_function(&layouts, f)).collect();
        let interfaces = interfaces(program, module);
        let (recursive, checks_stack) = recursive(module);
        Unit {
            program,
            module,
            isa,
            abis,
            recursive,
            checks_stack,
            names: unique_names(module),
            interface_numbers: interfaces.iter().enumerate().map(|(i, ty)| (*ty, i as u32)).collect(),
            formatter: interfaces.iter().find_map(|interface| formatter(program, *interface)),
            interfaces,
            natives: GROUPS.iter().flat_map(|group| group.iter()).map(|entry| (entry.name, *entry)).collect(),
            methods: module.methods.iter().map(|m| ((m.ty, m.name), (m.sig, m.function))).collect(),
            method_types: module.methods.iter().map(|m| m.ty).collect(),
            layouts,
        }
    }

    /// Adds runtime functions that are not in the table.
    #[cfg(test)]
    pub fn add_natives(&mut self, entries: &[Entry]) {
        self.natives.extend(entries.iter().map(|entry| (entry.name, *entry)));
    }

    pub fn native(&self, name: &str) -> Option<&Entry> {
        self.natives.get(name)
    }

    pub fn function(&self, id: FnId) -> &'a Function {
        &self.module.functions[id.0 as usize]
    }

    pub fn abi(&self, id: FnId) -> &FnAbi {
        &self.abis[id.0 as usize]
    }

    /// The number of an interface type with methods.
    pub fn interface_number(&self, ty: Ty) -> Option<u32> {
        self.interface_numbers.get(&self.program.underlying(ty)).copied()
    }

    /// The method of a dynamic type by name, if it has this signature.
    pub fn method(&self, ty: Ty, name: Symbol, sig: Ty) -> Option<FnId> {
        self.methods.get(&(ty, name)).filter(|method| method.0 == sig).map(|method| method.1)
    }

    /// The method of a dynamic type by name, whatever its signature.
    pub fn method_named(&self, ty: Ty, name: Symbol) -> Option<FnId> {
        self.methods.get(&(ty, name)).map(|method| method.1)
    }

    pub fn has_methods(&self, ty: Ty) -> bool {
        self.method_types.contains(&ty)
    }
}

/// The interface types with methods that the program calls through or asks for, in order of first use.
fn interfaces(program: &Program, module: &Module) -> Vec<Ty> {
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    let mut add = |ty: Ty| {
        let under = program.underlying(ty);
        if let TyKind::Interface(interface) = under.kind()
            && !interface.methods.is_empty()
            && seen.insert(under)
        {
            found.push(under);
        }
    };
    for function in &module.functions {
        let typing = crate::mir::typing::Typing { program, module, function };
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            match &statement.kind {
                StatementKind::Call(call) => {
                    if let Callee::Method { receiver, .. } = &call.callee {
                        let ty = typing.operand(receiver);
                        add(if let TyKind::Ref(lent) = ty.kind() { *lent } else { ty });
                    }
                }
                StatementKind::Assign(_, Rvalue::IsType(_, ty)) => add(*ty),
                _ => {}
            }
        }
    }
    found
}

/// The signature of the interface's method, if the interface is `fmt.Formatter`.
fn formatter(program: &Program, interface: Ty) -> Option<Ty> {
    let TyKind::Interface(interface) = interface.kind() else { return None };
    let [only] = interface.methods.as_slice() else { return None };
    let TyKind::Func(sig) = only.sig.kind() else { return None };
    let TyKind::Named(state, _) = sig.params.first()?.ty.kind() else { return None };
    let state = &program.types[state.0 as usize];
    let package = &program.packages[state.package?.0 as usize];
    let is_formatter =
        only.name.as_str() == printing::FORMAT && state.name.as_str() == "State" && package.std;
    (is_formatter && package.path == "fmt").then_some(only.sig)
}

/// Functions in a cycle of direct calls, and these with all that call function values or methods.
fn recursive(module: &Module) -> (Vec<bool>, Vec<bool>) {
    let count = module.functions.len();
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut result = vec![false; count];
    for (index, function) in module.functions.iter().enumerate() {
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            match &statement.kind {
                StatementKind::Call(call) => match &call.callee {
                    Callee::Direct(id) => edges[index].push(id.0 as usize),
                    Callee::Closure(_) | Callee::Method { .. } => result[index] = true,
                    Callee::Native { .. } => {}
                },
                StatementKind::RunDefers => result[index] = true,
                _ => {}
            }
        }
    }
    let cycles = cycles::on_cycles(&edges);
    for (values, cycle) in result.iter_mut().zip(&cycles) {
        *values |= cycle;
    }
    (cycles, result)
}

/// Names as the call stack shows them; a second function of the same name gets a number.
fn unique_names(module: &Module) -> Vec<String> {
    let mut seen: FxHashMap<&str, u32> = FxHashMap::default();
    module
        .functions
        .iter()
        .map(|function| {
            let count = seen.entry(&function.name).or_default();
            *count += 1;
            match *count {
                1 => function.name.replace('\0', ""),
                n => format!("{}#{n}", function.name.replace('\0', "")),
            }
        })
        .collect()
}
