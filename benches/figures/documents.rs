//! The documents that plugins are made from, and the parser that `gen` is compared with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::Result;

/// As first argument: parse a YAML file as a process of its own.
pub(crate) const PARSE: &str = "parse-yaml";

/// As first argument: parse a JSON file as a process of its own.
pub(crate) const PARSE_JSON: &str = "parse-json";

/// The same of a JSON file, which becomes a [`serde_json::Value`].
pub(crate) fn parse_json(arguments: &[String]) -> Result<()> {
    let path = arguments.first().ok_or("`parse-json` needs a file")?;
    let bytes = std::fs::read(path)?;
    let value: serde_json::Value = serde_json::from_slice(&bytes)?;
    std::mem::forget(std::hint::black_box(value));
    Ok(())
}

/// What `gen` is compared with: one YAML file becomes a [`serde_yaml::Value`], and nothing else happens.
pub(crate) fn parse(arguments: &[String]) -> Result<()> {
    let path = arguments.first().ok_or("`parse-yaml` needs a file")?;
    let text = std::fs::read_to_string(path)?;
    let value: serde_yaml::Value = serde_yaml::from_str(&text)?;
    // To take it apart again is no part of parsing.
    std::mem::forget(std::hint::black_box(value));
    Ok(())
}

/// The document as YAML in `dir`; a YAML document stays as it is.
pub(crate) fn as_yaml(document: &Path, dir: &Path) -> Result<PathBuf> {
    let text = std::fs::read_to_string(document)
        .map_err(|error| format!("cannot read the document `{}`: {error}", document.display()))?;
    let yaml = dir.join("stripe.yaml");
    if document.extension().is_some_and(|extension| extension == "json") {
        let value: serde_json::Value = serde_json::from_str(&text)?;
        std::fs::write(&yaml, serde_yaml::to_string(&value)?)?;
    } else {
        std::fs::write(&yaml, text)?;
    }
    Ok(yaml)
}

/// A document of `resources` times ten operations. The first resource is `customers`, as Stripe has it; the others are
/// like it. A single resource makes the small plugin that large ones are compared with.
pub(crate) fn generated(resources: usize) -> Result<String> {
    let mut paths = String::new();
    for n in 0..resources {
        let name = if n == 0 { "customers".to_owned() } else { format!("resource_{n}") };
        let item = format!("/v1/{name}/{{id}}");
        let body = r#""requestBody":{"content":{"application/x-www-form-urlencoded":{"schema":{"type":"object","properties":{
            "email":{"type":"string","description":"Where to write to."},"limit":{"type":"integer"},
            "address":{"type":"object","properties":{"city":{"type":"string"}}}}}}}},"#;
        let list = r#""parameters":[{"name":"limit","in":"query","schema":{"type":"integer"}}],"#;
        let id = r#""parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}]"#;
        let get = operation("get", list, &name, "List all");
        let post = operation("post", body, &name, "Create one of the");
        let separator = if n == 0 { "" } else { "," };
        write!(paths, r#"{separator}"/v1/{name}":{{{get},{post}}}"#)?;
        let get = operation("get", "", &name, "Show one of the");
        let post = operation("post", body, &name, "Change one of the");
        let delete = operation("delete", "", &name, "Delete one of the");
        write!(paths, r#","{item}":{{{id},{get},{post},{delete}}}"#)?;
        for action in ["capture", "cancel", "confirm", "finalize", "pay"] {
            let post = operation("post", body, &name, action);
            write!(paths, r#","{item}/{action}":{{{id},{post}}}"#)?;
        }
    }
    Ok(format!(
        r#"{{"openapi":"3.0.3","info":{{"title":"Generated","version":"1"}},"servers":[{{"url":"https://api.example.com"}}],
        "security":[{{"bearerAuth":[]}}],
        "components":{{"securitySchemes":{{"bearerAuth":{{"type":"http","scheme":"bearer"}}}}}},"paths":{{{paths}}}}}"#
    ))
}

fn operation(method: &str, more: &str, name: &str, verb: &str) -> String {
    format!(
        r#""{method}":{{{more}"summary":"{verb} {name}","description":"Does what its name says, for {name}.","responses":{{"200":{{"description":"done"}}}}}}"#
    )
}
