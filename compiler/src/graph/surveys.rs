//! Surveys: channels that the library holds, inside of what `survey.New` gives.
//!
//! A survey is one channel here, made where `survey.New` is called. `Ask` sends to it; the `C` of each `Respondent` receives
//! from it.

use super::Operation;
use super::solve::Node;
use super::walk::Walk;
use crate::syntax::ast::{ChanPattern, Expr};
use crate::types::{FuncId, PackageId, Ty, TyKind};

impl<'a> Walk<'a> {
    fn is_survey_package(&self, package: PackageId) -> bool {
        let package = &self.program.packages[package.0 as usize];
        package.std && package.path == "survey"
    }

    /// Whether a type is the library's `Survey` or `Respondent`: what their fields hold is what they hold themselves.
    pub fn is_survey(&self, ty: Ty) -> bool {
        let TyKind::Named(def, _) = ty.kind() else { return false };
        self.program.types[def.0 as usize].package.is_some_and(|package| self.is_survey_package(package))
    }

    /// A call of a function of the package; `None` if this is none.
    pub fn survey(
        &mut self,
        func: FuncId,
        expr: &'a Expr,
        receiver: Option<Node>,
        args: &[Option<Node>],
    ) -> Option<Option<Node>> {
        let def = &self.program.funcs[func.0 as usize];
        if !self.is_survey_package(def.package) {
            return None;
        }
        match def.name.as_str() {
            "New" => Some(self.survey_made(expr)),
            "Join" => Some(receiver),
            "Ask" => {
                let asked = args.first().copied().flatten();
                self.operate(receiver, Operation::Send, expr.span, false, asked);
                Some(None)
            }
            "Leave" => Some(None),
            _ => None,
        }
    }

    fn survey_made(&mut self, expr: &'a Expr) -> Option<Node> {
        let name = self.naming.take().unwrap_or_else(|| "survey".to_owned());
        let describe =
            |walk: &Self| Some(walk.bare_channel(expr, name, walk.type_of(expr)?, ChanPattern::Req));
        let obj = self.made(expr, describe)?;
        Some(self.holding(obj))
    }
}
