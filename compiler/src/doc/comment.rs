//! A comment's Markdown, as text for a terminal and as HTML.

use pulldown_cmark::{
    BrokenLink, CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html,
};

/// The width of text for a terminal.
const WIDTH: usize = 96;

/// The first sentence of a comment, as plain text.
pub fn gist(markdown: &str) -> String {
    let mut text = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(part) | Event::Code(part) | Event::InlineHtml(part) => text += &part,
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_)) => break,
            _ => {}
        }
    }
    let end = text
        .match_indices(". ")
        // Not behind `e.g.` and the like.
        .find(|(at, _)| {
            !text[..*at].ends_with(|c: char| c == '.' || c.is_whitespace()) && !text[..*at].ends_with("e.g")
        })
        .map_or(text.len(), |(at, _)| at + 1);
    text.truncate(end);
    text
}

/// A comment as text, each line behind `indent`.
pub fn text(markdown: &str, indent: &str) -> String {
    let mut out = Lines { out: String::new(), words: String::new(), indent: indent.to_owned(), bullet: None };
    // For each open list, the number of its next item.
    let mut lists: Vec<Option<u64>> = Vec::new();
    let mut code = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::List(first)) => {
                out.paragraph();
                lists.push(first);
                out.indent.push_str("    ");
            }
            Event::End(TagEnd::List(_)) => {
                lists.pop();
                out.indent.truncate(out.indent.len() - 4);
                if lists.is_empty() {
                    out.blank();
                }
            }
            Event::Start(Tag::Item) => {
                out.bullet = Some(match lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{:>2}. ", *number - 1)
                    }
                    _ => "  - ".to_owned(),
                });
            }
            Event::End(TagEnd::Item) => out.line(),
            Event::Start(Tag::CodeBlock(kind)) => {
                out.paragraph();
                if matches!(&kind, CodeBlockKind::Fenced(info) if info.starts_with("output")) {
                    out.raw("Output:\n\n");
                }
                code = true;
            }
            Event::End(TagEnd::CodeBlock) => {
                code = false;
                out.blank();
            }
            Event::Text(part) if code => {
                for line in part.lines() {
                    out.raw(&format!("    {line}\n"));
                }
            }
            Event::Text(part) | Event::Code(part) | Event::InlineHtml(part) | Event::Html(part) => {
                out.words += &part;
            }
            Event::SoftBreak => out.words.push(' '),
            Event::HardBreak => out.line(),
            Event::End(TagEnd::Heading(_)) => {
                let heading = std::mem::take(&mut out.words);
                out.raw(&format!("# {heading}\n\n"));
            }
            Event::End(TagEnd::TableCell) => out.words.push_str("   "),
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => out.line(),
            Event::End(TagEnd::Paragraph) if lists.is_empty() => out.paragraph(),
            Event::End(TagEnd::Paragraph) => out.line(),
            Event::Rule => out.raw("----\n\n"),
            _ => {}
        }
    }
    out.line();
    let end = out.out.trim_end().len();
    out.out.truncate(end);
    out.out
}

/// Text that is filled line by line.
struct Lines {
    out: String,
    /// Of the line that is not yet written.
    words: String,
    indent: String,
    /// Stands at the end of the next line's indent.
    bullet: Option<String>,
}

