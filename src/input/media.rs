//! `--content-type`: which of a body's media types is meant.

use crate::diagnostic::{Failure, usage};
use crate::model::media::{essence, is_range};
use crate::model::{Argument, Body, Location, MediaChoice};

/// The media type that the user chose: with `--content-type`, or by a flag that only some types have. `None` for the usual
/// one. `given` are the flags that were typed.
pub(crate) fn choose<'a>(
    named: Option<&str>,
    given: impl Iterator<Item = &'a Argument>,
    body: Option<&Body>,
    command: &str,
) -> Result<Option<MediaChoice>, Failure> {
    let Some(body) = body else {
        return match named {
            Some(_) => Err(usage(format!("`{command}` takes no body, so `--content-type` has no effect"))
                .hint("leave it out")),
            None => Ok(None),
        };
    };
    let choices = choices(body);
    let fields: Vec<&Argument> = given.filter(|flag| flag.location == Location::Body).collect();
    let given: Vec<&Argument> = fields.iter().copied().filter(|flag| !flag.media_types.is_empty()).collect();
    let takes = |choice: &MediaChoice, flag: &&Argument| flag.media_types.contains(&choice.content_type);
    if let Some(text) = named {
        let choice = find(&choices, text)?;
        if let Some(flag) = fields.first().filter(|_| !choice.encoding.has_fields()) {
            return Err(usage(format!(
                "`--{}` cannot be part of a body of type `{}`",
                flag.name, choice.content_type
            ))
            .hint("give the whole body with `--body`, or another `--content-type`"));
        }
        return match given.iter().find(|flag| !takes(&choice, flag)) {
            Some(flag) => Err(usage(format!(
                "`--{}` is not a field of a body of type `{}`",
                flag.name, choice.content_type
            ))
            .hint(format!("it is one of `{}`", flag.media_types.join("`, `")))),
            None => Ok(Some(choice)),
        };
    }
    if given.is_empty() || choices.first().is_some_and(|usual| given.iter().all(|flag| takes(usual, flag))) {
        return Ok(None);
    }
    match choices.iter().find(|choice| given.iter().all(|flag| takes(choice, flag))) {
        Some(choice) => Ok(Some(choice.clone())),
        None => {
            let names: Vec<String> = given.iter().map(|flag| format!("`--{}`", flag.name)).collect();
            Err(usage(format!("no media type of the body has all of {}", names.join(", ")))
                .hint(format!("`{command} --help` shows which type has which field")))
        }
    }
}

/// The usual media type first.
fn choices(body: &Body) -> Vec<MediaChoice> {
    let usual = MediaChoice { content_type: body.content_type.clone(), encoding: body.encoding };
    std::iter::once(usual).chain(body.other_types.iter().cloned()).collect()
}

/// The one that `text` names: in full, without its parameters, or by a unique part. A range accepts any of its
/// members.
fn find(choices: &[MediaChoice], text: &str) -> Result<MediaChoice, Failure> {
    let squeezed = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
    };
    let wanted = squeezed(text);
    if let Some(choice) = choices.iter().find(|choice| squeezed(&choice.content_type) == wanted) {
        return Ok(choice.clone());
    }
    // Typed parameters count: `application/json; version=2` is not `version=1`.
    let bare = |choice: &&MediaChoice| essence(&choice.content_type) == essence(&wanted);
    if let Some(choice) = choices.iter().find(bare)
        && (!wanted.contains(';') || !choice.content_type.contains(';'))
        && wanted.contains('/')
    {
        let content_type = if wanted.contains(';') { text.trim() } else { &choice.content_type };
        return Ok(MediaChoice { content_type: content_type.to_owned(), encoding: choice.encoding });
    }
    let in_range = |choice: &&MediaChoice| {
        let range = essence(&choice.content_type);
        is_range(&range)
            && range.split_once('*').is_some_and(|(before, after)| {
                wanted.len() > before.len() + after.len()
                    && wanted.starts_with(before)
                    && essence(&wanted).ends_with(after)
            })
    };
    if wanted.contains('/')
        && !wanted.contains('*')
        && let Some(choice) = choices.iter().find(in_range)
    {
        return Ok(MediaChoice { content_type: text.trim().to_owned(), encoding: choice.encoding });
    }
    let holds: Vec<&MediaChoice> =
        choices.iter().filter(|choice| squeezed(&choice.content_type).contains(&wanted)).collect();
    match holds.as_slice() {
        [choice] if !wanted.is_empty() => return Ok((*choice).clone()),
        _ => {}
    }
    let shown = if holds.is_empty() || wanted.is_empty() { choices.iter().collect() } else { holds.clone() };
    let more = if shown.len() > 12 { format!(" and {} more", shown.len() - 12) } else { String::new() };
    let shown: Vec<&str> = shown.iter().take(12).map(|choice| choice.content_type.as_str()).collect();
    let message = if holds.is_empty() || wanted.is_empty() {
        format!("`{text}` for `--content-type` is not a media type of this body")
    } else {
        format!("`{text}` for `--content-type` matches several media types")
    };
    Err(usage(message).hint(format!("it takes: {}{more}", shown.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Encoding;

    #[test]
    fn a_type_is_named_whole_bare_or_by_a_part_of_its_own() {
        let choices: Vec<MediaChoice> = [
            "application/json; charset=utf-8",
            "application/vnd.x+json;version=1",
            "application/xml",
            "multipart/form-data",
            "application/x-www-form-urlencoded",
            "image/*",
        ]
        .map(|name| MediaChoice { content_type: name.to_owned(), encoding: Encoding::of(name) })
        .into();
        let found = |text: &str| find(&choices, text).map(|choice| choice.content_type);
        for (text, expected) in [
            ("application/json;charset=UTF-8", "application/json; charset=utf-8"),
            ("application/json", "application/json; charset=utf-8"),
            ("APPLICATION/XML", "application/xml"),
            ("xml", "application/xml"),
            ("multipart", "multipart/form-data"),
            ("urlencoded", "application/x-www-form-urlencoded"),
            ("application/xml; charset=utf-8", "application/xml; charset=utf-8"),
            ("image/png", "image/png"),
        ] {
            assert_eq!(found(text).unwrap(), expected, "{text}");
        }
        for (text, hint) in [
            ("json", "it takes: application/json; charset=utf-8, application/vnd.x+json;version=1"),
            ("application/vnd.x+json;version=2", "it takes: application/json; charset=utf-8"),
            ("csv", "application/xml, multipart/form-data"),
            ("", "it takes: application/json"),
            ("form", "it takes: multipart/form-data, application/x-www-form-urlencoded"),
        ] {
            assert!(found(text).unwrap_err().first_hint().unwrap().contains(hint), "{text}");
        }
    }
}
