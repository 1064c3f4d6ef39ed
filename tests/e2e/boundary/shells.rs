//! What is handed to shells: completion and curl commands, in the real shells.
