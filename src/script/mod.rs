//! Rhai text that is not run: its tokens, the functions that stand in it, one function with all that it needs, and a
//! three-way merge by function.
//!
//! All of it stands on one lexer, [`tokens`], which reads a text once and from front to back, and of which `tests/tokenizer`
//! shows that it sees what Rhai's own sees. Nothing here says whether a script is right: the engine does.

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
