use crate::secret::Secret;

/// One credential, in the form in which it is sent.
#[derive(Clone, Debug)]
pub enum Attachment {
    /// A header; `prefix` (`Bearer `, `Basic `, or nothing) is shown, `value` is not.
    Header {
        /// Lower-case header name.
        name: String,
        /// The prefix before the secret, which may be shown.
        prefix: String,
        /// The secret itself, already encoded (base64 for basic).
        value: Secret<String>,
    },
    /// A query parameter; the value is percent-encoded when sent.
    Query {
        /// Parameter name, not yet encoded.
        name: String,
        /// The secret itself.
        value: Secret<String>,
    },
    /// A cookie.
    Cookie {
        /// Cookie name.
        name: String,
        /// The secret itself.
        value: Secret<String>,
    },
    /// The answer to a challenge (RFC 7616).
    Digest {
        /// The user name.
        user: Secret<String>,
        /// The password.
        password: Secret<String>,
    },
    /// A client certificate, shown when the connection is made.
    Certificate {
        /// The chain and its private key, all in PEM.
        pem: Secret<String>,
    },
}

#[cfg(test)]
impl Attachment {
    /// Every secret in it.
    pub(crate) fn secrets(&self) -> Vec<&Secret<String>> {
        match self {
            Self::Header { value, .. } | Self::Query { value, .. } | Self::Cookie { value, .. } => {
                vec![value]
            }
            Self::Digest { user, password } => vec![user, password],
            Self::Certificate { pem } => vec![pem],
        }
    }
}
