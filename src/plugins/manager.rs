use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::error::Error;
use super::plugin::Plugin;
use super::watch::Watcher;
use super::{index, layout};
use crate::files;
use crate::generator::is_plugin_name;

/// Every plugin of one home.
#[derive(Debug)]
pub struct PluginManager {
    home: PathBuf,
    loaded: RefCell<HashMap<String, Rc<Plugin>>>,
}

/// An installed plugin, or what is wrong with it.
#[derive(Debug)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// The plugin, if its manifest can be read.
    pub plugin: Result<Rc<Plugin>, Error>,
}

impl PluginManager {
    /// A manager of the plugins in the folder `home`, which need not exist.
    pub fn new(home: PathBuf) -> Self {
        Self { home, loaded: RefCell::default() }
    }

    /// The folder that holds the plugins.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The folder of the plugin `name`, whether it exists or not.
    pub fn dir(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// Every plugin, by name. A broken one is listed as such.
    pub fn list(&self) -> Result<Vec<Installed>, Error> {
        let mut installed: Vec<Installed> = Vec::new();
        for name in self.names()? {
            match self.load(&name) {
                Err(Error::Missing { .. }) => {}
                plugin => installed.push(Installed { name, plugin }),
            }
        }
        Ok(installed)
    }

    /// Names of the plugins, including broken ones, without reading any.
    pub fn installed_names(&self) -> Result<Vec<String>, Error> {
        let mut names = self.names()?;
        names.retain(|name| self.dir(name).join(layout::MANIFEST).is_file());
        Ok(names)
    }

    /// Names of folders that may be plugins, sorted.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let entries = match fs::read_dir(&self.home) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", &self.home, &error)),
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| is_plugin_name(name)).collect();
        names.sort();
        Ok(names)
    }

    /// Reads the plugin `name` from disk, even if it is loaded.
    pub fn load(&self, name: &str) -> Result<Rc<Plugin>, Error> {
        let found = if is_plugin_name(name) { Plugin::open(&self.dir(name))? } else { None };
        found.map(Rc::new).ok_or_else(|| Error::Missing {
            name: name.to_owned(),
            similar: crate::suggest::nearest(name, self.names().unwrap_or_default()),
        })
    }

    /// The plugin `name`, from memory if it was loaded before. Its scripts are read again whenever they changed.
    pub fn get(&self, name: &str) -> Result<Rc<Plugin>, Error> {
        if let Some(plugin) = self.loaded.borrow().get(name) {
            return Ok(plugin.clone());
        }
        self.reload(name)
    }

    /// Reads the plugin `name` again and replaces the one in memory. If a manifest or script cannot be used, its last good
    /// version stays in use, and the error says what is wrong with the new one.
    pub fn reload(&self, name: &str) -> Result<Rc<Plugin>, Error> {
        let plugin = self.load(name)?;
        let old = self.loaded.borrow_mut().insert(name.to_owned(), plugin.clone());
        match old {
            Some(old) => plugin.refresh(&old).map(|()| plugin),
            None => Ok(plugin),
        }
    }

    /// A watcher that reports when a file of the plugin `name` changed.
    pub fn watch(&self, name: &str, poll: bool) -> Result<Watcher, Error> {
        Watcher::new(&self.home, name, poll)
    }

    /// Builds the cache that makes the first `--help` fast. To be called after a generation.
    pub fn build_index(&self, name: &str) -> Result<(), Error> {
        index::build(&self.dir(name))
    }

    /// Removes the plugin `name` and everything in its folder.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        self.load(name).map(drop).or_else(|error| match error {
            Error::Missing { .. } => Err(error),
            _ => Ok(()), // a broken plugin can be removed too
        })?;
        let dir = self.dir(name);
        self.loaded.borrow_mut().remove(name);
        if fs::symlink_metadata(&dir).is_ok_and(|metadata| metadata.is_symlink()) {
            return fs::remove_file(&dir).map_err(|error| Error::io("remove", &dir, &error));
        }
        // Renamed first, so that nobody ever sees half of it.
        let aside = self.home.join(format!(".{name}.removed"));
        let _ = files::remove_tree(&aside);
        fs::rename(&dir, &aside).map_err(|error| Error::io("remove", &dir, &error))?;
        files::remove_tree(&aside).map_err(|error| Error::io("remove", &aside, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::Lookup;

    fn manager() -> (tempfile::TempDir, PluginManager) {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("demo");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("plugin.toml"), "name = 'demo'\ntitle = 'one'\n").unwrap();
        fs::write(dir.join("things.rhai"), "fn first() { 1 }").unwrap();
        let manager = PluginManager::new(home.path().to_owned());
        (home, manager)
    }

    fn functions(manager: &PluginManager) -> Vec<String> {
        let script = manager.get("demo").unwrap().script(&["things".to_owned()]).unwrap().unwrap();
        script.functions().into_iter().map(|function| function.name).collect()
    }

    #[test]
    fn an_edit_is_there_at_once_and_a_broken_one_leaves_the_last_good_version() {
        let (home, manager) = manager();
        let script = home.path().join("demo/things.rhai");
        assert_eq!(functions(&manager), ["first"]);
        fs::write(&script, "fn second() { 2 }").unwrap();
        assert_eq!(functions(&manager), ["second"]);
        fs::write(&script, "fn third( {").unwrap();
        assert!(matches!(manager.reload("demo"), Err(Error::Script(_))));
        assert_eq!(functions(&manager), ["second"]);
        fs::write(&script, "fn third() { 3 }").unwrap();
        assert!(manager.reload("demo").is_ok());
        assert_eq!(functions(&manager), ["third"]);
    }

    #[test]
    fn a_broken_manifest_leaves_the_last_good_one() {
        let (home, manager) = manager();
        let manifest = home.path().join("demo/plugin.toml");
        assert_eq!(manager.get("demo").unwrap().manifest().title, "one");
        fs::write(&manifest, "title = [").unwrap();
        assert!(matches!(manager.reload("demo"), Err(Error::Manifest { .. })));
        assert_eq!(manager.get("demo").unwrap().manifest().title, "one");
        fs::write(&manifest, "name = 'demo'\ntitle = 'two'").unwrap();
        assert_eq!(manager.reload("demo").unwrap().manifest().title, "two");
        assert_eq!(manager.list().unwrap().len(), 1);
    }

    #[test]
    fn a_script_without_facts_is_a_command_and_names_stay_inside_of_home() {
        let (_home, manager) = manager();
        let found = manager.get("demo").unwrap().lookup(&["things".to_owned(), "first".to_owned()]).unwrap();
        let Lookup::Command(found) = found else { panic!("{found:?}") };
        assert!(found.facts.is_none());
        for name in ["..", "../demo", "demo/../demo", ".", "", "Demo"] {
            assert!(matches!(manager.load(name), Err(Error::Missing { .. })), "{name}");
        }
        manager.remove("demo").unwrap();
        assert!(manager.list().unwrap().is_empty());
    }
}
