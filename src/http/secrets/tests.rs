use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;

use super::*;

/// 20 characters, with some that every encoding changes.
const KEY: &str = "sk/Zb7+\"q9\u{e9}<&>~ x=1w";

fn token(text: &str) -> Secrets {
    let secrets = Secrets::default();
    secrets.take_token(&Secret::from(text.to_owned()));
    secrets
}

fn basic(pair: &str) -> Secrets {
    Secrets::of(&[Attachment::Header {
        name: "authorization".into(),
        prefix: "Basic ".into(),
        value: Secret::from(STANDARD.encode(pair)),
    }])
}

fn for_script(secrets: &Secrets, text: &str) -> String {
    masked(text, &secrets.in_script(text.as_bytes()))
}

fn for_person(secrets: &Secrets, text: &str) -> String {
    masked(text, &secrets.in_data(text.as_bytes()))
}

fn json_escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn html(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '<' => "&lt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\u{e9}' => "&eacute;".to_owned(),
            c if c.is_ascii_digit() => format!("&#{};", u32::from(c)),
            c => format!("&#x{:X};", u32::from(c)),
        })
        .collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_form_is_hidden_from_scripts_and_from_a_glance() {
    let secrets = token(KEY);
    let mut forms = vec![
        KEY.to_owned(),
        json_escaped(KEY),
        json_escaped(KEY).to_lowercase(),
        serde_json::to_string(KEY).unwrap().trim_matches('"').replace('/', "\\/"),
        percent(KEY),
        percent(KEY).to_uppercase(),
        percent(&percent(KEY)),
        KEY.replace('/', "%2F").replace('"', "%22").replace(' ', "+"),
        hex(KEY),
        hex(KEY).to_uppercase(),
        html(KEY),
        json_escaped(&html(KEY)),
        KEY.chars().rev().collect(),
        json_escaped(&percent(KEY)),
    ];
    for before in ["", "u", "us", "user:", "some other text before it:"] {
        for after in ["", "!", "!!", " and behind"] {
            let text = format!("{before}{KEY}{after}");
            forms.extend([STANDARD.encode(&text), URL_SAFE.encode(&text)]);
            forms.push(format!("key{}", STANDARD.encode(&text)));
            forms.push(percent(&STANDARD.encode(&text)));
            forms.push(STANDARD.encode(format!("{before}{}{after}", json_escaped(KEY))));
        }
    }
    for form in forms {
        let text = format!("{{\"a\": \"{form}\", \"b\": 1}}");
        let shown = for_script(&secrets, &text);
        assert!(shown.contains("***") && !shown.contains("Zb7"), "{text}: {shown}");
        assert!(shown.starts_with("{\"a\": \"") && shown.ends_with("\", \"b\": 1}"), "{shown}");
        // The rule for the person covers the same forms, in full.
        assert!(for_person(&secrets, &text).contains("***"), "{text}");
    }
}

#[test]
fn of_a_plain_form_nothing_is_left_and_nothing_else_taken() {
    let secrets = token("sk_live_4eC39HqLyjWD");
    for (text, clean) in [
        ("bad key sk_live_4eC39HqLyjWD, sk_live_4eC39HqLyjWD!", "bad key ***, ***!"),
        ("c2tfbGl2ZV80ZUMzOUhxTHlqV0Q=", "***="),
        ("sk_live_4eC3", "***"),
        ("sk_live_4eC3****", "*******"),
        ("sk_live_4eC", "sk_live_4eC"),
        ("...C39HqLyjWD", "...C39HqLyjWD"),
        ("...eC39HqLyjWD", "...eC39HqLyjWD"),
        ("...4eC39HqLyjWD", "...***"),
        ("live_4eC39HqL", "***"),
        ("sk_live_another_one", "sk_live_another_one"),
    ] {
        assert_eq!(for_script(&secrets, text), clean, "{text}");
    }
    // A key that the API has truncated is data to the person.
    assert_eq!(for_person(&secrets, "sk_live_4eC3****"), "sk_live_4eC3****");
    assert_eq!(for_person(&secrets, "a sk_live_4eC39HqLyjWD"), "a ***");
}

