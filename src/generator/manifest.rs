//! The text of a fresh `plugin.toml`.

use toml_edit::{DocumentMut, Item};

use crate::model::Manifest;

const INTRODUCTION: &str = "\
# The policy of this plugin, yours to edit. Generating again leaves every entry that you have changed alone.
# Requests and credentials go only to the servers below that you agreed to; the first is the default.

";

/// The text of a fresh manifest.
pub(crate) fn render(manifest: &Manifest) -> Result<String, toml_edit::ser::Error> {
    let mut document = toml_edit::ser::to_document(manifest)?;
    tidy(&mut document);
    Ok(format!("{INTRODUCTION}{document}"))
}

/// Tables as a person would write them: servers as `[[servers]]`, a scheme as `[auth.name]`.
fn tidy(document: &mut DocumentMut) {
    for key in ["servers", "operation_servers"] {
        if let Some(item) = document.get_mut(key)
            && let Some(array) = item.as_array()
            && !array.is_empty()
        {
            let tables = array.iter().filter_map(|value| value.as_inline_table().cloned());
            *item = Item::ArrayOfTables(tables.map(toml_edit::InlineTable::into_table).collect());
        }
    }
    for key in ["document", "auth"] {
        let Some(item) = document.get_mut(key) else { continue };
        if let Some(table) = item.as_inline_table() {
            *item = Item::Table(table.clone().into_table());
        }
        if let Some(table) = item.as_table_mut().filter(|_| key == "auth") {
            table.set_implicit(true);
            for (_, scheme) in table.iter_mut() {
                if let Some(inline) = scheme.as_inline_table() {
                    *scheme = Item::Table(inline.clone().into_table());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ApiKeyLocation, AuthScheme, DocumentSource, Server};

    fn manifest() -> Manifest {
        Manifest {
            name: "demo".into(),
            version: "1".into(),
            title: "Demo \"API\"\u{7}".into(),
            document: DocumentSource { source: "demo.yaml".into(), sha256: "00".into() },
            servers: vec![Server::plain("https://a.example", "")],
            operation_servers: vec![Server::plain("https://b.example", "")],
            auth: [
                ("token".to_owned(), AuthScheme::Bearer),
                (
                    "odd name.]".to_owned(),
                    AuthScheme::ApiKey { location: ApiKeyLocation::Header, name: "X-Key".into() },
                ),
            ]
            .into(),
            login: Default::default(),
            profile: String::new(),
            profiles: Default::default(),
        }
    }

    #[test]
    fn a_manifest_round_trips() {
        let text = render(&manifest()).unwrap();
        assert_eq!(toml_edit::de::from_str::<Manifest>(&text).unwrap(), manifest());
        assert!(
            text.contains("[[servers]]\nurl = \"https://a.example\"") && text.contains("[auth.token]\n"),
            "{text}"
        );
    }
}
