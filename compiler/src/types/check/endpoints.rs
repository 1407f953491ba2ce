//! `make(…) @ "transport://address"`: which ends meet where.

use super::make::listed;
use super::{Checker, Context, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{ChanDir, Expr, ExprKind, strip};
use crate::types::patterns::End;
use crate::types::program::EndpointUse;
use crate::types::{Builtin, Constant, Mode, Ty, TyKind};

/// Transports that the language has, and this version does not.
const NETWORKS: [&str; 10] = ["tcp", "ipc", "ws", "wss", "udp", "pgm", "epgm", "nats", "kafka", "redis"];

impl<'a> Checker<'a> {
    /// `bind` and `connect` make no difference within a program: ends may come in any order.
    pub(super) fn endpoint(&mut self, expr: &'a Expr, chan: &'a Expr, address: &'a Expr) -> Operand<'a> {
        let addresses = listed(address);
        for address in &addresses {
            self.address_of(address);
        }
        if let [_, second, ..] = addresses.as_slice() {
            self.report(
                Diagnostic::error(
                    Code::NotAvailable,
                    second.span,
                    "several addresses of one end are not available yet",
                )
                .label("this version of Goo meets others at one name")
                .help("make an end for each name"),
            );
        }
        let before = self.endpoint.replace(strip(chan).id);
        let made = self.expr(chan, None);
        self.endpoint = before;
        let is_make = match &strip(chan).kind {
            ExprKind::Call(call) => self.callee_mode(&call.callee) == Some(Mode::Builtin(Builtin::Make)),
            _ => false,
        };
        if made.is_error() {
            return Operand::error(expr);
        }
        if !is_make {
            self.report(
                Diagnostic::error(Code::Endpoint, chan.span, "only what `make` makes has an address")
                    .label("not a `make(…)`")
                    .help("write the address where the channel is made: `make(push chan T) @ \"inproc://name\"`"),
            );
            return Operand::error(expr);
        }
        // What a `broadcast` is received from is a plain `<-chan T`.
        let meets = |end: &&End| !end.is_plain() || end.dir == ChanDir::Recv;
        if self.end_of(made.ty).filter(meets).is_none() {
            let ty = self.type_name(made.ty);
            let pattern = match made.ty.kind() {
                TyKind::Chan { .. } => {
                    "say who sends and who receives: `push chan T` here, `pull chan T` there"
                }
                _ => "only channels have addresses",
            };
            self.report(
                Diagnostic::error(
                    Code::Endpoint,
                    chan.span,
                    format!("a `{ty}` has no pattern to meet others by"),
                )
                .help(pattern),
            );
            return Operand::error(expr);
        }
        let name = addresses.first().and_then(|address| self.inproc_name(address));
        let under = self.underlying(made.ty);
        self.program.info.endpoints.push(EndpointUse { span: expr.span, name, ty: made.ty, under });
        Operand::value(made.ty, expr)
    }

    /// The name of an address that is known.
    fn inproc_name(&self, address: &Expr) -> Option<String> {
        let info = self.program.info.exprs.get(&address.id)?;
        let Some(Constant::Str(bytes)) = &info.constant else { return None };
        String::from_utf8_lossy(bytes).strip_prefix("inproc://").map(str::to_owned)
    }

    /// One address; what is known of it is checked.
    fn address_of(&mut self, address: &'a Expr) {
        let x = self.expr(address, Some(Ty::string()));
        self.assign(x, Ty::string(), &Context::Other("as an address"));
        let info = self.program.info.exprs.get(&address.id);
        let Some(Constant::Str(bytes)) = info.and_then(|info| info.constant.as_ref()) else { return };
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (scheme, name) = text.split_once("://").unwrap_or(("", ""));
        if scheme == "inproc" {
            if name.is_empty() {
                self.report(
                    Diagnostic::error(Code::Endpoint, address.span, "this address has no name")
                        .help("write `inproc://name`"),
                );
            }
            return;
        }
        if NETWORKS.contains(&scheme) {
            self.report(
                Diagnostic::error(
                    Code::NotAvailable,
                    address.span,
                    format!("`{scheme}://` endpoints are not available yet"),
                )
                .label("this version of Goo connects ends within the program only")
                .help("`inproc://name` does"),
            );
            return;
        }
        self.report(
            Diagnostic::error(Code::Endpoint, address.span, format!("`{text}` is not an address"))
                .label("not `transport://…`")
                .help(format!("transports are `inproc`, {}", NETWORKS.map(|n| format!("`{n}`")).join(", "))),
        );
    }
}
