//! The input and the outcome of a call.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::limits::Limits;
use super::script::Script;
use super::wire::CredentialSource;
use crate::http::{File, Request, Response, Spool, Transport};
use crate::model::{CommandDefinition, Manifest, MediaChoice, Origin};

/// One call of a command.
pub struct Call<'a> {
    /// What is run.
    pub code: Code<'a>,
    /// Its values.
    pub values: Values,
    /// Where its requests go.
    pub to: To,
    /// Who sends them.
    pub sender: Sender,
    /// Send, or only show.
    pub mode: Mode,
    /// The limits of the call.
    pub limits: Limits,
    /// Receives what the script prints, already safe for a terminal; called once per line.
    pub on_print: Rc<dyn Fn(&str)>,
}

/// A function of a plugin.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// The plugin's name.
    pub plugin: &'a str,
    /// Its policy: which origins may be called, which credential schemes there are.
    pub manifest: &'a Manifest,
    /// The group's script.
    pub script: &'a Script,
    /// The plugin's `hooks.rhai`, if it has one.
    pub hooks: Option<&'a Script>,
    /// The function to call.
    pub function: &'a str,
    /// The command's facts; `None` for a function written by hand.
    pub command: Option<&'a CommandDefinition>,
}

/// Values for a function and for the wire, already validated.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// The values before `flags`, in the order of the function's parameters: texts, as they were typed, or lists and objects
    /// of them.
    pub positionals: Vec<Value>,
    /// The flags given, by the keys of [`crate::model::Argument::key`], nested.
    pub flags: Map<String, Value>,
    /// Where in the flags there are files; the values at those places are placeholders.
    pub files: Vec<FileAt>,
    /// The body as a whole, from `--body`.
    pub body: Option<InputBody>,
    /// The media type of the body that the person chose; `None` for the one that the script is written for.
    pub media: Option<MediaChoice>,
}

/// Where requests go.
#[derive(Clone, Debug, Default)]
pub struct To {
    /// Base URL of relative paths.
    pub server: String,
    /// Its origin, if it is not one of the manifest's servers: it may be called as well.
    pub named_origin: Option<Origin>,
    /// Headers that go along with every request, unless the script sets them itself.
    pub headers: Vec<(String, String)>,
}

/// Who sends requests, and as whom.
#[derive(Clone)]
pub struct Sender {
    /// Sends requests.
    pub transport: Arc<dyn Transport>,
    /// Attaches credentials.
    pub credentials: Arc<dyn CredentialSource>,
    /// The `user-agent` header.
    pub user_agent: &'static str,
}

/// Whether requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are.
    Send,
    /// The first request ends the script and is the outcome. Credentials that are not available are left out.
    Preview,
}

/// A file that the user named, and its place: keys, and item numbers as text.
#[derive(Clone, Debug, PartialEq)]
pub struct FileAt {
    /// Where it belongs.
    pub place: Vec<String>,
    /// The file.
    pub file: File,
}

/// A body as the user gave it with `--body`.
#[derive(Clone, Debug, PartialEq)]
pub enum InputBody {
    /// Parsed JSON.
    Json(Value),
    /// The same with files in it, by the names of the request.
    WithFiles(Value, Vec<FileAt>),
    /// A JSON text and its parsed value. Sent verbatim as long as nothing is merged onto it, so that numbers keep digits and
    /// notation that a parsed value cannot hold.
    JsonText(String, Value),
    /// Bytes of any kind.
    Bytes(Vec<u8>),
    /// A file that is sent unchanged.
    File(PathBuf),
    /// Standard input, sent unchanged.
    Spool(Spool),
}

/// The outcome of a call.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The script returned an answer: its bytes are what the server sent.
    Response(Rc<Response>),
    /// The script returned data.
    Value(Value),
    /// The script returned nothing.
    Nothing,
    /// The first request of a preview, with the credentials that were available.
    Preview(Box<Request>),
}
