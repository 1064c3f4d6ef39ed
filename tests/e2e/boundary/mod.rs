//! The boundary: nothing in a plugin's folder, and no server, learns, reads, reaches or runs what it should not.
//!
//! For each rule the hostile script, folder, document or server, and the innocent twin that must go on working.

mod consent;
mod files;
mod generated;
mod limits;
mod links;
mod redaction;
mod redirects;
mod shells;
mod special_files;
