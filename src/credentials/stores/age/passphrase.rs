//! The scrypt stanza: a file key under a passphrase.

use ring::aead;
use scrypt::Params;
use zeroize::Zeroizing;

use super::failed::Failed;
use super::header::{Header, Stanza};
use super::keys::{FileKey, base64, fill, from_base64};

/// What the salt begins with, so that no other use of the passphrase derives the same key.
const LABEL: &[u8] = b"age-encryption.org/v1/scrypt";

const SALT_BYTES: usize = 16;

/// scrypt's r and p, which the format fixes.
const BLOCK_SIZE: u32 = 8;
const PARALLEL: u32 = 1;

/// The stanza that gives `file_key` to anyone with the passphrase.
///
/// # Errors
///
/// [`Failed::Work`], [`Failed::System`].
pub(super) fn wrap(file_key: &FileKey, passphrase: &[u8], work: u8) -> Result<Stanza, Failed> {
    let mut salt = [0; SALT_BYTES];
    fill(&mut salt)?;
    let mut body = file_key.bytes().to_vec();
    let key = derived(passphrase, &salt, work)?;
    key.seal_in_place_append_tag(nonce(), aead::Aad::empty(), &mut body).map_err(|_| Failed::System)?;
    Ok(Stanza { arguments: vec!["scrypt".to_owned(), base64(&salt), work.to_string()], body })
}

/// The file key of a header.
///
/// # Errors
///
/// [`Failed::NoPassphrase`], [`Failed::Header`], [`Failed::Work`], [`Failed::Passphrase`], [`Failed::System`].
pub(super) fn unwrap(header: &Header<'_>, passphrase: &[u8], most_work: u8) -> Result<FileKey, Failed> {
    let is_ours = |stanza: &Stanza| stanza.arguments.first().is_some_and(|kind| kind == "scrypt");
    if !header.stanzas.iter().any(is_ours) {
        return Err(Failed::NoPassphrase);
    }
    // Next to another stanza, a passphrase would not tell who wrote the file.
    let [Stanza { arguments, body }] = &header.stanzas[..] else { return Err(Failed::Header) };
    let [_, salt, work] = &arguments[..] else { return Err(Failed::Header) };
    let salt = from_base64(salt.as_bytes()).filter(|salt| salt.len() == SALT_BYTES).ok_or(Failed::Header)?;
    if work.starts_with('0') || !work.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Failed::Header);
    }
    // If any length were accepted, the length would reveal the key it was made with.
    if body.len() != FileKey::BYTES + aead::CHACHA20_POLY1305.tag_len() {
        return Err(Failed::Header);
    }
    let work = work.parse().ok().filter(|work| *work <= most_work).ok_or(Failed::Work)?;
    let key = derived(passphrase, &salt, work)?;
    let mut body = Zeroizing::new(body.clone());
    let opened = key.open_in_place(nonce(), aead::Aad::empty(), &mut body).map_err(|_| Failed::Passphrase)?;
    FileKey::read(opened).ok_or(Failed::Header)
}

/// The key that the file key is wrapped with.
fn derived(passphrase: &[u8], salt: &[u8], work: u8) -> Result<aead::LessSafeKey, Failed> {
    if work == 0 {
        return Err(Failed::Work);
    }
    let params = Params::new(work, BLOCK_SIZE, PARALLEL).map_err(|_| Failed::Work)?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase, &[LABEL, salt].concat(), &params, &mut *key).map_err(|_| Failed::System)?;
    let key = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &*key).map_err(|_| Failed::System)?;
    Ok(aead::LessSafeKey::new(key))
}

/// All zeros: the key is used for this one message only.
fn nonce() -> aead::Nonce {
    aead::Nonce::assume_unique_for_key([0; aead::NONCE_LEN])
}
