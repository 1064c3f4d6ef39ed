//! Whose credentials are meant: a plugin and one of its profiles.

use crate::model::Profile;

/// A profile of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account<'a> {
    /// The plugin's name.
    pub plugin: &'a str,
    /// The profile's name.
    pub profile: &'a str,
}

impl Account<'_> {
    /// The name that the entry of one scheme is stored under: `stripe:bearerAuth`, or `stripe@live:bearerAuth`.
    pub fn entry(&self, scheme: &str) -> String {
        let Self { plugin, profile } = self;
        if *profile == Profile::DEFAULT {
            format!("{plugin}:{scheme}")
        } else {
            format!("{plugin}@{profile}:{scheme}")
        }
    }

    /// What a command line needs in addition to the plugin's name: nothing, or ` --profile live`.
    pub fn flag(&self) -> String {
        if self.profile == Profile::DEFAULT { String::new() } else { format!(" --profile {}", self.profile) }
    }
}
