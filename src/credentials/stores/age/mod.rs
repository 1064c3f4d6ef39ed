//! Files of the age format, version 1, that are encrypted with a passphrase.
//!
//! Only what a store needs of <https://c2sp.org/age>: one scrypt stanza, in armor. The format is implemented here, on primitives
//! of `ring` and `scrypt`, because the library for all of it brings in eighty crates for keys, plugins and translations that
//! nothing here uses. The `age` command opens what [`encrypt`] writes, and [`decrypt`] opens what it writes with a passphrase.

mod armor;
mod failed;
mod header;
mod keys;
mod passphrase;
mod stream;

#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

pub(super) use failed::Failed;
use header::Header;

/// `text` as an armored age file for `passphrase`; N of scrypt is two to the power of `work`.
///
/// # Errors
///
/// [`Failed::Work`] if scrypt does not accept `work`, [`Failed::System`].
pub(super) fn encrypt(text: &[u8], passphrase: &[u8], work: u8) -> Result<String, Failed> {
    let file_key = keys::FileKey::random()?;
    let stanza = passphrase::wrap(&file_key, passphrase, work)?;
    let mut file = header::written(&stanza, &file_key)?;
    stream::seal(&file_key, text, &mut file)?;
    Ok(armor::encode(&file))
}

/// The content of an armored age file.
///
/// The work that a file asks for is its writer's choice: `most_work` bounds it, as the power of two of scrypt's N.
///
/// # Errors
///
/// Each of [`Failed`]. No content is returned before all of it has been verified.
pub(super) fn decrypt(armored: &str, passphrase: &[u8], most_work: u8) -> Result<Zeroizing<Vec<u8>>, Failed> {
    open(&armor::decode(armored)?, passphrase, most_work)
}

/// The content of an age file without armor.
fn open(file: &[u8], passphrase: &[u8], most_work: u8) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let (header, payload) = Header::parse(file)?;
    let file_key = passphrase::unwrap(&header, passphrase, most_work)?;
    header.verify(&file_key)?;
    stream::open(&file_key, payload)
}