impl Lines {
    fn raw(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.out += &self.indent;
            }
            self.out += line;
        }
    }

    /// Writes what was gathered, in as many lines as it takes.
    fn line(&mut self) {
        let words = std::mem::take(&mut self.words);
        let mut line = String::new();
        for word in words.split_whitespace() {
            if !line.is_empty() && self.indent.len() + line.chars().count() + 1 + word.chars().count() > WIDTH
            {
                self.put(&line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        if !line.is_empty() {
            self.put(&line);
        }
    }

    fn put(&mut self, line: &str) {
        match self.bullet.take() {
            Some(bullet) => {
                self.out += &self.indent[..self.indent.len().saturating_sub(bullet.len())];
                self.out += &bullet;
            }
            None => self.out += &self.indent,
        }
        self.out += line;
        self.out.push('\n');
    }

    fn paragraph(&mut self) {
        if !self.words.trim().is_empty() {
            self.line();
            self.blank();
        }
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

/// How a page shows what a comment only names.
pub trait Links {
    /// Where `[name]` leads.
    fn link(&self, name: &str) -> Option<String>;
    /// A block of Goo as HTML, to stand in `<pre>`.
    fn code(&self, source: &str) -> String;
}

/// A comment as HTML. HTML in a comment is shown, not interpreted; headings are two levels lower than written, because
/// the page has its own.
pub fn to_html<'a>(markdown: &'a str, links: &dyn Links) -> String {
    let mut find = |link: BrokenLink<'a>| -> Option<(CowStr<'a>, CowStr<'a>)> {
        let name = link.reference.trim_matches('`').to_owned();
        Some((links.link(&name)?.into(), String::new().into()))
    };
    let parser = Parser::new_with_broken_link_callback(markdown, Options::ENABLE_TABLES, Some(&mut find));
    let mut events = Vec::new();
    // The block of code that is open: whether it is Goo, and its text.
    let mut block: Option<(bool, String)> = None;
    for event in parser {
        let event = match (event, &mut block) {
            (Event::Start(Tag::CodeBlock(kind)), _) => {
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => "goo".to_owned(),
                };
                if info.starts_with("output") {
                    events.push(Event::Html("<p class=\"output\">Output:</p>".into()));
                }
                block = Some((info.starts_with("goo"), String::new()));
                continue;
            }
            (Event::End(TagEnd::CodeBlock), _) => {
                let Some((goo, text)) = block.take() else { continue };
                let shown = if goo { links.code(&text) } else { escape(&text) };
                Event::Html(format!("<pre><code>{}</code></pre>\n", shown.trim_end()).into())
            }
            (Event::Text(text), Some((_, block))) => {
                block.push_str(&text);
                continue;
            }
            (Event::Html(text) | Event::InlineHtml(text), _) => Event::Text(text),
            (Event::Start(Tag::Heading { level, id, classes, attrs }), _) => {
                Event::Start(Tag::Heading { level: lower(level), id, classes, attrs })
            }
            (Event::End(TagEnd::Heading(level)), _) => Event::End(TagEnd::Heading(lower(level))),
            // A scheme that runs code has no place in a comment.
            (Event::Start(Tag::Link { link_type, dest_url, title, id }), _) => {
                let safe = !dest_url.trim_start().to_ascii_lowercase().starts_with("javascript:")
                    && !dest_url.trim_start().to_ascii_lowercase().starts_with("data:");
                let dest_url = if safe { dest_url } else { "#".into() };
                Event::Start(Tag::Link { link_type, dest_url, title, id })
            }
            (event, _) => event,
        };
        events.push(event);
    }
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    out
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

/// Text for HTML, in elements and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    struct Plain;

    impl Links for Plain {
        fn link(&self, name: &str) -> Option<String> {
            (name == "Cut").then(|| "#Cut".to_owned())
        }

        fn code(&self, source: &str) -> String {
            escape(source)
        }
    }

    #[test]
    fn the_gist_is_the_first_sentence() {
        assert_eq!(gist("Cut splits, e.g. a line. It gives\nboth."), "Cut splits, e.g. a line.");
        assert_eq!(gist("Package `x` does y\nand z\n\nMore."), "Package x does y and z");
        assert_eq!(gist(""), "");
    }

    #[test]
    fn text_keeps_code_and_lists() {
        let shown =
            text("Cut splits.\n\n- one\n- two\n\n```goo\nx := 1\n```\n\n```output\n1\n```\n\nEnd.", "");
        expect![[r#"
            Cut splits.

              - one
              - two

                x := 1

            Output:

                1

            End."#]]
        .assert_eq(&shown);
    }

    #[test]
    fn html_of_a_comment_is_shown_and_names_are_links() {
        let shown = to_html("See [Cut] and [Other] <script>x</script> [a](javascript:b)", &Plain);
        expect![[r##"
            <p>See <a href="#Cut">Cut</a> and [Other] &lt;script&gt;x&lt;/script&gt; <a href="#">a</a></p>
        "##]]
        .assert_eq(&shown);
    }
}
