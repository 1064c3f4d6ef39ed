//! `plugin.toml` is written once, then changed only where the user has not changed it.

use toml_edit::{DocumentMut, Item};

/// Updates what the user has (`ours`): an entry that is still as the last generation wrote it (`base`) becomes that of this
/// generation (`theirs`). Returns the text, and the keys where both changed.
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
            // Values are compared, not their layout.
            let mut document = DocumentMut::new();
            document.insert("x", item.clone());
            toml_edit::de::from_document::<serde_json::Value>(document).unwrap_or_default()
        })
    };
    text(a) == text(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::manifest::render;
    use crate::model::{DocumentSource, Manifest, Server};

    fn manifest() -> Manifest {
        Manifest {
            name: "demo".into(),
            version: "1".into(),
            title: "Demo".into(),
            document: DocumentSource { source: "demo.yaml".into(), sha256: "00".into() },
            servers: vec![Server::plain("https://a.example", "")],
            operation_servers: Vec::new(),
            auth: Default::default(),
            login: Default::default(),
            profile: String::new(),
            profiles: Default::default(),
        }
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
