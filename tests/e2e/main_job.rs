//! From a document to a request, and from an answer to an exit code.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::environment::{SECRET, TestEnvironment, finish, not_run, repository};
use crate::server::{Answer, Server};

fn stripe_document() -> String {
    fs::read_to_string(repository("specs/stripe.yaml")).unwrap()
}

/// The files of the plugin without what depends on where the document came from.
fn scripts_and_facts(environment: &TestEnvironment) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = crate::environment::files_below(&environment.plugin("stripe"));
    // The manifest names its source, and the merge base holds the manifest.
    let own = ["index", "plugin.toml", "pristine.json"];
    files.retain(|(path, _)| !own.iter().any(|name| path.ends_with(name)));
    files
}

#[test]
fn a_document_comes_from_a_file_standard_input_json_or_a_url() {
    let file = TestEnvironment::stripe();
    let expected = scripts_and_facts(&file);

    let stdin = TestEnvironment::new();
    let ran = stdin.run_with_input(["gen", "-", "--json"], stripe_document()).ok();
    assert_eq!(ran.json()["plugin"], "stripe", "the title names a plugin without a file");
    assert!(scripts_and_facts(&stdin) == expected, "standard input makes another plugin");

    let value: Value = serde_yaml::from_str(&stripe_document()).unwrap();
    let json = TestEnvironment::new();
    let path = json.write("stripe.json", value.to_string());
    json.run(["gen".as_ref(), path.as_os_str()]).ok();
    assert!(scripts_and_facts(&json) == expected, "JSON makes another plugin");

    let server =
        Server::new(|_| Answer::Whole { status: 200, headers: Vec::new(), body: stripe_document().into() });
    let url = TestEnvironment::new();
    url.line(&format!("gen {}/api/stripe.yaml?v=1", server.url())).ok().says("78 commands of 78 operations");
    assert_eq!(server.only().target, "/api/stripe.yaml?v=1");
    assert!(scripts_and_facts(&url) == expected, "a URL makes another plugin");
}

#[test]
fn the_report_of_a_generation() {
    let environment = TestEnvironment::new();
    let ran = environment
        .run(["gen".as_ref(), repository("specs/stripe.yaml").as_os_str(), "--json".as_ref()])
        .ok();
    assert_eq!(
        ran.json(),
        json!({
            "plugin": "stripe", "dir": environment.plugin("stripe"), "operations": 78, "commands": 78,
            "skipped": [], "warnings": [], "merge": { "kept": [], "updated": [], "conflicts": [] },
        })
    );
    assert_eq!(ran.stderr, "");
    let ran = environment
        .line(&format!("gen {} --name shop --plugins-dir there", repository("specs/stripe.yaml").display()));
    ran.ok().prints("").says("78 commands of 78 operations");
    assert!(environment.root().join("work/there/shop/customers.rhai").is_file());
}

