//! Whole calls, with a transport that records what it is given.

mod credentials;
mod elsewhere;
mod failures;
mod hidden;
mod hooks;
mod hostile;
mod library;
mod limits;
mod requests;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    Call, Code, Error, FileAt, InputBody, Limits, Mode, Outcome, Script, Sender, Silence, Source, To, Values,
    run,
};
use crate::credentials::{CredentialSource, Error as CredentialError};
use crate::diagnostic::Failure;
use crate::http::{Attachment, Error as HttpError, File, Request, Response, Secrets, Time, Transport};
use crate::model::{CommandDefinition, Manifest, MediaChoice, Origin, SecurityAlternative};
use crate::secret::Secret;

/// Answers from a list, `200 {}` when it is empty, and keeps every request.
#[derive(Default)]
struct Recorder {
    requests: Mutex<Vec<Request>>,
    times: Mutex<Vec<Time>>,
    answers: Mutex<VecDeque<Result<Response, HttpError>>>,
}

impl Transport for Recorder {
    fn send_within(&self, request: &Request, time: Time) -> Result<Response, HttpError> {
        self.requests.lock().unwrap().push(request.clone());
        self.times.lock().unwrap().push(time);
        self.answers.lock().unwrap().pop_front().unwrap_or_else(|| Ok(answer(200, "{}")))
    }
}

fn answer(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.as_bytes().to_vec().into(),
        foreign: None,
    }
}

fn down() -> HttpError {
    HttpError::Connect {
        origin: Origin::of("https://api.example.com").unwrap(),
        reason: "connection refused".to_owned(),
        proxy: None,
    }
}

/// Has a token for `bearerAuth` unless told otherwise, and keeps what it was asked.
struct Keys {
    have: bool,
    asked: Mutex<Vec<(Vec<SecurityAlternative>, String)>>,
    secrets: Secrets,
}

impl CredentialSource for Keys {
    fn attach(
        &self,
        alternatives: &[SecurityAlternative],
        origin: &Origin,
    ) -> Result<Vec<Attachment>, CredentialError> {
        self.asked.lock().unwrap().push((alternatives.to_vec(), origin.to_string()));
        if alternatives.is_empty() {
            return Ok(Vec::new());
        }
        if self.have {
            return Ok(vec![Attachment::Header {
                name: "authorization".to_owned(),
                prefix: "Bearer ".to_owned(),
                value: Secret::from("sk_secret".to_owned()),
            }]);
        }
        if alternatives.iter().any(Vec::is_empty) {
            return Ok(Vec::new());
        }
        Err(CredentialError::Missing {
            plugin: "shop".to_owned(),
            schemes: vec!["bearerAuth".to_owned()],
            variables: vec!["APICLI_SHOP_TOKEN".to_owned()],
            preferred: true,
            profile: "default".to_owned(),
            down: Vec::new(),
        })
    }

    fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }
}

/// A call of `f` in a script, with everything it needs.
struct Setup {
    script: Script,
    hooks: Option<Script>,
    function: String,
    positionals: Vec<String>,
    flags: Value,
    files: Vec<FileAt>,
    command: Option<CommandDefinition>,
    body: Option<InputBody>,
    media: Option<MediaChoice>,
    server: String,
    named_origin: Option<Origin>,
    mode: Mode,
    limits: Limits,
    transport: Arc<Recorder>,
    /// Replaces the recorder.
    other: Option<Arc<dyn Transport>>,
    keys: Arc<Keys>,
    printed: Rc<RefCell<Vec<String>>>,
}

fn script(text: &str) -> Script {
    Script::compile(Source { path: "shop/customers.rhai".into(), text: text.to_owned() })
        .unwrap_or_else(|error| panic!("{}", Failure::from(error)))
}

fn setup(text: &str) -> Setup {
    Setup {
        script: script(text),
        hooks: None,
        function: "f".to_owned(),
        positionals: Vec::new(),
        flags: json!({}),
        files: Vec::new(),
        command: None,
        body: None,
        media: None,
        server: "https://api.example.com".to_owned(),
        named_origin: None,
        mode: Mode::Send,
        limits: Limits::default(),
        transport: Arc::default(),
        other: None,
        keys: Arc::new(Keys { have: true, asked: Mutex::default(), secrets: Secrets::default() }),
        printed: Rc::default(),
    }
}

