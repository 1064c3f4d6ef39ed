//! Redirects to other hosts.
