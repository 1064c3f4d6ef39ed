use crate::model::ValueType;

/// A flag that a hand-written function declares in its comment:
/// `/// @flag name: string!  What it is.`, where `!` makes it required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredFlag {
    /// As typed, without dashes; also the key in the `flags` map.
    pub name: String,
    /// What may be given. Repeated lists and files are not supported here.
    pub value_type: ValueType,
    /// It is required.
    pub required: bool,
    /// What it is.
    pub description: String,
}

/// Splits a comment into its help text and the flags it declares. A line that begins with `@flag` but does not
/// parse stays in the text, so that its author sees it.
pub(super) fn read(comment: &str) -> (String, Vec<DeclaredFlag>) {
    let mut text = Vec::new();
    let mut flags = Vec::new();
    for line in comment.lines() {
        match parse(line) {
            Some(flag) => flags.push(flag),
            None => text.push(line),
        }
    }
    (text.join("\n").trim().to_owned(), flags)
}

fn parse(line: &str) -> Option<DeclaredFlag> {
    let rest = line.trim_start().strip_prefix("@flag ")?;
    let (name, rest) = rest.split_once(':')?;
    let name = name.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(plain) {
        return None;
    }
    let rest = rest.trim_start();
    let (kind, description) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (kind, required) = kind.strip_suffix('!').map_or((kind, false), |kind| (kind, true));
    let value_type = match kind {
        "string" => ValueType::String,
        "integer" => ValueType::Integer,
        "number" => ValueType::Number,
        "boolean" => ValueType::Boolean,
        "json" => ValueType::Json,
        _ => return None,
    };
    Some(DeclaredFlag {
        name: name.to_owned(),
        value_type,
        required,
        description: description.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_taken_out_of_the_text() {
        let (text, flags) = read("Greet.\n@flag who: string!  Whom to greet.\n@flag n : integer\nMore.");
        assert_eq!(text, "Greet.\nMore.");
        assert_eq!(flags.len(), 2);
        assert_eq!(flags[0].description, "Whom to greet.");
        assert!(flags[0].required && !flags[1].required);
    }

    #[test]
    fn what_does_not_parse_stays_text() {
        for line in [
            "@flag who",
            "@flag : string",
            "@flag --x: string",
            "@flag x: file",
            "@flagx: string",
            "@flag x y: json",
        ] {
            let (text, flags) = read(line);
            assert_eq!((text.as_str(), flags.len()), (line, 0));
        }
    }
}
