//! Standard output: data, and nothing else.

mod answer;
mod hide;
mod json;

pub use answer::{Format, answer, line, text};
pub use hide::hidden;
pub use json::{one_line, pretty};
