//! The room of the program that reads Rhai text without running it, as it is.

#[path = "../../../src/script/mod.rs"]
pub mod script;
