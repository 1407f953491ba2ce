//! Lowering: from checked syntax trees to MIR, one function for each instance that the program reaches.
//!
//! What becomes a function is an [`Item`]: a declared function with its type arguments, a test, the package
//! initialisation, an adapter. Lowering an item gives a [`Unit`]: its function, the functions of the literals inside it, and
//! links to the items that it mentions. Units know nothing of each other, so a wave of items is lowered on all cores; between
//! waves [`Driver`] gives numbers to what the units mention, in their order, so that the module is the same every time.
//!
//! ```text
//! main.main ──► unit: main.main, main.main.func1, links [main.Map[int,string]] ──► next wave: main.Map[int,string] …
//! ```
//!
//! Methods of types that become interface values are found last: a wave may bring new such types, so the two alternate
//! until nothing is new.

mod assign;
mod binary;
mod builtins;
mod calls;
mod channels;
mod closures;
mod composite;
mod consts;
mod control;
mod conversions;
mod defer;
mod dynamic;
mod errors;
mod exprs;
mod function;
mod globals;
#[cfg(test)]
mod golden;
mod instances;
mod match_;
mod methods;
mod patterns;
mod places;
mod range;
mod range_func;
mod scan;
mod stmts;
mod supervise;
mod switch;
mod tasks;
mod tests;
mod type_switch;
mod unit;

use rustc_hash::FxHashMap;

use crate::mir::{FnId, Function, MethodImpl, Module};
use crate::parallel;
use crate::syntax::{Span, Symbol};
use crate::types::{FuncId, Program, Ty};

use dynamic::Dynamic;
use instances::World;
use unit::{Link, Unit};

/// Something that lowering did not expect: a mistake of the compiler, not of the program.
#[derive(Debug, Clone)]
pub struct Ice {
    pub span: Span,
    pub message: String,
}

pub(crate) type Lower<T> = Result<T, Ice>;

/// What becomes one function of the module.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Item {
    /// A declared function or method with its type arguments.
    Func(FuncId, Vec<Ty>),
    /// All package-level variables, then the `init` functions.
    Init,
    /// A test block, by number.
    Test(usize),
    /// `T.Method` as a function with the receiver first, and the arguments for the method's own type parameters.
    MethodExpr(Ty, Symbol, Vec<Ty>),
    /// A method in an interface table: as the method, with a `Ref` to the receiver first.
    TableMethod(Ty, Symbol),
    /// A case of an enum as a function of its fields.
    CaseFunction(Ty, u32),
    /// A function of the runtime as a value.
    NativeValue(FuncId, Vec<Ty>),
}

/// Lowers a program without errors.
pub fn lower(program: &Program) -> Result<Module, Ice> {
    let world = World::new(program);
    let mut driver = Driver::new(&world);
    let init = driver.intern(Item::Init);
    let main = program.main.map(|main| driver.intern(Item::Func(main, Vec::new())));
    let tests: Vec<_> = program
        .tests
        .iter()
        .enumerate()
        .map(|(index, test)| (test.name.clone(), test.span, driver.intern(Item::Test(index))))
        .collect();
    let methods = driver.run()?;
    let functions = driver.finish()?;
    Ok(Module { functions, globals: world.globals(), init: Some(init), main, tests, methods })
}

/// The table of instances, and what is still to be lowered.
struct Driver<'w> {
    world: &'w World<'w>,
    ids: FxHashMap<Item, FnId>,
    functions: Vec<Option<Function>>,
    pending: Vec<(FnId, Item)>,
    dynamic: Dynamic,
}

impl<'w> Driver<'w> {
    fn new(world: &'w World<'w>) -> Self {
        Driver {
            world,
            ids: FxHashMap::default(),
            functions: Vec::new(),
            pending: Vec::new(),
            dynamic: Dynamic::default(),
        }
    }

    fn intern(&mut self, item: Item) -> FnId {
        if let Some(&id) = self.ids.get(&item) {
            return id;
        }
        let id = self.reserve();
        self.ids.insert(item.clone(), id);
        self.pending.push((id, item));
        id
    }

    fn reserve(&mut self) -> FnId {
        self.functions.push(None);
        FnId(self.functions.len() as u32 - 1)
    }

    /// Lowers all that the roots reach, and gives the methods for interface tables.
    fn run(&mut self) -> Lower<Vec<MethodImpl>> {
        let mut methods = Vec::new();
        loop {
            while !self.pending.is_empty() {
                self.wave()?;
            }
            for method in self.dynamic.new_methods(self.world) {
                let function = self.intern(method.item);
                methods.push(MethodImpl { ty: method.ty, name: method.name, sig: method.sig, function });
            }
            if self.pending.is_empty() && !self.dynamic.has_news() {
                break;
            }
        }
        // By spelling: the numbers of types and symbols depend on the order in which threads made them.
        methods.sort_by_cached_key(|m| (self.world.type_name(m.ty), m.name.as_str()));
        Ok(methods)
    }

    /// Lowers what is pending, on all cores, and then, in order, links it.
    fn wave(&mut self) -> Lower<()> {
        let pending = std::mem::take(&mut self.pending);
        let world = self.world;
        let units: Vec<Lower<Unit>> = parallel::map(&pending, |(_, item)| globals::lower_item(world, item));
        for ((id, _), unit) in pending.into_iter().zip(units) {
            self.link(id, unit?);
        }
        Ok(())
    }

    fn link(&mut self, id: FnId, unit: Unit) {
        let Unit { functions, links, boxed, lent, interfaces, .. } = unit;
        let mut own = vec![id];
        own.extend((1..functions.len()).map(|_| self.reserve()));
        let ids: Vec<FnId> = links
            .into_iter()
            .map(|link| match link {
                Link::Own(index) => own[index],
                Link::Item(item) => self.intern(item),
            })
            .collect();
        for (mut function, id) in functions.into_iter().zip(own) {
            unit::relink(&mut function, &ids);
            self.functions[id.0 as usize] = Some(function);
        }
        self.dynamic.add(boxed, lent, interfaces);
    }

    fn finish(&mut self) -> Lower<Vec<Function>> {
        std::mem::take(&mut self.functions)
            .into_iter()
            .map(|function| {
                function.ok_or_else(|| Ice {
                    span: Span::default(),
                    message: "a function was mentioned but never lowered".to_owned(),
                })
            })
            .collect()
    }
}
