//! Where to draw nodes and edges: in layers from left to right (K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual
//! Understanding of Hierarchical System Structures", 1981).
//!
//! Edges that lead back are turned around; each node stands one layer behind the last that leads to it; an edge over
//! several layers gets a waypoint in each; the order within layers follows the neighbours' (what crosses least is
//! kept); and nodes move towards their neighbours as far as there is room.

/// A node's size, and its place when that is found: of its left upper corner.
#[derive(Clone, Debug, Default)]
pub struct Box_ {
    pub width: f64,
    pub height: f64,
    pub x: f64,
    pub y: f64,
}

/// The way of an edge, from its first node to its second one.
pub type Way = Vec<(f64, f64)>;

const BETWEEN_LAYERS: f64 = 90.0;
const BETWEEN_NODES: f64 = 22.0;
/// Rounds of looking for a better order, and for better places; more change nothing in the graphs that were tried.
const ROUNDS: usize = 16;

/// Places the nodes, and gives the ways of the edges in their order.
pub fn place(nodes: &mut [Box_], edges: &[(usize, usize)]) -> Vec<Way> {
    let forward = acyclic(nodes.len(), edges);
    let layer = layers(nodes.len(), &forward);
    let mut grid = Grid::new(nodes, &forward, &layer);
    grid.order();
    grid.columns();
    grid.rows();
    for (node, cell) in nodes.iter_mut().zip(&grid.cells) {
        (node.x, node.y) = (cell.x, cell.y - cell.height / 2.0);
    }
    edges.iter().zip(&grid.chains).map(|(edge, chain)| grid.way(*edge, chain)).collect()
}

/// The edges without circles: those that lead back to what a walk has not left yet are turned around.
fn acyclic(count: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut state = vec![0_u8; count];
    let mut turned = vec![false; edges.len()];
    for root in 0..count {
        // (node, next edge to look at)
        let mut stack = vec![(root, 0)];
        if state[root] != 0 {
            continue;
        }
        state[root] = 1;
        while let Some((node, next)) = stack.last_mut() {
            let found = edges.iter().enumerate().skip(*next).find(|(_, (from, _))| from == node);
            match found {
                Some((index, (_, to))) => {
                    *next = index + 1;
                    match state[*to] {
                        0 => {
                            state[*to] = 1;
                            stack.push((*to, 0));
                        }
                        1 => turned[index] = true,
                        _ => {}
                    }
                }
                None => {
                    state[*node] = 2;
                    stack.pop();
                }
            }
        }
    }
    edges
        .iter()
        .zip(turned)
        .map(|((from, to), turned)| if turned { (*to, *from) } else { (*from, *to) })
        .collect()
}

