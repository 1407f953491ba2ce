//! From MIR to numbered machine code and data: everything that a program consists of, ready to be placed.

use std::sync::Arc;

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{self, ExternalName, LibCall};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{Context, FinalizedRelocTarget};
use cranelift_frontend::FunctionBuilderContext;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use target_lexicon::{Architecture, Triple};

use super::cache::{Body, Earlier, Kept, Key, Pack, Repack};
use super::descriptors::{self, Data, FunctionInfo};
use super::symbols::Item;
use super::unit::Unit;
use super::{adapters, function, lines};
use crate::diagnostics::{self, Diagnostic};
use crate::mir::{FnId, Module};
use crate::parallel;
use crate::syntax::Span;
use crate::types::{Program, Ty, TyKind, display};

/// Where the code will be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    Jit,
    Object,
}

/// Text forms of the code, on request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Listing {
    #[default]
    None,
    Clif,
    Asm,
}

/// A whole program.
pub struct Code {
    pub isa: OwnedTargetIsa,
    /// By number.
    pub items: Vec<Object>,
    /// The number of the `ProgramDesc`.
    pub program: usize,
    /// What to keep for the next compilation, if that was asked for.
    pub repack: Option<Repack>,
}

impl Code {
    /// The text form of all functions, if it was asked for, in order.
    pub fn listing(&self) -> String {
        let mut text = String::new();
        for object in &self.items {
            if let Object::Function { name, code } = object {
                text += &format!("; {name}\n{}\n", code.listing);
            }
        }
        text
    }
}

