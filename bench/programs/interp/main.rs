use std::time::Instant;

enum Op {
    Push(i64),
    Load(usize),
    Store(usize),
    Add,
    Mul,
    Less,
    JumpIf(usize),
    Halt,
}

/// How many instructions it ran, and the last local variable.
fn run(program: &[Op], n: i64) -> (usize, i64) {
    let mut locals = vec![n, 0, 0];
    let mut stack = vec![0_i64; 16];
    let (mut top, mut pc, mut steps) = (0, 0, 0);
    loop {
        steps += 1;
        let op = &program[pc];
        pc += 1;
        match op {
            Op::Push(value) => {
                stack[top] = *value;
                top += 1;
            }
            Op::Load(local) => {
                stack[top] = locals[*local];
                top += 1;
            }
            Op::Store(local) => {
                top -= 1;
                locals[*local] = stack[top];
            }
            Op::Add => {
                top -= 1;
                stack[top - 1] = stack[top - 1].wrapping_add(stack[top]);
            }
            Op::Mul => {
                top -= 1;
                stack[top - 1] = stack[top - 1].wrapping_mul(stack[top]);
            }
            Op::Less => {
                top -= 1;
                stack[top - 1] = i64::from(stack[top - 1] < stack[top]);
            }
            Op::JumpIf(to) => {
                top -= 1;
                if stack[top] != 0 {
                    pc = *to;
                }
            }
            Op::Halt => return (steps, locals[2]),
        }
    }
}

/// Sums the squares of the numbers below the first local variable.
#[rustfmt::skip]
fn squares() -> Vec<Op> {
    use Op::{Add, Halt, JumpIf, Less, Load, Mul, Push, Store};
    vec![
        Load(2), Load(1), Load(1), Mul, Add, Store(2),
        Load(1), Push(1), Add, Store(1),
        Load(1), Load(0), Less, JumpIf(0),
        Halt,
    ]
}

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let (steps, sum) = run(&squares(), n as i64);
    peers::report(steps, start, sum);
}
