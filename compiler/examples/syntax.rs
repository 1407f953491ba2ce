//! Parses each file named and reports what is wrong in it: `cargo run --example syntax -- FILE…`. With `--dump` first, it
//! prints the trees; with `--time`, how long each took.

use goo_compiler::diagnostics::Diagnostics;
use goo_compiler::syntax::{NodeIds, SourceMap, dump, parse};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (mut bad, mut all) = (0, 0);
    for name in args.iter().filter(|arg| !arg.starts_with("--")) {
        let Ok(text) = std::fs::read_to_string(name) else {
            println!("{name}: not readable as UTF-8");
            continue;
        };
        let mut map = SourceMap::default();
        let file = map.add(name, &text, false);
        let mut diags = Diagnostics::default();
        let start = std::time::Instant::now();
        let tree = parse(file, &text, &mut NodeIds::default(), &mut diags);
        let took = start.elapsed();
        all += 1;
        bad += usize::from(diags.has_errors());
        for d in diags.iter() {
            let (line, column) = map.line_col(d.primary.span);
            println!("{name}:{line}:{column}: [{}] {} ({})", d.code.name(), d.message, d.primary.text);
        }
        if args.first().is_some_and(|arg| arg == "--dump") {
            println!("{}", dump(&tree));
        }
        if args.first().is_some_and(|arg| arg == "--time") {
            println!("{name}: {} bytes in {took:?}", text.len());
        }
    }
    println!("{bad} of {all} files have errors");
}
