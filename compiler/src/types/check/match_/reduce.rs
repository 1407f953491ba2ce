//! From patterns as written to what the exhaustiveness check sees of them.

use num_bigint::BigInt;

use crate::syntax::ast::{Pattern, PatternKind};
use crate::types::check::exhaustive::{Pat, Shape, Shapes};
use crate::types::subst::subst;
use crate::types::{Constant, PatternInfo, Program, Ty, TyKind};

/// Knows the types of a program.
pub(super) struct Reduce<'p> {
    pub program: &'p Program,
}

impl Reduce<'_> {
    fn under(&self, ty: Ty) -> Ty {
        match ty.kind() {
            TyKind::Named(def, args) => {
                let def = &self.program.types[def.0 as usize];
                subst(def.underlying, &def.params, args)
            }
            _ => ty,
        }
    }

    /// `None` where the pattern has been reported.
    pub fn pattern(&self, pattern: &Pattern, ty: Ty) -> Option<Pat> {
        if matches!(pattern.kind, PatternKind::Error) || ty.is_error() {
            return None;
        }
        let info = self.program.info.patterns.get(&pattern.id)?;
        match info {
            PatternInfo::Or => {
                let PatternKind::Or(alternatives) = &pattern.kind else { return None };
                return alternatives.iter().map(|p| self.pattern(p, ty)).collect::<Option<_>>().map(Pat::Or);
            }
            PatternInfo::Wildcard => return Some(Pat::Any),
            PatternInfo::None => {
                let optional = matches!(self.under(ty).kind(), TyKind::Optional(_));
                return Some(if optional { Pat::None } else { Pat::Opaque });
            }
            _ => {}
        }
        match self.under(ty).kind() {
            TyKind::Optional(inner) => Some(Pat::Some(Box::new(self.inner(pattern, info, *inner)?))),
            _ => self.inner(pattern, info, ty),
        }
    }

    /// A pattern for a value that is no optional, or the one inside.
    fn inner(&self, pattern: &Pattern, info: &PatternInfo, ty: Ty) -> Option<Pat> {
        match info {
            PatternInfo::Case { index, .. } => {
                let TyKind::Enum(cases) = self.under(ty).kind() else { return None };
                let fields = &cases.get(*index as usize)?.fields;
                let args: &[Pattern] = match &pattern.kind {
                    PatternKind::Case { args, .. } => args,
                    _ => &[],
                };
                let mut pats = Vec::new();
                for (i, (_, field)) in fields.iter().enumerate() {
                    pats.push(args.get(i).map_or(Some(Pat::Any), |arg| self.pattern(arg, *field))?);
                }
                Some(Pat::Case(*index, pats))
            }
            PatternInfo::Struct(indexes) => {
                let TyKind::Struct(fields) = self.under(ty).kind() else { return None };
                let PatternKind::Struct { fields: given, .. } = &pattern.kind else { return None };
                let mut pats = vec![Pat::Any; fields.len()];
                for (index, (_, inner)) in indexes.iter().zip(given) {
                    pats[*index as usize] = self.pattern(inner, fields[*index as usize].ty)?;
                }
                Some(Pat::Struct(pats))
            }
            PatternInfo::Value(Some(value)) => Some(self.value(value, ty)),
            PatternInfo::Value(None) => Some(Pat::Opaque),
            PatternInfo::Range(Constant::Int(low), Constant::Int(high)) => {
                Some(Pat::Range(low.clone(), high.clone()))
            }
            PatternInfo::Range(..) => Some(Pat::Opaque),
            PatternInfo::Bind(_) | PatternInfo::Wildcard | PatternInfo::Some => Some(Pat::Any),
            PatternInfo::None | PatternInfo::Or => Some(Pat::Opaque),
        }
    }

    fn value(&self, value: &Constant, ty: Ty) -> Pat {
        match (value, self.shape(ty)) {
            (Constant::Bool(b), Shape::Bool) => Pat::Bool(*b),
            (Constant::Int(n), Shape::Int(..)) => Pat::Range(n.clone(), n.clone()),
            (value, Shape::Open) => Pat::Value(value.clone()),
            _ => Pat::Opaque,
        }
    }
}

impl Shapes for Reduce<'_> {
    fn shape(&self, ty: Ty) -> Shape {
        match self.under(ty).kind() {
            TyKind::Enum(cases) => Shape::Enum(
                cases
                    .iter()
                    .map(|case| (case.name, case.fields.iter().map(|(_, ty)| *ty).collect()))
                    .collect(),
            ),
            TyKind::Struct(fields) => {
                let name = match ty.kind() {
                    TyKind::Named(def, _) => self.program.types[def.0 as usize].name.to_string(),
                    _ => "struct".into(),
                };
                Shape::Struct { name, fields: fields.iter().map(|field| (field.name, field.ty)).collect() }
            }
            TyKind::Optional(inner) => Shape::Optional(*inner),
            TyKind::Bool => Shape::Bool,
            TyKind::Int(int) => {
                let one = BigInt::from(1);
                if int.signed() {
                    let half = one << (int.bits() - 1);
                    Shape::Int(-half.clone(), half - 1)
                } else {
                    Shape::Int(BigInt::from(0), (one << int.bits()) - 1)
                }
            }
            _ => Shape::Open,
        }
    }
}
