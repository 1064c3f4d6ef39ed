use rhai::Dynamic;

use super::budget::Budget;
use super::json::{self, Unread};
use super::raise::{Answer, broke, thrown};

/// Parses a JSON text.
pub(super) fn parse(text: &str) -> Answer<Dynamic> {
    json::script_value(text.as_bytes(), &mut Budget::of_call()).map_err(|unread| match unread {
        Unread::Limit(limit) => broke(limit),
        Unread::Json(error) => thrown(format!("this is not JSON: {error}")),
    })
}
