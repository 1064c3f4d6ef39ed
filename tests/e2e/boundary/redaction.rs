//! Credentials that come back from servers, in every form, and data that must not be damaged by hiding them.
