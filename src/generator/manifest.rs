//! `plugin.toml`: made once, then changed only where a person has not.

use toml_edit::{DocumentMut, Item};

use crate::model::Manifest;

const INTRODUCTION: &str = "\
# The policy of this plugin, yours to edit. A generation leaves every entry alone that you have changed.
# Requests and credentials go to those of these servers that you agreed to, and nowhere else; the first is the default.

";

/// The text of a fresh manifest.
pub(super) fn render(manifest: &Manifest) -> Result<String, toml_edit::ser::Error> {
    let mut document = toml_edit::ser::to_document(manifest)?;
    tidy(&mut document);
    Ok(format!("{INTRODUCTION}{document}"))
}

/// What a person has (`ours`), brought up to date: an entry that is as the last generation wrote it (`base`) becomes
/// as this one has it (`theirs`). Returns the text, and the keys where both changed.
pub(super) fn merge(base: Option<&str>, ours: &str, theirs: &str) -> Option<(String, Vec<String>)> {
    let mut document: DocumentMut = ours.parse().ok()?;
    let base: DocumentMut = base.unwrap_or_default().parse().ok()?;
    let theirs: DocumentMut = theirs.parse().ok()?;
    let mut conflicts = Vec::new();
    for (key, new) in theirs.iter() {
        let (mine, old) = (document.get(key), base.get(key));
        if same(mine, Some(new)) || same(old, Some(new)) {
            continue;
        }
        if same(mine, old) {
            document.insert(key, new.clone());
        } else {
            conflicts.push(key.to_owned());
        }
    }
    Some((document.to_string(), conflicts))
}

fn same(a: Option<&Item>, b: Option<&Item>) -> bool {
    let text = |item: Option<&Item>| {
        item.map(|item| {
            // Values are compared, not how they are laid out.
            let mut document = DocumentMut::new();
            document.insert("x", item.clone());
            toml_edit::de::from_document::<serde_json::Value>(document).unwrap_or_default()
        })
    };
    text(a) == text(b)
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

    #[test]
    fn a_persons_entries_and_comments_stay() {
        let base = render(&manifest()).unwrap();
        let ours = base.replace("https://a.example", "https://mine.example") + "# my note\n";
        let mut newer = manifest();
        newer.version = "2".into();
        newer.servers[0].url = "https://b.example".into();
        let (merged, conflicts) = merge(Some(&base), &ours, &render(&newer).unwrap()).unwrap();
        assert!(merged.contains("https://mine.example") && merged.contains("# my note"), "{merged}");
        assert_eq!(toml_edit::de::from_str::<Manifest>(&merged).unwrap().version, "2");
        assert_eq!(conflicts, ["servers"]);
    }
}
