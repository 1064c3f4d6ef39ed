//! How much a native may create and use in one step.
//!
//! The engine checks its limits between operations, and measures a value once it exists. A native that turns 64 MiB of
//! `[[],[],...]` into values has taken gigabytes by then, so natives count while they work, and check clocks and memory
//! from time to time.

use std::rc::Rc;

use super::current::{Running, current};
use super::limits::{Limit, Limits};

/// Nodes between two checks of clocks and memory: a few hundred microseconds of work.
const EVERY: usize = 4_096;

/// Bytes that count as one node for the next check.
const NODE_OF_TEXT: usize = 256;

/// Counts what one native creates.
pub(super) struct Budget {
    running: Option<Rc<Running>>,
    /// What is left of the sizes that a script's value may have.
    elements: usize,
    entries: usize,
    text: usize,
    /// Estimated bytes that the host's own values may take.
    bytes: u64,
    /// Arrays and maps in one another.
    pub(super) nesting: usize,
    until_look: usize,
    /// The limit that was reached.
    pub(super) broken: Option<Limit>,
}

impl Budget {
    /// The budget of the current call on this thread; the usual one if there is none.
    pub(super) fn of_call() -> Self {
        let running = current().running();
        let usual = Limits::default();
        let limits = running.as_ref().map_or(&usual, |running| &running.limits);
        Self {
            elements: limits.array_size,
            entries: limits.map_size,
            text: limits.string_size,
            bytes: limits.memory,
            nesting: limits.nesting,
            until_look: EVERY,
            broken: None,
            running,
        }
    }

    /// The same with at most `bytes` for the host's own values.
    pub(super) fn with_bytes(self, bytes: u64) -> Self {
        Self { bytes: bytes.min(self.bytes), ..self }
    }

    /// One more element in a script's array.
    pub(super) fn element(&mut self) -> Result<(), Limit> {
        match self.elements.checked_sub(1) {
            Some(left) => self.elements = left,
            None => return self.breaks(Limit::ArraySize),
        }
        self.tick()
    }

    /// One more entry in a script's map.
    pub(super) fn entry(&mut self) -> Result<(), Limit> {
        match self.entries.checked_sub(1) {
            Some(left) => self.entries = left,
            None => return self.breaks(Limit::MapSize),
        }
        self.tick()
    }

    /// A text of a script's value.
    pub(super) fn text(&mut self, bytes: usize) -> Result<(), Limit> {
        match self.text.checked_sub(bytes) {
            Some(left) => self.text = left,
            None => return self.breaks(Limit::StringSize),
        }
        self.work(bytes / NODE_OF_TEXT)
    }

    /// A value of the host's own, with the bytes of its text.
    pub(super) fn host_value(&mut self, text: usize) -> Result<(), Limit> {
        match self.bytes.checked_sub(weight(text)) {
            Some(left) => self.bytes = left,
            None => return self.breaks(Limit::Memory),
        }
        self.work(1 + text / NODE_OF_TEXT)
    }

    /// One step of work that creates nothing.
    pub(super) fn tick(&mut self) -> Result<(), Limit> {
        self.work(1)
    }

    fn work(&mut self, nodes: usize) -> Result<(), Limit> {
        if let Some(left) = self.until_look.checked_sub(nodes) {
            self.until_look = left;
            return Ok(());
        }
        self.until_look = EVERY;
        match self.running.as_ref().and_then(|running| running.broken()) {
            Some(limit) => self.breaks(limit),
            None => Ok(()),
        }
    }

    pub(super) fn breaks<T>(&mut self, limit: Limit) -> Result<T, Limit> {
        self.broken = Some(limit);
        Err(limit)
    }

    /// Ends the call if a limit was reached.
    pub(super) fn end(&self) {
        if let (Some(limit), Some(running)) = (self.broken, &self.running) {
            running.end(limit);
        }
    }

    /// Estimated bytes that are left for the host's own values.
    pub(super) fn bytes_left(&self) -> u64 {
        self.bytes
    }
}

/// Estimated bytes of one value of the host's own.
pub(super) fn weight(text: usize) -> u64 {
    /// A JSON value, including its slot in an array or, with its key, in a map.
    const VALUE: u64 = 80;
    VALUE + text as u64
}
