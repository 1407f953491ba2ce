//! The items that make functions, and the package initialisation.

use super::closures::no_subst;
use super::function::{Builder, Val};
use super::instances::{Subst, World, ice};
use super::methods::{case_function, method_adapter, native_value};
use super::places::Path;
use super::unit::Unit;
use super::{Item, Lower};
use crate::mir::{Const, Operand, Place};
use crate::syntax::Span;
use crate::syntax::ast::{Decl, Expr};
use crate::types::{FuncId, FuncTy, Init, ParamTy, Ty, VarId, VarKind};

/// Lowers one item.
pub(super) fn lower_item(world: &World<'_>, item: &Item) -> Lower<Unit> {
    let mut unit = Unit::default();
    // The item's function comes first, before those of its literals, which are finished earlier.
    let own = match item {
        Item::Func(func, args) => declared(world, &mut unit, *func, args),
        Item::Init => initialisation(world, &mut unit),
        Item::Test(index) => test(world, &mut unit, *index),
        Item::MethodExpr(ty, name, own) => method_adapter(world, &mut unit, (*ty, *name), own, false),
        Item::TableMethod(ty, name) => method_adapter(world, &mut unit, (*ty, *name), &[], true),
        Item::CaseFunction(ty, index) => case_function(world, &mut unit, *ty, *index),
        Item::NativeValue(func, args) => native_value(world, &mut unit, *func, args),
    };
    own?;
    unit.put_last_first();
    Ok(unit)
}

fn declared(world: &World<'_>, unit: &mut Unit, id: FuncId, args: &[Ty]) -> Lower<()> {
    let func = world.func(id);
    let decl = world.func_decl(id)?;
    let Some(body) = &decl.body else {
        return ice(func.span, format!("`{}` has no body", func.name));
    };
    let subst = Subst::new(&func.type_params, args);
    let mut builder = Builder::new(world, unit, &subst, world.instance_name(id, args), decl.name.span);
    let mut sig: FuncTy = builder.func_ty(world.func_sig(id, args))?;
    if let Some(receiver) = &func.receiver {
        let ty = builder.ty(receiver.ty);
        sig.params.insert(0, ParamTy { ty, inout: receiver.inout });
    }
    builder.body(&func.params, &sig, &func.results, body)?;
    let (unit, function) = builder.finish();
    unit.own(function);
    Ok(())
}

fn test(world: &World<'_>, unit: &mut Unit, index: usize) -> Lower<()> {
    let Some(test) = world.program.tests.get(index) else { return ice(Span::default(), "no such test") };
    let decl = world.program.files.get(test.decl.0).and_then(|file| file.decls.get(test.decl.1));
    let Some(Decl::Test(decl)) = decl else { return ice(test.span, "a test without a body") };
    let subst = no_subst();
    let package = world.program.packages[test.package.0 as usize].name;
    let name = format!("{package}.test {:?}", test.name);
    let mut builder = Builder::new(world, unit, &subst, name, test.span);
    let sig = FuncTy { params: Vec::new(), variadic: false, result: Ty::unit() };
    builder.body(&[], &sig, &[], &decl.body)?;
    let (unit, function) = builder.finish();
    unit.own(function);
    Ok(())
}

fn initialisation(world: &World<'_>, unit: &mut Unit) -> Lower<()> {
    let subst = no_subst();
    let mut builder = Builder::new(world, unit, &subst, "init".to_owned(), Span::default());
    builder.returns(Ty::unit());
    for init in &world.program.inits {
        match init {
            Init::Func(func) => {
                let callee = builder.func_callee(*func, Vec::new());
                builder.call(callee, Vec::new(), Ty::unit());
            }
            Init::Vars { targets, file, decl, spec, value } => {
                let decl = world.program.files.get(*file).and_then(|file| file.decls.get(*decl));
                let Some(Decl::Var(specs)) = decl else {
                    return ice(Span::default(), "a package variable without a declaration");
                };
                let value = specs.get(*spec).and_then(|spec| spec.values.get(*value));
                let Some(value) = value else {
                    return ice(Span::default(), "a package variable without a value");
                };
                builder.init_globals(targets, value)?;
            }
        }
    }
    builder.publish_all();
    builder.leave_function(None);
    let (unit, function) = builder.finish();
    unit.own(function);
    Ok(())
}

impl Builder<'_, '_> {
    fn init_globals(&mut self, targets: &[Option<VarId>], value: &Expr) -> Lower<()> {
        self.span = value.span;
        let values = match targets {
            [_] => vec![self.value(value)?],
            _ => self.destructured(value, targets.len())?,
        };
        for (target, value) in targets.iter().zip(values) {
            self.init_global(*target, value)?;
        }
        Ok(())
    }

    fn init_global(&mut self, target: Option<VarId>, value: Val) -> Lower<()> {
        let Some(var) = target else { return Ok(()) };
        let Some(global) = self.world.global(var) else { return ice(self.span, "not a package variable") };
        let ty = self.var_ty(var);
        let path = Path { base: Place::global(global), steps: Vec::new(), ty };
        self.assign_path(Some(path), value)?;
        self.publish(var);
        Ok(())
    }

    /// Publishes all variables of the program's packages: an `init` function may have assigned any of them.
    pub fn publish_all(&mut self) {
        let world = self.world;
        for (index, var) in world.program.vars.iter().enumerate() {
            if let VarKind::Global { package, .. } = var.kind
                && !world.program.packages[package.0 as usize].std
            {
                self.publish(VarId(index as u32));
            }
        }
    }

    /// A package variable that is never assigned is every task's: what it holds is counted atomically from its initialisation on. Others
    /// are the main task's; those of the library, whoever uses them.
    fn publish(&mut self, var: VarId) {
        let VarKind::Global { assigned, .. } = self.world.var(var).kind else { return };
        let ty = self.var_ty(var);
        if let Some(global) = self.world.global(var).filter(|_| !assigned && self.is_open()) {
            // By this name the runtime finds what it noted about the value.
            let name = self.world.global_name(var);
            let name = Operand::Const(Const::Str(name.into_bytes().into()), Ty::string());
            self.native("goo_value_publish", vec![ty], vec![Place::global(global).into(), name], Ty::unit());
        }
    }
}
