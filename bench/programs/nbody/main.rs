use std::f64::consts::PI;
use std::time::Instant;

struct Body {
    p: [f64; 3],
    v: [f64; 3],
    mass: f64,
}

const SOLAR_MASS: f64 = 4.0 * PI * PI;
const DAYS: f64 = 365.24;

fn body(p: [f64; 3], v: [f64; 3], mass: f64) -> Body {
    Body { p, v: v.map(|x| x * DAYS), mass: mass * SOLAR_MASS }
}

fn system() -> Vec<Body> {
    vec![
        body([0.0; 3], [0.0; 3], 1.0),
        body(
            [4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01],
            [1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05],
            9.54791938424326609e-04,
        ),
        body(
            [8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01],
            [-2.76742510726411899e-03, 4.99852801234917238e-03, 2.30417297573763929e-05],
            2.85885980666130812e-04,
        ),
        body(
            [1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01],
            [2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05],
            4.36624404335156298e-05,
        ),
        body(
            [1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01],
            [2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05],
            5.15138902046611451e-05,
        ),
    ]
}

fn energy(bodies: &[Body]) -> f64 {
    let mut e = 0.0;
    for (i, a) in bodies.iter().enumerate() {
        e += 0.5 * a.mass * (a.v[0] * a.v[0] + a.v[1] * a.v[1] + a.v[2] * a.v[2]);
        for b in &bodies[i + 1..] {
            let d: [f64; 3] = std::array::from_fn(|k| a.p[k] - b.p[k]);
            e -= a.mass * b.mass / (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt();
        }
    }
    e
}

fn advance(bodies: &mut [Body], dt: f64) {
    let mut rest = bodies;
    while let Some((a, others)) = rest.split_first_mut() {
        for b in others.iter_mut() {
            let d: [f64; 3] = std::array::from_fn(|k| a.p[k] - b.p[k]);
            let d2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            let mag = dt / (d2 * d2.sqrt());
            for k in 0..3 {
                a.v[k] -= d[k] * b.mass * mag;
                b.v[k] += d[k] * a.mass * mag;
            }
        }
        for k in 0..3 {
            a.p[k] += dt * a.v[k];
        }
        rest = others;
    }
}

fn main() {
    let n = peers::size();
    let start = Instant::now();
    let mut bodies = system();
    for _ in 0..n {
        advance(&mut bodies, 0.01);
    }
    let took = start.elapsed();
    peers::report_time(n, took, format!("{:.9}", energy(&bodies)));
}
