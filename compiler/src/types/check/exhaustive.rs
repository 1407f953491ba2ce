//! Which values does a `match` forget, and which of its arms can never be reached?
//!
//! The usual matrix of patterns: a row for each arm, a column for each value still to be looked at. A column is
//! taken apart by the constructors of its type (cases of an enum, `none` and a value, `true` and `false`, ranges of
//! integers); rows that cannot match a constructor fall out. What no row covers when no column is left is a forgotten value.
//!
//! ```text
//! match (s Shape)            columns: s                 take `Rect` apart
//!   Circle(_)   => …           Circle(_)                  (falls out)
//!   Rect(0, _)  => …           Rect(0, _)                 0  _
//!                                                         -> nothing covers (1, _): `Rect(1, _)` is missing
//! ```
//!
//! A match can be built for which this takes exponential time; after [`BUDGET`] steps a match counts as exhaustive.

use num_bigint::BigInt;
use num_traits::Signed;

use crate::syntax::Symbol;
use crate::types::{Constant, Ty};

/// Steps after which the search gives up; real programs take a few hundred.
const BUDGET: u32 = 200_000;

/// The search recurses once for each column; a match that needs more columns counts as exhaustive, too.
const MAX_COLUMNS: usize = 500;

/// A pattern, reduced to what decides whether it matches.
#[derive(Clone, Debug, PartialEq)]
pub enum Pat {
    /// Matches everything.
    Any,
    /// A case of an enum, by index.
    Case(u32, Vec<Pat>),
    /// All fields of a struct.
    Struct(Vec<Pat>),
    Some(Box<Pat>),
    None,
    Bool(bool),
    /// Both ends included.
    Range(BigInt, BigInt),
    /// A constant of a type that has no ranges.
    Value(Constant),
    /// Compared with a value that is not known now: may fail for anything.
    Opaque,
    Or(Vec<Pat>),
}

/// What the values of a type look like.
#[derive(Clone, Debug)]
pub enum Shape {
    Enum(Vec<(Symbol, Vec<Ty>)>),
    Struct {
        name: String,
        fields: Vec<(Symbol, Ty)>,
    },
    Optional(Ty),
    Bool,
    /// From the smallest to the largest value.
    Int(BigInt, BigInt),
    /// Too many values to name: strings, floats, interfaces.
    Open,
}

/// Tells the shape of a type.
pub trait Shapes {
    fn shape(&self, ty: Ty) -> Shape;
}

/// A value that no arm matches, for each column; or a reason to believe that there is none.
pub fn missing(shapes: &dyn Shapes, rows: &[Pat], subject: Ty) -> Option<String> {
    let rows = rows.iter().flat_map(|pat| expand(vec![pat.clone()])).collect();
    let mut search = Search { shapes, steps: 0 };
    let witness = search.missing(rows, vec![subject])?;
    witness.first().map(Witness::render)
}

/// Whether some value reaches `row` past the rows before it.
pub fn reachable(shapes: &dyn Shapes, before: &[Pat], row: &Pat, subject: Ty) -> bool {
    let before: Vec<Row> = before.iter().flat_map(|pat| expand(vec![pat.clone()])).collect();
    let mut search = Search { shapes, steps: 0 };
    expand(vec![row.clone()]).into_iter().any(|row| search.useful(before.clone(), row, vec![subject]))
}

type Row = Vec<Pat>;

/// A constructor of the first column's type.
#[derive(Clone, Debug, PartialEq)]
enum Ctor {
    Case(u32),
    Struct,
    Some,
    None,
    Bool(bool),
    Range(BigInt, BigInt),
    Value(Constant),
    /// Any value that no pattern names.
    Other,
}

/// An example of a value that is not matched.
#[derive(Clone, Debug)]
enum Witness {
    Any,
    Case(Symbol, Vec<Witness>),
    Struct(String, Vec<(Symbol, Witness)>),
    Leaf(String),
}

impl Witness {
    fn render(&self) -> String {
        match self {
            Witness::Any => "_".into(),
            Witness::Leaf(text) => text.clone(),
            Witness::Case(name, args) if args.is_empty() => name.to_string(),
            Witness::Case(name, args) => {
                let args: Vec<_> = args.iter().map(Witness::render).collect();
                format!("{name}({})", args.join(", "))
            }
            Witness::Struct(name, fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .filter(|(_, w)| !matches!(w, Witness::Any))
                    .map(|(field, w)| format!("{field}: {}", w.render()))
                    .collect();
                if fields.is_empty() { "_".into() } else { format!("{name}{{{}}}", fields.join(", ")) }
            }
        }
    }
}

/// Rows without an `Or` as first pattern.
fn expand(mut row: Row) -> Vec<Row> {
    if !matches!(row.first(), Some(Pat::Or(_))) {
        return vec![row];
    }
    let Pat::Or(alternatives) = row.remove(0) else { return vec![row] };
    alternatives
        .into_iter()
        .flat_map(|first| {
            let mut next = vec![first];
            next.extend(row.iter().cloned());
            expand(next)
        })
        .collect()
}