fn manifest() -> Manifest {
    serde_json::from_value(json!({
        "name": "shop",
        "servers": [{"url": "https://api.example.com/v1"}],
        "auth": {
            "basicAuth": {"type": "basic"},
            "bearerAuth": {"type": "bearer"},
        },
    }))
    .unwrap()
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

impl Setup {
    fn flags(mut self, flags: Value) -> Self {
        self.flags = flags;
        self
    }

    /// A file at a path in the flags: `scan.front`.
    fn file(mut self, place: &str, path: &str) -> Self {
        let place = place.split('.').map(str::to_owned).collect();
        self.files.push(FileAt { place, file: File::named(path.into()).unwrap() });
        self
    }

    fn positionals(mut self, positionals: &[&str]) -> Self {
        self.positionals = positionals.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    fn body(mut self, body: InputBody) -> Self {
        self.body = Some(body);
        self
    }

    fn hooks(mut self, text: &str) -> Self {
        let source = Source { path: "shop/hooks.rhai".into(), text: text.to_owned() };
        self.hooks = Some(Script::compile(source).unwrap_or_else(|error| panic!("{}", Failure::from(error))));
        self
    }

    fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.other = Some(transport);
        self
    }

    fn preview(mut self) -> Self {
        self.mode = Mode::Preview;
        self
    }

    /// With a secret that this run has used.
    fn knowing(self, secret: &str) -> Self {
        self.keys.secrets.take_token(&Secret::from(secret.to_owned()));
        self
    }

    fn without_keys(mut self) -> Self {
        self.keys = Arc::new(Keys { have: false, asked: Mutex::default(), secrets: Secrets::default() });
        self
    }

    /// Facts from JSON; missing members are empty.
    fn facts(mut self, changes: &Value) -> Self {
        let mut facts = json!({
            "function": "f", "group": ["customers"], "operation_id": null, "method": "POST", "path": "/x",
            "security": [["bearerAuth"]], "arguments": [], "body": null, "pointer": "#/paths/~1x/post",
        });
        for (key, value) in object(changes) {
            facts[key] = value;
        }
        self.command = Some(serde_json::from_value(facts).unwrap());
        self
    }

    fn answers(self, answers: impl IntoIterator<Item = Result<Response, HttpError>>) -> Self {
        self.transport.answers.lock().unwrap().extend(answers);
        self
    }

    fn run(&self) -> Result<Outcome, Error> {
        let printed = Rc::clone(&self.printed);
        let manifest = manifest();
        run(Call {
            code: Code {
                plugin: "shop",
                manifest: &manifest,
                script: &self.script,
                hooks: self.hooks.as_ref(),
                function: &self.function,
                command: self.command.as_ref(),
            },
            values: Values {
                positionals: self.positionals.iter().map(|text| text.as_str().into()).collect(),
                flags: object(&self.flags),
                files: self.files.clone(),
                body: self.body.clone(),
                media: self.media.clone(),
            },
            to: To {
                server: self.server.clone(),
                named_origin: self.named_origin.clone(),
                headers: Vec::new(),
            },
            sender: Sender {
                transport: self
                    .other
                    .clone()
                    .unwrap_or_else(|| Arc::clone(&self.transport) as Arc<dyn Transport>),
                credentials: Arc::clone(&self.keys) as Arc<dyn CredentialSource>,
                user_agent: "apicli/test",
            },
            mode: self.mode,
            limits: self.limits.clone(),
            on_print: Rc::new(move |text| printed.borrow_mut().push(text.to_owned())),
        })
    }

    /// The data that the script returned.
    fn value(&self) -> Value {
        match self.run() {
            Ok(Outcome::Value(value)) => value,
            Ok(Outcome::Nothing) => Value::Null,
            Ok(other) => panic!("{other:?}"),
            Err(error) => panic!("{}", Failure::from(error)),
        }
    }

    /// How it failed.
    fn failure(&self) -> Failure {
        match self.run() {
            Ok(outcome) => panic!("no failure: {outcome:?}"),
            Err(error) => error.into(),
        }
    }

    /// The one request that was sent.
    fn sent(&self) -> Request {
        if let Err(error) = self.run() {
            panic!("{}", Failure::from(error));
        }
        let requests = self.transport.requests.lock().unwrap();
        assert_eq!(requests.len(), 1);
        requests[0].clone()
    }

    fn requests(&self) -> usize {
        self.transport.requests.lock().unwrap().len()
    }
}

/// The body of a request as text.
fn text_of(request: &Request) -> String {
    match &request.body {
        crate::http::Body::Bytes { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
        crate::http::Body::Empty => String::new(),
        other => panic!("{other:?}"),
    }
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