#[test]
fn the_requests_of_a_customers_life() {
    let environment = TestEnvironment::stripe();
    let answer = r#"{"z":1.50,"id":"cus_1","large":12345678901234567890}"#;
    for (line, method, target, body) in [
        (
            "customers create --email a@b.c --address.city Paris --metadata.plan pro",
            "POST",
            "/v1/customers",
            "address[city]=Paris&email=a%40b.c&metadata[plan]=pro",
        ),
        ("customers list --limit 3", "GET", "/v1/customers?limit=3", ""),
        ("customers get cus_1", "GET", "/v1/customers/cus_1", ""),
        ("customers retrieve cus_1", "GET", "/v1/customers/cus_1", ""),
        ("customers update cus_1 --name Corner", "POST", "/v1/customers/cus_1", "name=Corner"),
        ("customers update cus_1 --description=", "POST", "/v1/customers/cus_1", "description="),
        ("customers delete cus_1", "DELETE", "/v1/customers/cus_1", ""),
        ("customers delete a/../b?c#d%20é", "DELETE", "/v1/customers/a%2F..%2Fb%3Fc%23d%2520%C3%A9", ""),
        (
            "customers balance-transactions list cus_1 --limit=2",
            "GET",
            "/v1/customers/cus_1/balance_transactions?limit=2",
            "",
        ),
        (
            "customers balance_transactions get cus_1 cbtxn_1",
            "GET",
            "/v1/customers/cus_1/balance_transactions/cbtxn_1",
            "",
        ),
        (
            "payment-intents capture pi_1 --amount-to-capture 50",
            "POST",
            "/v1/payment_intents/pi_1/capture",
            "amount_to_capture=50",
        ),
        ("balance get", "GET", "/v1/balance", ""),
    ] {
        let server = Server::json(200, answer);
        let ran = environment.line(&format!("stripe {line} --server {}", server.url())).ok();
        let asked = server.only();
        assert_eq!(
            (asked.method.as_str(), asked.target.as_str(), asked.text().as_str()),
            (method, target, body),
            "{line}"
        );
        assert_eq!(asked.header("authorization"), Some(format!("Bearer {SECRET}").as_str()), "{line}");
        assert_eq!(asked.header("accept"), Some("application/json"), "{line}");
        assert_eq!(asked.header("user-agent"), Some(concat!("apicli/", env!("CARGO_PKG_VERSION"))), "{line}");
        assert_eq!(
            asked.header("host").map(|host| format!("http://{host}")).as_deref(),
            Some(server.url()),
            "{line}"
        );
        let form = (!body.is_empty()).then_some("application/x-www-form-urlencoded");
        assert_eq!(asked.header("content-type"), form, "{line}");
        // The order of keys and the form of numbers are the server's.
        assert_eq!(
            ran.stdout_text(),
            "{\n  \"z\": 1.50,\n  \"id\": \"cus_1\",\n  \"large\": 12345678901234567890\n}\n",
            "{line}"
        );
        assert_eq!(ran.stderr, "", "{line}");
    }
}

#[test]
fn nested_and_repeated_fields_keep_their_order_in_a_form() {
    let environment = TestEnvironment::stripe();
    let dry = |line: &str| environment.line(&format!("stripe {line} --dry-run")).ok().json();
    let request = dry(
        "subscriptions create --customer cus_1 --items [{\"price\":\"price_1\",\"quantity\":2},{\"price\":\"price_2\"}]",
    );
    assert_eq!(
        request["body"],
        "customer=cus_1&items[0][price]=price_1&items[0][quantity]=2&items[1][price]=price_2"
    );
    let request = dry("customers get cus_1 --expand a --expand b,c");
    assert_eq!(
        request["url"],
        "https://api.stripe.com/v1/customers/cus_1?expand%5B0%5D=a&expand%5B1%5D=b&expand%5B2%5D=c"
    );
    let request = dry("customers list --created.gte 5");
    assert_eq!(request["url"], "https://api.stripe.com/v1/customers?created%5Bgte%5D=5");
}

