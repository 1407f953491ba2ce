//! Debug information of object files: each function's name and place, and which code belongs to which line, so that debuggers and
//! profilers show Goo.

use cranelift_module::FuncId;
use cranelift_object::ObjectProduct;
use cranelift_object::object::write::{Relocation, SectionId, SymbolId};
use cranelift_object::object::{RelocationEncoding, RelocationFlags, RelocationKind, SectionKind};
use gimli::write::{
    Address, AttributeValue, Dwarf, EndianVec, LineProgram, LineString, Range, RangeList, RelocateWriter,
    RelocationTarget, Sections, UnitEntryId,
};
use gimli::{Encoding, Format, LineEncoding, RunTimeEndian};
use rustc_hash::FxHashMap;

use super::output::Machine;
use crate::syntax::{FileId, Span};
use crate::types::Program;

/// Not given by a name: code of functions that no source has.
const DW_LANG_GOO: gimli::DwLang = gimli::DW_LANG_Go;

/// Collects what each function says about its lines.
pub struct Lines<'a> {
    program: &'a Program,
    functions: Vec<FunctionLines>,
}

struct FunctionLines {
    id: FuncId,
    name: String,
    size: u64,
    lines: Vec<(u32, Span)>,
}

impl<'a> Lines<'a> {
    pub fn new(program: &'a Program) -> Lines<'a> {
        Lines { program, functions: Vec::new() }
    }

    pub fn add(&mut self, id: FuncId, name: &str, code: &Machine) {
        if !code.lines.is_empty() {
            let size = code.bytes.len() as u64;
            self.functions.push(FunctionLines { id, name: name.to_owned(), size, lines: code.lines.clone() });
        }
    }

    /// Adds the sections to the object file.
    pub fn write(&self, product: &mut ObjectProduct) -> Result<(), String> {
        let text = |error: gimli::write::Error| error.to_string();
        let encoding = Encoding { format: Format::Dwarf32, version: 4, address_size: 8 };
        let mut dwarf = Dwarf::new();
        let root = dwarf.units.add(gimli::write::Unit::new(encoding, self.line_program(encoding)));
        let unit = dwarf.units.get_mut(root);
        let mut ranges = Vec::new();
        let entry = unit.root();
        for (index, function) in self.functions.iter().enumerate() {
            let start = Address::Symbol { symbol: index, addend: 0 };
            ranges.push(Range::StartLength { begin: start, length: function.size });
            add_function(unit, entry, function, start, self.program);
        }
        let ranges = unit.ranges.add(RangeList(ranges));
        let compile_unit = unit.get_mut(entry);
        compile_unit.set(gimli::DW_AT_producer, AttributeValue::String(b"goo".to_vec()));
        compile_unit.set(gimli::DW_AT_language, AttributeValue::Language(DW_LANG_GOO));
        compile_unit.set(gimli::DW_AT_name, AttributeValue::String(self.main_file().into_bytes()));
        compile_unit.set(gimli::DW_AT_comp_dir, AttributeValue::String(directory().into_bytes()));
        compile_unit.set(gimli::DW_AT_low_pc, AttributeValue::Address(Address::Constant(0)));
        compile_unit.set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
        let mut sections = Sections::new(Writer::default());
        dwarf.write(&mut sections).map_err(text)?;
        let symbols: Vec<SymbolId> =
            self.functions.iter().map(|function| product.function_symbol(function.id)).collect();
        add_sections(product, &sections, &symbols)
    }

    fn main_file(&self) -> String {
        self.program
            .sources
            .iter()
            .find(|(_, file)| !file.std)
            .map_or_else(|| "main.goo".to_owned(), |(_, file)| file.name.clone())
    }

    fn line_program(&self, encoding: Encoding) -> LineProgram {
        let mut lines = LineProgram::new(
            encoding,
            LineEncoding::default(),
            LineString::String(directory().into_bytes()),
            None,
            LineString::String(self.main_file().into_bytes()),
            None,
        );
        let directory = lines.default_directory();
        let mut files = FxHashMap::default();
        for (index, function) in self.functions.iter().enumerate() {
            lines.begin_sequence(Some(Address::Symbol { symbol: index, addend: 0 }));
            let mut last = None;
            for (offset, span) in &function.lines {
                let (line, column) = self.program.sources.line_col(*span);
                if last.replace((span.file, line)) == Some((span.file, line)) {
                    continue;
                }
                let file = *files.entry(span.file).or_insert_with(|| {
                    let name = file_name(self.program, span.file);
                    lines.add_file(LineString::String(name.into_bytes()), directory, None)
                });
                let row = lines.row();
                row.address_offset = u64::from(*offset);
                row.file = file;
                row.line = u64::from(line);
                row.column = u64::from(column);
                lines.generate_row();
            }
            lines.end_sequence(function.size);
        }
        lines
    }
}

/// A line program's first file must not be the same as its later ones, so each is named anew.
fn file_name(program: &Program, file: FileId) -> String {
    program.sources.file(file).name.clone()
}

fn directory() -> String {
    std::env::current_dir().map_or_else(|_| ".".to_owned(), |path| path.display().to_string())
}

fn add_function(
    unit: &mut gimli::write::Unit,
    parent: UnitEntryId,
    function: &FunctionLines,
    start: Address,
    program: &Program,
) {
    let entry = unit.add(parent, gimli::DW_TAG_subprogram);
    let entry = unit.get_mut(entry);
    entry.set(gimli::DW_AT_name, AttributeValue::String(function.name.clone().into_bytes()));
    entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(start));
    entry.set(gimli::DW_AT_high_pc, AttributeValue::Udata(function.size));
    if let Some((_, span)) = function.lines.first() {
        let line = u64::from(program.sources.line_col(*span).0);
        entry.set(gimli::DW_AT_decl_line, AttributeValue::Udata(line));
    }
}

