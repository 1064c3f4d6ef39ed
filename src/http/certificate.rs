//! Client certificates (RFC 8446, section 4.4.2): chain and private key in one PEM text.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use ureq::tls::{Certificate, ClientCert, PemItem, parse_pem};

use super::{Attachment, Error};
use crate::secret::Secret;

/// The certificate among the credentials of a request.
pub(super) fn of(credentials: &[Attachment]) -> Option<&Secret<String>> {
    credentials.iter().find_map(|credential| match credential {
        Attachment::Certificate { pem } => Some(pem),
        _ => None,
    })
}

/// What ureq is given. Whatever is wrong has no word of the text in its error.
pub(super) fn read(pem: &Secret<String>) -> Result<ClientCert, Error> {
    check(pem).map_err(|why| Error::BadCertificate { why })?;
    let bytes = pem.expose().as_bytes();
    let (mut chain, mut key) = (Vec::new(), None);
    for item in parse_pem(bytes) {
        match item {
            Ok(PemItem::Certificate(certificate)) => chain.push(Certificate::to_owned(&certificate)),
            Ok(PemItem::PrivateKey(found)) => key = key.or(Some(found)),
            _ => {}
        }
    }
    let key = key.ok_or(Error::BadCertificate { why: "it has no private key" })?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

/// Whether a PEM text can be a client certificate; if not, what is wrong with it.
pub(crate) fn check(pem: &Secret<String>) -> Result<(), &'static str> {
    let bytes = pem.expose().as_bytes();
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| "a certificate in it is no PEM")?;
    if chain.is_empty() {
        return Err("it has no certificate in PEM (`-----BEGIN CERTIFICATE-----`)");
    }
    let key = PrivateKeyDer::from_pem_slice(bytes).map_err(|_| {
        if pem.expose().contains("ENCRYPTED PRIVATE KEY") {
            "its private key is locked with a passphrase; give it unlocked, the store protects it"
        } else {
            "it has no private key in PEM (`-----BEGIN PRIVATE KEY-----`)"
        }
    })?;
    let provider = rustls::crypto::ring::default_provider();
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|_| "its private key is of no kind that is known")?;
    let certified = rustls::sign::CertifiedKey::new(chain, Arc::clone(&key));
    match certified.keys_match() {
        // Not every kind of key can be asked.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err("its private key is not that of its first certificate")
        }
        Err(_) => Err("its first certificate cannot be read"),
    }
}
