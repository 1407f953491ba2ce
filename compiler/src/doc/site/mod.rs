//! Documentation as a site of static pages: one for each package, one for each source file, a search that needs no server.
//!
//! Pages refer to each other by relative addresses, so the folder can stand anywhere, also on a disk.

mod highlight;
mod page;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::comment::{self, escape};
use super::model::Package;

const STYLE: &str = include_str!("style.css");
const SEARCH: &str = include_str!("search.js");

/// A file of the site: its path below the site's folder, and what is in it.
pub type Page = (String, String);

/// All files of a site for these packages.
pub fn pages(title: &str, packages: &[Package]) -> Vec<Page> {
    let site = Site::new(title, packages);
    let mut out = vec![
        ("style.css".to_owned(), STYLE.to_owned()),
        ("search.js".to_owned(), SEARCH.to_owned()),
        ("names.js".to_owned(), site.names()),
        ("index.html".to_owned(), site.front()),
    ];
    for package in packages {
        out.push((address(&package.path), page::package(&site, package)));
        for index in 0..package.files.len() {
            out.push((source_address(package, index), page::source(&site, package, index)));
        }
    }
    out
}

/// What all pages need to know of each other.
struct Site<'a> {
    title: &'a str,
    packages: &'a [Package],
    /// The address of each exported name, by `package.Name`, where the package is called by its name.
    targets: BTreeMap<String, String>,
}

impl<'a> Site<'a> {
    fn new(title: &'a str, packages: &'a [Package]) -> Site<'a> {
        let mut targets = BTreeMap::new();
        // Of packages with the same name the one with the shortest path is meant, so it is entered last.
        let mut by_length: Vec<&Package> = packages.iter().collect();
        by_length.sort_by_key(|package| std::cmp::Reverse(package.path.len()));
        for package in by_length {
            let address = address(&package.path);
            for name in package.items().flat_map(|item| &item.names) {
                targets.insert(format!("{}.{name}", package.name), format!("{address}#{name}"));
            }
            targets.insert(package.name.clone(), address.clone());
            targets.insert(package.path.clone(), address);
        }
        Site { title, packages, targets }
    }

    /// Where a name that stands in a package leads, from that package's page.
    fn target(&self, package: &Package, name: &str) -> Option<String> {
        let own = || package.items().any(|item| item.names.iter().any(|known| known == name));
        if own() {
            return Some(format!("#{name}"));
        }
        let address = self.targets.get(name)?;
        Some(format!("{}{address}", root(&package.path)))
    }

    /// The data of the search: one entry a name.
    fn names(&self) -> String {
        let mut entries = Vec::new();
        for package in self.packages {
            let address = address(&package.path);
            entries.push([
                package.path.clone(),
                "package".into(),
                String::new(),
                address.clone(),
                package.gist(),
            ]);
            for item in package.items() {
                for name in &item.names {
                    let at = format!("{address}#{name}");
                    let gist = comment::gist(&item.doc);
                    entries.push([name.clone(), item.kind.word().into(), package.path.clone(), at, gist]);
                }
            }
        }
        // JSON is JavaScript, but for the end of a script element, which text inside it must not have.
        let json = serde_json::to_string(&entries).unwrap_or_default().replace("</", "<\\/");
        format!("window.gooNames = {json};\n")
    }

    /// The first page: all packages.
    fn front(&self) -> String {
        let mut body = format!("<h1>{}</h1>\n", escape(self.title));
        let groups = [("This module", false), ("Standard library", true)];
        for (heading, std) in groups {
            let packages: Vec<&Package> = self.packages.iter().filter(|package| package.std == std).collect();
            if packages.is_empty() {
                continue;
            }
            let _ = write!(body, "<h2>{heading}</h2>\n<table class=\"packages\">\n");
            for package in packages {
                let _ = writeln!(
                    body,
                    "<tr><td><a href=\"{}\">{}</a></td><td>{}</td></tr>",
                    address(&package.path),
                    escape(&package.path),
                    escape(&package.gist())
                );
            }
            body += "</table>\n";
        }
        page::frame(self, self.title, "", "", &body)
    }
}

/// The page of a package. A path that goes out of a folder, or begins at the root, must not leave the site's.
fn address(path: &str) -> String {
    format!("{}.html", inside(path))
}

fn source_address(package: &Package, file: usize) -> String {
    let name = package.files.get(file).map_or("", |(name, _)| name.as_str());
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    format!("source/{}/{name}.html", inside(&package.path))
}

/// A path without parts that lead elsewhere; `main` for a program's own folder.
fn inside(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !["", ".", ".."].contains(part)).collect();
    let joined = parts.join("/");
    if joined.is_empty() { "main".to_owned() } else { joined }
}

/// How a page at this path below the site's folder refers to that folder.
fn root(path: &str) -> String {
    "../".repeat(inside(path).matches('/').count())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::doc::{Source, standard_library};

    fn library() -> Vec<Page> {
        let packages: Vec<Package> = standard_library()
            .iter()
            .map(|source| Package::read(source, false).unwrap_or_else(|_| panic!("{} parses", source.path)))
            .collect();
        pages("Goo", &packages)
    }

    /// Every address in every page of the standard library leads somewhere.
    #[test]
    fn no_link_is_dead() {
        let pages = library();
        let ids: BTreeSet<String> = pages
            .iter()
            .flat_map(|(path, text)| {
                let ids = text.match_indices(" id=\"").map(|(at, found)| {
                    let rest = &text[at + found.len()..];
                    format!("{path}#{}", &rest[..rest.find('"').unwrap_or(0)])
                });
                ids.chain([path.clone()]).collect::<Vec<_>>()
            })
            .collect();
        let mut dead = Vec::new();
        for (path, text) in pages.iter().filter(|(path, _)| path.ends_with(".html")) {
            for (at, found) in text.match_indices(" href=\"") {
                let rest = &text[at + found.len()..];
                let link = &rest[..rest.find('"').unwrap_or(0)];
                if link.starts_with("http") {
                    continue;
                }
                let target = match link.strip_prefix('#') {
                    Some(id) => format!("{path}#{id}"),
                    None => {
                        let mut folder: Vec<&str> = path.split('/').collect();
                        folder.pop();
                        for part in link.split('/') {
                            if part == ".." {
                                folder.pop();
                            } else {
                                folder.push(part);
                            }
                        }
                        folder.join("/")
                    }
                };
                if !ids.contains(&target) {
                    dead.push(format!("{path}: {link}"));
                }
            }
        }
        assert!(dead.is_empty(), "{}", dead.join("\n"));
    }

    #[test]
    fn addresses_stay_inside_the_site() {
        assert_eq!(address("../../etc/x"), "etc/x.html");
        assert_eq!(address("."), "main.html");
        assert_eq!(root("math/rand"), "../");
    }

    #[test]
    fn a_name_cannot_end_the_script_that_it_stands_in() {
        let source = Source {
            path: "p".into(),
            importable: true,
            files: vec![("p.goo".into(), "// F is </script><b>.\nfunc F() {}\n".into())],
            std: false,
        };
        let text = format!("package p\n{}", source.files[0].1);
        let source = Source { files: vec![("p.goo".into(), text)], ..source };
        let package = Package::read(&source, false).unwrap_or_else(|_| panic!("parses"));
        let names = &pages("x", &[package])[2].1;
        assert!(names.contains("<\\/script>") && !names.contains("</script>"), "{names}");
    }
}
