//! Programs in comments and pages: blocks of Markdown marked `goo`.
//!
//! An example is a whole program, or declarations or statements that [`whole`] makes one of, with the imports that it
//! needs. A block marked `output` right behind it is what it prints.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::model::Package;

/// An example of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What it stands with: a name of the package, or the package itself.
    pub name: String,
    /// The file and line of that name's declaration.
    pub file: String,
    pub line: u32,
    /// Which of the name's examples, from 1.
    pub number: usize,
    pub text: String,
    /// What it prints; without it, it only has to compile.
    pub output: Option<String>,
}

impl Example {
    /// How it is called: `strings.Cut 1`.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.number)
    }
}

/// All examples in a package's comments.
pub fn examples(package: &Package) -> Vec<Example> {
    let first = package.files.first().map_or("", |(name, _)| name.as_str());
    let mut out = Vec::new();
    in_comment(&package.doc, &package.path, first, 1, &mut out);
    for item in package.items() {
        let name = format!("{}.{}", package.path, item.name());
        let file = package.files.get(item.file).map_or("", |(name, _)| name.as_str());
        in_comment(&item.doc, &name, file, item.line, &mut out);
        // The cases of an enum and the parts of a struct have comments inside the declaration.
        let inside: Vec<&str> = item
            .code
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("//"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        in_comment(&inside.join("\n"), &name, file, item.line, &mut out);
    }
    out
}

fn in_comment(markdown: &str, name: &str, file: &str, line: u32, out: &mut Vec<Example>) {
    let already = out.iter().filter(|example| example.name == name).count();
    for (number, (text, output)) in blocks(markdown).into_iter().enumerate() {
        out.push(Example {
            name: name.to_owned(),
            file: file.to_owned(),
            line,
            number: already + number + 1,
            text,
            output,
        });
    }
}

/// The examples of a text: what is marked `goo`, with what is marked `output` right behind it.
fn blocks(markdown: &str) -> Vec<(String, Option<String>)> {
    let mut out: Vec<(String, Option<String>)> = Vec::new();
    // The mark and the text of the block that is open, and whether nothing stands between it and an example.
    let mut open: Option<(String, String)> = None;
    let mut follows = false;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                open = Some((info.to_string(), String::new()));
            }
            Event::Text(text) => match &mut open {
                Some((_, block)) => block.push_str(&text),
                None => follows = false,
            },
            Event::End(TagEnd::CodeBlock) => match open.take() {
                Some((info, text)) if info == "goo" => {
                    out.push((text, None));
                    follows = true;
                }
                Some((info, text)) if info == "output" && follows => {
                    if let Some((_, output)) = out.last_mut() {
                        *output = Some(text);
                    }
                    follows = false;
                }
                _ => follows = false,
            },
            _ => {}
        }
    }
    out
}

/// A block as a whole program, and whether it had to be completed. `own` is the import path of the package that the
/// block speaks of, if that has to be imported.
pub fn whole(text: &str, own: Option<&str>) -> (String, bool) {
    if text.lines().any(|line| line.starts_with("package ")) {
        return (text.to_owned(), false);
    }
    let (mut imports, mut body) = (Vec::new(), String::new());
    for line in text.lines() {
        match line.starts_with("import ") {
            true => imports.push(line.to_owned()),
            false => body += &format!("{line}\n"),
        }
    }
    if imports.is_empty() {
        let used = |name: &str| {
            body.match_indices(&format!("{name}."))
                .any(|(at, _)| !body[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.'))
        };
        let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let mut paths: Vec<&str> = goo_stdlib::paths()
            .into_iter()
            // Of several packages of one name, the one that is asked about, else the shortest path.
            .filter(|path| own.is_none_or(|own| last(own) != last(path)))
            .filter(|path| !path.contains('/') || !goo_stdlib::paths().contains(&last(path).as_str()))
            .collect();
        paths.extend(own);
        paths.sort_unstable();
        imports.extend(
            paths.into_iter().filter(|path| used(&last(path))).map(|path| format!("import {path:?}")),
        );
    }
    let imports = imports.join("\n");
    let declares = |line: &str| {
        ["func ", "type ", "var ", "const ", "test \""].iter().any(|word| line.starts_with(word))
    };
    let mut outermost = body
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with([' ', '\t', '}', ')', '/']))
        .peekable();
    // All lines indented: these are statements, as they stand in a function.
    let only_declarations = outermost.peek().is_some() && outermost.all(declares);
    let text = match (only_declarations, body.contains("func main()")) {
        (true, true) => format!("package main\n{imports}\n{body}"),
        (true, false) => format!("package main\n{imports}\n{body}\nfunc main() {{}}\n"),
        (false, _) => format!("package main\n{imports}\nfunc main() {{\n{body}}}\n"),
    };
    (text, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_belongs_to_the_example_right_before_it() {
        let page =
            "a\n\n```goo\nx()\n```\n\n```output\n1\n```\n\n```goo\ny()\n```\n\ntext\n\n```output\n2\n```\n";
        assert_eq!(blocks(page), [("x()\n".to_owned(), Some("1\n".to_owned())), ("y()\n".to_owned(), None)]);
    }

    #[test]
    fn statements_become_a_program_with_its_imports() {
        let (text, completed) = whole("fmt.Println(rand.Intn(3), x.fmt.y)\n", Some("math/rand"));
        assert!(completed);
        assert_eq!(
            text,
            "package main\nimport \"fmt\"\nimport \"math/rand\"\nfunc main() {\nfmt.Println(rand.Intn(3), x.fmt.y)\n}\n"
        );
    }
}
