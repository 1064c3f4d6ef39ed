use super::super::{Attachment, File, Part, PartContent};
use super::*;
use crate::secret::Secret;
use crate::text::is_unprintable;

fn request(body: Body) -> Request {
    Request {
        method: "POST".into(),
        base: "https://api.stripe.com".into(),
        path: "/v1/customers".into(),
        query: vec![],
        headers: vec![],
        body,
        credentials: vec![bearer()],
    }
}

fn bearer() -> Attachment {
    Attachment::Header {
        name: "authorization".into(),
        prefix: "Bearer ".into(),
        value: Secret::from("sk_test_1".to_owned()),
    }
}

fn text(content_type: &str, text: &str) -> Body {
    Body::Bytes { content_type: content_type.into(), bytes: text.into() }
}

/// The arguments that a stand-in for curl gets from each installed shell, and its input if it reads any.
#[cfg(unix)]
fn pasted(command: &str) -> (Vec<Vec<u8>>, Vec<u8>) {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let curl = dir.path().join("curl");
    let script = "#!/bin/sh\nprintf '%s\\0' \"$@\"\ncase \"$*\" in *' @-') cat;; esac\n";
    std::fs::write(&curl, script).unwrap();
    std::fs::set_permissions(&curl, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", dir.path().display(), std::env::var("PATH").unwrap());
    // As a file: arguments are limited in size.
    let script = dir.path().join("script");
    std::fs::write(&script, format!("{command}\n")).unwrap();
    let mut all = Vec::new();
    for shell in ["sh", "dash", "bash", "zsh", "fish"] {
        let mut process = std::process::Command::new(shell);
        process.arg(&script).env("PATH", &path).env("TOKEN", "s e$cret").env("TOKEN_2", "two");
        process.env("HOME", dir.path()).env_remove("XDG_CONFIG_HOME").stdin(std::process::Stdio::null());
        let Ok(output) = process.output() else { continue };
        assert!(output.status.success(), "{shell}: {command}\n{output:?}");
        all.push((shell, output.stdout));
    }
    let (_, first) = all.first().unwrap();
    for (shell, other) in &all {
        assert_eq!(String::from_utf8_lossy(other), String::from_utf8_lossy(first), "{shell}: {command}");
        assert_eq!(other, first, "{shell}: {command}");
    }
    let mut words: Vec<Vec<u8>> = first.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    let count = words.iter().position(|word| word == b"@-").map_or(words.len() - 1, |at| at + 1);
    let input = words.split_off(count).join(&0);
    (words, input)
}

#[cfg(unix)]
fn words(command: &str) -> Vec<String> {
    pasted(command).0.into_iter().map(|word| String::from_utf8(word).unwrap()).collect()
}

#[test]
fn a_command_reads_well() {
    assert_eq!(
        curl(&request(text("application/x-www-form-urlencoded", "email=a%40b.c"))).unwrap(),
        "curl -X POST https://api.stripe.com/v1/customers -H \"authorization: Bearer $TOKEN\" \
         -H 'content-type: application/x-www-form-urlencoded' --data-raw email=a%40b.c"
    );
    let mut head = request(Body::Empty);
    head.method = "HEAD".into();
    head.credentials.clear();
    assert_eq!(curl(&head).unwrap(), "curl --head https://api.stripe.com/v1/customers");
}

#[test]
fn files_and_forms() {
    let file = |path: &str| {
        let name = path.trim_start_matches("a/").to_owned();
        PartContent::File(File { path: path.into(), name, piped: None })
    };
    let mut request = request(Body::Multipart {
        content_type: "multipart/form-data".into(),
        parts: vec![
            Part {
                name: "purpose".into(),
                content_type: None,
                content: PartContent::Text("@not a file".into()),
            },
            Part { name: "file".into(), content_type: None, content: file("a/logo.png") },
            Part {
                name: "other".into(),
                content_type: Some("image/png".into()),
                content: file("a;\"b\".png"),
            },
            Part {
                name: "place".into(),
                content_type: Some("application/json".into()),
                content: PartContent::Text("{\"a\":\"x;y\"}".into()),
            },
        ],
    });
    request.credentials.clear();
    assert_eq!(
        curl(&request).unwrap(),
        "curl -X POST https://api.stripe.com/v1/customers --form-string 'purpose=@not a file' \
         -F file=@a/logo.png -F 'other=@\"a;\\\"b\\\".png\";type=image/png' -F 'place=\"{\\\"a\\\":\\\"x;y\\\"}\";type=application/json'"
    );
    request.body = Body::Streamed {
        content_type: "application/pdf".into(),
        source: super::super::Source::Path("my file.pdf".into()),
    };
    assert!(curl(&request).unwrap().ends_with("--data-binary '@my file.pdf'"));
}

#[test]
fn brackets_in_a_url_are_no_ranges() {
    let mut request = request(Body::Empty);
    request.query = vec![("created[gt]".into(), "1".into())];
    assert!(
        curl(&request).unwrap().contains("--globoff 'https://api.stripe.com/v1/customers?created[gt]=1'")
    );
}

#[cfg(unix)]
#[test]
fn a_shell_reads_back_exactly_what_was_meant() {
    for value in [
        "plain",
        "it's",
        "$HOME `id` $(id) ${x}",
        "a\\b\"c!",
        "line\nfeed\ttab\r",
        "\u{1b}[31mred\u{202e}x1",
        "é €",
        "'",
        "",
        "*?[a]~#;&|<>",
    ] {
        let command = curl(&request(text("text/plain", value))).unwrap();
        assert!(!command.chars().any(is_unprintable), "{command}");
        let (words, input) = pasted(&command);
        let got = if words.last().unwrap() == b"@-" { &input } else { words.last().unwrap() };
        assert_eq!(String::from_utf8_lossy(got), value, "{command}");
    }
}

#[cfg(unix)]
#[test]
fn credentials_are_variables_wherever_they_stand_and_documents_cannot_inject() {
    let mut request = request(Body::Empty);
    request.headers = vec![("x-note".into(), "$(id) CREDENTIAL<0> it's".into())];
    request.credentials = vec![
        bearer(),
        Attachment::Query { name: "k$(id)`x`".into(), value: Secret::from("sk_test_1".to_owned()) },
        Attachment::Cookie { name: "c`id`".into(), value: Secret::from("sk_test_1".to_owned()) },
    ];
    let command = curl(&request).unwrap();
    assert!(!command.contains("sk_test_1"), "{command}");
    let words = words(&command);
    assert_eq!(words[2], "https://api.stripe.com/v1/customers?k$%28id%29%60x%60=two");
    assert!(words.contains(&"x-note: $(id) CREDENTIAL<0> it's".to_owned()), "{words:?}");
    assert!(words.contains(&"authorization: Bearer s e$cret".to_owned()), "{words:?}");
    assert!(words.contains(&"cookie: c`id`=".to_owned()), "{words:?}");
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_piped_in() {
    let bytes = b"-\x00%d\\n'\xff\x1b\n7".to_vec();
    let command =
        curl(&request(Body::Bytes { content_type: "application/octet-stream".into(), bytes: bytes.clone() }))
            .unwrap();
    assert!(!command.chars().any(is_unprintable), "{command}");
    assert_eq!(pasted(&command).1, bytes);
    assert!(command.ends_with("--data-binary @-"));
}

#[test]
fn a_digest_and_a_certificate_are_curls_own_to_make() {
    let mut asked = request(Body::Empty);
    let secret = |text: &str| Secret::from(text.to_owned());
    asked.credentials = vec![
        Attachment::Digest { user: secret("alice"), password: secret("open sesame") },
        Attachment::Certificate { pem: secret("-----BEGIN PRIVATE KEY-----") },
    ];
    assert_eq!(
        curl(&asked).unwrap(),
        "curl -X POST https://api.stripe.com/v1/customers --digest --user \"$TOKEN\" --cert client.pem"
    );
    let shown = super::super::dry_run(&asked).unwrap().to_string();
    assert!(
        shown.contains("Digest ***") && !shown.contains("alice") && !shown.contains("PRIVATE"),
        "{shown}"
    );
}

/// Form fields with what arguments cannot contain, or what curl would misread.
#[cfg(unix)]
#[test]
fn forms_that_curl_has_no_words_for_are_piped_in() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("it's \u{202e}a file");
    std::fs::write(&path, b"\x00content\n").unwrap();
    let text = |name: &str, text: &str| Part {
        name: name.into(),
        content_type: None,
        content: PartContent::Text(text.into()),
    };
    let file = File { path: path.clone(), name: "it's \u{202e}a file".into(), piped: None };
    let file = Part { name: "f".into(), content_type: None, content: PartContent::File(file) };
    let form = |parts: Vec<Part>| {
        let body = Body::Multipart { content_type: "multipart/form-data".into(), parts };
        let mut request = request(body);
        request.credentials.clear();
        request
    };
    for parts in [
        vec![text("n;type=x", "v")],
        vec![text("", "v")],
        vec![text("a\nb", "v")],
        vec![text("a", "v\0w\n")],
        vec![text("a", &"x".repeat(200_000))],
        vec![text("n=1", "-first\\%"), file.clone(), text("b", "!\u{200b}\n")],
    ] {
        let asked = form(parts);
        let command = curl(&asked).unwrap();
        assert!(!command.chars().any(is_unprintable), "{command}");
        let (content_type, bytes) = super::super::wire_body(&asked.body).unwrap().unwrap();
        let (words, input) = pasted(&command);
        assert!(words.contains(&format!("content-type: {content_type}").into_bytes()), "{command}");
        assert!(input == bytes, "{command}");
    }
    // What curl has options for stays readable.
    let asked = form(vec![text("a", "x\n"), text("b", "\u{200b}"), file]);
    let words = words(&curl(&asked).unwrap());
    let path = path.display();
    assert_eq!(words[3..], ["-F", "a=\"x\n\"", "--form-string", "b=\u{200b}", "-F", &format!("f=@{path}")]);
}

#[cfg(unix)]
#[test]
fn files_are_named_whatever_their_names_are() {
    use std::os::unix::ffi::OsStrExt as _;
    for (name, word) in [
        (&b"-"[..], &b"@./-"[..]),
        (b"a\xff\nb", b"@a\xff\nb"),
        (b"a\n", b"@a\n"),
        (b"$(id)'\\", b"@$(id)'\\"),
    ] {
        let path = std::path::PathBuf::from(std::ffi::OsStr::from_bytes(name));
        let source = Source::Path(path);
        let body = Body::Streamed { content_type: "a/b".into(), source };
        let (words, _) = pasted(&curl(&request(body)).unwrap());
        assert_eq!(words.last().unwrap(), word);
    }
    let file = |path: &str, name: &str, content_type: Option<&str>| {
        let file = File { path: path.into(), name: name.into(), piped: None };
        let part = Part {
            name: "f".into(),
            content_type: content_type.map(str::to_owned),
            content: PartContent::File(file),
        };
        let body = Body::Multipart { content_type: "multipart/form-data".into(), parts: vec![part] };
        words(&curl(&request(body)).unwrap()).pop().unwrap()
    };
    assert_eq!(file("a.csv", "a.csv", None), "f=@a.csv;type=text/csv", "curl would not know");
    assert_eq!(file("dir/a.PNG", "a.PNG", None), "f=@dir/a.PNG");
    assert_eq!(file("a ", "a ", Some("a/b")), "f=@\"a \";type=a/b");
    assert_eq!(file("x/fd", "b;c", None), "f=@x/fd;filename=\"b;c\"");
}

#[cfg(unix)]
#[test]
fn variables_end_where_they_should_in_every_shell() {
    let mut asked = request(Body::Empty);
    let secret = || Secret::from("x".to_owned());
    asked.headers = vec![("cookie".into(), "a=b".into()), ("x-blank".into(), " \t".into())];
    asked.credentials = vec![
        Attachment::Cookie { name: "c".into(), value: secret() },
        Attachment::Cookie { name: "d".into(), value: secret() },
    ];
    asked.path = "/a/%2E./b".into();
    let command = curl(&asked).unwrap();
    let words = words(&command);
    assert!(words.contains(&"cookie: a=b; c=s e$cret; d=two".to_owned()), "{command}");
    assert!(
        words.contains(&"x-blank;".to_owned()) && words.contains(&"--path-as-is".to_owned()),
        "{command}"
    );
    for after in [":h", "[1]", "x", "é", "/"] {
        let pieces = ["\0".to_owned() + "0", after.to_owned()];
        assert!(runs_on(&pieces), "{after}");
    }
}
