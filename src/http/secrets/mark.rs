use std::ops::Range;

/// What stands in the place of a secret.
pub(super) const MARK: &str = "***";

/// `text` with a mark in the place of each range; a character that a range cuts goes as a whole.
pub fn masked(text: &str, places: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for place in places {
        let start = text.floor_char_boundary(place.start).max(from);
        out.push_str(text.get(from..start).unwrap_or_default());
        out.push_str(MARK);
        from = text.ceil_char_boundary(place.end).max(start);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}
