use std::time::Instant;

trait Shape {
    fn area(&self) -> usize;
    fn scaled(&self, by: usize) -> Box<dyn Shape>;
}

struct Square(usize);
struct Rect(usize, usize);
struct Triangle(usize, usize);

impl Shape for Square {
    fn area(&self) -> usize {
        self.0 * self.0
    }
    fn scaled(&self, by: usize) -> Box<dyn Shape> {
        Box::new(Square(self.0 * by))
    }
}

impl Shape for Rect {
    fn area(&self) -> usize {
        self.0 * self.1
    }
    fn scaled(&self, by: usize) -> Box<dyn Shape> {
        Box::new(Rect(self.0 * by, self.1 * by))
    }
}

impl Shape for Triangle {
    fn area(&self) -> usize {
        self.0 * self.1 / 2
    }
    fn scaled(&self, by: usize) -> Box<dyn Shape> {
        Box::new(Triangle(self.0 * by, self.1 * by))
    }
}

fn shapes(n: usize) -> Vec<Box<dyn Shape>> {
    (0..n)
        .map(|i| -> Box<dyn Shape> {
            match i % 3 {
                0 => Box::new(Square(i % 10)),
                1 => Box::new(Rect(i % 10, i % 7)),
                _ => Box::new(Triangle(i % 10, i % 5)),
            }
        })
        .collect()
}

fn main() {
    let n = peers::size();
    let all = shapes(1000);
    let start = Instant::now();
    let mut sum = 0;
    for turn in 0..n / 1000 {
        let by = turn % 3 + 1;
        let larger: Vec<_> = all.iter().map(|shape| shape.scaled(by)).collect();
        let some: Vec<_> = larger.iter().filter(|shape| shape.area() > 20).collect();
        let areas: Vec<_> = some.iter().map(|shape| shape.area()).collect();
        sum += areas.iter().sum::<usize>();
    }
    peers::report(n / 1000 * 1000, start, sum);
}