/// A section's bytes, and where addresses go in it.
#[derive(Clone)]
struct Writer {
    bytes: EndianVec<RunTimeEndian>,
    relocations: Vec<gimli::write::Relocation>,
}

impl Default for Writer {
    fn default() -> Writer {
        Writer { bytes: EndianVec::new(RunTimeEndian::Little), relocations: Vec::new() }
    }
}

impl RelocateWriter for Writer {
    type Writer = EndianVec<RunTimeEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.bytes
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.bytes
    }

    fn relocate(&mut self, relocation: gimli::write::Relocation) {
        self.relocations.push(relocation);
    }
}

fn add_sections(
    product: &mut ObjectProduct,
    sections: &Sections<Writer>,
    functions: &[SymbolId],
) -> Result<(), String> {
    let mut ids: FxHashMap<gimli::SectionId, (SectionId, SymbolId)> = FxHashMap::default();
    let mut pending: Vec<(SectionId, Vec<gimli::write::Relocation>)> = Vec::new();
    sections
        .for_each(|id, section| {
            if section.bytes.slice().is_empty() {
                return Ok::<(), gimli::write::Error>(());
            }
            let name = id.name().as_bytes().to_vec();
            let section_id = product.object.add_section(Vec::new(), name, SectionKind::Debug);
            product.object.set_section_data(section_id, section.bytes.slice().to_vec(), 1);
            let symbol = product.object.section_symbol(section_id);
            ids.insert(id, (section_id, symbol));
            pending.push((section_id, section.relocations.clone()));
            Ok(())
        })
        .map_err(|error| error.to_string())?;
    for (section, relocations) in pending {
        for relocation in relocations {
            let symbol = match relocation.target {
                RelocationTarget::Symbol(index) => functions[index],
                RelocationTarget::Section(id) => match ids.get(&id) {
                    Some((_, symbol)) => *symbol,
                    None => continue,
                },
            };
            let flags = RelocationFlags::Generic {
                kind: RelocationKind::Absolute,
                encoding: RelocationEncoding::Generic,
                size: relocation.size * 8,
            };
            let offset = relocation.offset as u64;
            let entry = Relocation { offset, symbol, addend: relocation.addend, flags };
            product.object.add_relocation(section, entry).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
