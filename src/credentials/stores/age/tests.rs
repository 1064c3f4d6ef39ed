use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::header::Header;
use super::keys::FileKey;
use super::*;

/// Enough for a test; a store asks for more.
const WORK: u8 = 4;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/age")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// A test vector: its description and the file.
fn vector(path: &Path) -> (BTreeMap<String, String>, Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    let end = bytes.windows(2).position(|two| two == b"\n\n").unwrap();
    let said = std::str::from_utf8(&bytes[..end]).unwrap();
    let said: BTreeMap<String, String> = said
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let mut file = bytes[end + 2..].to_vec();
    if said.contains_key("compressed") {
        let mut whole = Vec::new();
        flate2::read::ZlibDecoder::new(&file[..]).read_to_end(&mut whole).unwrap();
        file = whole;
    }
    (said, file)
}

/// Opens a vector: with its passphrase, or with its file key if it is for a recipient of another type.
fn opened(said: &BTreeMap<String, String>, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let decoded = match said.get("armored") {
        Some(_) => armor::decode(std::str::from_utf8(file).map_err(|_| Failed::Armor)?)?,
        None => file.to_vec(),
    };
    if let Some(passphrase) = said.get("passphrase") {
        return open(&decoded, passphrase.as_bytes(), 22);
    }
    let (header, payload) = Header::parse(&decoded)?;
    // Without a passphrase the result is the same for each of these.
    assert_eq!(passphrase::unwrap(&header, b"password", 22).err(), Some(Failed::NoPassphrase));
    let file_key = said.get("file key").and_then(|key| FileKey::read(&from_hex(key)));
    // The file key is also known for vectors that none of their identities can open.
    let Some(file_key) = file_key.filter(|_| said["expect"] != "no match") else {
        return Err(Failed::NoPassphrase);
    };
    header.verify(&file_key)?;
    stream::open(&file_key, payload)
}

#[test]
fn the_test_vectors_of_the_format_hold() {
    let mut count = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    for entry in fs::read_dir(vectors()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        let (said, file) = vector(&path);
        let expected = said["expect"].as_str();
        *count.entry(expected.to_owned()).or_default() += 1;
        let right = match (opened(&said, &file), expected) {
            (Ok(text), "success") => hex(&Sha256::digest(&text[..])) == said["payload"],
            (Err(Failed::NoPassphrase | Failed::Passphrase), "no match")
            | (Err(Failed::Mac), "HMAC failure")
            // A header with a work factor above the limit is refused.
            | (Err(Failed::Header | Failed::Work), "header failure")
            | (Err(Failed::Payload), "payload failure")
            | (Err(Failed::Armor), "armor failure") => true,
            (result, _) => {
                wrong.push(format!("{name}: {expected}, and {:?}", result.map(|text| text.len())));
                continue;
            }
        };
        if !right {
            wrong.push(format!("{name}: another content"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((count.values().sum::<usize>(), count["success"]), (107, 15), "{count:?}");
}

#[test]
fn each_file_has_a_key_a_salt_and_a_nonce_of_its_own() {
    let files = [(); 2].map(|()| encrypt(b"sk_1", b"open sesame", WORK).unwrap());
    let [first, second] = files.each_ref().map(|file| armor::decode(file).unwrap());
    // Only the version line is the same; the rest, which is equally long in both, differs everywhere.
    let lines =
        |file: &[u8]| String::from_utf8_lossy(file).lines().take(4).map(str::to_owned).collect::<Vec<_>>();
    let same = lines(&first).iter().zip(&lines(&second)).filter(|(one, other)| one == other).count();
    assert_eq!((same, first.len()), (1, second.len()));
    assert_ne!(
        first[first.len() - 36..first.len() - 20],
        second[second.len() - 36..second.len() - 20],
        "nonces"
    );
    for file in &files {
        assert_eq!(&decrypt(file, b"open sesame", WORK).unwrap()[..], b"sk_1");
        assert_eq!(decrypt(file, b"close sesame", WORK), Err(Failed::Passphrase));
        // The writer must not decide what opening costs.
        assert_eq!(decrypt(file, b"open sesame", WORK - 1), Err(Failed::Work));
    }
}

#[test]
fn a_work_factor_that_scrypt_does_not_take_is_refused() {
    for work in [0, 64, 255] {
        assert_eq!(encrypt(b"x", b"p", work), Err(Failed::Work), "{work}");
    }
}

/// A file written by the library that was used before.
#[test]
fn a_file_of_before_still_opens() {
    let file = include_str!("before.age");
    let text = decrypt(file, b"open sesame", 18).unwrap();
    assert!(String::from_utf8_lossy(&text).contains("\"sk_file_1\""));
}

#[test]
fn every_changed_byte_is_noticed() {
    let file = armor::decode(&encrypt(b"sk_file_1", b"open sesame", 1).unwrap()).unwrap();
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(open(&changed, b"open sesame", 4).is_err(), "byte {at}");
        assert!(open(&file[..at], b"open sesame", 4).is_err(), "{at} bytes");
    }
    assert!(open(&[&file[..], b"x"].concat(), b"open sesame", 4).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(text in prop::collection::vec(any::<u8>(), 0..200), chunks in 0usize..3) {
        // Sizes around the ends of chunks as well.
        let text = [vec![7; chunks * 64 * 1024], text].concat();
        let file = encrypt(&text, "päss".as_bytes(), 1).unwrap();
        prop_assert!(file.lines().all(|line| line.len() <= 64));
        prop_assert_eq!(&decrypt(&file, "päss".as_bytes(), 1).unwrap()[..], &text[..]);
    }

    #[test]
    fn nothing_that_is_read_is_more_than_refused(file in prop::collection::vec(any::<u8>(), 0..400), line in "\\PC{0,100}") {
        let _ = open(&file, b"p", 1);
        let stanza = format!("age-encryption.org/v1\n-> scrypt {line}\n{line}\n--- {line}\n");
        let _ = open(&[stanza.as_bytes(), &file].concat(), b"p", 1);
        let armored = format!("-----BEGIN AGE ENCRYPTED FILE-----\n{line}\n-----END AGE ENCRYPTED FILE-----");
        let _ = decrypt(&armored, b"p", 1);
    }
}