/// A function, a data object, or something that the linker finds elsewhere.
pub enum Object {
    Function { name: String, code: Machine },
    Native(&'static str),
    Data { name: String, bytes: Vec<u8>, relocs: Vec<(u32, usize, i64)>, writable: bool, align: u64 },
}

/// Machine code.
#[derive(Default)]
pub struct Machine {
    pub bytes: Vec<u8>,
    pub align: u64,
    pub relocs: Vec<CodeReloc>,
    /// From which offset on the code belongs to which source.
    pub lines: Vec<(u32, Span)>,
    /// CLIF or assembly.
    pub listing: String,
}

impl Machine {
    /// The same code, beginning where its short loops lie in few cache lines.
    fn in_lines(mut self, target: &Triple) -> Machine {
        if target.architecture != Architecture::X86_64 {
            return self;
        }
        let Some(lead) = lines::lead(&self.bytes) else { return self };
        self.align = self.align.max(lines::LINE as u64);
        if lead > 0 {
            self.bytes.splice(0..0, lines::nothing(lead));
            let lead = lead as u32;
            for reloc in &mut self.relocs {
                reloc.offset += lead;
                if let CodeTarget::Inside(offset) = &mut reloc.target {
                    *offset += lead;
                }
            }
            // The first line stays where it is: it has what comes before as well.
            self.lines.iter_mut().skip(1).for_each(|(offset, _)| *offset += lead);
        }
        self
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeReloc {
    pub offset: u32,
    pub kind: Reloc,
    pub target: CodeTarget,
    pub addend: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeTarget {
    /// At first an index into the function's own items, in the end the number of an item of the program.
    Item(usize),
    LibCall(LibCall),
    /// Into the function itself.
    Inside(u32),
}

/// A function after compilation, before numbers.
struct Compiled {
    machine: Machine,
    items: Vec<Item>,
    info: Option<FunctionInfo>,
    kept: Option<Kept>,
    problems: Vec<String>,
    too_large: Option<Diagnostic>,
}

/// Why there is no code.
#[derive(Debug)]
pub enum NoCode {
    /// Mistakes of the compiler itself.
    Faults(Vec<String>),
    /// The program asks for more than there can be: errors of its own.
    TooLarge(Vec<Diagnostic>),
}

/// The processor that code is made for: this machine's in memory, any of its kind in an object file.
pub fn isa(target: Target) -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let mut set = |name: &str, value: &str| flags.set(name, value).map_err(|error| error.to_string());
    set("opt_level", "speed")?;
    set("preserve_frame_pointers", "true")?;
    set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })?;
    set("unwind_info", "false")?;
    set("enable_probestack", "false")?;
    set("use_colocated_libcalls", "false")?;
    // An attacker who trains the branch predictor of a process runs in it already.
    set("enable_table_access_spectre_mitigation", "false")?;
    set("is_pic", if target == Target::Object { "true" } else { "false" })?;
    let builder = match target {
        Target::Jit => cranelift_native::builder().map_err(str::to_owned)?,
        Target::Object => cranelift_codegen::isa::lookup(target_lexicon::Triple::host())
            .map_err(|error| error.to_string())?,
    };
    builder.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
}

/// Generates the code of a program, with what is kept of earlier code of it.
pub fn generate(
    program: &Program,
    module: &Module,
    target: Target,
    earlier: Option<Earlier>,
) -> Result<Code, NoCode> {
    let isa = isa(target).map_err(|error| NoCode::Faults(vec![error]))?;
    let unit = Unit::new(program, module, isa);
    generate_unit(&unit, Listing::None, earlier)
}

/// The code of a program with its text form: all of it is compiled.
pub fn generate_listing(
    program: &Program,
    module: &Module,
    target: Target,
    listing: Listing,
) -> Result<Code, NoCode> {
    let isa = isa(target).map_err(|error| NoCode::Faults(vec![error]))?;
    let unit = Unit::new(program, module, isa);
    generate_unit(&unit, listing, None)
}

pub fn generate_unit(unit: &Unit, listing: Listing, earlier: Option<Earlier>) -> Result<Code, NoCode> {
    let pack = earlier.map(|earlier| Pack::new(earlier, &*unit.isa));
    let ids: Vec<FnId> = (0..unit.module.functions.len() as u32).map(FnId).collect();
    let order = Order { unit, listing, pack: pack.as_ref() };
    // Of a small program that was compiled before, most is there.
    let little = parallel::few(ids.len()) && pack.as_ref().is_some_and(|pack| !pack.is_empty());
    let compiled: Vec<Compiled> = if little {
        let mut workspace = Workspace::default();
        ids.into_iter().map(|id| workspace.function(&order, id)).collect()
    } else {
        ids.into_par_iter()
            .map_init(Workspace::default, |workspace, id| workspace.function(&order, id))
            .collect()
    };
    let problems: Vec<String> = compiled.iter().flat_map(|c| c.problems.iter().cloned()).collect();
    if !problems.is_empty() {
        return Err(NoCode::Faults(problems));
    }
    let too_large: Vec<Diagnostic> = compiled.iter().filter_map(|c| c.too_large.clone()).collect();
    if !too_large.is_empty() {
        return Err(NoCode::TooLarge(too_large));
    }
    let (mut code, kept) = Numbering::new(&order).run(compiled).map_err(NoCode::Faults)?;
    if let Some(ty) = unit.layouts.too_large() {
        return Err(NoCode::TooLarge(vec![too_large_type(unit, ty)]));
    }
    code.repack = pack.map(|pack| {
        let functions = code.items.iter().filter(|item| matches!(item, Object::Function { .. })).count();
        Repack::new(pack, kept, functions)
    });
    Ok(code)
}

/// Says that a type's values cannot be made: an instance of a generic type, because others were refused before.
fn too_large_type(unit: &Unit, ty: Ty) -> Diagnostic {
    let span = match ty.kind() {
        TyKind::Named(def, _) => unit.program.types[def.0 as usize].span,
        _ => unit.module.functions.first().map(|function| function.span).unwrap_or_default(),
    };
    let name = display::type_name(unit.program, ty);
    Diagnostic::error(
        diagnostics::Code::InvalidType,
        span,
        format!("a value of type `{name}` takes more than 2 GiB in place"),
    )
    .help("make it a slice, `make([]T, n)`, which is allocated when the program runs")
}

/// What is to be made, and from what.
struct Order<'u> {
    unit: &'u Unit<'u>,
    listing: Listing,
    pack: Option<&'u Pack>,
}

/// What a thread uses again for each function.
struct Workspace {
    builder: FunctionBuilderContext,
    control: ControlPlane,
    context: Context,
}

impl Default for Workspace {
    fn default() -> Workspace {
        Workspace {
            builder: FunctionBuilderContext::new(),
            control: ControlPlane::default(),
            context: Context::new(),
        }
    }
}

impl Workspace {
    fn function(&mut self, order: &Order, id: FnId) -> Compiled {
        let translated = function::translate(order.unit, id, &mut self.builder);
        let mut problems = translated.problems;
        let name = &order.unit.names[id.0 as usize];
        let made = match problems.is_empty() && translated.too_large.is_none() {
            true => self.compile(order, translated.clif, name, translated.items.len(), &translated.spans),
            false => Ok((Machine::default(), None)),
        };
        let (machine, kept) = made.unwrap_or_else(|problem| {
            problems.push(problem);
            (Machine::default(), None)
        });
        let info = FunctionInfo {
            frame_size: translated.frame_size,
            defers: translated.defers,
            sites: translated.sites,
            slot_sets: translated.slot_sets,
        };
        let too_large = translated.too_large;
        Compiled { machine, items: translated.items, info: Some(info), kept, problems, too_large }
    }

