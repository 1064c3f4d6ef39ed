//! What is said of one call beside its values.

use crate::engine::{Limits, Mode};

/// Where a call goes, and as whom, as far as it was said.
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
    /// Who answers, and as whom it is asked.
    pub with: With,
    /// Requests and answers are told to the person.
    pub verbose: bool,
    /// What it may use.
    pub limits: Limits,
}

/// Who answers, and as whom it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// The API's servers, with the person's account and where they agreed to.
    Servers,
    /// The plugin's document, with credentials that are made up.
    Mock,
    /// Nobody: there is no account, no store is asked, and nothing can be sent.
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

    /// The request alone, as it is without an account.
    pub fn preview() -> Self {
        Self { mode: Mode::Preview, with: With::Nobody, ..Self::send() }
    }
}
