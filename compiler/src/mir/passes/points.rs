//! Scheduling points: before each operation that another task may notice, a call of the runtime's `goo_schedule_point`, at which the task
//! may be made to wait while others run. Only in programs that run under a drawn schedule; see `goo_runtime::schedule`.
//!
//! ```text
//! before: retain _9; goo_chan_send(_0, _9)
//! after:  goo_schedule_point("prog.goo:12\tjobs <- j"); retain _9; goo_chan_send(_0, _9)
//! ```
//!
//! Between two such operations a task only computes, on values that no other task can reach. So an order of the operations is all that
//! a schedule can decide, and a point before each of them is enough.
//!
//! The point stands before the counts that belong to the operation's arguments: a task that is unwound at a point has not begun.

use crate::mir::{Call, Callee, Const, Module, Operand, Statement, StatementKind};
use crate::syntax::Span;
use crate::types::{Program, Ty};

/// The runtime's function.
const POINT: &str = "goo_schedule_point";

/// Operations that other tasks may notice, or that notice what others do.
const VISIBLE: &[&str] = &[
    "goo_task_go",
    "goo_task_spawn",
    "goo_task_wait",
    "goo_task_cancel",
    "goo_task_watch",
    "goo_group_go",
    "goo_group_wait",
    "goo_sleep",
    "goo_time_Sleep",
    "goo_mutex_lock",
    "goo_counter_add",
    "goo_counter_value",
    // Another end may meet it by its name.
    "goo_pattern_make",
];

/// Families of such operations.
const FAMILIES: &[&str] = &["goo_chan_", "goo_hub_", "goo_supervisor_", "goo_supervision_"];

/// Of the families: what is only bookkeeping.
const SILENT: &[&str] = &[
    "goo_chan_retain",
    "goo_chan_release",
    "goo_chan_narrow",
    "goo_chan_make",
    "goo_chan_cap",
    "goo_chan_refuses",
    "goo_chan_identity",
    "goo_supervisor_new",
    "goo_supervisor_child",
    "goo_supervisor_nested",
    "goo_supervisor_watch",
];

/// Longer lines of source are cut for the log.
const LONGEST: usize = 80;

/// Puts the points into all functions. Behind the passes that move or count, before it is decided what may suspend.
pub fn run(program: &Program, module: &mut Module) {
    for function in &mut module.functions {
        for block in &mut function.blocks {
            let mut at = block.statements.len();
            while at > 0 {
                at -= 1;
                if !is_visible(&block.statements[at].kind) {
                    continue;
                }
                let statement = &block.statements[at];
                let point = point(program, statement);
                let counts = |kind: &StatementKind| {
                    matches!(kind, StatementKind::Retain(_) | StatementKind::Settle(_))
                };
                while at > 0 && counts(&block.statements[at - 1].kind) {
                    at -= 1;
                }
                block.statements.insert(at, point);
            }
        }
    }
}

fn is_visible(statement: &StatementKind) -> bool {
    match statement {
        StatementKind::Select(_) => true,
        StatementKind::Call(Call { callee: Callee::Native { name, .. }, .. }) => {
            VISIBLE.contains(name)
                || !SILENT.contains(name) && FAMILIES.iter().any(|family| name.starts_with(family))
        }
        _ => false,
    }
}

fn point(program: &Program, operation: &Statement) -> Statement {
    let text = text(program, operation.span);
    let args = vec![Operand::Const(Const::Str(text.into_bytes().into()), Ty::string())];
    let callee = Callee::Native { name: POINT, types: Vec::new() };
    Statement {
        kind: StatementKind::Call(Call { dest: None, callee, args }),
        span: operation.span,
        scope: operation.scope,
    }
}

/// Where the operation stands, and the line of source there.
fn text(program: &Program, span: Span) -> String {
    let sources = &program.sources;
    let file = sources.file(span.file);
    let (line, _) = sources.line_col(span);
    let source = file.text.lines().nth(line as usize - 1).unwrap_or("").trim();
    let short: String = source.chars().take(LONGEST).collect();
    format!("{}:{line}\t{short}", file.name)
}
