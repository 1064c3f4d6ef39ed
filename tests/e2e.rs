//! The built program, end to end: what a person would notice.
//!
//! Every test has a home of its own, a cleared environment, and no network but a scripted server on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that fails should say so at once

#[path = "e2e/environment.rs"]
mod environment;
#[path = "e2e/server.rs"]
mod server;

#[cfg(unix)]
#[path = "e2e/age_command.rs"]
mod age_command;
#[path = "e2e/bad_documents.rs"]
mod bad_documents;
#[path = "e2e/boundary/mod.rs"]
mod boundary;
#[path = "e2e/calls.rs"]
mod calls;
#[path = "e2e/circles.rs"]
mod circles;
#[path = "e2e/credentials.rs"]
mod credentials;
#[path = "e2e/dependencies.rs"]
mod dependencies;
#[path = "e2e/disks.rs"]
mod disks;
#[path = "e2e/documents.rs"]
mod documents;
#[path = "e2e/edits.rs"]
mod edits;
#[path = "e2e/folder_format.rs"]
mod folder_format;
#[path = "e2e/golden.rs"]
mod golden;
#[path = "e2e/hostile_scripts.rs"]
mod hostile_scripts;
#[path = "e2e/layering.rs"]
mod layering;
#[path = "e2e/main_job.rs"]
mod main_job;
#[path = "e2e/oauth.rs"]
mod oauth;
#[path = "e2e/properties.rs"]
mod properties;
#[path = "e2e/quirks.rs"]
mod quirks;
#[path = "e2e/quirks_depth.rs"]
mod quirks_depth;
#[path = "e2e/quirks_flags.rs"]
mod quirks_flags;
#[path = "e2e/quirks_names.rs"]
mod quirks_names;
#[path = "e2e/quirks_own_flags.rs"]
mod quirks_own_flags;
#[path = "e2e/quirks_values.rs"]
mod quirks_values;
#[path = "e2e/quirks_versions.rs"]
mod quirks_versions;
#[path = "e2e/quirks_wire.rs"]
mod quirks_wire;
#[path = "e2e/readme.rs"]
mod readme;
#[path = "e2e/real_parts.rs"]
mod real_parts;
#[path = "e2e/stores.rs"]
mod stores;
#[path = "e2e/tls_servers.rs"]
mod tls_servers;
#[path = "e2e/web_servers.rs"]
mod web_servers;
#[path = "e2e/whole_or_nothing.rs"]
mod whole_or_nothing;
#[path = "e2e/whole_stripe.rs"]
mod whole_stripe;
