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
    /// Nothing more can be read: the file ended, or could not be read further.
    over: bool,
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub fn open(name: &str) -> io::Result<Source> {
        if name == "-" {
            return Ok(Source::over(Box::new(BufReader::new(io::stdin())), 0));
        }
        let file = File::open(name)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        let size = metadata.len();
        Ok(Source::over(Box::new(BufReader::with_capacity(1 << 20, file)), size))
    }

    fn over(reader: Box<dyn BufRead + Send>, size: u64) -> Source {
        Source { reader, size, line: 0, skip: 0, over: false }
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
        while !self.over {
            match self.read_line() {
                Ok(Some(text)) if text.trim_ascii().is_empty() || self.line <= self.skip => {}
                Ok(Some(text)) => return Some(Item { line: self.line, bytes: text.len() as u64, text: Ok(text) }),
                Ok(None) => self.over = true,
                Err(error) => {
                    self.over = true;
                    return Some(Item { line: self.line + 1, bytes: 0, text: Err(error) });
                }
            }
        }
        None
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

    /// A file of which only the beginning can be read, as a directory or a failing disk.
    struct Failing(&'static [u8]);

    impl Read for Failing {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            match self.0.read(to)? {
                0 => Err(io::Error::other("unreadable")),
                read => Ok(read),
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_once_and_ends_the_file() {
        for (text, skip, whole) in [("", 0, 0), ("{}\n{}\n", 0, 2), ("{}\n{}\n", 2, 0), ("{}\n{}\n", 9, 0)] {
            let source = Source::over(Box::new(BufReader::new(Failing(text.as_bytes()))), 0).skip_lines(skip);
            let read: Vec<_> = source.map(|item| item.text.is_ok()).collect();
            assert_eq!(read, [vec![true; whole], vec![false]].concat(), "{text} {skip}");
        }
    }

    #[test]
    fn a_broken_line_is_told_and_the_next_still_comes() {
        assert_eq!(lines("{}\n{oops\n{}\n", 0).len(), 3);
    }
}
