//! Places a program's code in memory, ready to run.

use std::collections::HashMap;

use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::{
    DataDescription, DataId, FuncId, Linkage, Module, ModuleReloc, ModuleRelocTarget, default_libcall_names,
};
use goo_runtime::abi::layout::ProgramDesc;
use goo_runtime::abi::table::GROUPS;

use super::output::{Code, CodeTarget, Machine, Object};

/// Address space for code and data: one region, so that near calls always reach. Only what is used costs memory.
const ARENA: usize = 1 << 30;

/// A program in memory. It stays for the life of the process: its data is referred to until the end.
pub struct Jit {
    program: *const ProgramDesc,
}

// SAFETY: the descriptor is immutable for the life of the process.
unsafe impl Send for Jit {}

impl Jit {
    /// What the runtime starts.
    pub fn program(&self) -> &'static ProgramDesc {
        // SAFETY: the descriptor was written by the code generator, and the module is never freed.
        unsafe { &*self.program }
    }
}

/// Numbers of an object, for the module.
#[derive(Clone, Copy)]
pub(super) enum Id {
    Function(FuncId),
    Data(DataId),
}

impl Id {
    fn target(self) -> ModuleRelocTarget {
        match self {
            Id::Function(id) => ModuleRelocTarget::user(0, id.as_u32()),
            Id::Data(id) => ModuleRelocTarget::user(1, id.as_u32()),
        }
    }
}

/// Loads a program into memory.
pub fn load(code: Code) -> Result<Jit, String> {
    load_with(code, &[])
}

/// As [`load`], with further runtime functions.
pub(super) fn load_with(code: Code, symbols: &[(&str, *const u8)]) -> Result<Jit, String> {
    let mut builder = JITBuilder::with_isa(code.isa.clone(), default_libcall_names());
    let arena = ArenaMemoryProvider::new_with_size(ARENA).map_err(|error| error.to_string())?;
    builder.memory_provider(Box::new(arena));
    let table = GROUPS.iter().flat_map(|group| group.iter()).map(|e| (e.name, e.symbol as *const u8));
    let natives: HashMap<&str, *const u8> = table.chain(symbols.iter().copied()).collect();
    for object in &code.items {
        if let Object::Native(name) = object
            && let Some(&address) = natives.get(name)
        {
            builder.symbol(*name, address);
        }
    }
    let mut module = JITModule::new(builder);
    let program = code.program;
    let ids = place(&mut module, code, |_, _, _| {})?;
    module.finalize_definitions().map_err(|error| error.to_string())?;
    let Id::Data(program) = ids[program] else { return Err("the program has no descriptor".to_owned()) };
    let (address, _) = module.get_finalized_data(program);
    // The program's data is used until the process ends, by other threads, too.
    std::mem::forget(module);
    Ok(Jit { program: address.cast() })
}

/// Declares and defines everything in a module; tells where each function came to be known.
pub(super) fn place(
    module: &mut dyn Module,
    code: Code,
    mut defined: impl FnMut(FuncId, &str, &Machine),
) -> Result<Vec<Id>, String> {
    let text = |error: cranelift_module::ModuleError| error.to_string();
    // Signatures are for building CLIF with a module, which has been done without.
    let signature = module.make_signature();
    let mut ids = Vec::with_capacity(code.items.len());
    for object in &code.items {
        ids.push(match object {
            Object::Function { name, .. } => {
                Id::Function(module.declare_function(name, Linkage::Local, &signature).map_err(text)?)
            }
            Object::Native(name) => {
                Id::Function(module.declare_function(name, Linkage::Import, &signature).map_err(text)?)
            }
            Object::Data { name, writable, .. } => {
                Id::Data(module.declare_data(name, Linkage::Local, *writable, false).map_err(text)?)
            }
        });
    }
    for (object, id) in code.items.into_iter().zip(&ids) {
        match (object, *id) {
            (Object::Function { name, code }, Id::Function(id)) => {
                let relocs: Vec<ModuleReloc> = code
                    .relocs
                    .iter()
                    .map(|reloc| ModuleReloc {
                        offset: reloc.offset,
                        kind: reloc.kind,
                        addend: reloc.addend,
                        name: match reloc.target {
                            CodeTarget::Item(number) => ids[number].target(),
                            CodeTarget::LibCall(call) => ModuleRelocTarget::LibCall(call),
                            CodeTarget::Inside(offset) => ModuleRelocTarget::FunctionOffset(id, offset),
                        },
                    })
                    .collect();
                module.define_function_bytes(id, code.align, &code.bytes, &relocs).map_err(text)?;
                defined(id, &name, &code);
            }
            (Object::Data { bytes, relocs, writable, align, .. }, Id::Data(id)) => {
                let mut data = DataDescription::new();
                match writable && bytes.iter().all(|byte| *byte == 0) && relocs.is_empty() {
                    true => data.define_zeroinit(bytes.len()),
                    false => data.define(bytes.into_boxed_slice()),
                }
                data.set_align(align.max(1));
                for (offset, number, addend) in relocs {
                    match ids[number] {
                        Id::Function(function) => {
                            let function = module.declare_func_in_data(function, &mut data);
                            data.write_function_addr(offset, function);
                        }
                        Id::Data(target) => {
                            let target = module.declare_data_in_data(target, &mut data);
                            data.write_data_addr(offset, target, addend);
                        }
                    }
                }
                module.define_data(id, &data).map_err(text)?;
            }
            _ => {}
        }
    }
    Ok(ids)
}
