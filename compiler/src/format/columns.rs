//! Alignment: cells in columns, padded with blanks.
//!
//! The rule is that of elastic tabstops: a cell is as wide as the widest of the cells above and below it, as long as each
//! line between has a cell there, too. The last piece of a line is no cell and so asks for no width.

/// A line to be written.
#[derive(Debug, Default)]
pub struct Line {
    /// How many tabs it begins with. Each counts as an empty cell.
    pub indent: usize,
    /// The pieces of its text; all but the last are cells.
    pub cells: Vec<String>,
    /// This line begins a section: no column goes on from the line above.
    pub section: bool,
}

impl Line {
    fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }

    /// How many cells other lines may be aligned with.
    fn columns(&self) -> usize {
        if self.is_blank() { 0 } else { self.indent + self.cells.len() - 1 }
    }

    /// The width of a cell's text, in characters.
    fn width(&self, column: usize) -> usize {
        column.checked_sub(self.indent).map_or(0, |cell| self.cells[cell].chars().count())
    }
}

/// One tab is as wide as this many blanks.
const TAB: usize = 8;

/// The text of all lines, without a line break after the last.
pub fn align(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut start = 0;
    while start < lines.len() {
        let length = lines[start + 1..].iter().position(|line| line.section);
        let end = length.map_or(lines.len(), |length| start + 1 + length);
        let mut widths: Vec<Vec<usize>> =
            lines[start..end].iter().map(|line| vec![0; line.columns()]).collect();
        block(&lines[start..end], 0, &mut widths);
        for (line, widths) in lines[start..end].iter().zip(&widths) {
            write(&mut out, line, widths);
        }
        start = end;
    }
    out.pop();
    out
}

/// Sets the widths of one column, and of those right of it.
fn block(lines: &[Line], column: usize, widths: &mut [Vec<usize>]) {
    let mut start = 0;
    while start < lines.len() {
        if lines[start].columns() <= column {
            start += 1;
            continue;
        }
        let length = lines[start..].iter().take_while(|line| line.columns() > column).count();
        let end = start + length;
        let widest = lines[start..end].iter().map(|line| line.width(column)).max().unwrap_or(0);
        let indents = lines[start..end].iter().any(|line| column < line.indent);
        // A column that is empty everywhere takes no place, unless it indents.
        let width = if widest == 0 && !indents { 0 } else { widest + 1 };
        widths[start..end].iter_mut().for_each(|line| line[column] = width);
        block(&lines[start..end], column + 1, &mut widths[start..end]);
        start = end;
    }
}

fn write(out: &mut String, line: &Line, widths: &[usize]) {
    if !line.is_blank() {
        for width in &widths[..line.indent] {
            out.extend(std::iter::repeat_n('\t', width.div_ceil(TAB).max(1)));
        }
        for (index, cell) in line.cells.iter().enumerate() {
            out.push_str(cell);
            if index + 1 < line.cells.len() {
                let column = line.indent + index;
                let pad = widths[column].saturating_sub(line.width(column));
                out.extend(std::iter::repeat_n(' ', pad));
            }
        }
        out.truncate(out.trim_end_matches([' ', '\t']).len());
    }
    out.push('\n');
}
