use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::error::Error;
use super::facts::Facts;
use super::index::{self, GroupSummary};
use super::layout;
use super::pristine::Pristine;
use crate::diagnostic::Snippet;
use crate::engine::{self, Limits, Script, Source};
use crate::files;
use crate::model::{CommandDefinition, CommandName, Manifest};
use crate::openapi::{Document, MAX_DOCUMENT_BYTES};

/// One installed plugin. Its manifest is read at once; scripts and facts when they are asked for.
#[derive(Debug)]
pub struct Plugin {
    dir: PathBuf,
    manifest: Manifest,
    /// Compiled scripts; reused while the text is the same.
    scripts: RefCell<HashMap<Wanted, Rc<Script>>>,
}

/// A script by its path below the folder, and the function that it is compiled for, if it is only one.
type Wanted = (PathBuf, Option<String>);

impl Plugin {
    /// Opens the plugin in the folder `dir`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`] for an invalid manifest.
    pub fn open(dir: &Path) -> Result<Option<Self>, Error> {
        let path = dir.join(layout::MANIFEST);
        let text = files::text(dir, Path::new(layout::MANIFEST), layout::MANIFEST_BYTES)?;
        let Some(text) = text else { return Ok(None) };
        let manifest: Manifest = toml_edit::de::from_str(&text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start).min(text.len());
            let before = text.get(..offset).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let at = Snippet::locate(path.display().to_string(), &text, line, column);
            Error::Manifest { reason: error.message().to_owned(), at }
        })?;
        Ok(Some(Self { dir: dir.to_owned(), manifest, scripts: RefCell::default() }))
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its name: that of its folder, which is what users type, whatever the manifest says.
    pub fn name(&self) -> String {
        self.dir
            .file_name()
            .map_or_else(|| self.manifest.name.clone(), |name| name.to_string_lossy().into_owned())
    }

    /// Its policy.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where the script of a group is, whether it exists or not.
    pub fn script_path(&self, group: &[String]) -> PathBuf {
        self.dir.join(layout::script(group))
    }

    /// The script of a group; `None` if the group has none of its own.
    pub fn script(&self, group: &[String]) -> Result<Option<Rc<Script>>, Error> {
        if group.is_empty() { Ok(None) } else { self.compile((layout::script(group), None)) }
    }

    /// The script of a group, compiled for the function whose name `choose` picks; see [`Script::compile_for`]. `None` if it
    /// picks none.
    pub(super) fn script_for(
        &self,
        group: &[String],
        choose: impl FnOnce(&[String]) -> Option<String>,
    ) -> Result<Option<Rc<Script>>, Error> {
        let path = layout::script(group);
        let Some(source) = self.source(&path)? else { return Ok(None) };
        match choose(&Script::names(&source.text)) {
            Some(function) => self.compile_text((path, Some(function)), source).map(Some),
            None => Ok(None),
        }
    }

    /// The user's hooks, if there are any.
    pub fn hooks(&self) -> Result<Option<Rc<Script>>, Error> {
        self.compile((layout::HOOKS.into(), None))
    }

    /// The current script. If it cannot be compiled but this process has run a good version before, that one stays in use;
    /// [`Plugin::refresh`] reports the error.
    fn compile(&self, what: Wanted) -> Result<Option<Rc<Script>>, Error> {
        match self.source(&what.0)? {
            Some(source) => self.compile_text(what, source).map(Some),
            None => Ok(None),
        }
    }

    /// The same for a text that has been read.
    fn compile_text(&self, what: Wanted, source: Source) -> Result<Rc<Script>, Error> {
        let last_good = self.scripts.borrow().get(&what).cloned();
        match (self.compile_source(what, source), last_good) {
            (Err(Error::Script(_)), Some(last_good)) => Ok(last_good),
            (result, _) => result,
        }
    }

    fn compile_now(&self, what: Wanted) -> Result<Option<Rc<Script>>, Error> {
        match self.source(&what.0)? {
            Some(source) => self.compile_source(what, source).map(Some),
            None => Ok(None),
        }
    }

    fn compile_source(&self, what: Wanted, source: Source) -> Result<Rc<Script>, Error> {
        let known = self.scripts.borrow().get(&what).cloned();
        if let Some(script) = known.filter(|script| script.source().text == source.text) {
            return Ok(script);
        }
        let script = Rc::new(Script::compile_for(source, what.1.as_deref())?);
        self.scripts.borrow_mut().insert(what, script.clone());
        Ok(script)
    }

    /// Takes over the compiled scripts of `old`, and compiles those that changed since.
    ///
    /// # Errors
    ///
    /// The first script that cannot be compiled; its last good version stays in use.
    pub(super) fn refresh(&self, old: &Self) -> Result<(), Error> {
        let scripts = old.scripts.borrow().clone();
        let known: Vec<_> = scripts.keys().cloned().collect();
        self.scripts.replace(scripts);
        let mut result = Ok(());
        for what in known {
            let outcome = self.compile_now(what).map(drop);
            result = result.and(outcome);
        }
        result
    }

    /// What is known about one function; `None` for one that the user added.
    pub fn facts(&self, group: &[String], function: &str) -> Result<Option<CommandDefinition>, Error> {
        match Facts::open(&self.dir)? {
            Some(mut facts) => facts.command(group, function),
            None => Ok(None),
        }
    }

    /// What is known about all functions of a group, by name.
    pub fn all_facts(&self, group: &[String]) -> Result<Vec<CommandDefinition>, Error> {
        Facts::open(&self.dir)?.map_or_else(|| Ok(Vec::new()), |mut facts| facts.group(group))
    }

    /// The names of all commands that the generator knows, without the rest of their facts, which is the larger part.
    /// What cannot be read is left out: a lost name is generated again.
    pub fn command_names(&self) -> Vec<CommandName> {
        Facts::open(&self.dir).ok().flatten().map_or_else(Vec::new, |mut facts| facts.names())
    }

    /// The groups right below `group` (all of the plugin's top ones for an empty slice), by name.
    pub fn groups(&self, group: &[String]) -> Result<Vec<GroupSummary>, Error> {
        index::groups(&self.dir, group)
    }

    /// The names of the groups right below `group`, sorted, without their help.
    pub fn group_names(&self, group: &[String]) -> Result<Vec<String>, Error> {
        index::names(&self.dir, group)
    }

    /// Links to folders, which would otherwise be groups; relative paths.
    pub fn linked_folders(&self) -> Result<Vec<PathBuf>, Error> {
        index::walk(&self.dir).map(|found| found.linked)
    }

    /// Every group that has a script, by path.
    pub fn all_groups(&self) -> Result<Vec<Vec<String>>, Error> {
        index::all_groups(&self.dir)
    }

    /// The document that it was generated from, for the mock.
    pub fn document(&self) -> Result<Document, Error> {
        let path = self.dir.join(layout::DOCUMENT);
        let bytes = files::read(&self.dir, Path::new(layout::DOCUMENT), MAX_DOCUMENT_BYTES as u64)?
            .ok_or_else(|| Error::io("read", &path, &"it is not there"))?;
        Document::parse(&bytes, &path.display().to_string())
            .map_err(|_| Error::Facts { path, reason: "it is not a document".to_owned() })
    }

    /// Scripts that differ from what the last generation wrote, and those that the user added; relative paths.
    pub fn edited(&self) -> Result<Vec<PathBuf>, Error> {
        let pristine = Pristine::load(&self.dir);
        let mut edited = Vec::new();
        for group in self.all_groups()? {
            let path = layout::script(&group);
            let ours = files::open_script(&self.dir, &path)?
                .map(|mut file| file.read(layout::MERGED_BYTES))
                .transpose()?;
            if pristine.get(&path).map(str::as_bytes) != ours.as_deref() {
                edited.push(path);
            }
        }
        if self.dir.join(layout::HOOKS).symlink_metadata().is_ok() {
            edited.push(layout::HOOKS.into());
        }
        Ok(edited)
    }

    /// The text of the script at this path below the folder; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::File`] for one that cannot be read, [`Error::Script`] for one that is too long.
    pub fn source(&self, path: &Path) -> Result<Option<Source>, Error> {
        let whole = self.dir.join(path);
        match files::script(&self.dir, path, Limits::SCRIPT_SIZE as u64) {
            Ok(text) => Ok(text.map(|text| Source { path: whole, text })),
            Err(error) if matches!(error.problem, files::Problem::TooLarge { .. }) => {
                let bytes =
                    whole.metadata().map_or(0, |about| usize::try_from(about.len()).unwrap_or(usize::MAX));
                Err(engine::Error::TooLong { path: whole.display().to_string(), bytes }.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}
