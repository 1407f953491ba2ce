//! Documentation for a terminal.

use super::comment;
use super::model::{Item, Kind, Package, TypeDoc};
use crate::diagnostics::similar::closest;

/// A package at a glance: its comment, and a line for each thing it declares.
pub fn overview(package: &Package) -> String {
    let mut out = heading(package);
    for item in &package.values {
        out += &short(item, "");
    }
    if !package.values.is_empty() {
        out.push('\n');
    }
    for item in &package.funcs {
        out += &short(item, "");
    }
    for ty in &package.types {
        out += &short(&ty.item, "");
        for item in ty.values.iter().chain(&ty.makers) {
            out += &short(item, "    ");
        }
    }
    out.trim_end().to_owned() + "\n"
}

/// A package with all that its comments say.
pub fn everything(package: &Package) -> String {
    let mut out = heading(package);
    for item in package.items() {
        out += &whole(item);
        out.push('\n');
    }
    out.trim_end().to_owned() + "\n"
}

/// What a package says of a name: `Cut`, `Builder`, `Builder.Reset`. The letters' case does not matter where it is clear
/// what is meant.
///
/// # Errors
/// A message with the closest name, when there is none like that.
pub fn symbol(package: &Package, name: &str) -> Result<String, String> {
    let named = |wanted: &dyn Fn(&str) -> bool| {
        package.items().filter(|item| item.names.iter().any(|name| wanted(name))).collect::<Vec<_>>()
    };
    // A method may be asked for by its own name.
    let last = |full: &str| full.rsplit('.').next().unwrap_or(full).to_owned();
    let mut found = named(&|full| full == name);
    if found.is_empty() {
        found = named(&|full| full.eq_ignore_ascii_case(name));
    }
    if found.is_empty() {
        found = named(&|full| last(full) == name);
    }
    if found.is_empty() {
        return Err(unknown(package, name));
    }
    let mut out = format!("{}\n\n", title(package));
    for item in found {
        out += &whole(item);
        if let Some(ty) = package.types.iter().find(|ty| std::ptr::eq(&raw const ty.item, item)) {
            out += &members(ty);
        }
        out.push('\n');
    }
    Ok(out.trim_end().to_owned() + "\n")
}

fn unknown(package: &Package, name: &str) -> String {
    let close = closest(name, package.items().flat_map(|item| &item.names).map(String::as_str));
    let message = format!("package {} has no {name}", package.path);
    match close {
        Some(known) => format!("{message}; did you mean {known}?"),
        None => format!("{message}; `goo doc {}` lists what it has", package.path),
    }
}

fn title(package: &Package) -> String {
    match package {
        Package { importable: true, name, path, .. } => format!("package {name} // import \"{path}\""),
        Package { std: true, name, .. } => format!("package {name} // needs no import"),
        Package { name, path, .. } => format!("package {name} // {path}"),
    }
}

fn heading(package: &Package) -> String {
    let doc = comment::text(&package.doc, "");
    match doc.is_empty() {
        true => format!("{}\n\n", title(package)),
        false => format!("{}\n\n{doc}\n\n", title(package)),
    }
}

fn whole(item: &Item) -> String {
    let doc = comment::text(&item.doc, "    ");
    match doc.is_empty() {
        true => format!("{}\n", item.code),
        false => format!("{}\n{doc}\n", item.code),
    }
}

fn members(ty: &TypeDoc) -> String {
    let mut out = String::new();
    for item in ty.values.iter().chain(&ty.makers).chain(&ty.methods) {
        out += &short(item, "");
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}

/// A declaration on one line.
fn short(item: &Item, indent: &str) -> String {
    let mut lines = item.code.lines();
    let first = lines.next().unwrap_or("");
    let line = match (item.kind, lines.next()) {
        (_, None) => first.to_owned(),
        (Kind::Const | Kind::Var, Some(_)) => {
            let shown: Vec<&str> = item.names.iter().take(5).map(String::as_str).collect();
            let more = if item.names.len() > shown.len() { ", …" } else { "" };
            format!("{} ( {}{more} )", item.kind.word(), shown.join(", "))
        }
        (Kind::Type, Some(_)) => format!("{} … }}", first.trim_end()),
        _ => format!("{first} …"),
    };
    format!("{indent}{line}\n")
}
