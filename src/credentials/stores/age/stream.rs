//! The content: chunks of 64 KiB, each with a MAC that covers its position and whether it is the last.

use ring::aead;
use zeroize::Zeroizing;

use super::failed::Failed;
use super::keys::{FileKey, fill};

const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const NONCE: usize = 16;

/// Appends `text`, encrypted, to `file`.
///
/// # Errors
///
/// [`Failed::System`].
pub(super) fn seal(file_key: &FileKey, text: &[u8], file: &mut Vec<u8>) -> Result<(), Failed> {
    let mut nonce = [0; NONCE];
    fill(&mut nonce)?;
    file.extend_from_slice(&nonce);
    let key = file_key.of_payload(&nonce)?;
    let mut rest = text;
    let mut counter = 0;
    loop {
        let (now, after) = rest.split_at(rest.len().min(CHUNK));
        let last = after.is_empty();
        let mut chunk = Zeroizing::new(Vec::with_capacity(now.len() + TAG));
        chunk.extend_from_slice(now);
        key.seal_in_place_append_tag(place(counter, last), aead::Aad::empty(), &mut *chunk)
            .map_err(|_| Failed::System)?;
        file.extend_from_slice(&chunk);
        if last {
            return Ok(());
        }
        rest = after;
        counter += 1;
    }
}

/// The content of what follows a header.
///
/// # Errors
///
/// [`Failed::Payload`] if any chunk was changed, moved, left out, or added after the last; [`Failed::Header`] if even the
/// nonce is missing, which the format's vectors count as a part of the header.
pub(super) fn open(file_key: &FileKey, payload: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let (nonce, mut rest) = payload.split_at_checked(NONCE).ok_or(Failed::Header)?;
    let key = file_key.of_payload(nonce)?;
    // At its final size, or growing would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(rest.len()));
    let mut counter = 0;
    loop {
        let (now, after) = rest.split_at(rest.len().min(CHUNK + TAG));
        let last = after.is_empty();
        let mut chunk = Zeroizing::new(now.to_vec());
        let opened = key
            .open_in_place(place(counter, last), aead::Aad::empty(), &mut chunk)
            .map_err(|_| Failed::Payload)?;
        // An empty chunk is only valid as the whole of an empty text.
        if opened.is_empty() && counter > 0 {
            return Err(Failed::Payload);
        }
        text.extend_from_slice(opened);
        if last {
            return Ok(text);
        }
        rest = after;
        counter += 1;
    }
}

/// The nonce of a chunk: a counter in 11 bytes, and whether it is the last.
fn place(counter: u64, last: bool) -> aead::Nonce {
    let mut nonce = [0; aead::NONCE_LEN];
    nonce[3..11].copy_from_slice(&counter.to_be_bytes());
    nonce[11] = u8::from(last);
    aead::Nonce::assume_unique_for_key(nonce)
}
