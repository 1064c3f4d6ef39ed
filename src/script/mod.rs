//! Rhai text that is not run: its tokens, the functions that stand in it, one function with all that it needs, and a
//! three-way merge by function.
//!
//! Nothing here says whether a script is right: the engine does.

mod excerpt;
mod lexer;
mod merge;
mod outline;

pub use excerpt::{LARGE, excerpt};
pub use lexer::{Lexeme, Token, tokens};
pub use merge::{Merged, add, merge};
pub use outline::{Definition, Stray, outline};
