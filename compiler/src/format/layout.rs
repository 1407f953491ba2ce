//! Puts tokens and comments on lines, as their marks say.

use std::borrow::Cow;

use super::columns::Line;
use super::items::{Comment, Items};
use super::mark::{Mark, Marks, Section, blank_before};
use crate::syntax::token::Tok;

/// No more line breaks than this in a row: one blank line.
const MOST_BREAKS: usize = 2;

/// The lines of a file.
pub fn lines(items: &Items<'_>, marks: &Marks) -> Vec<Line> {
    let mut layout = Layout {
        items,
        marks: &marks.marks,
        lines: Vec::new(),
        line: Line::default(),
        fresh: true,
        indent: 0,
        active: vec![false; marks.regions],
        line_of: vec![0; items.tokens.len()],
        previous: None,
        last_line: 0,
        end_alignment: false,
    };
    for index in 0..items.tokens.len() {
        layout.token(index);
    }
    layout.finish()
}

struct Layout<'a> {
    items: &'a Items<'a>,
    marks: &'a [Mark],
    lines: Vec<Line>,
    line: Line,
    /// Nothing stands on the current line.
    fresh: bool,
    indent: usize,
    /// Which regions indent now.
    active: Vec<bool>,
    /// The line on which each token stands.
    line_of: Vec<usize>,
    /// The last token that was written.
    previous: Option<usize>,
    /// The source line on which the last token or comment ended.
    last_line: usize,
    /// A token of several lines is on this line: nothing more is aligned on it.
    end_alignment: bool,
}

