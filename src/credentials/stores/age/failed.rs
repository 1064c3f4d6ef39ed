//! Why a file could not be created or opened.

/// A file could not be created or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::credentials::stores) enum Failed {
    /// What is around or between the lines of base64 does not follow RFC 7468.
    Armor,
    /// The header does not have the form of version 1, or its scrypt stanza is not a valid one.
    Header,
    /// The file is not encrypted with a passphrase.
    NoPassphrase,
    /// Opening it would cost more work than the caller allows.
    Work,
    /// The passphrase is wrong. A damaged file key looks the same.
    Passphrase,
    /// The header was changed after it was written.
    Mac,
    /// The content was changed or cut off.
    Payload,
    /// The system has no random numbers, or no memory for the work.
    System,
}
