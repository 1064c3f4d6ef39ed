//! The settings of one call, apart from its values.

use crate::engine::{Limits, Mode};

/// Where a call goes, and as whom, if that was set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// The profile's name.
    pub profile: Option<String>,
    /// A URL, or a server's number or name.
    pub server: Option<String>,
    /// Values for variables of the server's URL, as `name=value`.
    pub variables: Vec<String>,
}

/// How a call is made.
#[derive(Clone, Debug)]
pub struct Way {
    /// Send, or only show.
    pub mode: Mode,
    /// Who answers, and which account is used.
    pub with: With,
    /// Requests and answers are shown to the user.
    pub verbose: bool,
    /// Its limits.
    pub limits: Limits,
}

/// Who answers, and which account is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// The API's servers, with the user's account and within what they agreed to.
    Servers,
    /// The plugin's document, with made-up credentials.
    Mock,
    /// Nobody: there is no account, no store is read, and nothing can be sent.
    Nobody,
}

impl Way {
    /// A call of the API.
    pub fn send() -> Self {
        Self { mode: Mode::Send, with: With::Servers, verbose: false, limits: Limits::default() }
    }

    /// A call that the plugin's document answers.
    pub fn mock() -> Self {
        Self { with: With::Mock, ..Self::send() }
    }

    /// Only the request, without an account.
    pub fn preview() -> Self {
        Self { mode: Mode::Preview, with: With::Nobody, ..Self::send() }
    }
}
