//! Writes a program's code into an object file, with a line table, for the linker.

use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Signature, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::{FuncId, Linkage, Module, default_libcall_names};
use cranelift_object::{ObjectBuilder, ObjectModule};

use super::jit::{Id, place};
use super::output::{Code, Machine};
use crate::types::Program;

/// The runtime's entry for built binaries: `extern "C" fn(&ProgramDesc, argc, argv) -> status`.
const ENTRY: &str = "goo_main";

/// The bytes of the object file. It defines `main`.
pub fn write(program: &Program, code: Code) -> Result<Vec<u8>, String> {
    let builder = ObjectBuilder::new(code.isa.clone(), "goo", default_libcall_names());
    let mut builder = builder.map_err(|error| error.to_string())?;
    builder.per_function_section(true).per_data_object_section(true);
    let mut module = ObjectModule::new(builder);
    let descriptor = code.program;
    let mut lines = super::debug::Lines::new(program);
    let ids = place(&mut module, code, |id: FuncId, name: &str, code: &Machine| lines.add(id, name, code))?;
    let Id::Data(descriptor) = ids[descriptor] else {
        return Err("the program has no descriptor".to_owned());
    };
    define_main(&mut module, descriptor)?;
    let mut product = module.finish();
    lines.write(&mut product)?;
    product.emit().map_err(|error| error.to_string())
}

/// `int main(int argc, char **argv) { return goo_main(&program, argc, argv); }`
fn define_main(module: &mut ObjectModule, descriptor: cranelift_module::DataId) -> Result<(), String> {
    let text = |error: cranelift_module::ModuleError| error.to_string();
    let call_conv = module.isa().default_call_conv();
    let signature = |params: &[types::Type]| {
        let mut signature = Signature::new(call_conv);
        signature.params.extend(params.iter().map(|ty| AbiParam::new(*ty)));
        signature.returns.push(AbiParam::new(types::I32));
        signature
    };
    let entry = signature(&[types::I64, types::I32, types::I64]);
    let entry = module.declare_function(ENTRY, Linkage::Import, &entry).map_err(text)?;
    let main = signature(&[types::I32, types::I64]);
    let id = module.declare_function("main", Linkage::Export, &main).map_err(text)?;
    let mut clif = ir::Function::with_name_signature(ir::UserFuncName::user(2, 0), main);
    let mut builder = FunctionBuilderContext::new();
    let mut b = FunctionBuilder::new(&mut clif, &mut builder);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    let params = b.block_params(block).to_vec();
    let descriptor = module.declare_data_in_func(descriptor, b.func);
    let descriptor = b.ins().symbol_value(types::I64, descriptor);
    let entry = module.declare_func_in_func(entry, b.func);
    let call = b.ins().call(entry, &[descriptor, params[0], params[1]]);
    let status = b.inst_results(call)[0];
    b.ins().return_(&[status]);
    b.seal_all_blocks();
    b.finalize(module.isa().frontend_config());
    module.define_function(id, &mut cranelift_codegen::Context::for_function(clif)).map_err(text)
}
