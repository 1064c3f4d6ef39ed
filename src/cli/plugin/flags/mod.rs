//! The flags of a plugin's command: what each name means there, and what was typed. Those of apicli are defined in
//! [`crate::model::own_flag`].

mod clap;
mod names;
mod options;
mod parse;

pub(crate) use names::{FlagNames, Meaning};
pub(crate) use options::{Options, Shown, Task};
pub(crate) use parse::{of_group, parse, typed_names};
