//! The order of imports: within a run of lines that no blank line divides, by path.

use crate::syntax::ast::{File, Import};

/// The text with its imports sorted, if they were not.
pub fn sort(text: &str, tree: &File) -> Option<String> {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut starts = Vec::with_capacity(lines.len());
    let mut at = 0;
    for line in &lines {
        starts.push(at);
        at += line.len();
    }
    let line_of = |place: usize| starts.partition_point(|&start| start <= place) - 1;
    let mut changed = false;
    let mut index = 0;
    while index < tree.imports.len() {
        let run = run(&tree.imports[index..], text, &lines, line_of);
        let imports = &tree.imports[index..index + run];
        let mut order: Vec<&Import> = imports.iter().collect();
        order.sort_by_key(|import| (import.path.clone(), import.alias.map(|alias| alias.name.as_str())));
        if order.iter().zip(imports).any(|(new, old)| new.span.start != old.span.start) {
            let moved: Vec<&str> =
                order.iter().map(|import| lines[line_of(import.span.start as usize)]).collect();
            let first = line_of(imports[0].span.start as usize);
            lines[first..first + run].copy_from_slice(&moved);
            changed = true;
        }
        index += run;
    }
    changed.then(|| lines.concat())
}

/// How many of these imports, from the first on, stand alone on lines that follow each other.
fn run(imports: &[Import], text: &str, lines: &[&str], line_of: impl Fn(usize) -> usize) -> usize {
    let alone = |import: &Import| {
        let line = lines[line_of(import.span.start as usize)].trim();
        line.starts_with(&text[import.span.start as usize..import.span.end as usize])
            && line_of(import.span.end as usize) == line_of(import.span.start as usize)
    };
    if !alone(&imports[0]) {
        return 1;
    }
    let line = line_of(imports[0].span.start as usize);
    let follows = |(index, import): &(usize, &Import)| {
        line_of(import.span.start as usize) == line + index && alone(import)
    };
    imports.iter().enumerate().take_while(follows).count()
}
