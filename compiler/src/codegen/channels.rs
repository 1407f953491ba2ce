//! Which function of the runtime a channel operation calls: messages of one word without counts have functions of their own.

use cranelift_codegen::ir::types;

use super::function::Fx;
use super::layout::Layout;
use crate::mir::Operand;
use crate::syntax::ast::ChanPattern;
use crate::types::TyKind;

impl Fx<'_, '_> {
    /// The function to call instead of `name`, which then takes no descriptors, and a message in a register.
    pub fn word_channel(&mut self, name: &str, operands: &[Operand]) -> Option<&'static str> {
        let name = match name {
            "goo_chan_send" => "goo_chan_send_word",
            "goo_chan_recv" => "goo_chan_recv_word",
            "goo_chan_recv_ok" => "goo_chan_recv_word_ok",
            _ => return None,
        };
        let channel = self.typing().operand(operands.first()?);
        let TyKind::Chan {
            elem, pattern: ChanPattern::Plain | ChanPattern::Push | ChanPattern::Pull, ..
        } = self.unit.program.underlying(channel).kind()
        else {
            return None;
        };
        is_word(&self.layout(*elem)).then_some(name)
    }

    /// Whether what a case of a `select` receives is a word without counts; the channel may be optional.
    pub fn receives_word(&mut self, channel: &Operand) -> bool {
        let mut ty = self.typing().operand(channel);
        if let TyKind::Optional(inner) = self.unit.program.underlying(ty).kind() {
            ty = *inner;
        }
        match self.unit.program.underlying(ty).kind() {
            TyKind::Chan {
                elem,
                pattern: ChanPattern::Plain | ChanPattern::Push | ChanPattern::Pull,
                ..
            } => is_word(&self.layout(*elem)),
            _ => false,
        }
    }
}

/// One register of eight bytes, which the runtime may move without looking.
fn is_word(layout: &Layout) -> bool {
    let one = layout
        .leaves
        .as_deref()
        .is_some_and(|leaves| leaves.len() == 1 && [types::I64, types::F64].contains(&leaves[0].ty));
    one && layout.size == 8 && !layout.counted
}