struct Search<'s> {
    shapes: &'s dyn Shapes,
    steps: u32,
}

impl Search<'_> {
    fn exhausted(&mut self) -> bool {
        self.steps += 1;
        self.steps > BUDGET
    }

    /// A tuple of values of `types` that no row matches.
    fn missing(&mut self, rows: Vec<Row>, types: Vec<Ty>) -> Option<Vec<Witness>> {
        if self.exhausted() || types.len() > MAX_COLUMNS {
            return None;
        }
        let Some((&ty, rest)) = types.split_first() else {
            return rows.is_empty().then(Vec::new);
        };
        if rows.iter().all(|row| row[0] == Pat::Any) {
            let mut found =
                self.missing(rows.iter().map(|row| row[1..].to_vec()).collect(), rest.to_vec())?;
            found.insert(0, Witness::Any);
            return Some(found);
        }
        let shape = self.shapes.shape(ty);
        for ctor in constructors(&shape, &rows) {
            let fields = fields(&shape, &ctor);
            let narrowed = specialise(&rows, &ctor, fields.len());
            let columns = fields.iter().chain(rest).copied().collect();
            if let Some(mut found) = self.missing(narrowed, columns) {
                let tail = found.split_off(fields.len());
                found = vec![rebuild(&shape, &ctor, found)];
                found.extend(tail);
                return Some(found);
            }
        }
        None
    }

    /// Whether `row` matches something that none of `rows` does.
    fn useful(&mut self, rows: Vec<Row>, row: Row, types: Vec<Ty>) -> bool {
        if self.exhausted() || types.len() > MAX_COLUMNS {
            return true;
        }
        let Some((&ty, rest)) = types.split_first() else { return rows.is_empty() };
        let shape = self.shapes.shape(ty);
        let mut all = rows.clone();
        all.push(row.clone());
        if all.iter().all(|row| row[0] == Pat::Any) {
            let rows = rows.iter().map(|row| row[1..].to_vec()).collect();
            return self.useful(rows, row[1..].to_vec(), rest.to_vec());
        }
        if row[0] == Pat::Opaque {
            // It may match anything, so it is useless only where everything is matched already.
            let mut any = row.clone();
            any[0] = Pat::Any;
            return self.useful(rows, any, types);
        }
        for ctor in constructors(&shape, &all) {
            let fields = fields(&shape, &ctor);
            let columns: Vec<Ty> = fields.iter().chain(rest).copied().collect();
            let before = specialise(&rows, &ctor, fields.len());
            for row in specialise(std::slice::from_ref(&row), &ctor, fields.len()) {
                if self.useful(before.clone(), row, columns.clone()) {
                    return true;
                }
            }
        }
        false
    }
}

/// The constructors that together are all values of the shape, as fine as the rows' first patterns need.
fn constructors(shape: &Shape, rows: &[Row]) -> Vec<Ctor> {
    match shape {
        Shape::Enum(cases) => (0..cases.len() as u32).map(Ctor::Case).collect(),
        Shape::Struct { .. } => vec![Ctor::Struct],
        Shape::Optional(_) => vec![Ctor::None, Ctor::Some],
        Shape::Bool => vec![Ctor::Bool(true), Ctor::Bool(false)],
        Shape::Int(low, high) => pieces(low, high, rows),
        Shape::Open => {
            let mut ctors = Vec::new();
            for row in rows {
                if let Pat::Value(value) = &row[0] {
                    let ctor = Ctor::Value(value.clone());
                    if !ctors.contains(&ctor) {
                        ctors.push(ctor);
                    }
                }
            }
            ctors.push(Ctor::Other);
            ctors
        }
    }
}

/// `low..high`, cut wherever a range of the rows begins or ends.
fn pieces(low: &BigInt, high: &BigInt, rows: &[Row]) -> Vec<Ctor> {
    let mut starts = vec![low.clone()];
    for row in rows {
        if let Pat::Range(from, to) = &row[0] {
            starts.push(from.clone());
            starts.push(to + 1);
        }
    }
    starts.retain(|start| start >= low && start <= high);
    starts.sort();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([high.clone()]);
    starts.iter().cloned().zip(ends).map(|(from, to)| Ctor::Range(from, to)).collect()
}

fn fields(shape: &Shape, ctor: &Ctor) -> Vec<Ty> {
    match (shape, ctor) {
        (Shape::Enum(cases), Ctor::Case(index)) => cases[*index as usize].1.clone(),
        (Shape::Struct { fields, .. }, Ctor::Struct) => fields.iter().map(|(_, ty)| *ty).collect(),
        (Shape::Optional(inner), Ctor::Some) => vec![*inner],
        _ => Vec::new(),
    }
}

