//! Names and paths: what the documents under specs/quirks promise.

use serde_json::json;

use crate::quirks::Quirk;

/// OpenAPI 3.0, section 4.7.8 (Paths Object); RFC 6570, sections 3.2.3 to 3.2.9; RFC 9110, section 7.1.
#[test]
fn paths() {
    let quirk = Quirk::new("paths");
    assert_eq!(quirk.report["skipped"].as_array().unwrap().len(), 2, "{}", quirk.report["skipped"]);
    let commands = quirk.commands();
    let url_of = |id: &str, line: &str| {
        let command = commands.iter().find(|command| command["operation_id"] == id).unwrap();
        let words: Vec<_> =
            command["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        quirk.url(&format!("{} {line}", words.join(" ")))
    };
    for (id, line, url) in [
        (
            "GET_AllocateAddress",
            "--action AllocateAddress --domain vpc",
            "/?Action=AllocateAddress&Domain=vpc",
        ),
        ("searchPhotos", "--tags cat", "/rest?method=flickr.photos.search&tags=cat"),
        ("alerts", "1.5 2", "/alerts?lat=1.5&lon=2&units=m"),
        ("alerts", "1 2 --q x", "/alerts?lat=1&lon=2&units=m&q=x"),
        ("getProject", "7 .json", "/projects/7.json"),
        ("getReport", "a/b json --page 2", "/reports/a%2Fb.json?page=2"),
        ("getFile", "a/b%c/d", "/files/a/b%25c/d"),
        ("getBook", "shelves/1/books/2", "/v1/shelves/1/books/2"),
        ("twoWords", "1", "/two%20words/1"),
        ("noSlash", "1", "/no-slash/1"),
        ("emptySegments", "1", "//empty//1/"),
        ("getPart", "123 x", "/items/123/x"),
        ("unicode", "ö", "/caf%C3%A9/%C3%BC/%C3%B6"),
    ] {
        assert_eq!(url_of(id, line), url, "{id}");
    }
    let paths: Vec<_> = commands.iter().map(|command| command["path"].clone()).collect();
    assert!(paths.contains(&json!("/#Action=AllocateAddress")), "the document's own text stays");
    // Commands without a group are the plugin's own.
    quirk.run("--help").ok().prints("allocate-address");
    quirk.run("alocate-address").fails(2).says("did you mean `apicli paths allocate-address`");
    quirk.run("allocate-address --help").ok();
    let mock = quirk.run("release-address --action ReleaseAddress --mock");
    mock.ok();
}

/// Words the other way round, as some command lines have them: `get pods`, `get pod`.
#[test]
fn a_verb_before_its_noun() {
    let quirk = Quirk::new("items-and-maps");
    for words in ["create orders", "create order", "create order --days 1"] {
        quirk.run(words).fails(2).says("did you mean `apicli items-and-maps orders create`?");
    }
    quirk.run("create").fails(2).says("has no command `create`");
}
