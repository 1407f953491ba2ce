//! In which order are package-level variables initialised?
//!
//! Go's rule: again and again the first variable, in the order of declaration, that needs no variable which is not
//! initialised yet. What a variable needs goes through functions: those that its initialiser mentions, those that
//! their bodies mention, and so on.
//!
//! A task that an initialiser starts runs while the rest is initialised. What it may use through an interface is no need in Go's
//! sense, but such variables come before that initialiser as well, where a cycle does not prevent it: else the task might see them
//! half-initialised.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Checker, Dep};
use crate::diagnostics::{Code, Diagnostic};
use crate::types::{Init, VarId};

/// One `var` spec of a package.
#[derive(Debug)]
pub(crate) struct GlobalSpec {
    pub vars: Vec<VarId>,
    /// `None` for `_`.
    pub targets: Vec<Option<VarId>>,
    /// File, declaration and spec.
    pub place: (usize, usize, usize),
    pub values: usize,
}

/// One step of initialisation: some variables from one value.
struct Step {
    vars: Vec<VarId>,
    /// `None`: they keep their zero values, but have their turn like all others.
    init: Option<Init>,
}

/// Which calls lead from one function to others.
#[derive(Clone, Copy)]
enum Through {
    /// Those that name a function.
    Names,
    /// Those of interfaces' methods as well, whichever type is behind them.
    Interfaces,
}

fn variables(uses: &FxHashSet<Dep>) -> impl Iterator<Item = VarId> {
    uses.iter().filter_map(|dep| match dep {
        Dep::Var(var) => Some(*var),
        _ => None,
    })
}

impl<'a> Checker<'a> {
    /// Puts the package's initialisers in order, then its `init` functions; reports variables that need themselves.
    pub(super) fn order_inits(&mut self) {
        let specs = std::mem::take(&mut self.global_specs);
        let vars = std::mem::take(&mut self.global_vars);
        let uses: Vec<(VarId, FxHashSet<Dep>)> =
            vars.iter().map(|var| (*var, self.used_by(*var, Through::Names))).collect();
        let needs: FxHashMap<VarId, FxHashSet<VarId>> =
            uses.iter().map(|(var, uses)| (*var, variables(uses).collect())).collect();
        self.report_init_cycles(&vars, &needs);
        // Of variables whose initialisers may start tasks: what these may use through interfaces.
        let starting = uses.iter().filter(|(_, uses)| uses.contains(&Dep::Task)).map(|(var, _)| *var);
        let by_tasks: FxHashMap<VarId, FxHashSet<VarId>> = starting
            .map(|var| {
                let uses = self.used_by(var, Through::Interfaces);
                (var, variables(&uses).filter(|used| *used != var).collect())
            })
            .collect();
        let mut waiting = steps(specs);
        let mut pending: FxHashSet<VarId> =
            waiting.iter().flat_map(|step| step.vars.iter().copied()).collect();
        while !waiting.is_empty() {
            let has_all = |step: &Step, needs: &FxHashMap<VarId, FxHashSet<VarId>>| {
                let there = |need: &VarId| !pending.contains(need) || step.vars.contains(need);
                step.vars.iter().all(|var| needs.get(var).is_none_or(|needs| needs.iter().all(there)))
            };
            let ready = waiting
                .iter()
                .position(|step| has_all(step, &needs) && has_all(step, &by_tasks))
                .or_else(|| waiting.iter().position(|step| has_all(step, &needs)));
            // Without a cycle there is always one; with one, an error has been reported.
            let step = waiting.remove(ready.unwrap_or(0));
            for var in &step.vars {
                pending.remove(var);
            }
            self.program.inits.extend(step.init);
        }
        for func in std::mem::take(&mut self.init_funcs) {
            self.program.inits.push(Init::Func(func));
        }
    }

    /// What a variable's initialiser uses, directly and through what it uses.
    fn used_by(&self, var: VarId, through: Through) -> FxHashSet<Dep> {
        let mut used = FxHashSet::default();
        let mut open: Vec<Dep> = self.deps.get(&Dep::Var(var)).into_iter().flatten().copied().collect();
        while let Some(dep) = open.pop() {
            if !used.insert(dep) {
                continue;
            }
            if let (Dep::Method(name), Through::Interfaces) = (dep, through) {
                open.extend(self.program.methods_named(name).map(Dep::Func));
            }
            open.extend(self.deps.get(&dep).into_iter().flatten().copied());
        }
        used
    }

    fn report_init_cycles(&mut self, vars: &[VarId], needs: &FxHashMap<VarId, FxHashSet<VarId>>) {
        let mut reported: FxHashSet<VarId> = FxHashSet::default();
        for var in vars {
            if reported.contains(var) || !needs[var].contains(var) {
                continue;
            }
            reported
                .extend(needs[var].iter().filter(|other| needs.get(other).is_some_and(|n| n.contains(var))));
            let path = self.path_to(*var);
            let (name, span) = (self.var(*var).name, self.var(*var).span);
            let through: Vec<String> = path.iter().map(|name| format!("`{name}`")).collect();
            let message = match through.is_empty() {
                true => format!("`{name}` is initialised with itself"),
                false => format!("`{name}` is initialised with itself, through {}", through.join(", ")),
            };
            self.report(Diagnostic::error(Code::InitCycle, span, message).label("needs its own value"));
        }
    }

    /// The names on a shortest way from a variable's initialiser back to it.
    fn path_to(&self, var: VarId) -> Vec<String> {
        let start = Dep::Var(var);
        let mut came: FxHashMap<Dep, Dep> = FxHashMap::default();
        let mut level = vec![start];
        while !level.is_empty() && !came.contains_key(&start) {
            let mut next = Vec::new();
            for at in level {
                for dep in self.deps.get(&at).into_iter().flatten() {
                    if !came.contains_key(dep) {
                        came.insert(*dep, at);
                        next.push(*dep);
                    }
                }
            }
            level = next;
        }
        let mut names = Vec::new();
        let mut at = came.get(&start).copied();
        while let Some(dep) = at.filter(|dep| *dep != start) {
            names.push(match dep {
                Dep::Var(var) => self.var(var).name.to_string(),
                Dep::Func(func) => self.program.funcs[func.0 as usize].name.to_string(),
                Dep::Method(name) => name.to_string(),
                Dep::Task => "go".to_owned(),
            });
            at = came.get(&dep).copied();
        }
        names.reverse();
        names
    }
}

/// The steps of all specs, in the order of declaration.
fn steps(specs: Vec<GlobalSpec>) -> Vec<Step> {
    let mut steps = Vec::new();
    for spec in specs {
        let (file, decl, index) = spec.place;
        if spec.values == 1 && spec.vars.len() > 1 {
            let init = Init::Vars { targets: spec.targets, file, decl, spec: index, value: 0 };
            steps.push(Step { vars: spec.vars, init: Some(init) });
            continue;
        }
        if spec.values == 0 {
            steps.extend(spec.vars.into_iter().map(|var| Step { vars: vec![var], init: None }));
            continue;
        }
        for value in 0..spec.values.min(spec.vars.len()) {
            let init = Init::Vars { targets: vec![spec.targets[value]], file, decl, spec: index, value };
            steps.push(Step { vars: vec![spec.vars[value]], init: Some(init) });
        }
    }
    steps
}
