//! Limits on what a call may use, inside of natives as well.
