//! The pages: a package, a source file, and the frame around both.

use std::fmt::Write as _;

use super::super::comment::{self, Links, escape};
use super::super::model::{Item, Package, TypeDoc};
use super::{Site, highlight, root, source_address};

/// The page of a package.
pub fn package(site: &Site<'_>, package: &Package) -> String {
    let links = InPackage { site, package };
    let mut body = format!("<h1><span class=\"kind\">package</span> {}</h1>\n", escape(&package.name));
    if package.importable {
        let _ =
            writeln!(body, "<pre class=\"import\"><code>import \"{}\"</code></pre>", escape(&package.path));
    }
    body += &comment::to_html(&package.doc, &links);
    body += &index(package);
    section(&mut body, "Constants and variables", &package.values, &links);
    section(&mut body, "Functions", &package.funcs, &links);
    if !package.types.is_empty() {
        body += "<h2>Types</h2>\n";
        package.types.iter().for_each(|ty| type_section(&mut body, ty, &links));
    }
    frame(site, &package.path, &root(&package.path), &package.path, &body)
}

/// A source file, with a place to go to on each line.
pub fn source(site: &Site<'_>, package: &Package, file: usize) -> String {
    let (name, text) = &package.files[file];
    let up = "../".repeat(source_address(package, file).matches('/').count());
    let code = highlight::goo(text, &|_| None);
    let mut lines = String::new();
    for (number, line) in code.lines().enumerate() {
        let number = number + 1;
        // A comment over several lines is one span, which must not reach over the ends of lines: the lines stay in
        // one element, and the numbers stand in another.
        let _ = writeln!(lines, "<span class=\"at\" id=\"L{number}\"></span>{line}");
    }
    let body = format!(
        "<h1>{}</h1>\n<p><a href=\"{up}{}\">package {}</a></p>\n<pre class=\"source\"><code>{lines}</code></pre>\n",
        escape(name),
        super::address(&package.path),
        escape(&package.path)
    );
    frame(site, name, &up, &package.path, &body)
}

/// What all pages have around them. `root` leads to the site's folder; `current` is the package that is shown.
pub fn frame(site: &Site<'_>, title: &str, root: &str, current: &str, body: &str) -> String {
    let mut list = String::new();
    for std in [false, true] {
        for package in site.packages.iter().filter(|package| package.std == std) {
            let here = if package.path == current { " aria-current=\"page\"" } else { "" };
            let address = super::address(&package.path);
            let _ =
                writeln!(list, "<li><a href=\"{root}{address}\"{here}>{}</a></li>", escape(&package.path));
        }
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} · {site}</title>\n\
         <link rel=\"stylesheet\" href=\"{root}style.css\">\n</head>\n<body data-root=\"{root}\">\n\
         <header>\n<a class=\"home\" href=\"{root}index.html\">{site}</a>\n\
         <div class=\"search\" role=\"search\">\n\
         <input type=\"search\" id=\"search\" placeholder=\"Search names ( / )\" aria-label=\"Search names\" \
         autocomplete=\"off\" spellcheck=\"false\" role=\"combobox\" aria-expanded=\"false\" aria-controls=\"found\">\n\
         <ol id=\"found\" role=\"listbox\" hidden></ol>\n</div>\n</header>\n\
         <div class=\"columns\">\n<nav aria-label=\"Packages\">\n<ul>\n{list}</ul>\n</nav>\n<main>\n{body}</main>\n</div>\n\
         <script src=\"{root}names.js\"></script>\n<script src=\"{root}search.js\"></script>\n</body>\n</html>\n",
        title = escape(title),
        site = escape(site.title),
    )
}

/// The names of a package, as a list that leads to them.
fn index(package: &Package) -> String {
    let mut out = String::from("<details class=\"index\" open>\n<summary>Index</summary>\n<ul>\n");
    let mut entry = |item: &Item, class: &str| {
        for name in &item.names {
            let shown = escape(name);
            let _ = writeln!(
                out,
                "<li class=\"{class}\"><span class=\"kind\">{}</span> <a href=\"#{shown}\">{shown}</a></li>",
                item.kind.word()
            );
        }
    };
    package.values.iter().chain(&package.funcs).for_each(|item| entry(item, ""));
    for ty in &package.types {
        entry(&ty.item, "");
        ty.values.iter().chain(&ty.makers).chain(&ty.methods).for_each(|item| entry(item, "member"));
    }
    out + "</ul>\n</details>\n"
}

fn section(body: &mut String, heading: &str, items: &[Item], links: &InPackage<'_>) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(body, "<h2>{heading}</h2>");
    items.iter().for_each(|item| article(body, item, "h3", links));
}

fn type_section(body: &mut String, ty: &TypeDoc, links: &InPackage<'_>) {
    article(body, &ty.item, "h3", links);
    let members = ty.values.iter().chain(&ty.makers).chain(&ty.methods);
    let mut inside = String::new();
    members.for_each(|item| article(&mut inside, item, "h4", links));
    if !inside.is_empty() {
        let _ = writeln!(body, "<div class=\"members\">\n{inside}</div>");
    }
}

fn article(body: &mut String, item: &Item, heading: &str, links: &InPackage<'_>) {
    let package = links.package;
    let source = format!("{}{}#L{}", root(&package.path), source_address(package, item.file), item.line);
    let first = escape(item.name());
    // What several names share stands under the first; the others are places in it.
    let others: String =
        item.names.iter().skip(1).map(|name| format!("<span id=\"{}\"></span>", escape(name))).collect();
    let shown = if item.names.len() > 1 { format!("{first}, …") } else { first.clone() };
    let _ = writeln!(
        body,
        "<article>\n<{heading} id=\"{first}\">{others}<span class=\"kind\">{}</span> <a href=\"#{first}\">{shown}</a>\
         <a class=\"source\" href=\"{source}\">source</a></{heading}>\n<pre><code>{}</code></pre>\n{}</article>",
        item.kind.word(),
        links.declaration(&item.code),
        comment::to_html(&item.doc, links)
    );
}

/// Names as the comments and declarations of a package use them.
struct InPackage<'a> {
    site: &'a Site<'a>,
    package: &'a Package,
}

impl InPackage<'_> {
    /// A declaration, whose types lead to theirs.
    fn declaration(&self, code: &str) -> String {
        highlight::goo(code, &|name| {
            let own_type = self.package.types.iter().any(|ty| ty.item.name() == name);
            match own_type || name.contains('.') {
                true => self.site.target(self.package, name),
                false => None,
            }
        })
    }
}

impl Links for InPackage<'_> {
    fn link(&self, name: &str) -> Option<String> {
        self.site.target(self.package, name)
    }

    fn code(&self, source: &str) -> String {
        highlight::goo(source, &|name| match name.contains('.') {
            true => self.site.target(self.package, name),
            false => None,
        })
    }
}
