//! `--body-template`: a body to fill in.
//!
//! It is JSON with comments, or XML, and `--body @file` accepts it unchanged. Required fields have a sample value; others are
//! commented out. One of several alternatives is filled in, and the additional fields of the others are commented out.

mod json;
mod notes;
mod sections;
mod stack;
mod xml;

use serde_json::Value;

use self::stack::MAX_LOOKS;
use super::signature::Signature;
use crate::diagnostic::{Failure, Kind, usage};
use crate::model::media::is_xml;
use crate::model::{Argument, CommandDefinition, Encoding, MediaChoice, ValueType};
use crate::openapi::{Document, Operation, Schema};
use crate::plugins::{Found, Plugin};

/// A template, or why there is none.
pub(crate) enum Template {
    /// The text.
    Text(String),
    /// A body of this media type has no fields: it is given as a whole.
    AsItIs(String),
}

/// The template of the command's body in the media type `chosen`, else the usual one, or why there is none. `alternative`
/// names the one that is filled in, by default the first.
pub(crate) fn template(
    plugin: &Plugin,
    found: &Found,
    signature: &Signature,
    chosen: Option<MediaChoice>,
    alternative: Option<&str>,
    command: &str,
) -> Result<Template, Failure> {
    let (Some(facts), Some(body)) = (found.facts.as_ref(), signature.body.as_ref()) else {
        return Err(usage(format!("`{command}` takes no body"))
            .hint(format!("`{command} --help` shows what it takes")));
    };
    let usual = || MediaChoice { content_type: body.content_type.clone(), encoding: body.encoding };
    let media = chosen.unwrap_or_else(usual);
    let as_xml = is_xml(&media.content_type);
    let document = plugin.document()?;
    let schema = Schema::new(&document, schema(&document, facts, &media.content_type)?);
    // An XML body without a schema has no known structure.
    let is_known = as_xml && schema.value().as_object().is_some_and(|members| !members.is_empty());
    if !media.encoding.has_fields() && !is_known {
        return Ok(Template::AsItIs(media.content_type));
    }
    let title = format!("{} {}: {}", facts.method, facts.path, media.content_type);
    let chosen = number(schema, alternative)?;
    Ok(Template::Text(if as_xml {
        xml::write(schema, &title, chosen)
    } else {
        let is_file = |flag: &&Argument| {
            media.encoding == Encoding::Multipart
                && flag.value_type == ValueType::File
                && flag.wire_path.len() == 1
        };
        let files = signature.flags.iter().filter(is_file);
        let files: Vec<(&str, &str)> =
            files.filter_map(|flag| Some((flag.wire_path.first()?.as_str(), flag.name.as_str()))).collect();
        json::write(schema, &title, chosen, &files)
    }))
}

/// The number of the alternative that the user named, by its discriminator's value or its name.
fn number(schema: Schema<'_>, alternative: Option<&str>) -> Result<usize, Failure> {
    let Some(wanted) = alternative else { return Ok(0) };
    let choices = schema.family_within(&mut { MAX_LOOKS }).choices;
    let by_value = choices.iter().position(|choice| choice.value.as_deref() == Some(wanted));
    let by_name = || choices.iter().position(|choice| choice.name.eq_ignore_ascii_case(wanted));
    by_value.or_else(by_name).ok_or_else(|| {
        let failure = usage(format!("`{}` is not an alternative of the body", crate::text::shown(wanted)));
        match notes::list(choices.iter().map(|choice| choice.name.clone())) {
            Some(names) => failure.hint(format!("it is one of: {names}")),
            None => failure.hint("it has none; leave it out"),
        }
    })
}

/// The schema of the body in that media type.
fn schema<'a>(
    document: &'a Document,
    facts: &CommandDefinition,
    content_type: &str,
) -> Result<&'a Value, Failure> {
    let gone = |reason: &str| {
        Failure::new(
            Kind::Other,
            format!("the document of this plugin does not have `{}`: {reason}", facts.pointer),
        )
        .hint("generate the plugin again with `apicli gen`")
    };
    let operations = document.operations();
    let at =
        operations.iter().find(|at| at.pointer == facts.pointer).ok_or_else(|| gone("no such operation"))?;
    let operation = Operation::read(document, at).map_err(|problem| gone(&problem.message))?;
    let content = operation.body.map(|body| body.content).unwrap_or_default();
    // What is sent may be more specific than what the document says (`*/*`).
    let media = content.iter().find(|media| media.sent == content_type).or_else(|| content.first());
    media.map(|media| media.schema).ok_or_else(|| gone("it has no body"))
}
