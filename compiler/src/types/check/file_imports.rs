//! What the imports of a file bring into its scope, and which of them it does not use.

use super::imports::LoadedPackage;
use super::scope::{Object, State};
use super::selectors::is_exported;
use super::{Checker, ObjId, ObjectKind, ScopeId};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::{Span, Symbol, ast};
use crate::types::PackageId;

/// An import, for "imported and not used".
#[derive(Debug)]
pub(super) struct ImportUse {
    object: Option<ObjId>,
    path: String,
    span: Span,
    /// `import . "x"`: used when one of these objects is.
    dotted: Vec<ObjId>,
}

impl<'a> Checker<'a> {
    pub(super) fn collect_imports(
        &mut self,
        file: usize,
        package: &LoadedPackage,
        package_scope: ScopeId,
        imports: &mut Vec<ImportUse>,
    ) {
        let files: &'a [ast::File] = self.files;
        for import in &files[file].imports {
            let found = package.imports.get(&import.id).and_then(|path| self.package_ids.get(path)).copied();
            let own = found.map(|id| self.program.packages[id.0 as usize].name);
            let last = import.path.rsplit('/').next().unwrap_or(&import.path);
            let name = import.alias.map_or_else(|| own.unwrap_or(Symbol::intern(last)), |alias| alias.name);
            let span = import.alias.map_or(import.path_span, |alias| alias.span);
            let mut used =
                ImportUse { object: None, path: import.path.clone(), span: import.span, dotted: Vec::new() };
            match (name.as_str(), found) {
                ("_", _) => continue,
                (".", Some(id)) => {
                    used.dotted = self.import_all(id);
                    for &imported in &used.dotted {
                        let name = self.object(imported).name;
                        let own = self.scope_at(package_scope).names.get(&name);
                        if let Some(span) = own.map(|own| self.object(*own).span) {
                            self.report_redeclared(name, span, import.span);
                        }
                    }
                }
                (".", None) => {
                    self.lost_dot_imports.insert(file);
                    continue;
                }
                // Its name may be no name at all, or that of another import that is right.
                (_, None) if self.lookup_in(self.scope, name).is_some() => continue,
                (_, found) => {
                    if let Some(&other) = self.scope_at(package_scope).names.get(&name) {
                        let first = self.object(other).span;
                        self.report_redeclared(name, first, span);
                    }
                    let kind = found.map_or(ObjectKind::MissingPackage, ObjectKind::Package);
                    let object = self.add_object(Object {
                        name,
                        span,
                        kind,
                        package: Some(self.package),
                        file,
                        state: State::Resolved,
                        used: found.is_none(),
                        decl: None,
                    });
                    let scope = self.scope;
                    self.insert(scope, object);
                    used.object = Some(object);
                }
            }
            imports.push(used);
        }
    }

    /// `import . "x"`: the exported names are the file's own.
    fn import_all(&mut self, id: PackageId) -> Vec<ObjId> {
        let from = self.package_scopes[id.0 as usize];
        let mut objects: Vec<(Symbol, ObjId)> = self
            .scope_at(from)
            .names
            .iter()
            .filter(|(name, _)| is_exported(**name))
            .map(|(name, object)| (*name, *object))
            .collect();
        objects.sort_by_key(|(_, object)| *object);
        let scope = self.scope;
        for (name, object) in &objects {
            self.object_mut(*object).used = false;
            self.scope_at_mut(scope).names.insert(*name, *object);
        }
        objects.into_iter().map(|(_, object)| object).collect()
    }

    pub(super) fn report_unused_imports(&mut self, imports: Vec<ImportUse>) {
        for import in imports {
            let used = import.object.is_some_and(|object| self.object(object).used)
                || import.dotted.iter().any(|object| self.object(*object).used);
            let last = import.path.rsplit('/').next().unwrap_or(&import.path);
            let name = import.object.map_or_else(|| Symbol::intern(last), |object| self.object(object).name);
            let lost = match import.dotted.is_empty() {
                true => {
                    let package = import.object.and_then(|object| match self.object(object).kind {
                        ObjectKind::Package(package) => Some(package),
                        _ => None,
                    });
                    self.import_may_be_used(name, package, import.span)
                }
                false => !self.is_undamaged(),
            };
            if !used && !lost {
                let whole = self.whole_import(import.span);
                self.report(
                    Diagnostic::error(
                        Code::UnusedImport,
                        import.span,
                        format!("`{}` is imported and not used", import.path),
                    )
                    .label("nothing here needs it")
                    .fix("remove the import", vec![(whole, String::new())]),
                );
            }
        }
    }

    /// An import with its `import`, if that is for it alone, and its line, if nothing else is there.
    fn whole_import(&self, span: Span) -> Span {
        let text = &self.program.sources.file(span.file).text;
        let (before, behind) = (&text[..span.start as usize], &text[span.end as usize..]);
        let own = before
            .trim_end()
            .strip_suffix("import")
            .filter(|rest| rest.is_empty() || rest.ends_with(['\n', ';']));
        let before = own.unwrap_or(before);
        let indent = before.trim_end_matches([' ', '\t']);
        let rest = behind.trim_start_matches([' ', '\t', '\r']);
        match rest.strip_prefix('\n') {
            Some(next) if indent.is_empty() || indent.ends_with('\n') => {
                Span::new(span.file, indent.len(), text.len() - next.len())
            }
            _ => Span { start: before.len() as u32, ..span },
        }
    }
}
