//! Which files a call reads: those that typed words name, and no others.

use std::fs;

use crate::environment::{Ran, TestEnvironment, finish};
use crate::server::{Answer, Server};

/// What is in the file that must not be read.
const MARK: &str = "marked-file-7c1e";

const DOCUMENT: &str = "openapi: 3.0.3
info: {title: Up, version: '1'}
servers: [{url: 'https://api.up.example'}]
paths:
  /up:
    post:
      summary: up
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties:
                file: {type: string, format: binary}
                note: {type: string}
                all: {type: array, items: {type: string, format: binary}}
                docs: {type: array, items: {type: object, properties: {file: {type: string, format: binary}, title: {type: string}}}}
      responses: {'200': {description: ok}}
  /text:
    post:
      summary: text
      requestBody: {content: {text/plain: {schema: {type: string}}}}
      responses: {'200': {description: ok}}
";

/// A server that answers with what it was sent.
fn echo() -> Server {
    Server::new(|asked| Answer::Whole {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
        body: asked.body.clone(),
    })
}

fn up() -> (TestEnvironment, String) {
    let environment = TestEnvironment::generated("up", DOCUMENT);
    let path = environment.write("secret.txt", MARK).display().to_string();
    (environment, path)
}

fn run(environment: &TestEnvironment, server: &Server, line: &str) -> Ran {
    environment.line(&format!("up {line} --server {}", server.url()))
}

#[test]
fn no_script_names_a_file() {
    let (environment, path) = up();
    let other = environment.write("other.txt", "other");
    let store = environment.root().join("home/data/apicli/credentials/insecure.json");
    fs::create_dir_all(store.parent().unwrap()).unwrap();
    fs::write(&store, MARK).unwrap();
    let server = echo();
    let paths = [
        path.clone(),
        store.display().to_string(),
        "/dev/fd/0".into(),
        "secret.txt".into(),
        format!("@{path}"),
    ];
    for path in &paths {
        for body in [
            "flags.file = PATH; request.multipart(flags)",
            "request.multipart(#{file: PATH})",
            "request.multipart(#{file: PATH, note: flags.file})",
            "request.multipart(#{all: [PATH], docs: [#{file: PATH}]})",
            "flags.all = [PATH]; request.multipart(flags)",
            "request.form(#{file: PATH})",
            "request.json(#{file: PATH})",
            "request.body(PATH)",
            "request.body(\"@\" + PATH)",
            "request.body(); request.multipart(#{file: PATH})",
            "request.content_type(\"multipart/form-data\"); request.multipart(#{file: PATH})",
        ] {
            let body = body.replace("PATH", &format!("{path:?}"));
            let script = format!(
                "fn create(flags) {{ let request = http::post(\"/up\"); {body}; print(request.send().text); request.send() }}\n"
            );
            environment.script("up/up.rhai", &script);
            for flags in ["", &format!("--file {}", other.display()), "--note x"] {
                let ran = run(&environment, &server, &format!("up create {flags}"));
                assert!(
                    !ran.stdout_text().contains(MARK) && !ran.stderr.contains(MARK),
                    "{body} {flags}: {ran}"
                );
            }
        }
    }
    assert!(server.asked().iter().all(|asked| !asked.text().contains(MARK)));
    assert!(!server.asked().is_empty());
}

