use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use indexmap::IndexMap;
use rhai::{Dynamic, EvalAltResult, Map as RhaiMap, Position};

use super::clocks::Clocks;
use super::error::Error;
use super::facts::Facts;
use super::fatal::Fatal;
use super::limits::{Limit, Limits};
use super::memory;
use super::script::Script;
use super::types::{Call, Mode, Sender, To, Values};
use super::wire::HttpError;
use crate::http::{Request, Response, Secrets};
use crate::model::{AuthScheme, Origin};

/// The current call on this thread; natives reach it from here. Scripts never see it.
#[derive(Default)]
pub(super) struct Current {
    running: RefCell<Option<Rc<Running>>>,
    /// Operations in this unit of work, including hooks: the engine's own count restarts with each hook.
    operations: Cell<u64>,
}

thread_local!(static CURRENT: Rc<Current> = Rc::default());

/// This thread's slot for the current call.
pub(super) fn current() -> Rc<Current> {
    CURRENT.with(Rc::clone)
}

/// From the engine's error to ours, for a function of a script.
pub(super) type Trace = fn(EvalAltResult, &Running, &Script, &str) -> Error;

/// One call of a script.
pub(super) struct Running {
    pub(super) plugin: String,
    /// Origins that may be called.
    pub(super) origins: Vec<Origin>,
    /// The manifest's schemes, the most useful first.
    pub(super) schemes: Vec<String>,
    pub(super) facts: Option<Facts>,
    pub(super) hooks: Option<Script>,
    /// The scripts can hold hidden places without reading them.
    pub(super) guarded: bool,
    /// What it was given.
    pub(super) values: Values,
    pub(super) to: To,
    pub(super) sender: Sender,
    pub(super) mode: Mode,
    pub(super) limits: Limits,
    pub(super) on_print: Rc<dyn Fn(&str)>,
    /// Reports what became of a function of a script.
    pub(super) trace: Trace,
    pub(super) clocks: Clocks,
    /// Requests sent in this unit of work.
    pub(super) requests: Cell<u32>,
    /// A server has answered in this unit of work.
    pub(super) answered: Cell<bool>,
    /// A hook is running: its own requests run no hooks, or they would never end.
    pub(super) in_hook: Cell<bool>,
    /// Failures that were thrown to the script, to be recognised if it rethrows them.
    pub(super) failures: RefCell<Vec<Remembered>>,
    /// The request that ended a preview.
    pub(super) preview: RefCell<Option<Box<Request>>>,
    /// The error that ended this call, though the engine may not have noticed yet.
    pub(super) fatal: RefCell<Option<Fatal>>,
    /// The secrets that this run has used so far.
    pub(super) secrets: Secrets,
    /// A hidden place was given to a script: the request, and the place in its answer.
    pub(super) sealed: RefCell<Option<String>>,
    /// An answer from another origin was given to a script: nothing is sent after that.
    pub(super) left: Cell<bool>,
    memory: memory::Watch,
}

/// A failure that became a map in a script.
pub(super) struct Remembered {
    /// The map, as it was thrown.
    pub(super) thrown: RhaiMap,
    pub(super) cause: Cause,
}

/// What a thrown map represents.
pub(super) enum Cause {
    Answer(Rc<Response>),
    Network(HttpError),
}

/// How many failures are remembered; the oldest are forgotten first.
const REMEMBERED: usize = 16;

impl Running {
    /// Starts the clock of a call.
    pub(super) fn start(call: Call<'_>, trace: Trace) -> Self {
        let now = Instant::now();
        let Call { code, values, to, sender, mode, limits, on_print } = call;
        let mut origins = code.manifest.origins();
        origins.extend(to.named_origin.clone());
        let modules =
            code.hooks.map_or(code.script.modules(), |hooks| code.script.modules().with(hooks.modules()));
        Self {
            plugin: code.plugin.to_owned(),
            origins,
            schemes: preferred(&code.manifest.auth),
            facts: code.command.map(Facts::of),
            hooks: code.hooks.cloned(),
            guarded: code.script.is_guarded()
                && code.hooks.is_none_or(Script::is_guarded)
                && modules.places(),
            values,
            to,
            secrets: sender.credentials.secrets(),
            sender,
            mode,
            on_print,
            sealed: RefCell::default(),
            left: Cell::new(false),
            trace,
            clocks: Clocks::start(now, &limits),
            memory: memory::Watch::new(now, limits.memory),
            limits,
            requests: Cell::new(0),
            answered: Cell::new(false),
            in_hook: Cell::new(false),
            failures: RefCell::default(),
            preview: RefCell::default(),
            fatal: RefCell::default(),
        }
    }

