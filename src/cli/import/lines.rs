//! Reads a file as lines to push: NDJSON as it is, a pretty-printed resource or Bundle as one line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

/// A line of the file, from 1.
pub struct Item {
    pub line: u64,
    pub bytes: u64,
    pub text: io::Result<Vec<u8>>,
}

/// An open file or standard input.
pub struct Source {
    reader: Box<dyn BufRead + Send>,
    size: u64,
    line: u64,
    skip: u64,
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub fn open(name: &str) -> io::Result<Source> {
        if name == "-" {
            return Ok(Source::over(Box::new(BufReader::new(io::stdin())), 0));
        }
        let file = File::open(name)?;
        let size = file.metadata()?.len();
        Ok(Source::over(Box::new(BufReader::with_capacity(1 << 20, file)), size))
    }

    fn over(reader: Box<dyn BufRead + Send>, size: u64) -> Source {
        Source { reader, size, line: 0, skip: 0 }
    }

    /// Answers the size in bytes; 0 when it cannot be known.
    pub fn bytes(&self) -> u64 {
        self.size
    }

    /// Answers the same source without its first lines.
    pub fn skip_lines(self, skip: u64) -> Source {
        Source { skip, ..self }
    }

    /// A first line that is not a whole JSON value begins a pretty-printed document: the rest of
    /// the file belongs to it.
    fn complete(&mut self, mut first: Vec<u8>) -> io::Result<Vec<u8>> {
        if self.line == 1 && serde_json::from_slice::<serde::de::IgnoredAny>(&first).is_err_and(|e| e.is_eof()) {
            self.reader.read_to_end(&mut first)?;
        }
        Ok(first)
    }

    fn read_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut text = Vec::new();
        if self.reader.read_until(b'\n', &mut text)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        self.complete(text).map(Some)
    }
}

impl Iterator for Source {
    type Item = Item;
    fn next(&mut self) -> Option<Item> {
        loop {
            let (text, bytes) = match self.read_line() {
                Ok(None) => return None,
                Ok(Some(text)) => {
                    let bytes = text.len() as u64;
                    (Ok(text), bytes)
                }
                Err(error) => (Err(error), 0),
            };
            let blank = text.as_ref().is_ok_and(|t| t.trim_ascii().is_empty());
            if !blank && self.line > self.skip {
                return Some(Item { line: self.line, bytes, text });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &'static str, skip: u64) -> Vec<(u64, String)> {
        Source::over(Box::new(text.as_bytes()), 0)
            .skip_lines(skip)
            .map(|item| (item.line, String::from_utf8(item.text.unwrap()).unwrap()))
            .collect()
    }

    #[test]
    fn each_line_of_ndjson_is_an_item_and_blank_lines_are_none() {
        let got = lines("{\"a\":1}\n\n{\"b\":2}", 0);
        assert_eq!(got, [(1, "{\"a\":1}\n".to_owned()), (3, "{\"b\":2}".to_owned())]);
    }

    #[test]
    fn a_pretty_printed_document_is_one_item() {
        let got = lines("{\n  \"a\": 1\n}\n", 0);
        assert_eq!(got, [(1, "{\n  \"a\": 1\n}\n".to_owned())]);
    }

    #[test]
    fn lines_done_earlier_are_skipped() {
        assert_eq!(lines("{}\n{}\n{}\n", 2), [(3, "{}\n".to_owned())]);
    }

    #[test]
    fn a_broken_line_is_told_and_the_next_still_comes() {
        assert_eq!(lines("{}\n{oops\n{}\n", 0).len(), 3);
    }
}
