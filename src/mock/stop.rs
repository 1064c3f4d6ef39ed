use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Stops a server from another thread. Clones stop the same one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    stopped: bool,
    waiting: Option<Waker>,
}

impl Stop {
    /// An unused one; for a server that is never stopped, pass this and keep no clone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the server: it accepts no more connections and closes those it has.
    pub fn stop(&self) {
        let waiting = {
            let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            inner.stopped = true;
            inner.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

/// Ready once [`Stop::stop`] was called. Only one task may wait.
impl Future for Stop {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.stopped {
            return Poll::Ready(());
        }
        inner.waiting = Some(context.waker().clone());
        Poll::Pending
    }
}
