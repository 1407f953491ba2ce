//! What is found out about a program once all its types are known, and no earlier mistake is in the way.
//!
//! The order: [`closures`] first, because captures and cells are what lowering needs and what the others ask for; then
//! what crosses tasks ([`closures::check_bound`], [`globals`]); then what concerns one function at a time.

use super::closures::{self, Reaching, Trace};
use super::{
    absent, channels, definite, format_strings, globals, inout, inproc, lost, reach, refusing, sections,
    sizes, walked,
};
use crate::diagnostics::Diagnostics;
use crate::parallel;
use crate::syntax::ast::{Block, Decl, Expr, File};
use crate::syntax::visit::Visitor;
use crate::types::{FuncId, Program, VarId};

/// A piece of code that is analysed by itself: a declared function, a test, the initial value of a package variable.
#[derive(Clone, Copy, Debug)]
pub enum Code<'a> {
    Body(&'a Block),
    Value(&'a Expr),
}

impl<'a> Code<'a> {
    pub fn walk(self, visitor: &mut impl Visitor<'a>) {
        match self {
            Code::Body(body) => visitor.block(body),
            Code::Value(value) => visitor.expr(value),
        }
    }
}

/// A [`Code`], and what it is.
pub struct Unit<'a> {
    pub code: Code<'a>,
    /// The declared function or method; absent for tests and initial values.
    pub func: Option<FuncId>,
    pub params: Vec<VarId>,
    pub results: Vec<VarId>,
    /// Code of the standard library: it has been looked at where it was written.
    pub std: bool,
}

/// Runs all analyses over a program without errors.
pub fn run(program: &mut Program, files: &[File], diags: &mut Diagnostics) {
    let units = units(program, files);
    let traces: Vec<Trace> =
        units.iter().map(|unit| closures::trace(program, &unit.params, &unit.results, unit.code)).collect();
    for trace in &traces {
        closures::record(program, trace);
    }
    closures::check_lent(program, &units, &traces, diags);
    let mut reaching = Reaching::default();
    // Each round may show a function that hands a parameter on to one that was found in the round before.
    loop {
        let before = reaching.len();
        for trace in &traces {
            closures::find_reaching(program, trace, &mut reaching);
        }
        if reaching.len() == before {
            break;
        }
    }
    for trace in &traces {
        closures::check_bound(program, trace, &reaching, diags);
    }
    let mut graph = reach::Graph::new(program, &units);
    globals::mark_assigned(program, files, &units, &graph);
    globals::check(program, files, &units, &traces, &reaching, &mut graph, diags);
    walked::find(program, &units, &graph);
    let starts_tasks = traces.iter().any(Trace::starts_tasks);
    for found in rest(program, files, &units, starts_tasks) {
        diags.extend(found);
    }
}

/// What changes nothing in the program, on two threads where there is much of it. The order is that of the diagnostics.
fn rest(program: &Program, files: &[File], units: &[Unit], starts_tasks: bool) -> [Diagnostics; 3] {
    let whole = || {
        let mut diags = Diagnostics::default();
        sizes::check(program, files, &mut diags);
        inproc::check(program, &mut diags);
        refusing::check(program, files, units, &mut diags);
        sections::check(program, units, &mut diags);
        diags
    };
    let lost = || {
        let mut diags = Diagnostics::default();
        lost::check(program, units, &mut diags);
        diags
    };
    let own: Vec<&Unit> = units.iter().filter(|unit| !unit.std).collect();
    let each = || {
        let mut diags = Diagnostics::default();
        for unit in &own {
            inout::check(program, unit, &mut diags);
            definite::check(program, unit, &mut diags);
            absent::check(program, unit, &mut diags);
            channels::check(program, unit, starts_tasks, &mut diags);
            format_strings::check(program, unit, &mut diags);
        }
        diags
    };
    let (lost, (whole, each)) = parallel::both(own.len(), lost, || (whole(), each()));
    [whole, lost, each]
}

/// All code, in source order.
fn units<'a>(program: &Program, files: &'a [File]) -> Vec<Unit<'a>> {
    let mut units = Vec::new();
    for (index, func) in program.funcs.iter().enumerate() {
        let (file, decl) = func.decl;
        let Some(Decl::Func(decl)) = files.get(file).and_then(|file| file.decls.get(decl)) else { continue };
        let Some(body) = &decl.body else { continue };
        units.push(Unit {
            code: Code::Body(body),
            func: Some(FuncId(index as u32)),
            params: func.params.clone(),
            results: func.results.clone(),
            std: is_std(program, &files[file]),
        });
    }
    for file in files {
        let std = is_std(program, file);
        for decl in &file.decls {
            let mut code = Vec::new();
            match decl {
                Decl::Test(test) => code.push(Code::Body(&test.body)),
                Decl::Var(specs) => {
                    code.extend(specs.iter().flat_map(|spec| &spec.values).map(Code::Value));
                }
                _ => {}
            }
            let unit = |code| Unit { code, func: None, params: Vec::new(), results: Vec::new(), std };
            units.extend(code.into_iter().map(unit));
        }
    }
    units
}

fn is_std(program: &Program, file: &File) -> bool {
    program.sources.file(file.span.file).std
}
