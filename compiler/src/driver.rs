//! The way of a program, as the list of its stages. Everything that the `goo` command does with source goes through here.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::codegen::cache::Earlier;
use crate::codegen::jit::Jit;
use crate::codegen::{self, Code, Listing, NoCode, Target};
use crate::diagnostics::Diagnostics;
use crate::load::{self, Loaded, Unreadable};
use crate::lower;
use crate::mir::{self, passes};
use crate::syntax::Span;
use crate::types::{self, Program};

/// A mistake of the compiler itself: the place in the source where it happened, and what was surprising.
pub use crate::lower::Ice;

/// Why a program without mistakes has no code.
#[derive(Debug)]
pub enum Failure {
    /// The compiler is at fault.
    Fault(Ice),
    /// The program asks for more than there can be.
    TooLarge(Diagnostics),
}

impl From<Ice> for Failure {
    fn from(ice: Ice) -> Failure {
        Failure::Fault(ice)
    }
}

impl From<NoCode> for Failure {
    fn from(none: NoCode) -> Failure {
        match none {
            NoCode::Faults(problems) => Failure::Fault(fault(problems)),
            NoCode::TooLarge(errors) => {
                let mut diagnostics = Diagnostics::default();
                errors.into_iter().for_each(|error| diagnostics.push(error));
                Failure::TooLarge(diagnostics)
            }
        }
    }
}

/// How long each stage took, in order.
#[derive(Debug, Default, Clone)]
pub struct Timings(Vec<(&'static str, Duration)>);

impl Timings {
    /// Runs a stage and notes its time. Stages have the names that `--emit` and the modules have.
    pub fn stage<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0.push((name, start.elapsed()));
        result
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        self.0.iter().copied()
    }
}

/// A program that was read and checked; there may be diagnostics.
pub struct Checked {
    pub program: Program,
    pub diagnostics: Diagnostics,
}

/// Reads and checks the program at a path.
///
/// # Errors
/// When the path cannot be read or holds no Goo.
pub fn check(path: &Path, timings: &mut Timings) -> Result<Checked, Unreadable> {
    let loaded = timings.stage("parse", || load::load(path))?;
    Ok(check_loaded(loaded, timings))
}

/// Checks a program that was read, also where a part of it could not be: what follows from that is not reported.
pub fn check_loaded(loaded: Loaded, timings: &mut Timings) -> Checked {
    let Loaded { sources, files, packages, mut diagnostics } = loaded;
    let (program, found) = timings.stage("check", || types::check::check(sources, files, &packages));
    diagnostics.extend(found);
    Checked { program, diagnostics }
}

/// Who decides in which order tasks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduling {
    /// The runtime, on all cores.
    Free,
    /// A seed: tasks may be made to wait before each operation that others notice.
    Drawn,
}

/// Lowers a program without errors to MIR with explicit counts.
///
/// # Errors
/// An [`Ice`] when the compiler is at fault.
pub fn lower(program: &Program, scheduling: Scheduling, timings: &mut Timings) -> Result<mir::Module, Ice> {
    let mut module = timings.stage("lower", || lower::lower(program))?;
    verify(program, &module, passes::verify::Phase::Lowered)?;
    // Before all that decides about counts and calls, for which a function that is no longer called is no longer there.
    timings.stage("inline", || passes::inline::run(program, &mut module));
    verify(program, &module, passes::verify::Phase::Lowered)?;
    // Before ownership, which acts on parameter modes at both ends of a call.
    timings.stage("params", || passes::params::run(program, &mut module));
    timings.stage("ownership", || passes::ownership::run(program, &mut module));
    verify(program, &module, passes::verify::Phase::Owned)?;
    // Behind ownership, where it is explicit which storage is shared.
    timings.stage("loops", || passes::loops::run(program, &mut module));
    verify(program, &module, passes::verify::Phase::Owned)?;
    // Behind all that moves statements: a question stands before what it is asked for.
    timings.stage("owners", || passes::owners::run(program, &mut module));
    verify(program, &module, passes::verify::Phase::Owned)?;
    if scheduling == Scheduling::Drawn {
        // Behind all that looks at the order of statements; each point may suspend.
        timings.stage("points", || passes::points::run(program, &mut module));
        verify(program, &module, passes::verify::Phase::Owned)?;
    }
    // Behind all that may put something between two statements.
    timings.stage("texts", || passes::texts::run(&mut module));
    // Last, because only the code generator needs to know.
    timings.stage("suspend", || passes::suspend::run(program, &mut module));
    Ok(module)
}

/// Native code for the processor that runs this, or for any of its kind; with what is kept of earlier code, if anything is to be kept.
///
/// # Errors
/// When the compiler is at fault, or the program asks for more than there can be.
pub fn generate(
    program: &Program,
    module: &mir::Module,
    target: Target,
    earlier: Option<Earlier>,
    timings: &mut Timings,
) -> Result<Code, Failure> {
    Ok(timings.stage("codegen", || codegen::generate(program, module, target, earlier))?)
}

/// The code in this process, ready to run.
///
/// # Errors
/// An [`Ice`] when the compiler is at fault, or memory is short.
pub fn load_code(code: Code, timings: &mut Timings) -> Result<Jit, Ice> {
    timings.stage("jit", || codegen::jit::load(code)).map_err(|error| fault(vec![error]))
}

/// The code as an object file, to be linked with the runtime's archive.
///
/// # Errors
/// An [`Ice`] when the compiler is at fault.
pub fn object(program: &Program, code: Code, timings: &mut Timings) -> Result<Vec<u8>, Ice> {
    timings.stage("object", || codegen::object::write(program, code)).map_err(|error| fault(vec![error]))
}

/// All functions as CLIF or assembly.
///
/// # Errors
/// When the compiler is at fault, or the program asks for more than there can be.
pub fn listing(program: &Program, module: &mir::Module, listing: Listing) -> Result<String, Failure> {
    let code = codegen::generate_listing(program, module, Target::Jit, listing)?;
    Ok(code.listing())
}

fn fault(problems: Vec<String>) -> Ice {
    Ice { span: Span::default(), message: problems.join("\n") }
}

/// The verifier runs in development builds: in a release the passes are trusted, as they were tested.
fn verify(program: &Program, module: &mir::Module, phase: passes::verify::Phase) -> Result<(), Ice> {
    if !cfg!(debug_assertions) {
        return Ok(());
    }
    let errors = passes::verify::run(program, module, phase);
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Ice {
            span: Span::default(),
            message: format!("{phase:?} MIR is unsound:\n{}", errors.join("\n")),
        }),
    }
}

/// Runs the compiler's work on a thread with a stack that bounded nesting cannot exhaust.
pub fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    // The stages that work on all cores recurse as deeply. Only address space: what is not used costs nothing. It fails when
    // the threads are there already, with the stacks that the first call gave them.
    let _ = rayon::ThreadPoolBuilder::new().stack_size(1 << 28).build_global();
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().name("goo".into()).stack_size(1 << 30).spawn_scoped(scope, work);
        match thread.map(|thread| thread.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => {
                eprintln!("goo: no memory for the compiler's stack: {error}");
                std::process::exit(71);
            }
        }
    })
}
