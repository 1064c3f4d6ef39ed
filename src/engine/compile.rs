//! Texts to scripts.

use std::rc::Rc;

use super::crowd::{Crowd, crowd};
use super::error::Error;
use super::guarded;
use super::host::Host;
use super::lex;
use super::limits::Limits;
use super::outline::{Stray, outline};
use super::part;
use super::script::{Compiled, Script, Source};
use super::stdlib::Modules;
use super::trace;
use crate::diagnostic::Snippet;

impl Script {
    /// Compiles a script.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`], [`Error::Crowded`], [`Error::Compile`], and [`Error::TopLevel`] for anything at the top level that is no
    /// function: it would never run.
    pub fn compile(source: Source) -> Result<Self, Error> {
        Self::compile_for(source, None)
    }

    /// Compiles a script for the sake of one function. Of a large one only that function is compiled and what it may
    /// call, so that an error in another does not show; and [`Script::functions`] gives no others.
    ///
    /// # Errors
    ///
    /// Those of [`Script::compile`].
    pub fn compile_for(source: Source, function: Option<&str>) -> Result<Self, Error> {
        if source.text.len() > Limits::SCRIPT_SIZE {
            return Err(Error::TooLong { path: source.name(), bytes: source.text.len() });
        }
        let engine = Host::engine(&Limits::default(), Modules::default())?;
        let lexemes = lex::tokens(&source.text);
        let (definitions, stray) = outline(&lexemes);
        if let Some(Crowd { what, count, most, line, column }) = crowd(&lexemes, &definitions) {
            let at = Snippet::locate(source.name(), &source.text, line, column);
            return Err(Error::Crowded { what, count, most, at });
        }
        let part = function
            .filter(|_| source.text.len() >= part::LARGE && stray.is_none())
            .and_then(|function| part::part(&source.text, &lexemes, &definitions, function));
        let text = part.as_deref().unwrap_or(&source.text);
        let with_guards = Some(text)
            .filter(|text| guarded::wants(text))
            .and_then(guarded::guarded)
            .and_then(|guarded| Some((engine.compile(&guarded.text).ok()?, guarded.inserts)));
        let (mut ast, guards) = match with_guards {
            Some((ast, inserts)) => (ast, Some(inserts)),
            // Errors are told of the text as it is.
            None => {
                let ast = engine.compile(text).map_err(|error| trace::compile_error(&error, &source))?;
                (ast, (!guarded::wants(text)).then(Vec::new))
            }
        };
        ast.set_source(source.label());
        if let Some(Stray { line, column }) = stray {
            return Err(Error::TopLevel { at: Snippet::locate(source.name(), &source.text, line, column) });
        }
        let modules = Modules::needed(&lexemes, &definitions);
        Ok(Self(Rc::new(Compiled { source, ast, modules, guards })))
    }
}