    /// The code of a function, from the pack if it is there, and what to keep of it.
    fn compile(
        &mut self,
        order: &Order,
        clif: ir::Function,
        name: &str,
        items: usize,
        spans: &[Span],
    ) -> Result<(Machine, Option<Kept>), String> {
        let Some(pack) = order.pack else {
            let (body, listing) = self.body(order, clif, name)?;
            return Ok((Machine { listing, ..machine(order, body, spans) }, None));
        };
        let key = Key::of_function(&clif);
        if let Some((body, kept)) = pack.get(key, items, spans.len()) {
            return Ok((machine(order, body, spans), Some(kept)));
        }
        let (body, listing) = self.body(order, clif, name)?;
        let kept = Kept::new(key, &body);
        Ok((Machine { listing, ..machine(order, body, spans) }, kept))
    }

    /// Compiles a function; also gives its text form, if that is wanted.
    fn body(&mut self, order: &Order, clif: ir::Function, name: &str) -> Result<(Body, String), String> {
        let mut text = match order.listing {
            Listing::Clif => clif.display().to_string(),
            _ => String::new(),
        };
        let isa = &*order.unit.isa;
        let context = &mut self.context;
        context.clear();
        context.func = clif;
        context.set_disasm(order.listing == Listing::Asm);
        context.compile(isa, &mut self.control).map_err(|error| {
            let reason = cranelift_codegen::print_errors::pretty_error(error.func, error.inner);
            format!("{name}: {reason}")
        })?;
        let code = context.take_compiled_code().ok_or_else(|| format!("{name}: no code"))?;
        if let Some(asm) = code.vcode {
            text = asm;
        }
        let relocs = code.buffer.relocs().iter().map(|reloc| CodeReloc {
            offset: reloc.offset,
            kind: reloc.kind,
            addend: reloc.addend,
            target: match &reloc.target {
                FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
                    CodeTarget::Item(context.func.params.user_named_funcs()[*name].index as usize)
                }
                FinalizedRelocTarget::ExternalName(ExternalName::LibCall(call)) => CodeTarget::LibCall(*call),
                FinalizedRelocTarget::Func(offset) => CodeTarget::Inside(*offset),
                // Nothing here makes the other kinds of names.
                FinalizedRelocTarget::ExternalName(_) => CodeTarget::Inside(0),
            },
        });
        let relocs = relocs.collect();
        // Code that no instruction of the source asked for has no place in it.
        let ranges = code.buffer.get_srclocs_sorted().iter().filter(|range| !range.loc.is_default());
        let lines = ranges.map(|range| (range.start, range.loc.bits())).collect();
        // What the processor likes, not what it needs: else a loop's speed depends on the length of the functions before it.
        let align = u64::from(code.buffer.alignment).max(u64::from(isa.function_alignment().preferred));
        Ok((Body { bytes: code.buffer.data().to_vec(), align, relocs, lines }, text))
    }
}

/// Code with the places in the source that it belongs to.
fn machine(order: &Order, body: Body, spans: &[Span]) -> Machine {
    let span = |number: u32| spans.get((number as usize).wrapping_sub(1)).copied();
    let lines = body.lines.iter().filter_map(|(offset, number)| Some((*offset, span(*number)?)));
    // What the code generator puts before the first instruction belongs to the function as a whole.
    let lines = spans.first().map(|span| (0, *span)).into_iter().chain(lines).collect();
    let (bytes, align, relocs) = (body.bytes, body.align, body.relocs);
    Machine { bytes, align, relocs, lines, listing: String::new() }.in_lines(order.unit.isa.triple())
}

/// Gives numbers to everything that is reached, and makes what is not a function of the program.
struct Numbering<'u> {
    unit: &'u Unit<'u>,
    order: &'u Order<'u>,
    numbers: FxHashMap<Item, usize>,
    queue: Vec<Item>,
    infos: FxHashMap<FnId, FunctionInfo>,
    objects: Vec<Object>,
    types: u32,
    texts: u32,
    workspace: Workspace,
    kept: Vec<Kept>,
    problems: Vec<String>,
}

