//! Where a login may go: what a person agreed to, whatever a plugin's folder says.