#[test]
fn no_hook_and_no_facts_name_a_file() {
    let (environment, path) = up();
    let server = echo();
    environment.script(
        "up/hooks.rhai",
        &format!("fn before_send(request) {{ request.multipart(#{{file: {path:?}}}); }}\n"),
    );
    let ran = run(&environment, &server, "up create --note x").ok();
    assert!(ran.stdout_text().contains("secret.txt") && !ran.stdout_text().contains(MARK), "{ran}");
    fs::remove_file(environment.plugin("up/hooks.rhai")).unwrap();
    // A field that is a file by the facts, with the only value that it can have: that is no typed word.
    let facts = environment.plugin("up/.generated/facts.jsonl");
    let text = fs::read_to_string(&facts).unwrap();
    let poisoned = text.replace(
        r#"{"name":"note","wire":"note""#,
        &format!(r#"{{"name":"note","wire":"note","type":"file","required":true,"enum":[{path:?}]"#),
    );
    assert_ne!(text, poisoned, "{text}");
    fs::write(&facts, poisoned).unwrap();
    let ran = run(&environment, &server, "up create");
    assert!(!ran.stdout_text().contains(MARK), "{ran}");
    assert!(server.asked().iter().all(|asked| !asked.text().contains(MARK)));
}

#[test]
fn a_file_that_is_typed_is_sent_wherever_a_script_puts_it() {
    let (environment, path) = up();
    let server = echo();
    for flags in [
        format!("--file {path}"),
        format!("--file @{path}"),
        format!("--file={path} --note x"),
        format!("--all {path},{path}"),
        format!("--body {{\"file\":\"{path}\"}}"),
        format!("--body {{\"all\":[\"{path}\"]}}"),
    ] {
        run(&environment, &server, &format!("up create {flags}"))
            .ok()
            .prints(MARK)
            .prints("filename=\"secret.txt\"");
    }
    let script = "fn create(flags) { let f = flags.file; print(`${f.name} ${f.size}`); http::post(\"/up\").multipart(#{other: f}).send() }\n";
    environment.script("up/up.rhai", script);
    run(&environment, &server, &format!("up create --file {path}"))
        .ok()
        .prints("name=\"other\"; filename=\"secret.txt\"")
        .prints(MARK)
        .says(&format!("secret.txt {}", MARK.len()));
    run(&environment, &server, &format!("text create --body @{path}")).ok().prints(MARK);
}

#[test]
fn a_body_that_is_read_from_somewhere_names_no_file() {
    let (environment, path) = up();
    let server = echo();
    let body = format!("{{\"file\": {path:?}, \"note\": \"x\"}}");
    let file = environment.write("body.json", &body);
    for (line, input) in [(format!("--body @{}", file.display()), ""), ("--body -".to_owned(), body.as_str())]
    {
        let line = format!("up up create {line} --server {}", server.url());
        environment.run_with_input(line.split(' '), input).fails(2).says("--file PATH");
    }
    let nested = environment.write("nested.json", format!("{{\"all\": [{path:?}]}}"));
    run(&environment, &server, &format!("up create --body @{}", nested.display())).fails(2);
    assert!(server.asked().is_empty());
    let plain = environment.write("plain.json", "{\"note\": \"x\"}");
    run(&environment, &server, &format!("up create --body @{} --file {path}", plain.display()))
        .ok()
        .prints(MARK);
}

#[cfg(unix)]
#[test]
fn a_pipe_that_is_typed_is_read_once_and_sent_as_often_as_need_be() {
    let (environment, _) = up();
    let server = echo();
    environment.script(
        "up/up.rhai",
        "fn create(flags) { http::post(\"/up\").multipart(flags).send(); http::post(\"/up\").multipart(flags).send() }\n",
    );
    for flag in ["--file", "--all"] {
        for at in ["", "@"] {
            let line =
                format!("\"$APICLI\" up up create {flag} {at}<(printf '{MARK}') --server {}", server.url());
            if !std::path::Path::new("/bin/bash").is_file() {
                return crate::environment::not_run("process substitution", "install bash");
            }
            // Bash joins the prefix and the path of the pipe.
            let mut command = environment.other_program("/bin/bash");
            command.args(["-c", &line]).env("APICLI", crate::environment::PROGRAM);
            finish(command, "").ok().prints(MARK);
        }
    }
    assert!(server.asked().iter().all(|asked| asked.text().contains(MARK)), "{:?}", server.asked());
    assert_eq!(server.asked().len(), 8);
}

#[test]
fn what_is_no_file_is_told_before_anything_is_sent() {
    let (environment, _) = up();
    let server = echo();
    for value in ["nowhere.txt", "@nowhere.txt", "/", "-", ".."] {
        run(&environment, &server, &format!("up create --file {value}")).fails(2).says("--file");
    }
    assert!(server.asked().is_empty());
}