#[test]
fn a_short_strong_secret_is_known_whole() {
    for secret in ["Zb7-q9xw", "Zb7-q9xw1", "Zb7-q9xw1kM", "Zb7-q9xw1kM2"] {
        let secrets = token(secret);
        for shift in 0..16 {
            let text = format!("{}{secret}{}", "~".repeat(shift), "~".repeat(5));
            assert!(!for_script(&secrets, &text).contains("q9"), "{text}");
            for encoded in [STANDARD.encode(&text), hex(&text), percent(&text), text.chars().rev().collect()]
            {
                assert!(for_script(&secrets, &encoded).contains("***"), "{secret} {encoded}");
            }
        }
        let cut = secret.get(..7).unwrap();
        assert_eq!(for_script(&secrets, cut), cut);
    }
}

#[test]
fn weak_secrets_are_left_in_data_and_taken_out_of_messages() {
    let secrets = basic("admin:secret");
    let data = "cookie_secret_file=/etc/secret\nsecrets: 2\n";
    assert_eq!(for_script(&secrets, data), data);
    assert_eq!(for_person(&secrets, data), data);
    assert_eq!(secrets.message("the secret is secret"), "the *** is ***");
    // Except for the form that the request carried.
    let echoed = format!(
        "got Basic {}, {}",
        STANDARD.encode("admin:secret"),
        percent(&STANDARD.encode("admin:secret"))
    );
    assert_eq!(for_script(&secrets, &echoed), "got Basic ***, ***");
    assert_eq!(for_person(&secrets, &echoed), "got Basic ***, ***");
    assert_eq!(basic("a:b").message("Basic YTpi YTpi"), "*** ***");
    for weak in ["e", "abc", "1234567"] {
        let secrets = token(weak);
        let text = format!("x{weak}y");
        assert_eq!(for_script(&secrets, &text), text);
        assert_eq!(secrets.message(&text), "x***y");
    }
    assert!(Secrets::has_weak_part(&Attachment::Digest {
        user: Secret::from("jane.roe.77".to_owned()),
        password: Secret::from("Jane.Roe.77".to_owned()),
    }));
}

#[test]
fn a_key_in_the_place_of_a_user_is_one_and_a_name_is_none() {
    assert_eq!(basic("1971800d4d82861d8f2c:api_token").message("a 1971800d4d82861d8f2c b"), "a *** b");
    assert_eq!(for_script(&basic("sk_123456x:"), "sk_123456x or c2tfMTIzNDU2eA"), "*** or ***");
    assert_eq!(for_script(&basic("sk_123456x:x"), "sk_123456x"), "***");
    assert_eq!(
        for_script(&basic("octocat-the-first:open sesame"), "I am octocat-the-first"),
        "I am octocat-the-first"
    );
    assert_eq!(for_script(&basic("octo:open sesame"), "open+sesame open%20sesame"), "*** ***");
    let typed = Attachment::Header {
        name: "x-auth".into(),
        prefix: String::new(),
        value: Secret::from("Token abc-123-456".to_owned()),
    };
    assert_eq!(for_script(&Secrets::of(&[typed]), "t=abc-123-456"), "t=***");
}

#[test]
fn of_a_certificate_the_key_is_secret() {
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIBpublicpublicpublic\n-----END CERTIFICATE-----";
    let key = "-----BEGIN EC PRIVATE KEY-----\r\nMHcCsecretsecretsecret\r\nsecond-line==\r\nab==\r\n-----END EC PRIVATE KEY-----\r\n";
    let pem = format!("{certificate}\n{key}{certificate}");
    let secrets = Secrets::of(&[Attachment::Certificate { pem: Secret::from(pem.clone()) }]);
    let clean = pem.replace("MHcCsecretsecretsecret", "***").replace("second-line==", "***");
    assert_eq!(for_script(&secrets, &pem), clean);
}

#[test]
fn halves_in_two_headers_are_both_hidden() {
    let secrets = token("Zb7-q9xw1kM2vT5p");
    assert_eq!(secrets.halves(&["a", "Zb7-q9xw", "n: 1kM2vT5p;"]), [false, true, true]);
    assert_eq!(secrets.halves(&["1kM2vT5p", "Zb7-q9xw"]), [true, true]);
    assert_eq!(secrets.halves(&["Zb7-q", "9xw1kM2vT5p"]), [true, true]);
    assert_eq!(token("Zb7-q9xw1kM2vT5pQ8r-n4d").halves(&["Zb7-q9xw1kM", "2vT5pQ8r-n4d"]), [true, true]);
    // Either one without the other does not count.
    assert_eq!(secrets.halves(&["Zb7-q9xw", "text/html"]), [false, false]);
    assert_eq!(token("Zb7-q9xw").halves(&["Zb7-", "q9xw"]), [true, true]);
}

