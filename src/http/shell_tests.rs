use super::super::{Attachment, File, Part};
use super::*;
use crate::secret::Secret;

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

/// What a POSIX shell makes of the command's words, `curl` replaced by something that prints its arguments.
#[cfg(unix)]
fn words(command: &str) -> Vec<String> {
    let script = format!("TOKEN='s e$cret'; TOKEN_2=two; curl() {{ printf '%s\\0' \"$@\"; }}; {command}");
    let output = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.strip_suffix('\0').unwrap().split('\0').map(str::to_owned).collect()
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
    let file =
        |path: &str| PartContent::File(File { path: path.into(), name: "logo.png".into(), piped: None });
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
        assert_eq!(words(&command).last().unwrap(), value, "{command}");
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
    let script = command.split(" | ").next().unwrap();
    let output = std::process::Command::new("sh").args(["-c", script]).output().unwrap();
    assert_eq!(output.stdout, bytes);
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
