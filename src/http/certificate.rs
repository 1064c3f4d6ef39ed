//! Client certificates (RFC 8446, section 4.4.2): chain and private key in one PEM text.

use std::sync::Arc;

use rustls::InconsistentKeys;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PrivateKey};

use super::{Attachment, Error};
use crate::secret::Secret;

/// A key that is encrypted with a passphrase.
const LOCKED: &str = "its private key is locked with a passphrase; give it unlocked, the store protects it";

/// No section contains a key.
const NO_KEY: &str = "it has no private key in PEM (`-----BEGIN PRIVATE KEY-----`)";

/// The certificate among the credentials of a request.
pub(super) fn of(credentials: &[Attachment]) -> Option<&Secret<String>> {
    credentials.iter().find_map(|credential| match credential {
        Attachment::Certificate { pem } => Some(pem),
        _ => None,
    })
}

/// What ureq gets. Errors never quote the text.
pub(super) fn read(pem: &Secret<String>) -> Result<ClientCert, Error> {
    let bad = |why| Error::BadCertificate { why };
    let chain = parse(pem).map_err(bad)?;
    let chain: Vec<Certificate<'static>> =
        chain.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    // The first key, as in `parse`.
    let key = PrivateKey::from_pem(pem.expose().as_bytes()).map_err(|_| bad(NO_KEY))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

/// Checks that a PEM text can be a client certificate; the error says what is wrong with it.
pub(crate) fn check(pem: &Secret<String>) -> Result<(), &'static str> {
    parse(pem).map(drop)
}

/// The chain, the key's own certificate first (RFC 8446, section 4.4.2); the PEM sections may be in any order. A key
/// that belongs to none of them is rejected: ureq would panic.
fn parse(pem: &Secret<String>) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let bytes = pem.expose().as_bytes();
    let mut chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| "it is not complete PEM; each part has a `-----BEGIN` and an `-----END` line")?;
    if chain.is_empty() {
        return Err("it has no certificate in PEM (`-----BEGIN CERTIFICATE-----`)");
    }
    let key = PrivateKeyDer::from_pem_slice(bytes)
        .map_err(|_| if pem.expose().contains("ENCRYPTED PRIVATE KEY") { LOCKED } else { NO_KEY })?;
    let provider = rustls::crypto::ring::default_provider();
    let signer = provider.key_provider.load_private_key(key).map_err(|_| {
        // How keys were encrypted before PKCS#8; their section is named like an unencrypted one.
        if pem.expose().contains("Proc-Type: 4,ENCRYPTED") {
            LOCKED
        } else {
            "its private key is of an unsupported kind (RSA, ECDSA P-256 and P-384, Ed25519 are supported)"
        }
    })?;
    let mut unreadable = false;
    let own = chain.iter().position(|certificate| {
        match CertifiedKey::new(vec![certificate.clone()], Arc::clone(&signer)).keys_match() {
            // Not every kind of key can be checked.
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => true,
            Err(rustls::Error::InconsistentKeys(_)) => false,
            Err(_) => {
                unreadable = true;
                false
            }
        }
    });
    match own {
        Some(own) => {
            let own = chain.remove(own);
            chain.insert(0, own);
            Ok(chain)
        }
        None if unreadable => Err("a certificate in it cannot be read"),
        None => Err("its private key belongs to none of its certificates"),
    }
}

#[cfg(test)]
mod tests;
