//! Which function of the runtime a channel operation calls: messages of one word without counts have functions of their own, and so have receives from subscribers.

use cranelift_codegen::ir::types;

use super::function::Fx;
use super::layout::Layout;
use crate::mir::Operand;
use crate::syntax::ast::ChanPattern;
use crate::types::{Ty, TyKind};

impl Fx<'_, '_> {
    /// The function to call instead of `name`, and its descriptors: for words it takes none, and a message in a register.
    pub fn channel_function<'t>(
        &mut self,
        name: &'static str,
        tys: &'t [Ty],
        operands: &[Operand],
    ) -> (&'static str, &'t [Ty]) {
        let (of_words, of_subscribers) = match name {
            "goo_chan_send" => ("goo_chan_send_word", None),
            "goo_chan_recv" => ("goo_chan_recv_word", Some("goo_sub_recv")),
            "goo_chan_recv_ok" => ("goo_chan_recv_word_ok", Some("goo_sub_recv_ok")),
            _ => return (name, tys),
        };
        let Some(channel) = operands.first() else { return (name, tys) };
        let channel = self.typing().operand(channel);
        if self.is_queue_of_words(channel) {
            return (of_words, &[]);
        }
        match self.unit.program.underlying(channel).kind() {
            TyKind::Chan { pattern: ChanPattern::Sub, .. } => (of_subscribers.unwrap_or(name), tys),
            _ => (name, tys),
        }
    }

    /// Whether what a case of a `select` receives is a word without counts; the channel may be optional.
    pub fn receives_word(&mut self, channel: &Operand) -> bool {
        let mut ty = self.typing().operand(channel);
        if let TyKind::Optional(inner) = self.unit.program.underlying(ty).kind() {
            ty = *inner;
        }
        self.is_queue_of_words(ty)
    }

    fn is_queue_of_words(&mut self, channel: Ty) -> bool {
        match self.unit.program.underlying(channel).kind() {
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
