//! An open document: its text, and the places in it as editors count them.

use goo_compiler::syntax::span::line_starts;
use tower_lsp::lsp_types::{Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent};

/// What a position's `character` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// What a client that says nothing means.
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    /// The one that costs least among those that a client knows.
    pub fn choose(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        let has = |kind: &PositionEncodingKind| offered.is_some_and(|offered| offered.contains(kind));
        if has(&PositionEncodingKind::UTF8) {
            Encoding::Utf8
        } else if has(&PositionEncodingKind::UTF32) && !has(&PositionEncodingKind::UTF16) {
            Encoding::Utf32
        } else {
            Encoding::Utf16
        }
    }

    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn length(self, c: char) -> usize {
        match self {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// A text with the start of each of its lines.
#[derive(Clone, Debug)]
pub struct Text {
    text: String,
    starts: Vec<u32>,
}

impl Text {
    pub fn new(text: String) -> Text {
        let starts = line_starts(&text).collect();
        Text { text, starts }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The place of a byte. A place within a character is its beginning.
    pub fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start as usize <= offset) - 1;
        let before = &self.text[self.starts[line] as usize..offset];
        let character: usize = before.chars().map(|c| encoding.length(c)).sum();
        Position { line: line as u32, character: character as u32 }
    }

    pub fn range(&self, start: usize, end: usize, encoding: Encoding) -> Range {
        Range { start: self.position(start, encoding), end: self.position(end, encoding) }
    }

    /// The byte of a place. Beyond the end of a line it is that end, beyond the last line the text's.
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let Some(&start) = self.starts.get(position.line as usize) else { return self.text.len() };
        let start = start as usize;
        let line = match self.text[start..].split_once('\n') {
            Some((line, _)) => line.strip_suffix('\r').unwrap_or(line),
            // A carriage return at the end of the text ends no line.
            None => &self.text[start..],
        };
        let mut left = position.character as usize;
        for (index, c) in line.char_indices() {
            let length = encoding.length(c);
            if left < length {
                return start + index;
            }
            left -= length;
        }
        start + line.len()
    }

    /// Applies what an editor says that it changed.
    pub fn change(&mut self, change: &TextDocumentContentChangeEvent, encoding: Encoding) {
        match change.range {
            Some(range) => {
                let start = self.offset(range.start, encoding);
                let end = self.offset(range.end, encoding).max(start);
                self.text.replace_range(start..end, &change.text);
            }
            None => self.text.clone_from(&change.text),
        }
        self.starts = line_starts(&self.text).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_what_the_client_counts() {
        let text = Text::new("a\nxüy😀z\r\nend".to_owned());
        for (encoding, character) in [(Encoding::Utf8, 8), (Encoding::Utf16, 5), (Encoding::Utf32, 4)] {
            let place = Position { line: 1, character };
            let offset = text.offset(place, encoding);
            assert_eq!(&text.as_str()[offset..=offset], "z", "{encoding:?}");
            assert_eq!(text.position(offset, encoding), place);
        }
    }

    #[test]
    fn places_beyond_the_text_are_its_ends() {
        let text = Text::new("ab\ncd".to_owned());
        assert_eq!(text.offset(Position { line: 0, character: 9 }, Encoding::Utf16), 2);
        assert_eq!(text.offset(Position { line: 7, character: 0 }, Encoding::Utf16), 5);
    }

    #[test]
    fn a_carriage_return_at_the_end_is_a_character() {
        let text = Text::new("a\r\nb\r".to_owned());
        assert_eq!(text.offset(Position { line: 0, character: 9 }, Encoding::Utf16), 1);
        assert_eq!(text.offset(Position { line: 1, character: 2 }, Encoding::Utf16), 5);
    }

    #[test]
    fn changes_replace_ranges() {
        let mut text = Text::new("one\ntwo\nthree".to_owned());
        let range =
            Range { start: Position { line: 0, character: 3 }, end: Position { line: 1, character: 3 } };
        let change = |range, text: &str| TextDocumentContentChangeEvent {
            range,
            range_length: None,
            text: text.to_owned(),
        };
        text.change(&change(Some(range), "\n2\n22"), Encoding::Utf8);
        assert_eq!(text.as_str(), "one\n2\n22\nthree");
        assert_eq!(text.position(9, Encoding::Utf8), Position { line: 3, character: 0 });
        text.change(&change(None, "new"), Encoding::Utf8);
        assert_eq!(text.as_str(), "new");
    }
}
