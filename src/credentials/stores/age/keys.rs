//! The key of a file, what is derived from it, and how bytes are written in a header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{aead, hkdf, hmac};
use zeroize::Zeroizing;

use super::failed::Failed;

/// The key that everything else in one file is derived from.
pub(super) struct FileKey(Zeroizing<[u8; FileKey::BYTES]>);

impl FileKey {
    pub(super) const BYTES: usize = 16;

    /// A new one.
    ///
    /// # Errors
    ///
    /// [`Failed::System`].
    pub(super) fn random() -> Result<Self, Failed> {
        let mut key = Zeroizing::new([0; Self::BYTES]);
        fill(&mut *key)?;
        Ok(Self(key))
    }

    /// The one that a stanza held; `None` if its length is wrong.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; Self::BYTES]);
        if bytes.len() != key.len() {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    /// Its bytes, to be wrapped for a recipient.
    pub(super) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The key of the MAC over the header.
    pub(super) fn of_header(&self) -> Result<hmac::Key, Failed> {
        let key = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&*self.0);
        Ok(key.expand(&[b"header"], hmac::HMAC_SHA256).map_err(|_| Failed::System)?.into())
    }

    /// The key of the content.
    pub(super) fn of_payload(&self, nonce: &[u8]) -> Result<aead::LessSafeKey, Failed> {
        let key = hkdf::Salt::new(hkdf::HKDF_SHA256, nonce).extract(&*self.0);
        let key = key.expand(&[b"payload"], &aead::CHACHA20_POLY1305).map_err(|_| Failed::System)?;
        Ok(aead::LessSafeKey::new(key.into()))
    }
}

/// Fills `bytes` with random ones of the system.
pub(super) fn fill(bytes: &mut [u8]) -> Result<(), Failed> {
    SystemRandom::new().fill(bytes).map_err(|_| Failed::System)
}

/// Bytes in a header: base64 without padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// Bytes of a header; `None` if it is not their canonical encoding.
pub(super) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}
