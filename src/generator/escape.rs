//! The only ways for a document's text to get into a script.

use std::fmt::{self, Write};

use askama::filters::Escaper;

/// The inside of a double-quoted Rhai string. Rhai interpolates only in backticks, so `${}` is plain text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RhaiLiteral;

impl Escaper for RhaiLiteral {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for (c, hidden) in crate::text::marked(text) {
            match c {
                '"' => dest.write_str("\\\"")?,
                '\\' => dest.write_str("\\\\")?,
                '\n' => dest.write_str("\\n")?,
                '\r' => dest.write_str("\\r")?,
                '\t' => dest.write_str("\\t")?,
                c if hidden => write!(dest, "\\U{:08x}", u32::from(c))?,
                c => dest.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Filters for the templates.
pub(crate) mod filters {
    // The filters are types that the macro makes public.
    #![allow(unreachable_pub)]

    use askama::filters::Safe;

    /// The rest of a comment line: a leading space if there is any text, and nothing that could end the line.
    #[askama::filter_fn]
    pub(crate) fn comment(text: &str, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
        let text = crate::text::visible(text);
        Ok(Safe(if text.is_empty() { String::new() } else { format!(" {text}") }))
    }

    /// The output of another template, already escaped.
    #[askama::filter_fn]
    pub(crate) fn verbatim(text: &str, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
        Ok(Safe(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_literal() {
        let mut out = String::new();
        RhaiLiteral.write_escaped_str(&mut out, "a\"b\\c\nd${e}`\u{1b}\u{202e}").unwrap();
        assert_eq!(out, "a\\\"b\\\\c\\nd${e}`\\U0000001b\\U0000202e");
    }
}