impl Layout<'_> {
    fn token(&mut self, index: usize) {
        let item = &self.items.tokens[index];
        let mark = &self.marks[index];
        let comments = &self.items.comments[item.comments.clone()];
        let breaks =
            mark.breaks > 0 || (item.line > self.last_source_line(index) && !mark.drop && !mark.joins);
        let own_line =
            comments.iter().any(|comment| comment.line > self.last_line && self.previous.is_some());
        self.indent_gap(mark, breaks || own_line);
        let pending = self.pending_close(index, mark, comments);
        for (position, comment) in comments.iter().enumerate() {
            self.comment(comment, position, index, mark);
        }
        self.indent -= pending;
        if mark.drop || item.tok == Tok::Eof {
            return;
        }
        self.separate(index, comments.last());
        if self.fresh {
            self.line.indent = self.indent - usize::from(mark.outdent && self.indent > 0);
        }
        self.line_of[index] = self.lines.len();
        let text = normal(item.tok, self.items.text(index));
        self.write(&text);
        self.end_alignment |= text.contains('\n');
        self.previous = Some(index);
        self.last_line = item.end_line;
    }

    /// The source line on which what stands before a token's gap ended.
    fn last_source_line(&self, index: usize) -> usize {
        self.items.tokens[index]
            .comments
            .end
            .checked_sub(1)
            .filter(|_| !self.items.tokens[index].comments.is_empty())
            .map_or(self.last_line, |last| self.items.comments[last].end_line)
    }

    /// Regions that end here, those that begin, and blocks that open.
    fn indent_gap(&mut self, mark: &Mark, breaks: bool) {
        for &region in &mark.ends {
            if std::mem::take(&mut self.active[region]) {
                self.indent -= 1;
            }
        }
        self.indent += mark.opens;
        if breaks {
            for &region in &mark.triggers {
                if !std::mem::replace(&mut self.active[region], true) {
                    self.indent += 1;
                }
            }
        }
    }

    /// How many levels close only behind the comments before a token. Comments belong to the block that ends, unless
    /// they stand where the token does and it is no brace: then they belong to the next clause.
    fn pending_close(&mut self, index: usize, mark: &Mark, comments: &[Comment]) -> usize {
        if mark.closes == 0 {
            return 0;
        }
        let item = &self.items.tokens[index];
        let aligned = item.tok != Tok::RBrace
            && comments
                .iter()
                .find(|comment| comment.line > self.last_line)
                .is_some_and(|comment| self.items.column(comment.start) == self.items.column(item.start));
        let now = if aligned { mark.closes } else { mark.closes - 1 };
        self.indent -= now;
        mark.closes - now
    }

    fn comment(&mut self, comment: &Comment, position: usize, index: usize, mark: &Mark) {
        let same_line = self.previous.is_some() || position > 0;
        if !same_line {
            // The file begins with it.
        } else if comment.line == self.last_line {
            let next = &self.items.tokens[index];
            let inline = next.line == comment.end_line && mark.breaks == 0 && next.tok != Tok::Eof;
            if inline || position > 0 {
                self.blank();
            } else {
                let cells =
                    self.previous.and_then(|previous| self.marks[previous].comment_cells).unwrap_or(1);
                (0..cells).for_each(|_| self.cell());
            }
        } else {
            let mut breaks = comment.line - self.last_line;
            if self.indent == 0 && position == 0 && mark.breaks > 0 {
                breaks += 1;
            }
            self.new_lines(breaks, true);
        }
        if self.fresh {
            self.line.indent = self.indent;
        }
        let text = self.items.comment_text(comment);
        match self.items.is_line_comment(comment) {
            true => self.write(text.trim_end()),
            false => self.block_comment(text),
        }
        self.last_line = comment.end_line;
    }

    /// The tabs that all further lines of a comment begin with are the indentation of the code around it.
    fn block_comment(&mut self, text: &str) {
        let mut lines = text.lines();
        self.write(lines.next().unwrap_or("").trim_end());
        let rest: Vec<&str> = lines.map(str::trim_end).collect();
        let tabs = |line: &&str| line.len() - line.trim_start_matches('\t').len();
        let common = rest.iter().filter(|line| !line.is_empty()).map(tabs).min().unwrap_or(0);
        let indent = self.line.indent;
        for line in rest {
            self.new_lines(1, true);
            self.line.indent = indent;
            self.write(line.get(common..).unwrap_or(""));
        }
    }

    /// What stands between the last thing written and a token.
    fn separate(&mut self, index: usize, last_comment: Option<&Comment>) {
        let item = &self.items.tokens[index];
        let mark = &self.marks[index];
        let Some(previous) = self.previous else {
            if let Some(comment) = last_comment {
                self.new_lines((item.line - comment.end_line).max(1), true);
            }
            return;
        };
        let source = item.line.saturating_sub(self.last_line);
        let after_line_comment = last_comment.is_some_and(|comment| self.items.is_line_comment(comment));
        let own_line_comment = after_line_comment
            || last_comment.is_some_and(|comment| comment.line > self.items.tokens[previous].end_line);
        let least = match (mark.breaks, last_comment) {
            (0, _) => usize::from(after_line_comment),
            // The blank line that a declaration asks for stands above its comment.
            (breaks, Some(comment))
                if own_line_comment && comment.line > self.items.tokens[previous].end_line =>
            {
                breaks.min(1)
            }
            (breaks, _) => breaks,
        };
        let most = if mark.tight { 1 } else { MOST_BREAKS };
        let breaks = if mark.joins { 0 } else { source.max(least).min(most) };
        if breaks > 0 {
            let section = match mark.section {
                Section::Never => false,
                Section::Always => true,
                Section::AfterLines(first) => self.lines.len() > self.line_of[first],
            };
            self.new_lines(breaks, section);
        } else if last_comment.is_some() {
            if !matches!(item.tok, Tok::Comma | Tok::RParen | Tok::RBracket) {
                self.blank();
            }
        } else if mark.cells > 0 {
            (0..mark.cells).for_each(|_| self.cell());
        } else if blank_before(self.items, self.marks, previous, index) {
            self.blank();
        }
    }

    fn write(&mut self, text: &str) {
        if self.line.cells.is_empty() {
            self.line.cells.push(String::new());
        }
        if let Some(cell) = self.line.cells.last_mut() {
            cell.push_str(text);
        }
        self.fresh = false;
    }

    fn blank(&mut self) {
        self.write(" ");
    }

    fn cell(&mut self) {
        if self.end_alignment {
            return self.blank();
        }
        self.line.cells.push(String::new());
    }

    fn new_lines(&mut self, count: usize, section: bool) {
        let section = section || std::mem::take(&mut self.end_alignment);
        let line = std::mem::take(&mut self.line);
        self.lines.push(line);
        for _ in 1..count.min(MOST_BREAKS) {
            self.lines.push(Line::default());
        }
        self.line.section = section;
        self.fresh = true;
    }

    fn finish(mut self) -> Vec<Line> {
        if !self.fresh {
            self.lines.push(std::mem::take(&mut self.line));
        }
        while self.lines.last().is_some_and(|line| line.cells.is_empty()) {
            self.lines.pop();
        }
        self.lines
    }
}

/// A number with its letters small, as in `0x1F` and `1e9`; digits stay as they are. Any other token as it is.
fn normal(tok: Tok, text: &str) -> Cow<'_, str> {
    if !matches!(tok, Tok::Int | Tok::Float) || !text.contains(['X', 'O', 'B', 'E', 'P']) {
        return Cow::Borrowed(text);
    }
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let exponent = if hexadecimal { 'P' } else { 'E' };
    let lower = |(index, letter): (usize, char)| {
        if letter == exponent || index == 1 { letter.to_ascii_lowercase() } else { letter }
    };
    Cow::Owned(text.chars().enumerate().map(lower).collect())
}
