//! Writes a program of some thousand lines that looks like those that people write, to measure the compiler with:
//! `generate 5000 > large.goo`.
//!
//! The parts are the files of `bench/templates`: types with methods, enums, interfaces, generics, closures, errors, slices, maps,
//! tasks and channels. In a template `@` is the number of the part, which makes its names its own, `%` a small number, another each
//! time, and `#` the percent sign of a format. Each part has a function `use…@() int`; `main` calls them all.

use std::fmt::Write;
use std::process::ExitCode;

const TEMPLATES: [(&str, &str); 9] = [
    ("Ledger", include_str!("../../templates/ledger.goo")),
    ("Parsing", include_str!("../../templates/parsing.goo")),
    ("Shapes", include_str!("../../templates/shapes.goo")),
    ("Pairs", include_str!("../../templates/pairs.goo")),
    ("Pipeline", include_str!("../../templates/pipeline.goo")),
    ("Race", include_str!("../../templates/race.goo")),
    ("Sorting", include_str!("../../templates/sorting.goo")),
    ("Grid", include_str!("../../templates/grid.goo")),
    ("Tree", include_str!("../../templates/tree.goo")),
];

fn main() -> ExitCode {
    let lines = std::env::args().nth(1).map_or(Ok(5000), |text| text.parse());
    let Ok(lines) = lines else {
        eprintln!("usage: generate [LINES] > FILE");
        return ExitCode::from(64);
    };
    print!("{}", program(lines));
    ExitCode::SUCCESS
}

/// A program of about this many lines; always the same.
fn program(lines: usize) -> String {
    let mut text = String::from("package main\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n)\n");
    let mut calls = String::new();
    let mut random = Random(1);
    let mut part = 0;
    while text.lines().count() + part + 8 < lines {
        let (name, template) = TEMPLATES[part % TEMPLATES.len()];
        text.push('\n');
        for char in template.chars() {
            // Writing to a string cannot fail.
            let _ = match char {
                '@' => write!(text, "{part}"),
                '%' => write!(text, "{}", random.below(20) + 3),
                '#' => write!(text, "%"),
                other => write!(text, "{other}"),
            };
        }
        let _ = writeln!(calls, "\tsum += use{name}{part}()");
        part += 1;
    }
    text + "\nfunc main() {\n\tsum := 0\n" + &calls + "\tfmt.Println(sum)\n}\n"
}

/// A linear congruential generator: any numbers do, as long as they are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