#[test]
fn flags_win_over_the_file_and_the_file_over_standard_input() {
    let environment = TestEnvironment::stripe();
    environment.write("body.json", r#"{"name":"file","email":"file@x"}"#);
    let ran = environment.run_with_input(
        [
            "stripe",
            "customers",
            "create",
            "--body",
            "-",
            "--body",
            "@body.json",
            "--name",
            "flag",
            "--dry-run",
        ],
        r#"{"name":"stdin","email":"stdin@x","phone":"1","address":{"city":"Paris"}}"#,
    );
    assert_eq!(ran.ok().json()["body"], "name=flag&email=file%40x&phone=1&address[city]=Paris");
}

#[test]
fn a_dry_run_shows_the_whole_request_and_sends_nothing() {
    let environment = TestEnvironment::stripe();
    let server = Server::json(200, "{}");
    let ran = environment
        .line(&format!("stripe customers create --email a@b.c --dry-run --server {}/base/", server.url()))
        .ok();
    assert_eq!(
        ran.json(),
        json!({
            "method": "POST",
            "url": format!("{}/base/v1/customers", server.url()),
            "headers": [
                ["accept", "application/json"],
                ["user-agent", concat!("apicli/", env!("CARGO_PKG_VERSION"))],
                ["authorization", "Bearer ***"],
                ["content-type", "application/x-www-form-urlencoded"],
            ],
            "body": "email=a%40b.c",
            "body_encoding": "utf-8",
        })
    );
    assert_eq!(environment.line("stripe customers get x --dry-run").ok().json()["body"], Value::Null);
    assert!(server.asked().is_empty());
}

#[test]
fn the_curl_command_sends_the_same_request() {
    if Command::new("/usr/bin/curl").arg("--version").output().is_err() {
        return not_run("--curl against a real curl", "install curl");
    }
    let environment = TestEnvironment::stripe();
    let upload = environment.write("it's a file.txt", "content");
    let server = Server::json(200, r#"{"by":"curl"}"#);
    for arguments in [
        vec!["customers", "create", "--name", "O'Neil \"$HOME\" `id` & co \\ !", "--metadata.a[b]", "{x}"],
        vec!["customers", "delete", "a b{1,2}[3-4]/'$(id)"],
        vec!["customers", "list", "--limit", "3", "--created.gte", "5"],
        vec!["files", "create", "--purpose", "dispute_evidence", "--file", upload.to_str().unwrap()],
    ] {
        let arguments = ["stripe"].into_iter().chain(arguments).chain(["--server", server.url()]);
        environment.run(arguments.clone()).ok();
        let command = environment.run(arguments.clone().chain(["--curl"])).ok().stdout_text();
        let mut shell = environment.other_program("/bin/sh");
        shell.args(["-c", &format!("{} --silent", command.trim_end())]).env("TOKEN", "the-users-own");
        let ran = finish(shell, "").ok().prints(r#"{"by":"curl"}"#);
        let asked = server.asked();
        let [.., ours, curls] = asked.as_slice() else { panic!("{ran}") };
        assert_eq!((&ours.method, &ours.target), (&curls.method, &curls.target), "{command}");
        assert_eq!(curls.header("authorization"), Some("Bearer the-users-own"));
        if arguments.clone().any(|word| word == "files") {
            assert!(
                curls.text().contains("filename=\"it's a file.txt\"") && curls.text().contains("content"),
                "{}",
                curls.text()
            );
        } else {
            assert_eq!(ours.text(), curls.text(), "{command}");
            assert_eq!(ours.header("content-type"), curls.header("content-type"));
        }
    }
}

#[test]
fn a_file_is_uploaded_as_multipart() {
    let environment = TestEnvironment::stripe();
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let path = environment.write("passport.png", &bytes);
    let server = Server::json(200, r#"{"id":"file_1"}"#);
    environment
        .run([
            "stripe",
            "files",
            "create",
            "--purpose",
            "identity_document",
            "--file",
            path.to_str().unwrap(),
            "--server",
            server.url(),
        ])
        .ok()
        .prints("file_1");
    let asked = server.only();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/v1/files"));
    let content_type = asked.header("content-type").unwrap().to_owned();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").expect("multipart");
    let whole = bytes.as_slice();
    assert!(
        asked.body.windows(whole.len()).any(|window| window == whole),
        "the file is not there byte for byte"
    );
    let text = asked.text();
    assert!(text.starts_with(&format!("--{boundary}\r\n")) && text.ends_with(&format!("--{boundary}--\r\n")));
    assert!(
        text.contains("name=\"purpose\"\r\n") && text.contains("\r\n\r\nidentity_document\r\n"),
        "a field is missing"
    );
    assert!(text.contains("name=\"file\"; filename=\"passport.png\"\r\n"), "the file's name is missing");
}

#[test]
fn a_round_through_the_mock() {
    let environment = TestEnvironment::stripe();
    for line in [
        "customers create --email a@b.c",
        "customers list --limit 3",
        "customers get cus_1",
        "customers update cus_1 --name Corner",
        "customers delete cus_1",
    ] {
        let ran = environment.line(&format!("stripe {line} --mock")).ok();
        assert!(ran.json().is_object(), "{ran}");
    }
    // No login is needed, and no server is asked.
    let environment = environment.without("APICLI_STRIPE_TOKEN");
    let ran = environment
        .line("stripe customers create --email a@b.c --address.city Paris --metadata.plan pro --mock")
        .ok();
    let customer = ran.json();
    assert_eq!(customer["object"], "customer");
    assert_eq!(
        (&customer["email"], &customer["address"]["city"], &customer["metadata"]["plan"]),
        (&json!("a@b.c"), &json!("Paris"), &json!("pro"))
    );
}

#[test]
fn the_mock_server_keeps_what_is_created() {
    let environment = TestEnvironment::stripe();
    let mut mock = Mock::start(&environment);
    let url = mock.url.clone();
    let run = |line: &str| environment.line(&format!("stripe {line} --server {url}"));
    let id = run("customers create --email a@b.c --address.city Paris").ok().json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    run("customers create --email other@b.c").ok();
    assert_eq!(run(&format!("customers get {id}")).ok().json()["email"], "a@b.c");
    run(&format!("customers update {id} --name Corner")).ok();
    let got = run(&format!("customers get {id}")).ok().json();
    assert_eq!((&got["name"], &got["address"]["city"]), (&json!("Corner"), &json!("Paris")));
    let ids = |value: &Value| -> Vec<String> {
        value["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let listed = ids(&run("customers list").ok().json());
    assert!(listed.contains(&id) && listed.len() == 2, "{listed:?}");
    assert_eq!(ids(&run("customers list --limit 1").ok().json()).len(), 1);
    assert_eq!(run(&format!("customers delete {id}")).ok().json()["deleted"], true);
    run("customers get cus_never_made").fails(4);
    // Nobody: the mock checks credentials as the document says.
    environment.run(["auth", "status", "stripe"]).ok();
    mock.process.kill().unwrap();
    let stopped = mock.process.wait().unwrap();
    assert!(!stopped.success());
    run("customers list").fails(6);
}

/// `apicli mock stripe` on a free port.
struct Mock {
    process: std::process::Child,
    url: String,
}

impl Mock {
    fn start(environment: &TestEnvironment) -> Self {
        use std::io::BufRead;
        let mut process = environment
            .command()
            .args(["mock", "stripe", "--port", "0"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, url: line.trim().to_owned() }
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_exit_code_and_the_message_follow_from_the_status() {
    let environment = TestEnvironment::stripe();
    for (status, code, kind) in [
        (400, 4, "client"),
        (401, 3, "credentials"),
        (402, 4, "client"),
        (403, 3, "credentials"),
        (404, 4, "client"),
        (429, 4, "client"),
        (500, 5, "server"),
        (503, 5, "server"),
    ] {
        let server = Server::json(
            status,
            r#"{"error":{"message":"No such customer: 'cus_1'","code":"resource_missing","n":1.0}}"#,
        );
        let line = format!("stripe customers delete cus_1 --server {}", server.url());
        environment.line(&line).fails(code).says("No such customer: 'cus_1'").says(&status.to_string());
        let ran = environment.line(&format!("{line} --error-format json"));
        assert_eq!(ran.code, Some(code));
        assert!(ran.stdout.is_empty(), "{ran}");
        let error: Value = serde_json::from_str(&ran.stderr).unwrap();
        let error = &error["error"];
        assert_eq!((&error["kind"], &error["status"]), (&json!(kind), &json!(status)));
        assert!(error["message"].as_str().unwrap().contains("No such customer"), "{ran}");
        assert!(error["hint"].is_string(), "{ran}");
        assert_eq!(error["body"]["error"]["code"], "resource_missing");
    }
}

#[test]
fn an_answer_that_is_no_json_is_passed_on_as_it_is() {
    let environment = TestEnvironment::stripe();
    let whole = |content_type: &str, body: &[u8]| {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let body = body.to_vec();
        Server::new(move |_| Answer::Whole { status: 200, headers: headers.clone(), body: body.clone() })
    };
    let line = |server: &Server| {
        environment.line(&format!("stripe files get file_1 --server {}", server.url())).ok()
    };
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(line(&whole("application/pdf", &bytes)).stdout, bytes);
    assert_eq!(line(&whole("text/plain", b"two\nlines")).stdout_text().trim_end(), "two\nlines");
    assert_eq!(line(&whole("application/json", b"")).stdout, b"");
    let server = whole("application/json", b"{\"a\" :1}");
    let ran =
        environment.line(&format!("stripe files get file_1 --output raw --server {}", server.url())).ok();
    assert_eq!(ran.stdout_text(), "{\"a\" :1}");
}

#[test]
fn an_answer_may_be_compressed() {
    let environment = TestEnvironment::stripe();
    let server = Server::new(|asked| {
        assert!(asked.header("accept-encoding").is_some_and(|value| value.contains("gzip")));
        Answer::Whole {
            status: 200,
            headers: vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("content-encoding".to_owned(), "gzip".to_owned()),
            ],
            body: gzip(br#"{"id":"packed"}"#),
        }
    });
    environment.line(&format!("stripe customers get x --server {}", server.url())).ok().prints("\"packed\"");
}

/// One stored block (RFC 1951, 3.2.4) in a gzip member (RFC 1952).
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(bytes);
    packed.extend((!crc).to_le_bytes());
    packed.extend(u32::from(length).to_le_bytes());
    packed
}

#[test]
fn verbose_shows_the_traffic_on_standard_error_only() {
    let environment = TestEnvironment::stripe();
    let server = Server::json(200, r#"{"id":"cus_1"}"#);
    let ran = environment.line(&format!("stripe customers get cus_1 -v --server {}", server.url())).ok();
    assert_eq!(ran.stdout_text(), "{\n  \"id\": \"cus_1\"\n}\n");
    ran.says(&format!("> GET {}/v1/customers/cus_1", server.url()))
        .says("< 200 in ")
        .says("< content-type: application/json");
}

#[test]
fn what_there_is_can_be_listed() {
    let environment = TestEnvironment::stripe();
    environment.line("--version").ok().prints(env!("CARGO_PKG_VERSION"));
    environment.line("--help").ok().prints("stripe").prints("gen");
    environment.line("stripe").ok().prints("payment-intents");
    environment
        .line("stripe customers --help")
        .ok()
        .prints("balance-transactions")
        .prints("Delete a customer");
    environment.line("stripe customers create --help").ok().prints("--email").prints("--server");
    environment.line("help gen").ok().prints("--name");
    environment.line("path stripe customers").ok().prints("/stripe/customers.rhai\n");
    environment.line("path stripe customers delete").ok().prints("/stripe/customers.rhai\n");
    environment.line("plugins list").ok().prints("stripe  Stripe");
    assert_eq!(environment.line("plugins info stripe --json").ok().json()["commands"], 78);
    environment.line("check stripe").ok().says("nothing wrong");
    environment.line("auth status stripe").ok().prints("APICLI_STRIPE_TOKEN");
    for shell in ["bash", "zsh", "fish"] {
        environment.line(&format!("completions {shell}")).ok().prints("apicli");
    }
    environment.line("plugins remove stripe").fails(2).says("--yes");
    environment.line("plugins remove stripe --yes").ok();
    assert!(!environment.plugin("stripe").exists());
    environment.line("plugins list").ok();
    environment.line("stripe customers list").fails(2).says("apicli gen");
}

#[test]
fn the_machine_readable_list_has_the_agreed_shape() {
    let environment = TestEnvironment::stripe();
    let commands = environment.line("commands stripe --json").ok().json();
    let delete = commands
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["command"] == json!(["customers", "delete"]))
        .unwrap();
    for (key, value) in [
        ("operation_id", json!("DeleteCustomersCustomer")),
        ("method", json!("DELETE")),
        ("path", json!("/v1/customers/{customer}")),
        ("summary", json!("Delete a customer")),
        ("deprecated", json!(false)),
        ("destructive", json!(true)),
        ("security", json!([["bearerAuth"], ["basicAuth"]])),
        ("body", Value::Null),
    ] {
        assert_eq!(delete[key], value, "{key}");
    }
    let customer = &delete["args"][0];
    for (key, value) in [
        ("name", json!("customer")),
        ("kind", json!("positional")),
        ("in", json!("path")),
        ("wire_name", json!("customer")),
        ("type", json!("string")),
        ("required", json!(true)),
        ("repeated", json!(false)),
        ("enum", Value::Null),
        ("default", Value::Null),
    ] {
        assert_eq!(customer.get(key), Some(&value), "{key}");
    }
    let create = commands
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["command"] == json!(["customers", "create"]))
        .unwrap();
    assert_eq!(create["body"]["content_type"], "application/x-www-form-urlencoded");
    assert_eq!(create["body"]["required"], false);
}