    pub(super) fn remember(&self, thrown: RhaiMap, cause: Cause) {
        let mut failures = self.failures.borrow_mut();
        if failures.len() >= REMEMBERED {
            failures.remove(0);
        }
        failures.push(Remembered { thrown, cause });
    }

    /// Whether the outcome of the call is decided, whatever the script still tries.
    pub(super) fn is_over(&self) -> bool {
        self.fatal.borrow().is_some() || self.preview.borrow().is_some()
    }

    /// The limit of time or memory that is broken by now.
    pub(super) fn broken(&self) -> Option<Limit> {
        let now = Instant::now();
        let clock = self.clocks.broken(now);
        clock.or_else(|| self.memory.exceeded(now).then_some(Limit::Memory))
    }

    /// Ends the call with a limit, for natives without a context: the engine sees it at its next step, whatever the script
    /// catches.
    pub(super) fn end(&self, limit: Limit) {
        let error = Error::Limit { limit, place: Box::default() };
        self.fatal.borrow_mut().get_or_insert(Fatal { error, position: Position::NONE });
    }
}

/// Scheme names in the order in which they are tried if the document does not say: tokens, keys, user and password, a client
/// certificate.
fn preferred(auth: &IndexMap<String, AuthScheme>) -> Vec<String> {
    let rank = |scheme: &AuthScheme| match scheme {
        AuthScheme::Bearer | AuthScheme::OAuth2 { .. } | AuthScheme::OpenIdConnect { .. } => 0,
        AuthScheme::ApiKey { .. } => 1,
        AuthScheme::Basic | AuthScheme::Digest => 2,
        AuthScheme::MutualTls => 3,
        AuthScheme::Unsupported { .. } => 4,
    };
    let mut schemes: Vec<(u8, &String)> =
        auth.iter().map(|(name, scheme)| (rank(scheme), name)).filter(|(rank, _)| *rank < 4).collect();
    schemes.sort_by_key(|(rank, _)| *rank);
    schemes.into_iter().map(|(_, name)| name.clone()).collect()
}

impl Current {
    /// Makes `running` the current call until the guard is dropped.
    pub(super) fn enter(self: &Rc<Self>, running: Rc<Running>) -> Entered {
        let before = self.running.replace(Some(running));
        let operations = self.operations.replace(0);
        Entered { current: Rc::clone(self), before, operations }
    }

    /// The current call; none while the engine is only compiling.
    pub(super) fn running(&self) -> Option<Rc<Running>> {
        self.running.borrow().clone()
    }

    /// Begins a new unit of work, with counters of its own, if a server has answered in the previous one: work without an
    /// answer keeps counting.
    pub(super) fn anew(&self) {
        let running = self.running.borrow();
        if let Some(running) = running.as_ref().filter(|running| running.answered.replace(false)) {
            self.operations.set(0);
            running.requests.set(0);
            running.clocks.anew();
        }
    }

    /// Called by the engine at every operation; returns the reason to stop, if there is one.
    pub(super) fn progress(&self) -> Option<Dynamic> {
        // Reading the clock costs as much as an operation or two, but a single operation may take milliseconds with large
        // values.
        const EVERY: u64 = 32;
        let count = self.operations.get() + 1;
        self.operations.set(count);
        if !count.is_multiple_of(EVERY) {
            return None;
        }
        let running = self.running.borrow();
        let running = running.as_ref()?;
        if running.is_over() {
            return Some(Dynamic::UNIT);
        }
        if count > running.limits.operations {
            return Some(Dynamic::from(Limit::Operations));
        }
        running.broken().map(Dynamic::from)
    }
}

/// Restores the previous call.
pub(super) struct Entered {
    current: Rc<Current>,
    before: Option<Rc<Running>>,
    operations: u64,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.current.running.replace(self.before.take());
        self.current.operations.set(self.operations);
    }
}