/// The rows that can match a value made by `ctor`, with its fields in place of the first column.
fn specialise(rows: &[Row], ctor: &Ctor, arity: usize) -> Vec<Row> {
    let mut out = Vec::new();
    for row in rows {
        let Some(mut narrowed) = take_apart(&row[0], ctor, arity) else { continue };
        narrowed.extend_from_slice(&row[1..]);
        out.extend(expand(narrowed));
    }
    out
}

/// The patterns for the fields of `ctor`, if `pat` can match it.
fn take_apart(pat: &Pat, ctor: &Ctor, arity: usize) -> Option<Vec<Pat>> {
    let with_arity = |args: &[Pat]| {
        let mut args = args.to_vec();
        args.resize(arity, Pat::Any);
        args
    };
    match (pat, ctor) {
        (Pat::Any, _) => Some(vec![Pat::Any; arity]),
        (Pat::Case(a, args), Ctor::Case(b)) if a == b => Some(with_arity(args)),
        (Pat::Struct(args), Ctor::Struct) => Some(with_arity(args)),
        (Pat::Some(inner), Ctor::Some) => Some(vec![(**inner).clone()]),
        (Pat::None, Ctor::None) => Some(Vec::new()),
        (Pat::Bool(a), Ctor::Bool(b)) if a == b => Some(Vec::new()),
        (Pat::Range(from, to), Ctor::Range(low, high)) if from <= low && high <= to => Some(Vec::new()),
        (Pat::Value(a), Ctor::Value(b)) if a == b => Some(Vec::new()),
        _ => None,
    }
}

fn rebuild(shape: &Shape, ctor: &Ctor, args: Vec<Witness>) -> Witness {
    match (shape, ctor) {
        (Shape::Enum(cases), Ctor::Case(index)) => Witness::Case(cases[*index as usize].0, args),
        (Shape::Struct { name, fields }, _) => {
            Witness::Struct(name.clone(), fields.iter().map(|(name, _)| *name).zip(args).collect())
        }
        (_, Ctor::Some) => match args.into_iter().next() {
            None | Some(Witness::Any) => Witness::Leaf("a value".into()),
            Some(inner) => inner,
        },
        (_, Ctor::None) => Witness::Leaf("none".into()),
        (_, Ctor::Bool(value)) => Witness::Leaf(value.to_string()),
        (_, Ctor::Range(low, high)) => Witness::Leaf(example(low, high).to_string()),
        _ => Witness::Any,
    }
}

/// The simplest number of a range: the one closest to zero.
fn example<'n>(low: &'n BigInt, high: &'n BigInt) -> BigInt {
    match (low.is_negative(), high.is_negative()) {
        (true, false) => BigInt::from(0),
        (true, true) => high.clone(),
        _ => low.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct OneShape(Shape);

    impl Shapes for OneShape {
        fn shape(&self, ty: Ty) -> Shape {
            if ty == Ty::bool() { Shape::Bool } else { self.0.clone() }
        }
    }

    fn colours() -> OneShape {
        let name = Symbol::intern;
        OneShape(Shape::Enum(vec![(name("Red"), vec![]), (name("Mix"), vec![Ty::bool(), Ty::bool()])]))
    }

    #[test]
    fn names_the_forgotten_case() {
        let rows = [Pat::Case(0, vec![]), Pat::Case(1, vec![Pat::Any, Pat::Bool(true)])];
        assert_eq!(missing(&colours(), &rows, Ty::int()).as_deref(), Some("Mix(_, false)"));
    }

    #[test]
    fn alternatives_count_together() {
        let rows = [Pat::Or(vec![Pat::Case(0, vec![]), Pat::Case(1, vec![])])];
        assert_eq!(missing(&colours(), &rows, Ty::int()), None);
    }

    #[test]
    fn integers_are_cut_into_ranges() {
        let shape = OneShape(Shape::Int(0.into(), 255.into()));
        let range = |low: i32, high: i32| Pat::Range(low.into(), high.into());
        assert_eq!(missing(&shape, &[range(0, 9), range(20, 255)], Ty::int()).as_deref(), Some("10"));
        assert_eq!(missing(&shape, &[range(0, 100), range(50, 255)], Ty::int()), None);
    }

    #[test]
    fn an_arm_after_everything_is_unreachable() {
        let before = [Pat::Case(0, vec![]), Pat::Any];
        assert!(!reachable(&colours(), &before, &Pat::Case(1, vec![]), Ty::int()));
        assert!(reachable(&colours(), &before[..1], &Pat::Any, Ty::int()));
    }

    #[test]
    fn an_open_type_needs_a_last_arm() {
        let shape = OneShape(Shape::Open);
        let text = |s: &str| Pat::Value(Constant::Str(s.as_bytes().into()));
        assert_eq!(missing(&shape, &[text("a"), text("b")], Ty::string()).as_deref(), Some("_"));
        assert!(!reachable(&shape, &[text("a")], &text("a"), Ty::string()));
    }
}