/// The longest way to each node, from where nothing leads to; then what only leads on moves next to where it leads.
fn layers(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut layer = vec![0_usize; count];
    for _ in 0..count {
        let mut moved = false;
        for (from, to) in edges.iter().filter(|(from, to)| from != to) {
            if layer[*to] <= layer[*from] {
                layer[*to] = layer[*from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    for node in 0..count {
        if edges.iter().any(|(from, to)| *to == node && from != to) {
            continue;
        }
        let next =
            edges.iter().filter(|(from, to)| *from == node && from != to).map(|(_, to)| layer[*to]).min();
        if let Some(next) = next {
            layer[node] = next.saturating_sub(1);
        }
    }
    layer
}

/// A node, or a waypoint of an edge.
struct Cell {
    layer: usize,
    width: f64,
    height: f64,
    x: f64,
    /// Of its middle.
    y: f64,
}

struct Grid {
    cells: Vec<Cell>,
    /// The cells of each layer, in order.
    layers: Vec<Vec<usize>>,
    /// The cells of each edge, in the order of layers.
    chains: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

impl Grid {
    fn new(nodes: &[Box_], edges: &[(usize, usize)], layer: &[usize]) -> Grid {
        let count = layer.iter().max().map_or(0, |last| last + 1);
        let mut grid = Grid {
            cells: nodes
                .iter()
                .zip(layer)
                .map(|(node, layer)| Cell {
                    layer: *layer,
                    width: node.width,
                    height: node.height,
                    x: 0.0,
                    y: 0.0,
                })
                .collect(),
            layers: vec![Vec::new(); count],
            chains: Vec::new(),
            before: vec![Vec::new(); nodes.len()],
            after: vec![Vec::new(); nodes.len()],
        };
        for (from, to) in edges {
            let mut chain = vec![*from];
            for at in layer[*from] + 1..layer[*to] {
                grid.cells.push(Cell { layer: at, width: 0.0, height: 6.0, x: 0.0, y: 0.0 });
                grid.before.push(Vec::new());
                grid.after.push(Vec::new());
                chain.push(grid.cells.len() - 1);
            }
            chain.push(*to);
            for pair in chain.windows(2).filter(|pair| pair[0] != pair[1]) {
                grid.after[pair[0]].push(pair[1]);
                grid.before[pair[1]].push(pair[0]);
            }
            grid.chains.push(chain);
        }
        for (index, cell) in grid.cells.iter().enumerate() {
            grid.layers[cell.layer].push(index);
        }
        grid
    }

    fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.cells.len()];
        for layer in &self.layers {
            layer.iter().enumerate().for_each(|(position, cell)| positions[*cell] = position);
        }
        positions
    }

    /// How many pairs of edges cross between neighbouring layers.
    fn crossings(&self) -> usize {
        let positions = self.positions();
        let mut count = 0;
        for layer in &self.layers {
            let mut pairs: Vec<(usize, usize)> = Vec::new();
            for &cell in layer {
                pairs.extend(self.after[cell].iter().map(|next| (positions[cell], positions[*next])));
            }
            for (index, a) in pairs.iter().enumerate() {
                count += pairs[index + 1..]
                    .iter()
                    .filter(|b| (a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1))
                    .count();
            }
        }
        count
    }

    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for round in 0..ROUNDS {
            let count = self.layers.len();
            for step in 0..count {
                let at = if round % 2 == 0 { step } else { count - 1 - step };
                let neighbours = if round % 2 == 0 { &self.before } else { &self.after };
                let positions = self.positions();
                let mut keyed: Vec<(f64, usize)> = self.layers[at]
                    .iter()
                    .map(|cell| {
                        (
                            middle(&neighbours[*cell], |n| positions[n] as f64)
                                .unwrap_or(positions[*cell] as f64),
                            *cell,
                        )
                    })
                    .collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.layers[at] = keyed.into_iter().map(|(_, cell)| cell).collect();
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    fn columns(&mut self) {
        let mut x = 0.0;
        for layer in &self.layers {
            let width = layer.iter().map(|cell| self.cells[*cell].width).fold(0.0, f64::max);
            for &cell in layer {
                self.cells[cell].x = x + (width - self.cells[cell].width) / 2.0;
            }
            x += width + BETWEEN_LAYERS;
        }
    }

    fn rows(&mut self) {
        for layer in &self.layers {
            let mut y = 0.0;
            for &cell in layer {
                self.cells[cell].y = y + self.cells[cell].height / 2.0;
                y += self.cells[cell].height + BETWEEN_NODES;
            }
        }
        for round in 0..ROUNDS {
            let count = self.layers.len();
            for step in 0..count {
                let at = if round % 2 == 0 { step } else { count - 1 - step };
                let wanted: Vec<f64> = self.layers[at]
                    .iter()
                    .map(|&cell| {
                        let around =
                            self.before[cell].iter().chain(&self.after[cell]).copied().collect::<Vec<_>>();
                        let count = around.len() as f64;
                        let sum: f64 = around.iter().map(|n| self.cells[*n].y).sum();
                        if count > 0.0 { sum / count } else { self.cells[cell].y }
                    })
                    .collect();
                self.settle(at, &wanted);
            }
        }
        let top = self.cells.iter().map(|cell| cell.y - cell.height / 2.0).fold(f64::INFINITY, f64::min);
        self.cells.iter_mut().for_each(|cell| cell.y -= top);
    }

    /// Cells of a layer come as close to where they want to be as their order and their sizes allow: runs of cells that
    /// would overlap stand together, around the mean of what they want.
    fn settle(&mut self, at: usize, wanted: &[f64]) {
        struct Run {
            first: usize,
            offsets: Vec<f64>,
            sum: f64,
        }
        impl Run {
            fn start(&self) -> f64 {
                self.sum / self.offsets.len() as f64
            }
        }
        let layer = self.layers[at].clone();
        let mut runs: Vec<Run> = Vec::new();
        for (index, &want) in wanted.iter().enumerate() {
            runs.push(Run { first: index, offsets: vec![0.0], sum: want });
            while let [.., a, b] = runs.as_mut_slice() {
                let last = a.first + a.offsets.len() - 1;
                let gap = (self.cells[layer[last]].height + self.cells[layer[b.first]].height) / 2.0
                    + BETWEEN_NODES;
                let end = a.start() + a.offsets.last().copied().unwrap_or(0.0) + gap;
                if b.start() >= end {
                    break;
                }
                let shift = a.offsets.last().copied().unwrap_or(0.0) + gap;
                a.sum += b.sum - shift * b.offsets.len() as f64;
                let moved: Vec<f64> = b.offsets.iter().map(|offset| offset + shift).collect();
                a.offsets.extend(moved);
                runs.pop();
            }
        }
        for run in &runs {
            for (index, offset) in run.offsets.iter().enumerate() {
                self.cells[layer[run.first + index]].y = run.start() + offset;
            }
        }
    }

    /// The points that an edge goes through.
    fn way(&self, (from, _): (usize, usize), chain: &[usize]) -> Way {
        let mut points: Way = Vec::new();
        let turned = chain.first() != Some(&from);
        for (index, &cell) in chain.iter().enumerate() {
            let cell = &self.cells[cell];
            match index {
                0 => points.push((cell.x + cell.width, cell.y)),
                last if last + 1 == chain.len() => points.push((cell.x, cell.y)),
                _ => points.push((cell.x, cell.y)),
            }
        }
        if turned {
            points.reverse();
        }
        points
    }
}

/// The middle of the neighbours' values: the mean of the two middle ones where their count is even.
fn middle(neighbours: &[usize], value: impl Fn(usize) -> f64) -> Option<f64> {
    let mut values: Vec<f64> = neighbours.iter().map(|n| value(*n)).collect();
    values.sort_by(f64::total_cmp);
    let count = values.len();
    match count {
        0 => None,
        _ if count % 2 == 1 => Some(values[count / 2]),
        _ => Some(f64::midpoint(values[count / 2 - 1], values[count / 2])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(count: usize) -> Vec<Box_> {
        vec![Box_ { width: 100.0, height: 40.0, ..Box_::default() }; count]
    }

    #[test]
    fn nodes_never_overlap_and_edges_lead_right_unless_they_lead_back() {
        let mut nodes = boxes(6);
        let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 0), (0, 4), (4, 4), (5, 3)];
        let ways = place(&mut nodes, &edges);
        for (index, a) in nodes.iter().enumerate() {
            for b in &nodes[index + 1..] {
                let apart = a.x + a.width <= b.x
                    || b.x + b.width <= a.x
                    || a.y + a.height <= b.y
                    || b.y + b.height <= a.y;
                assert!(apart, "{a:?} {b:?}");
            }
        }
        let leads_right = |index: usize| ways[index].first().map(|p| p.0) < ways[index].last().map(|p| p.0);
        assert!(leads_right(0) && leads_right(2) && !leads_right(4));
        assert_eq!(ways.len(), edges.len());
    }

    #[test]
    fn the_order_avoids_crossings() {
        let mut nodes = boxes(4);
        // Drawn in the order of their numbers, these would cross.
        place(&mut nodes, &[(0, 3), (1, 2)]);
        assert_eq!(nodes[0].y < nodes[1].y, nodes[3].y < nodes[2].y);
    }
}
