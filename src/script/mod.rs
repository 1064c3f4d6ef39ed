//! Rhai text without running it: its tokens, its functions, one function with everything it needs, and a three-way
//! merge by function.
//!
//! All of it is based on one lexer, [`tokens`], which reads a text once from front to back; `tests/tokenizer` checks
//! that it agrees with Rhai's own. Nothing here says whether a script is valid: the engine does.

mod combine;
mod excerpt;
mod lexer;
mod merge;
mod outline;
mod pieces;
mod place;

pub use combine::Merged;
pub use excerpt::{LARGE, excerpt};
pub use lexer::{Lexeme, Lexer, Token, tokens};
pub use merge::{add, merge};
pub use outline::{Definition, Outline, outline};
pub use place::{Place, Places};
