//! The clocks that the engine keeps for a call: computing, and the whole call. The transport keeps the third, silence on the
//! network.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::limits::{Limit, Limits};
use crate::person;

/// What a call has used of its time.
pub(super) struct Clocks {
    began: Instant,
    whole: Duration,
    computing: Duration,
    /// How much time had been spent waiting for people when the call began.
    waited: Duration,
    /// Computing before [`Clocks::since`], in this unit of work.
    computed: Cell<Duration>,
    /// When the current computing began.
    since: Cell<Instant>,
}

impl Clocks {
    pub(super) fn start(now: Instant, limits: &Limits) -> Self {
        Self {
            began: now,
            whole: limits.whole_time,
            computing: limits.computing,
            waited: person::waited(),
            computed: Cell::default(),
            since: Cell::new(now),
        }
    }

    /// The time left for the whole call; zero when it is used up.
    pub(super) fn left(&self) -> Duration {
        self.left_at(Instant::now())
    }

    fn left_at(&self, now: Instant) -> Duration {
        let asking = person::waited().saturating_sub(self.waited);
        let taken = now.saturating_duration_since(self.began).saturating_sub(asking);
        self.whole.saturating_sub(taken)
    }

    /// The clock that has run out by `now`.
    pub(super) fn broken(&self, now: Instant) -> Option<Limit> {
        if self.left_at(now).is_zero() {
            return Some(Limit::WholeTime);
        }
        let computed = self.computed.get() + now.saturating_duration_since(self.since.get());
        (computed >= self.computing).then_some(Limit::Computing)
    }

    /// Does something that is not computing: using the network, sleeping, asking for a credential.
    pub(super) fn outside<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.computed.set(self.computed.get() + self.since.get().elapsed());
        let outcome = wait();
        self.since.set(Instant::now());
        outcome
    }

    /// Restarts the clock of computing.
    pub(super) fn anew(&self) {
        self.computed.set(Duration::ZERO);
        self.since.set(Instant::now());
    }
}
