use std::ops::Range;

/// What is shown instead of a secret.
pub(super) const MARK: &str = "***";

/// `text` with each range replaced by a mark; a character that a range cuts is hidden as a whole.
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
