//! Lists: arguments, elements, values. Line breaks stay where they are; the first one indents the rest of the list.

use super::{Marker, Section};
use crate::syntax::token::Tok;

/// An element, as the tokens `first..=last`.
pub struct Element {
    pub first: usize,
    pub last: usize,
    /// The last token of the key and the first of the value, of `key: value`.
    pub pair: Option<(usize, usize)>,
}

impl Element {
    pub fn new(first: usize, last: usize) -> Element {
        Element { first, last, pair: None }
    }
}

/// A list of elements with commas between them.
pub struct List {
    /// The token that the list follows: an opening bracket, an operator. Without one no line break may come first.
    pub open: Option<usize>,
    pub elements: Vec<Element>,
    /// The bracket that closes it.
    pub close: Option<usize>,
    /// Line breaks indent. They do not where the list as a whole is indented.
    pub indent: bool,
}

/// Keys of up to this width are aligned whatever their widths are.
const SMALL: usize = 40;
/// Wider ones are if they differ from the mean by no more than this factor.
const RATIO: f64 = 2.5;

impl Marker<'_> {
    /// Marks a list. Its elements have been marked.
    pub fn list(&mut self, list: &List) {
        let (Some(first), Some(last)) = (list.elements.first(), list.elements.last()) else { return };
        let (first, last) = (first.first, last.last);
        self.comma_before_close(list, last);
        if list.open.is_some_and(|open| self.line(open) == self.line(first))
            && self.line(first) == self.end_line(last)
        {
            return;
        }
        self.break_lines(list);
        if list.indent {
            let skipped = usize::from(list.open.is_none());
            let triggers: Vec<usize> =
                list.elements.iter().skip(skipped).map(|element| element.first).collect();
            self.region(triggers, list.close.unwrap_or(last + 1));
        }
        if let Some(close) = list.close {
            self.marks[close].section = Section::Always;
        }
    }

    /// A comma before the closing bracket stays only where the bracket begins a line.
    fn comma_before_close(&mut self, list: &List, last: usize) {
        let Some(close) = list.close else { return };
        let comma = last + 1;
        if comma < close && self.tok(comma) == Tok::Comma && self.line(close) == self.end_line(comma) {
            let comments = &self.items.comments[self.items.tokens[close].comments.clone()];
            self.marks[comma].drop = !comments.iter().any(|comment| self.items.is_line_comment(comment));
        }
    }

    /// Says which lines are aligned with those above.
    fn break_lines(&mut self, list: &List) {
        let mut previous_line = list.open.map(|open| self.line(open));
        let mut previous_size = None;
        // The last element that began a line.
        let mut last_break = None;
        let mut mean = Mean::default();
        let sized = list.open.is_some() && list.close.is_some();
        for (index, element) in list.elements.iter().enumerate() {
            let line = self.line(element.first);
            let breaks = previous_line.is_some_and(|previous| previous < line);
            let size = if sized { self.size(element) } else { None };
            let section = match (previous_size, size) {
                (Some(previous), Some(size)) => !mean.is_near(previous, size),
                _ => true,
            };
            if breaks {
                let gap = line - self.end_line(self.before(element.first));
                let alone = index == 0 || last_break == Some(index - 1);
                let section = index == 0 || section || !alone;
                self.marks[element.first].section = if section { Section::Always } else { Section::Never };
                if gap > 0 {
                    last_break = Some(index);
                }
                if index > 0 && (section || gap > 1) {
                    mean = Mean::default();
                }
            }
            if let (Some((_, value)), true, true) = (element.pair, breaks, list.elements.len() > 1)
                && size.is_some()
            {
                self.marks[value].cells = 1;
            }
            if let Some(size) = size {
                mean.add(size);
            }
            previous_size = size;
            previous_line = Some(line);
        }
    }

    /// The width of an element, or of its key, if it takes one line.
    fn size(&self, element: &Element) -> Option<usize> {
        let whole = self.flat_width(element.first, element.last)?;
        match element.pair {
            Some((key, _)) => self.flat_width(element.first, key),
            None => Some(whole),
        }
    }
}

/// The geometric mean of some widths.
#[derive(Default)]
struct Mean {
    sum_of_logs: f64,
    count: f64,
}

impl Mean {
    fn add(&mut self, size: usize) {
        if size > 0 {
            self.sum_of_logs += (size as f64).ln();
            self.count += 1.0;
        }
    }

    /// Whether two widths that follow each other look well in one column.
    fn is_near(&self, previous: usize, size: usize) -> bool {
        if self.count == 0.0 || previous <= SMALL && size <= SMALL {
            return true;
        }
        let ratio = size as f64 / (self.sum_of_logs / self.count).exp();
        RATIO * ratio > 1.0 && ratio < RATIO
    }
}
