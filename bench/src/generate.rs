//! Programs of some thousand lines that look like those that people write, to measure the compiler with; the same program in Goo and in Go.
//!
//! The parts are the files of `bench/templates`: types with methods, enums, interfaces, generics, closures, errors, slices, maps,
//! tasks and channels. In a template `@` is the number of the part, which makes its names its own, `%` a small number, another each
//! time, and `#` the percent sign of a format. Each part has a function `use…@() int`; `main` calls them all.

use std::fmt::Write;

/// A part of the program, in both languages.
struct Template {
    name: &'static str,
    goo: &'static str,
    go: &'static str,
}

macro_rules! templates {
    ($($name:literal $file:literal)*) => {
        [$(Template {
            name: $name,
            goo: include_str!(concat!("../templates/", $file, ".goo")),
            go: include_str!(concat!("../templates/", $file, ".go")),
        }),*]
    };
}

const TEMPLATES: [Template; 9] = templates! {
    "Ledger" "ledger"
    "Parsing" "parsing"
    "Shapes" "shapes"
    "Pairs" "pairs"
    "Pipeline" "pipeline"
    "Race" "race"
    "Sorting" "sorting"
    "Grid" "grid"
    "Tree" "tree"
};

/// The language to write the program in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    Goo,
    Go,
}

/// A program of about so many lines in Goo, and as many parts in Go; always the same. It adds `salt` to its sum: another number is an
/// edit of the program.
pub fn program(lines: usize, dialect: Dialect, salt: usize) -> String {
    let mut text = String::from("package main\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n)\n");
    let mut calls = String::new();
    let mut random = Random(1);
    for (part, template) in (0..parts(lines)).zip(TEMPLATES.iter().cycle()) {
        let source = match dialect {
            Dialect::Goo => template.goo,
            Dialect::Go => template.go,
        };
        text.push('\n');
        for char in source.chars() {
            // Writing to a string cannot fail.
            let _ = match char {
                '@' => write!(text, "{part}"),
                '%' => write!(text, "{}", random.below(20) + 3),
                '#' => write!(text, "%"),
                other => write!(text, "{other}"),
            };
        }
        let _ = writeln!(calls, "\tsum += use{}{part}()", template.name);
    }
    text + &format!("\nfunc main() {{\n\tsum := {salt}\n") + &calls + "\tfmt.Println(sum)\n}\n"
}

/// How many parts make so many lines of Goo.
fn parts(lines: usize) -> usize {
    // What stands around the parts.
    let mut total = 12;
    // A part has an empty line before it, and a call.
    let sizes = TEMPLATES.iter().cycle().map(|template| template.goo.lines().count() + 2);
    sizes
        .take_while(|size| {
            total += size;
            total <= lines
        })
        .count()
}

/// A linear congruential generator: any numbers do, as long as they are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, TEMPLATES, program};

    #[test]
    fn about_as_long_as_asked_for() {
        let lines = program(5000, Dialect::Goo, 0).lines().count();
        assert!((4900..=5000).contains(&lines), "{lines}");
    }

    // Else the two programs would not give the same sum.
    #[test]
    fn both_languages_draw_the_same_numbers() {
        for template in &TEMPLATES {
            let drawn = |text: &str| text.matches('%').count();
            assert_eq!(drawn(template.goo), drawn(template.go), "{}", template.name);
        }
    }
}
