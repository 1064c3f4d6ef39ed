//! From a byte of a text to its line and column.

use memchr::memchr_iter;

/// Where a byte is, as a person and the engine count: one-based, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// One-based line.
    pub line: usize,
    /// One-based column, in characters.
    pub column: usize,
}

/// Finds places in one text. If asked from front to back it reads the text once.
#[derive(Clone, Debug)]
pub struct Places<'a> {
    text: &'a str,
    at: usize,
    place: Place,
}

impl<'a> Places<'a> {
    /// For a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, place: Place { line: 1, column: 1 } }
    }

    /// The place of the character that begins at byte `at`.
    pub fn of(&mut self, at: usize) -> Place {
        if at < self.at {
            *self = Self::new(self.text);
        }
        let passed = self.text.get(self.at..at).unwrap_or_default();
        self.place.line += memchr_iter(b'\n', passed.as_bytes()).count();
        let (column, line) = match passed.rsplit_once('\n') {
            Some((_, line)) => (1, line),
            None => (self.place.column, passed),
        };
        self.place.column = column + line.chars().count();
        self.at = at;
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let text = "é x\r\n  y::z";
        let mut places = Places::new(text);
        let found: Vec<_> = ["é", "x", "y", "::", "z"]
            .iter()
            .map(|what| places.of(text.find(what).unwrap()))
            .map(|place| (place.line, place.column))
            .collect();
        assert_eq!(found, [(1, 1), (1, 3), (2, 3), (2, 4), (2, 6)]);
        assert_eq!(places.of(0), Place { line: 1, column: 1 });
    }
}
