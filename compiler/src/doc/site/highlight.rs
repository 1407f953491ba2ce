//! Goo source as HTML with colours, by its tokens alone: what is shown may be only a part of a program.

use super::super::comment::escape;
use crate::syntax::token::Tok;
use crate::syntax::tokens;

/// Words that are keywords only where their construct stands; here they are shown as if they always were.
const CONTEXTUAL: &[&str] =
    &["assert", "enum", "fail", "match", "none", "recover", "supervise", "test", "try", "within", "yield"];

/// Source with colours. `link` says where a name leads: `Name`, or `package.Name`.
pub fn goo(source: &str, link: &dyn Fn(&str) -> Option<String>) -> String {
    let lexed = tokens(source);
    let mut pieces: Vec<(usize, usize, Option<&str>)> = lexed
        .comments
        .iter()
        .map(|comment| (comment.start as usize, comment.end as usize, Some("comment")))
        .collect();
    let text = |index: usize| {
        let token = lexed.tokens[index];
        &source[token.start as usize..token.end as usize]
    };
    for (index, token) in lexed.tokens.iter().enumerate() {
        let class = match token.tok {
            Tok::Newline | Tok::Eof => continue,
            tok if tok.is_keyword() => Some("keyword"),
            Tok::Ident if CONTEXTUAL.contains(&text(index)) => Some("keyword"),
            Tok::Str | Tok::RawStr | Tok::Rune => Some("string"),
            Tok::Int | Tok::Float | Tok::Duration => Some("number"),
            _ => None,
        };
        pieces.push((token.start as usize, token.end as usize, class));
    }
    pieces.sort_unstable();
    let mut out = String::with_capacity(source.len() * 2);
    let mut at = 0;
    let mut before: [&str; 2] = ["", ""];
    for (start, end, class) in pieces {
        // A literal that never ends reaches to the end of the text.
        let (start, end) = (start.max(at), end.max(at));
        out += &escape(&source[at..start]);
        let piece = &source[start..end];
        let address = match (class, before) {
            (None, [package, "."]) => link(&format!("{package}.{piece}")),
            (None, _) => link(piece),
            _ => None,
        };
        let shown = escape(piece);
        match (class, address) {
            (_, Some(address)) => out += &format!("<a href=\"{}\">{shown}</a>", escape(&address)),
            (Some(class), None) => out += &format!("<span class=\"{class}\">{shown}</span>"),
            (None, None) => out += &shown,
        }
        before = [before[1], piece];
        at = end;
    }
    out += &escape(&source[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::goo;

    #[test]
    fn names_lead_to_what_they_name() {
        let link = |name: &str| (name == "io.Reader").then(|| "io.html#Reader".to_owned());
        assert_eq!(
            goo("func F(r io.Reader) // <x>", &link),
            "<span class=\"keyword\">func</span> F(r io.<a href=\"io.html#Reader\">Reader</a>) \
             <span class=\"comment\">// &lt;x&gt;</span>"
        );
    }
}
