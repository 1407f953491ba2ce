use std::time::Instant;

struct Tree {
    children: Option<Box<(Tree, Tree)>>,
}

fn bottom_up(depth: usize) -> Tree {
    match depth {
        0 => Tree { children: None },
        _ => Tree { children: Some(Box::new((bottom_up(depth - 1), bottom_up(depth - 1)))) },
    }
}

fn check(tree: &Tree) -> usize {
    match &tree.children {
        None => 1,
        Some(children) => 1 + check(&children.0) + check(&children.1),
    }
}

fn main() {
    let depth = peers::size();
    let start = Instant::now();
    let long = bottom_up(depth);
    let (mut nodes, mut sum) = ((2 << depth) - 1, 0);
    for d in (4..=depth).step_by(4) {
        let trees = 1 << (depth - d + 4);
        sum += (0..trees).map(|_| check(&bottom_up(d))).sum::<usize>();
        nodes += trees * ((2 << d) - 1);
    }
    sum += check(&long);
    peers::report(nodes, start, sum);
}
