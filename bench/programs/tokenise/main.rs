use std::fmt::Write;
use std::time::Instant;

#[derive(Clone, Copy)]
enum Kind {
    Punctuation,
    Word,
    Number,
    Text,
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn skip(&mut self, accept: impl Fn(u8) -> bool) {
        while self.source.as_bytes().get(self.at).is_some_and(|byte| accept(*byte)) {
            self.at += 1;
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = (Kind, &'a str);

    fn next(&mut self) -> Option<(Kind, &'a str)> {
        self.skip(|byte| byte == b' ' || byte == b'\n');
        let begin = self.at;
        let first = *self.source.as_bytes().get(begin)?;
        self.at += 1;
        let kind = match first {
            b'"' => {
                while self.source.as_bytes()[self.at] != b'"' {
                    self.at += 1 + usize::from(self.source.as_bytes()[self.at] == b'\\');
                }
                self.at += 1;
                return Some((Kind::Text, &self.source[begin + 1..self.at - 1]));
            }
            b'-' | b'0'..=b'9' => {
                self.skip(|byte| byte.is_ascii_digit() || byte == b'.');
                Kind::Number
            }
            b'a'..=b'z' => {
                self.skip(|byte| byte.is_ascii_lowercase());
                Kind::Word
            }
            _ => Kind::Punctuation,
        };
        Some((kind, &self.source[begin..self.at]))
    }
}

/// About so many bytes of an array of objects.
fn document(size: usize) -> String {
    let mut text = String::from("[\n");
    for i in 0u64.. {
        if text.len() >= size {
            break;
        }
        let (name, score) = (i * 7919 % 10007, i % 100);
        writeln!(
            text,
            r#"  {{"id": {i}, "name": "user \"{name}\"", "score": -{score}.25, "active": true, "tags": ["alpha", "beta", null]}},"#
        )
        .expect("room");
    }
    text + "  {}\n]\n"
}

fn main() {
    let source = document(peers::size());
    let start = Instant::now();
    let (mut counts, mut length) = ([0; 4], 0);
    for (kind, text) in (Lexer { source: &source, at: 0 }) {
        counts[kind as usize] += 1;
        length += text.len();
    }
    let [punctuation, words, numbers, texts] = counts;
    let result = format!("{punctuation}/{words}/{numbers}/{texts}/{length}");
    peers::report(source.len(), start, result);
}