#[test]
fn all_tokens_of_a_kind_begin_alike() {
    let head = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
    let secrets = token(&format!("{head}.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"));
    let other = format!("{head}.eyJzdWIiOiJvdGhlciJ9.AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(for_script(&secrets, &other), other);
    assert_eq!(
        for_script(&secrets, &format!("{head}.eyJzdWIiOiIxMjM0NTY3ODkwIn0.doz")),
        format!("{head}.***")
    );
}

#[test]
fn a_secret_that_looks_escaped_is_found_as_it_is_and_within_escapes() {
    for secret in ["pa%41ss-word-1&amp;", "back\\slash\\u0041-1", "per%25cent-sign-9"] {
        let secrets = token(secret);
        for form in [secret.to_owned(), json_escaped(secret), percent(secret), html(secret)] {
            assert!(for_script(&secrets, &form).contains("***"), "{form}");
        }
    }
}

#[test]
fn pieces_of_a_large_text_have_no_seams() {
    let secrets = token("Zb7-q9xw1kM2vT5p");
    let mut text = "x".repeat((4 << 20) - 7);
    text.push_str("Zb7-q9xw1kM2vT5p");
    text.push_str(&"y".repeat(5 << 20));
    text.push_str(&percent("Zb7-q9xw1kM2vT5p"));
    assert_eq!(secrets.in_script(text.as_bytes()).len(), 2);
    assert_eq!(secrets.in_data(text.as_bytes()).len(), 2);
}

#[test]
fn what_is_known_is_never_shown() {
    assert_eq!(format!("{:?}", token("Zb7-q9xw1kM2vT5p")), "Secrets(***)");
}

/// A way to write one character.
fn spelled(c: char, way: u8) -> String {
    let text = c.to_string();
    match way {
        0 => json_escaped(&text),
        1 => percent(&text),
        2 => percent(&text).to_uppercase(),
        3 => format!("&#{};", u32::from(c)),
        4 => percent(&percent(&text)),
        _ => text,
    }
}

proptest! {
    /// However each character is written, and whatever surrounds it.
    #[test]
    fn mixed_spellings_are_found(
        secret in "[a-zA-Z0-9_.-]{10,40}[A-Z][0-9][a-z]",
        ways in proptest::collection::vec(0..8_u8, 64),
        before in "[a-z ]{0,20}",
        after in "[a-z ]{0,20}",
    ) {
        prop_assume!(!Secrets::is_weak(&secret, None));
        let spelled: String = secret.chars().zip(ways.iter().cycle()).map(|(c, way)| spelled(c, *way)).collect();
        let text = format!("{before}{spelled}{after}");
        let places = token(&secret).in_script(text.as_bytes());
        prop_assert_eq!(places.len(), 1);
        let place = places[0].clone();
        prop_assert!(place.start <= before.len() && place.end >= before.len() + spelled.len(), "{} {:?}", text, place);
        prop_assert!(place.start + 12 > before.len() && place.end < text.len() - after.len() + 12);
    }

    /// What contains no secret is unchanged, and nothing panics.
    #[test]
    fn other_texts_stay(text in "(?s).{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let secrets = token("Zb7-q9xw1kM2vT5p");
        prop_assert_eq!(for_script(&secrets, &text), text.clone());
        prop_assert_eq!(secrets.message(&text), text.as_str());
        prop_assert!(secrets.in_script(&bytes).is_empty());
    }

    /// In base64 at every offset, whatever comes before and after.
    #[test]
    fn base64_is_seen_through(
        before in proptest::collection::vec(any::<u8>(), 0..20),
        after in proptest::collection::vec(any::<u8>(), 0..20),
        prefix in "[a-zA-Z0-9]{0,5}",
    ) {
        let secrets = token("Zb7-q9xw1kM2vT5p");
        let whole = [before.as_slice(), b"Zb7-q9xw1kM2vT5p", after.as_slice()].concat();
        for encoded in [STANDARD.encode(&whole), URL_SAFE.encode(&whole)] {
            prop_assert_eq!(secrets.in_data(format!("{prefix}{encoded}").as_bytes()).len(), 1);
        }
    }
}
