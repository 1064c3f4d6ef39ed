//! Limits on what becomes flags.

/// Body fields nested deeper than this are given as JSON: `--a.b.c.d.e '{...}'`.
pub(super) const MAX_DEPTH: usize = 5;

/// The most flags for a command's parameters and top-level fields; further ones are left to `--body`.
pub(super) const MAX_FLAGS: usize = 1_200;

/// As long as a command has fewer flags than this, the fields of its objects are flags too, outer objects first. An
/// object whose fields would exceed it is given as JSON. More flags would help nobody to find one, and facts of
/// thousands of commands would take hundreds of megabytes.
pub(super) const MAX_NESTED: usize = 300;

/// The most schemas and properties visited for one command (see [`Schema::shape_within`]); a field beyond is given
/// as JSON. Limiting flags is not enough: a field may give none (`readOnly`), and any number of parts one.
pub(super) const MAX_LOOKS: usize = 40_000;

/// The most alternatives of a body that are named.
pub(super) const MAX_CHOICES: usize = 50;

/// The most alternatives, and values of a discriminator, that are named for one flag.
pub(super) const MAX_NAMED: usize = 8;
