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

/// Words in another order or in the singular, as some command lines have them: the hint is the whole line.
#[test]
fn a_verb_before_its_noun() {
    let quirk = Quirk::new("items-and-maps");
    for (words, meant) in [
        ("create orders", "orders create"),
        ("create order", "orders create"),
        ("order create --days 1", "orders create --days 1"),
        ("create order --days 1", "orders create --days 1"),
    ] {
        quirk.run(words).fails(2).says(&format!("hint: try: apicli items-and-maps {meant}\n"));
    }
    quirk.words(&["create", "order", "--note", "it's new"]).fails(2).says(r"--note 'it'\''s new'");
    quirk.run("create").fails(2).says("has no command `create`");
    let quirk = Quirk::new("scope");
    for (words, meant) in [
        ("get pod x -n default", "pods get x -n default"),
        ("get pods x --namespace default -o raw", "pods get x --namespace default -o raw"),
        ("pod get o default x", "pods get o default x"),
        ("delete policy a b c", "policies get a b c"),
        ("get policy a b c", "policies get a b c"),
        ("get node-claim a b c", "node-claims get a b c"),
        ("get pods --org o -n default", "pods list --org o -n default"),
        ("get pod", "pods get"),
    ] {
        let failed = quirk.run(words).fails(2);
        if words.starts_with("delete policy") {
            assert!(!failed.stderr.contains("try:"), "{failed}");
        } else {
            failed.says(&format!("hint: try: apicli scope {meant}\n"));
        }
    }
}

/// docs/names.md, "Given by name".
#[test]
fn positionals_by_name() {
    let quirk = Quirk::new("scope");
    let url = "/orgs/o/namespaces/default/pods/x";
    for line in [
        "pods get o default x",
        "pods get x --namespace default --org o",
        "pods get x -n default --org=o",
        "pods get --name x -ndefault o",
        "pods get o x -n default",
        "pods get -n=default o --name=x",
    ] {
        assert_eq!(quirk.url(line), url, "{line}");
    }
    assert_eq!(quirk.url("pods delete o default x --grace-seconds 3"), format!("{url}?graceSeconds=3"));
    assert_eq!(
        quirk.url("policies get o default --networkPolicy p"),
        "/orgs/o/namespaces/default/policies/p"
    );
    assert_eq!(
        quirk.url("policies get o default --network_policy p"),
        "/orgs/o/namespaces/default/policies/p"
    );

    // `-o` is apicli's own, `-n` the namespace's, and a flag keeps its name.
    let short = |words: &str, name: &str| quirk.arg(words, name).get("short").cloned();
    assert_eq!(short("pods get", "namespace"), Some(json!("n")));
    assert_eq!((short("pods get", "org"), short("pods get", "name")), (None, None));
    assert_eq!(short("node-claims get", "neighbour"), None);
    assert_eq!(quirk.arg("pods get", "namespace")["kind"], "positional");
    let request = quirk.dry("pods create o default --namespace inner --name x");
    assert_eq!(request["body"], r#"{"name":"x","namespace":"inner"}"#);
    quirk.run("pods create o -n default --dry-run").fails(2).says("has no flag `-n`");
    quirk
        .run("servers reports get daily --server s --dry-run")
        .fails(2)
        .says("write `--path-server` for the API's, `--apicli-server` for apicli's");
    quirk
        .run("servers reports get daily --apicli-server s --dry-run")
        .fails(2)
        .says("`<kind>` (`--kind`) is missing");
    assert_eq!(quirk.url("servers reports get s --kind weekly"), "/servers/s/reports/weekly");

    quirk
        .run("pods get o --dry-run")
        .fails(2)
        .says("`<namespace>` (`-n`, `--namespace`) is missing")
        .says("`o` was taken as `<org>`");
    quirk.run("pods get -n default --dry-run").fails(2).says("`<org>` (`--org`) is missing");
    quirk.run("pods get o default x y --dry-run").fails(2).says("`y` is one argument too many");
    quirk.run("pods get o default x -n y --dry-run").fails(2).says("`x` is one argument too many");
    quirk.run("pods get o x -n a --namespace b --dry-run").fails(2).says("more than once");
    quirk.run("servers reports get s --kind yearly --dry-run").fails(2).says("`yearly` for `--kind`");
    quirk
        .run("pods get --help")
        .ok()
        .prints("<namespace>")
        .prints("Where it lives [or -n, --namespace]")
        .prints("[or --org]");
}

/// What completion offers of positionals by name.
#[test]
fn positionals_by_name_are_completed() {
    let quirk = Quirk::new("scope");
    let complete = |line: &str, at: &str| {
        let words = ["__complete", "scope"].into_iter().chain(line.split_whitespace()).chain([at]);
        let ran = quirk.environment.run(words).ok();
        ran.stdout_text().lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(complete("pods get o", "-n"), ["-n"]);
    assert_eq!(complete("pods get o", "--na"), ["--namespace", "--name"]);
    assert_eq!(complete("pods get o -n default", "--na"), ["--name"]);
    assert_eq!(complete("pods get o default", "--na"), ["--name"]);
    assert_eq!(complete("servers reports get s", ""), complete("servers reports get s -o raw", ""));
    assert_eq!(complete("servers reports get s", "")[..2], ["daily", "weekly"]);
    assert_eq!(complete("servers reports get s --kind", ""), ["daily", "weekly"]);
    assert_eq!(complete("pods create o default", "--namespace"), ["--namespace"]);
}

/// docs/names.md, rule 4.
#[test]
fn names_in_other_scripts() {
    let quirk = Quirk::new("other-scripts");
    let words: Vec<_> = quirk.commands().iter().map(|one| one["command"].clone()).collect();
    assert_eq!(
        words,
        [
            json!(["ding-dan", "get"]),
            json!(["ke-hu", "get"]),
            json!(["polzovateli", "list"]),
            json!(["polzovateli", "get"])
        ]
    );
    let url = quirk.url("polzovateli list --imia a --aktiven --ming-qian b --grosse 3");
    assert!(
        url.ends_with(
            "=a&%D0%B0%D0%BA%D1%82%D0%B8%D0%B2%D0%B5%D0%BD=true&%E5%90%8D%E5%89%8D=b&gr%C3%B6%C3%9Fe=3"
        ),
        "{url}"
    );
    for line in [
        "пользователи list --имя a --активен --名前 b --größe=3",
        "polzovateli list --имя=a --активен true --名前 b --größe 3",
    ] {
        assert_eq!(quirk.url(line), url, "{line}");
    }
    assert_eq!(quirk.url("客户 get"), "/%E5%AE%A2%E6%88%B7");
    assert_eq!(quirk.url("пользователи get --имя x"), quirk.url("polzovateli get x"));
    quirk.run("polzovateli list --größe x").fails(2).says("--grosse");
}
