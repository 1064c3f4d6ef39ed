//! Entries of `plugin.toml` that commands make for the user. The rest of the file stays exactly as it is.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, Value};

use super::Error;
use super::layout;
use crate::files;
use crate::model::{LoginSettings, Profile};

/// Stores the settings of one scheme's login.
pub fn keep_login(dir: &Path, scheme: &str, settings: &LoginSettings) -> Result<(), Error> {
    change(dir, |document| {
        let table = to_table(settings)?;
        entry(document, "login", scheme, table);
        Some(())
    })
}

/// Stores a profile's settings, and makes it the one in use.
pub fn keep_profile(dir: &Path, name: &str, profile: &Profile) -> Result<(), Error> {
    change(dir, |document| {
        if name == Profile::DEFAULT {
            document.remove("profile");
        } else {
            // Before the tables: after one it would be part of it.
            document.insert("profile", Item::Value(Value::from(name)));
        }
        if *profile != Profile::default() {
            let table = to_table(profile)?;
            entry(document, "profiles", name, table);
        } else if let Some(profiles) = document.get_mut("profiles").and_then(Item::as_table_like_mut) {
            profiles.remove(name);
        }
        Some(())
    })
}

fn to_table(value: &impl serde::Serialize) -> Option<Table> {
    Some(toml_edit::ser::to_document(value).ok()?.into_table())
}

/// Sets `[parent.name]`.
fn entry(document: &mut DocumentMut, parent: &str, name: &str, table: Table) {
    if !document.get(parent).is_some_and(Item::is_table_like) {
        let mut empty = Table::new();
        empty.set_implicit(true);
        document.insert(parent, Item::Table(empty));
    }
    if let Some(parent) = document.get_mut(parent).and_then(Item::as_table_like_mut) {
        parent.insert(name, Item::Table(table));
    }
}

/// Changes the manifest atomically. A link is neither read nor written: it may lead anywhere.
fn change(dir: &Path, change: impl FnOnce(&mut DocumentMut) -> Option<()>) -> Result<(), Error> {
    let path = dir.join(layout::MANIFEST);
    let failed = |error: &dyn std::fmt::Display| Error::io("write", &path, error);
    let text = files::text(dir, Path::new(layout::MANIFEST), layout::MANIFEST_BYTES)?
        .ok_or_else(|| Error::io("read", &path, &"it is not there"))?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| failed(&error))?;
    change(&mut document).ok_or_else(|| failed(&"the entry is not valid TOML"))?;
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(|error| failed(&error))?;
    file.write_all(document.to_string().as_bytes()).map_err(|error| failed(&error))?;
    if let Ok(metadata) = fs::metadata(&path) {
        file.as_file().set_permissions(metadata.permissions()).map_err(|error| failed(&error))?;
    }
    file.persist(&path).map_err(|error| failed(&error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Manifest;

    #[test]
    fn entries_are_added_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plugin.toml");
        let text = "# mine\nname = \"demo\" # its name\n\n[[servers]]\nurl = \"https://a.example\"\n\n[auth.o]\ntype = \"oauth2\"\n";
        fs::write(&path, text).unwrap();
        let mut settings = LoginSettings { client_id: "cli".into(), ..LoginSettings::default() };
        settings.instead.token_url = "https://id.example/token".into();
        settings.instead.scopes = vec!["a".into(), "b".into()];
        keep_login(folder.path(), "o", &settings).unwrap();
        let profile =
            Profile { server: "2".into(), headers: [("X-Account".to_owned(), "acct_1".to_owned())].into() };
        keep_profile(folder.path(), "live", &profile).unwrap();
        let after = fs::read_to_string(&path).unwrap();
        assert!(after.starts_with("# mine\nname = \"demo\" # its name\n"), "{after}");
        let manifest: Manifest = toml_edit::de::from_str(&after).unwrap();
        assert_eq!(manifest.login["o"], settings);
        assert_eq!((manifest.profile_name(None), &manifest.profiles["live"]), ("live", &profile));
        assert_eq!(manifest.servers[0].url, "https://a.example");
        keep_profile(folder.path(), "default", &Profile::default()).unwrap();
        let manifest: Manifest = toml_edit::de::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!((manifest.profile_name(None), manifest.profiles.len()), ("default", 1));
    }

    /// A folder from elsewhere may have a link there, to a file that an attacker wants changed.
    #[cfg(unix)]
    #[test]
    fn a_manifest_that_is_a_link_is_left_alone() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = elsewhere.path().join("config.toml");
        fs::write(&target, "token = \"t\"\n").unwrap();
        std::os::unix::fs::symlink(&target, folder.path().join("plugin.toml")).unwrap();
        let result = keep_login(folder.path(), "o", &LoginSettings::default());
        assert!(matches!(result, Err(Error::File(_))), "{result:?}");
        assert_eq!(fs::read_to_string(&target).unwrap(), "token = \"t\"\n");
    }
}