impl<'u> Numbering<'u> {
    fn new(order: &'u Order<'u>) -> Numbering<'u> {
        Numbering {
            unit: order.unit,
            order,
            numbers: FxHashMap::default(),
            queue: Vec::new(),
            infos: FxHashMap::default(),
            objects: Vec::new(),
            types: 0,
            texts: 0,
            workspace: Workspace::default(),
            kept: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn number(&mut self, item: &Item) -> usize {
        if let Some(&number) = self.numbers.get(item) {
            return number;
        }
        let number = self.queue.len();
        self.numbers.insert(item.clone(), number);
        self.queue.push(item.clone());
        number
    }

    /// The program's code, and what to keep of it.
    fn run(mut self, compiled: Vec<Compiled>) -> Result<(Code, Vec<Kept>), Vec<String>> {
        for index in 0..compiled.len() {
            self.number(&Item::Function(FnId(index as u32)));
        }
        for (index, compiled) in compiled.into_iter().enumerate() {
            let machine = self.renumber(compiled.machine, &compiled.items);
            if let Some(info) = compiled.info {
                self.infos.insert(FnId(index as u32), info);
            }
            self.kept.extend(compiled.kept);
            let name = self.unit.names[index].clone();
            self.objects.push(Object::Function { name, code: machine });
        }
        let program = self.number(&Item::Program);
        while self.objects.len() < self.queue.len() {
            let item = self.queue[self.objects.len()].clone();
            let object = self.object(&item);
            self.objects.push(object);
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let code = Code { isa: self.unit.isa.clone(), items: self.objects, program, repack: None };
        Ok((code, self.kept))
    }

    fn renumber(&mut self, mut machine: Machine, items: &[Item]) -> Machine {
        for reloc in &mut machine.relocs {
            if let CodeTarget::Item(index) = &mut reloc.target {
                *index = self.number(&items[*index]);
            }
        }
        machine
    }

    fn object(&mut self, item: &Item) -> Object {
        if let Item::Native(name) = item {
            return Object::Native(name);
        }
        let name = self.name(item);
        if item.is_function() {
            return match adapters::build(self.unit, item, &mut self.workspace.builder) {
                Some(adapter) => {
                    let made =
                        self.workspace.compile(self.order, adapter.clif, &name, adapter.items.len(), &[]);
                    let (machine, kept) = made.unwrap_or_else(|problem| {
                        self.problems.push(problem);
                        (Machine::default(), None)
                    });
                    self.kept.extend(kept);
                    Object::Function { code: self.renumber(machine, &adapter.items), name }
                }
                None => {
                    self.problems.push(format!("{item:?} cannot be made"));
                    Object::Function { name, code: Machine::default() }
                }
            };
        }
        let infos = &mut self.infos;
        let infos = std::cell::RefCell::new(infos);
        let data = descriptors::build(self.unit, item, self.types, |id| infos.borrow_mut().remove(&id));
        let Some(data) = data else {
            self.problems.push(format!("{item:?} cannot be made"));
            return Object::Native("");
        };
        self.data(name, data)
    }

    fn data(&mut self, name: String, data: Data) -> Object {
        let relocs =
            data.relocs.iter().map(|(offset, item, addend)| (*offset, self.number(item), *addend)).collect();
        Object::Data { name, bytes: data.bytes, relocs, writable: data.writable, align: data.align }
    }

    /// The name that the linker and tools see.
    fn name(&mut self, item: &Item) -> String {
        let function = |id: &FnId| self.unit.names[id.0 as usize].as_str();
        match item {
            Item::Function(id) => function(id).to_owned(),
            Item::ClosureAdapter(id) => format!("{}$value", function(id)),
            Item::MethodAdapter(id) => format!("{}$method", function(id)),
            Item::Native(name) => (*name).to_owned(),
            Item::Cold(name) => format!("goo$cold_{name}"),
            Item::Helper(helper) => format!("goo${}", format!("{helper:?}").replace(['(', ')'], "")),
            Item::Resume(convention, shape) => format!("goo$resume{convention:?}{}", shape_name(shape)),
            Item::Enter(shape) => format!("goo$enter{}", shape_name(shape)),
            Item::Type(_) => {
                self.types += 1;
                format!("goo$type{}", self.types)
            }
            Item::FunctionDesc(id) => format!("{}$frame", function(id)),
            Item::ClosureDesc(id) => format!("{}$closure", function(id)),
            Item::StaticClosure(id) => format!("{}$static", function(id)),
            Item::Text(_) => {
                self.texts += 1;
                format!("goo$text{}", self.texts)
            }
            Item::Global(id) => format!("{}$var{}", self.unit.module.globals[id.0 as usize].name, id.0),
            Item::Program => "goo$program".to_owned(),
        }
    }
}

fn shape_name(shape: &Arc<super::symbols::Shape>) -> String {
    let params: String = shape.params.iter().map(|ty| format!("_{ty}")).collect();
    let results: String = shape.results.iter().map(|(ty, offset)| format!("_{ty}@{offset}")).collect();
    format!("{params}${results}")
}
