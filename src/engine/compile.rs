//! Compiles texts to scripts.

use std::rc::Rc;

use super::crowd::{Crowd, crowd};
use super::error::Error;
use super::guarded;
use super::host::Host;
use super::limits::Limits;
use super::script::{Compiled, Script, Source};
use super::stdlib::Modules;
use super::trace;
use crate::diagnostic::Snippet;
use crate::script::{LARGE, Places, excerpt, outline, tokens};

impl Script {
    /// Compiles a script.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`], [`Error::Crowded`], [`Error::Compile`], and [`Error::TopLevel`] for anything at the top level that is not a
    /// function: it would never run.
    pub fn compile(source: Source) -> Result<Self, Error> {
        Self::compile_for(source, None)
    }

    /// Compiles a script for one function only. Of a large script only that function and what it may call is compiled, so an
    /// error in another function does not show, and [`Script::functions`] returns no others.
    ///
    /// # Errors
    ///
    /// Those of [`Script::compile`].
    pub fn compile_for(source: Source, function: Option<&str>) -> Result<Self, Error> {
        if source.text.len() > Limits::SCRIPT_SIZE {
            return Err(Error::TooLong { path: source.name(), bytes: source.text.len() });
        }
        let engine = Host::engine(&Limits::default(), Modules::default())?;
        let whole = outline(&source.text);
        let excerpt = function
            .filter(|_| source.text.len() >= LARGE && whole.stray.is_none())
            .and_then(|function| excerpt(&source.text, &whole.definitions, function));
        // What is not compiled is not examined further.
        let (text, definitions) = match &excerpt {
            Some(text) => (text.as_str(), outline(text).definitions),
            None => (source.text.as_str(), whole.definitions),
        };
        let lexemes: Vec<_> = tokens(text).collect();
        // Functions in an excerpt keep their positions.
        let locate = |at: usize| {
            let place = Places::new(text).of(at);
            Snippet::locate(source.name(), &source.text, place.line, place.column)
        };
        if let Some(Crowd { what, count, most, at }) = crowd(&lexemes, &definitions) {
            return Err(Error::Crowded { what, count, most, at: locate(at) });
        }
        let with_guards = Some(text)
            .filter(|text| guarded::wants(text))
            .and_then(|text| guarded::guarded(text, &lexemes))
            .and_then(|guarded| Some((engine.compile(&guarded.text).ok()?, guarded.inserts)));
        let (mut ast, guards) = match with_guards {
            Some((ast, inserts)) => (ast, Some(inserts)),
            // Errors refer to the original text.
            None => {
                let ast = engine.compile(text).map_err(|error| trace::compile_error(&error, &source))?;
                (ast, (!guarded::wants(text)).then(Vec::new))
            }
        };
        ast.set_source(source.label());
        if let Some(at) = whole.stray {
            return Err(Error::TopLevel { at: locate(at) });
        }
        let modules = Modules::needed(&lexemes, &definitions);
        Ok(Self(Rc::new(Compiled { source, ast, modules, guards })))
    }
}
