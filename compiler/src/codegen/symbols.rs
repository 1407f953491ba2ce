//! What generated code refers to: functions and data, by meaning instead of by number.
//!
//! Functions are translated in parallel, so each has a table of its own; when everything is translated, [`super::output`] gives
//! the items numbers, in the order of the functions, so that output never depends on which thread was first.

use std::sync::Arc;

use cranelift_codegen::ir::{self, Type};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::FunctionBuilder;
use rustc_hash::FxHashMap;

use super::abi::Convention;
use crate::mir::{FnId, GlobalId};
use crate::types::Ty;

/// Something that has an address.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Item {
    Function(FnId),
    /// A plain function behind the closure convention.
    ClosureAdapter(FnId),
    /// A method behind the convention of interface tables.
    MethodAdapter(FnId),
    /// A function of the runtime.
    Native(&'static str),
    /// `(ctx)`: a function of the runtime behind a convention that keeps all registers, floating-point ones
    /// included. Its arguments are in `ctx.arguments`; what it gives, if anything, is at the start of `ctx.results`. For calls that are
    /// seldom made, from places where much is in registers: what surrounds them pays nothing for them.
    Cold(&'static str),
    Helper(Helper),
    /// Resumes an activation of a function with these parameters and results: see `FunctionDesc::resume`.
    Resume(Convention, Arc<Shape>),
    /// Calls a closure without parameters: see `ClosureDesc::enter`.
    Enter(Arc<Shape>),
    Type(Ty),
    FunctionDesc(FnId),
    ClosureDesc(FnId),
    /// A closure object without captures.
    StaticClosure(FnId),
    Text(Arc<[u8]>),
    Global(GlobalId),
    /// The `ProgramDesc`.
    Program,
}

/// Functions that every program has, made by [`super::adapters`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Helper {
    /// `(ctx, desc, frame, site)`: gives the activation a frame if it has none, notes the site, and links the frame, which is then
    /// `ctx.last_frame`. Keeps all registers, because what it makes the frame for is in them.
    Leave,
    /// `(ctx)`, with the object in `ctx.arguments`: gives up a count that is not simply counted down: the last one, a shared or an immortal object's.
    Release,
    /// `(object)`, which may be null: retains or releases it, as code elsewhere does in place. To retain keeps all registers, here and in
    /// the following.
    Count(Counting),
    /// `(object)`: what [`Helper::Count`] does not do by counting up or down.
    CountSlow(Counting),
    /// `(desc, data)`: retains or releases an interface value.
    CountInterface(Counting),
    /// `(desc, data)`: retains or releases what an interface value holds in its word.
    CountWord(Counting),
}

/// Up or down.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Counting {
    Retain,
    Release,
}

impl Counting {
    /// Counts above this are plain and go up or down by one. A last count is not counted down but frees the object; 0 is immortal, and
    /// negative is shared.
    pub fn least(self) -> i64 {
        match self {
            Counting::Retain => 0,
            Counting::Release => 1,
        }
    }

    pub fn step(self) -> i64 {
        match self {
            Counting::Retain => 1,
            Counting::Release => -1,
        }
    }

    /// The runtime's function for any value, by its descriptor.
    pub fn by_descriptor(self) -> &'static str {
        match self {
            Counting::Retain => "goo_value_retain",
            Counting::Release => "goo_value_release",
        }
    }
}

/// The scalars of a call.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Shape {
    pub params: Vec<Type>,
    /// With the offsets at which they lie in memory.
    pub results: Vec<(Type, u32)>,
}

impl Item {
    pub fn is_function(&self) -> bool {
        !matches!(
            self,
            Item::Type(_)
                | Item::FunctionDesc(_)
                | Item::ClosureDesc(_)
                | Item::StaticClosure(_)
                | Item::Text(_)
                | Item::Global(_)
                | Item::Program
        )
    }
}

/// In the names of a function, `ir::UserExternalName::namespace` of functions and data; the index is the item's
/// place in the function's table.
pub const FUNCTIONS: u32 = 0;
pub const DATA: u32 = 1;

/// The items that one function refers to.
pub struct Symbols {
    pub items: Vec<Item>,
    /// Whether the runtime's functions are where a call instruction reaches them.
    natives_near: bool,
    functions: FxHashMap<Item, ir::FuncRef>,
    data: FxHashMap<Item, ir::GlobalValue>,
}

impl Symbols {
    /// In a built executable the runtime is linked in; code that is made at run time may lie far from it.
    pub fn new(isa: &dyn TargetIsa) -> Symbols {
        Symbols {
            items: Vec::new(),
            natives_near: isa.flags().is_pic(),
            functions: FxHashMap::default(),
            data: FxHashMap::default(),
        }
    }

    /// A reference to a function, declared with this signature when it is new.
    pub fn function(
        &mut self,
        b: &mut FunctionBuilder,
        item: Item,
        signature: impl FnOnce() -> ir::Signature,
    ) -> ir::FuncRef {
        if let Some(&function) = self.functions.get(&item) {
            return function;
        }
        let signature = b.import_signature(signature());
        let name = b.func.declare_imported_user_function(ir::UserExternalName {
            namespace: FUNCTIONS,
            index: self.items.len() as u32,
        });
        let function = b.import_function(ir::ExtFuncData {
            name: ir::ExternalName::user(name),
            signature,
            colocated: self.natives_near || !matches!(item, Item::Native(_)),
            patchable: false,
        });
        self.items.push(item.clone());
        self.functions.insert(item, function);
        function
    }

    /// The address of a data item.
    pub fn address(&mut self, b: &mut FunctionBuilder, item: Item) -> ir::Value {
        use cranelift_codegen::ir::InstBuilder;
        let value = match self.data.get(&item) {
            Some(&value) => value,
            None => {
                let name = b.func.declare_imported_user_function(ir::UserExternalName {
                    namespace: DATA,
                    index: self.items.len() as u32,
                });
                let value = b.create_global_value(ir::GlobalValueData::Symbol {
                    name: ir::ExternalName::user(name),
                    offset: 0.into(),
                    colocated: true,
                    tls: false,
                });
                self.items.push(item.clone());
                self.data.insert(item, value);
                value
            }
        };
        b.ins().symbol_value(ir::types::I64, value)
    }
}
