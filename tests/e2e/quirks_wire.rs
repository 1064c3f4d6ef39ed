//! What goes over the wire: styles of parameters, media types and encodings of bodies.

use serde_json::{Value, json};

use crate::quirks::{Quirk, header};
use crate::server::Server;

/// A line whose first word is an `operationId`, with the words of its command instead.
fn named(quirk: &Quirk, line: &str) -> String {
    let (operation, rest) = line.split_once(' ').unwrap_or((line, ""));
    let commands = quirk.commands();
    let found = commands.iter().find(|one| one["operation_id"] == operation).expect(operation);
    let words = found["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    words.chain([rest]).collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

/// Runs an operation against the mock, which has to understand it, and gives the request that it is.
#[track_caller]
fn dry(quirk: &Quirk, line: &str) -> Value {
    let line = named(quirk, line);
    quirk.run(&format!("{line} --mock")).ok();
    quirk.dry(&line)
}

#[track_caller]
fn url(quirk: &Quirk, line: &str) -> String {
    let url = dry(quirk, line)["url"].as_str().unwrap().to_owned();
    url.strip_prefix("https://api.example.com").unwrap().to_owned()
}

/// OpenAPI 3.0.4, "Style Examples": path parameters. A list or an object is typed as one word.
#[test]
fn styles_of_path_parameters() {
    let quirk = Quirk::new("parameter-styles");
    assert_eq!(
        url(&quirk, r#"getSimple a,b/c {"R":100,"G":200} R=1,G=2"#),
        "/simple/a,b%2Fc/R,100,G,200/R=1,G=2"
    );
    assert_eq!(url(&quirk, r#"getLabel blue ["a","b"] R=100,G=200"#), "/label/.blue/.a.b/.R=100.G=200");
    assert_eq!(
        url(&quirk, "getMatrix 5 a,b a,b R=100,G=200"),
        "/matrix/;one=5/;list=a,b/;each=a;each=b/;R=100;G=200"
    );
}

/// Swagger 2.0, Parameter Object, `collectionFormat`.
#[test]
fn collection_formats() {
    let quirk = Quirk::new("collection-formats");
    assert!(quirk.report["warnings"].to_string().contains("`collectionFormat: semicolons` cannot be sent"));
    assert_eq!(quirk.report["warnings"].as_array().unwrap().len(), 1, "{}", quirk.report["warnings"]);
    for (line, expected) in [
        ("--commas a,b", "commas=a,b"),
        ("--spaces a,b", "spaces=a%20b"),
        ("--tabs 1,2 --tabs 3", "tabs=1%092%093"),
        ("--pipes a,b", "pipes=a%7Cb"),
        ("--many a,b", "many=a&many=b"),
    ] {
        quirk.run(&format!("lists list {line} --mock")).ok();
        assert_eq!(quirk.url(&format!("lists list {line}")), format!("/lists?{expected}"));
    }
    assert_eq!(quirk.dry("lists create --tabs a,b")["body"], "tabs=a%09b");
    quirk
        .environment
        .run([
            "validate".as_ref(),
            crate::environment::repository("specs/quirks/collection-formats.yaml").as_os_str(),
        ])
        .ok()
        .prints("0 errors, 1 warning");
}

/// The same table: query parameters; RFC 3986 for what is percent-encoded.
#[test]
fn styles_of_query_parameters() {
    let quirk = Quirk::new("parameter-styles");
    for (line, expected) in [
        ("--each a --each b,c", "each=a&each=b&each=c"),
        ("--comma a,b", "comma=a,b"),
        ("--space a,b", "space=a%20b"),
        ("--pipe a,b", "pipe=a%7Cb"),
        ("--rgb.R 100 --rgb.G 200", "rgb=R,100,G,200"),
        ("--spread.left x --spread.right y", "left=x&right=y"),
        ("--deep.name n --deep.size.gte 5", "deep%5Bname%5D=n&deep%5Bsize%5D%5Bgte%5D=5"),
        ("--deep.tags a,b", "deep%5Btags%5D%5B0%5D=a&deep%5Btags%5D%5B1%5D=b"),
        ("--reserved http://x/?a=b&c[d]#e", "reserved=http://x/?a=b%26c%5Bd%5D%23e"),
        ("--empty=", "empty="),
        ("--wrong a,b", "wrong=a&wrong=b"),
        ("--filter x", "$filter=x"),
        ("--ids 1,2", "ids%5B%5D=1&ids%5B%5D=2"),
        ("--page-size 9", "page%5Bsize%5D=9"),
    ] {
        assert_eq!(url(&quirk, &format!("getQuery {line}")), format!("/query?{expected}"), "{line}");
    }
    let warnings = quirk.report["warnings"].to_string();
    assert!(warnings.contains("the query has no style `matrix`; treated as `form`"), "{warnings}");
}

/// Headers are style simple, cookies style form; `content` goes before a style (3.0.4, Parameter Object). A header that
/// no parameter may set costs nothing else.
#[test]
fn headers_cookies_and_content() {
    let quirk = Quirk::new("parameter-styles");
    let request = dry(
        &quirk,
        r#"getElsewhere --x-list a,b --x-object.R 1 --x-object.g 2 --x-json {"a":[1]} --each a,b --comma c,d --odd-name v;w --json {"a":1} --csv a,b"#,
    );
    assert_eq!(request["url"], "https://api.example.com/elsewhere?json=%7B%22a%22%3A1%7D&csv=a%2Cb");
    assert_eq!(header(&request, "x-list").as_deref(), Some("a,b"));
    assert_eq!(header(&request, "x-object").as_deref(), Some("R=1,G=2"));
    assert_eq!(header(&request, "x-json").as_deref(), Some(r#"{"a":[1]}"#));
    // Help names the header, not the field of the object in it.
    quirk.run(&format!("{} --help", named(&quirk, "getElsewhere"))).ok().prints("[header `X-Object`]");
    assert_eq!(header(&request, "cookie").as_deref(), Some("each=a; each=b; comma=c,d; odd%20name=v%3Bw"));
    let names: Vec<String> = quirk.command(&named(&quirk, "getElsewhere"))["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arg| arg["wire_name"].as_str().unwrap().to_ascii_lowercase())
        .collect();
    assert!(
        !names.contains(&"cookie".to_owned()) && !names.contains(&"content-length".to_owned()),
        "{names:?}"
    );
}

/// One set of flags, in the media type that is preferred, chosen, or the only one that has a flag.
#[test]
fn one_of_several_media_types() {
    let quirk = Quirk::new("media-types");
    let content_type = |request: &Value| header(request, "content-type").unwrap();
    let line = "createOrder --item tea --count 2 --address.city Paris";
    let request = dry(&quirk, line);
    assert_eq!(request["body"], r#"{"item":"tea","count":2,"address":{"city":"Paris"}}"#);
    assert_eq!(content_type(&request), "application/json; charset=utf-8");
    let request = dry(&quirk, &format!("{line} --content-type urlencoded"));
    assert_eq!(request["body"], "item=tea&count=2&address[city]=Paris");
    assert_eq!(content_type(&request), "application/x-www-form-urlencoded");
    let request = dry(&quirk, &format!("{line} --content-type multipart/form-data"));
    assert!(request["body"].as_str().unwrap().contains("name=\"item\"\r\n\r\ntea\r\n"), "{request}");
    let file = quirk.environment.write("receipt.pdf", "PDF");
    let request = dry(&quirk, &format!("{line} --receipt {}", file.display()));
    assert!(content_type(&request).starts_with("multipart/form-data; boundary="), "{request}");
    assert!(request["body"].as_str().unwrap().contains("filename=\"receipt.pdf\""), "{request}");
    let request = dry(&quirk, "createOrder --content-type xml --body <order/>");
    assert_eq!(
        (request["body"].as_str(), content_type(&request).as_str()),
        (Some("<order/>"), "application/xml")
    );
    quirk.run(&named(&quirk, &format!("{line} --content-type xml"))).fails(2).says("`--item`");
    quirk.run(&named(&quirk, &format!("{line} --content-type yaml"))).fails(2).says("text/csv");
    quirk.run(&named(&quirk, &format!("{line} --content-type form"))).fails(2).says("several");
    quirk
        .run(&named(&quirk, &format!("createOrder --receipt {} --content-type json", file.display())))
        .fails(2)
        .says("--receipt");
    quirk.run(&named(&quirk, "createOrder --help")).ok().prints("--content-type <TYPE>").prints("text/csv");
}

/// A range is its commonest member; one that is misspelt is what it was meant to be, with a warning.
#[test]
fn media_types_that_are_none() {
    let quirk = Quirk::new("media-types");
    assert_eq!(quirk.report["skipped"], json!([]));
    let warnings = quirk.report["warnings"].to_string();
    assert_eq!(warnings.matches("is not a media type for this").count(), 3, "{warnings}");
    for (line, expected) in [
        ("createRange --item x", "application/json"),
        ("replaceRange --item x", "application/json"),
        ("createMisspelt --item x", "application/json;version=2018-01-01"),
        ("updateMisspelt --item x", "application/json"),
        ("createVersion --item x", "application/json;version=2018-01-01"),
    ] {
        let request = dry(&quirk, line);
        assert_eq!(header(&request, "content-type").as_deref(), Some(expected), "{line}");
        assert_eq!(request["body"], r#"{"item":"x"}"#, "{line}");
    }
    let request = dry(&quirk, "replaceMisspelt --item x");
    assert!(header(&request, "content-type").unwrap().starts_with("multipart/form-data"), "{request}");
    let picture = quirk.environment.write("a.jpg", "JPEG");
    let request = dry(&quirk, &format!("updateRange --body @{}", picture.display()));
    assert_eq!(header(&request, "content-type").as_deref(), Some("image/jpeg"));
    let request = dry(&quirk, "updateRange --body x --content-type image/webp");
    assert_eq!(header(&request, "content-type").as_deref(), Some("image/webp"));
}

/// Only flags of the body itself do not go together with a body that is not an object.
#[test]
fn flags_of_other_places_go_along_with_any_body() {
    let quirk = Quirk::new("media-types");
    let request = quirk.dry(&named(&quirk, r#"createVersion --trace t --body ["a",1.50]"#));
    assert_eq!(
        (request["body"].as_str(), request["url"].as_str()),
        (Some(r#"["a",1.50]"#), Some("https://api.example.com/versions?trace=t"))
    );
    quirk.run(&named(&quirk, r#"createVersion --item x --body ["a"]"#)).fails(2).says("not a JSON object");
}

/// NDJSON: a text, an item of an array, or a line of a file is a line.
#[test]
fn lines_of_json() {
    let quirk = Quirk::new("media-types");
    let lines = "{\"item\":\"a\"}\n{\"item\":\"b\"}\n";
    for line in [
        r#"createLines --body {"item":"a"} --body {"item":"b"}"#,
        r#"createLines --body [{"item":"a"},{"item":"b"}]"#,
    ] {
        let request = dry(&quirk, line);
        assert_eq!(request["body"], lines, "{line}");
        assert_eq!(header(&request, "content-type").as_deref(), Some("application/x-ndjson"));
    }
    let file = quirk.environment.write("lines.ndjson", lines);
    assert_eq!(quirk.dry(&named(&quirk, &format!("createLines --body @{}", file.display())))["body"], lines);
    let file = quirk.environment.write("array.json", "\n[{\"item\":\"a\"},\n {\"item\":\"b\"}]");
    assert_eq!(quirk.dry(&named(&quirk, &format!("createLines --body @{}", file.display())))["body"], lines);
    quirk.run(&named(&quirk, "createLines --body {")).fails(2).says("JSON");
}

/// A body goes along with any method (RFC 9110, section 9.3.1, does not forbid it).
#[test]
fn bodies_of_get_and_delete() {
    let quirk = Quirk::new("media-types");
    for (operation, method) in [("search", "GET"), ("deleteSearches", "DELETE")] {
        let server = Server::json(200, "{}");
        let line = named(&quirk, &format!("{operation} --item x"));
        quirk.run(&format!("{line} --server {}", server.url())).ok();
        let asked = server.only();
        assert_eq!((asked.method.as_str(), asked.text().as_str()), (method, r#"{"item":"x"}"#));
    }
}

/// OpenAPI 3.0.4, Encoding Object, for `application/x-www-form-urlencoded`.
#[test]
fn encodings_of_a_form() {
    let quirk = Quirk::new("encodings");
    let request = dry(
        &quirk,
        "createForm --plain a,b --comma a,b --pipe a,b --deep a,b --json.a 1 --nested.b c --url http://a/?b=c",
    );
    assert_eq!(
        request["body"],
        "plain=a&plain=b&comma=a,b&pipe=a%7Cb&deep[0]=a&deep[1]=b&json=%7B%22a%22%3A1%7D&nested[b]=c&url=http://a/?b=c"
    );
}

/// The same for multipart: text for scalars, JSON for objects, each item of a list a part, files with their types.
#[test]
fn encodings_of_parts() {
    let quirk = Quirk::new("encodings");
    let write = |name: &str| quirk.environment.write(name, name).display().to_string();
    let (png, gif, one, two) = (write("a.jpg"), write("b.bin"), write("one.txt"), write("two.png"));
    let line = format!(
        "createUpload --title T --count 3 --tags x,y --place.lat 1.5 --parts id=p1 --parts id=p2 --deep.k v --note *hi* \
         --picture {png} --scan {gif} --photos {one} --photos {two}"
    );
    let request = dry(&quirk, &line);
    let body = request["body"].as_str().unwrap();
    let boundary = header(&request, "content-type").unwrap().rsplit_once("boundary=").unwrap().1.to_owned();
    let parts: Vec<String> = body
        .split(&format!("--{boundary}"))
        .filter_map(|part| part.strip_prefix("\r\n"))
        .map(|part| part.trim_end().replace("content-disposition: form-data; name=", "").replace("\r\n", "|"))
        .filter(|part| !part.is_empty())
        .collect();
    assert_eq!(
        parts,
        [
            r#""title"||T"#,
            r#""count"||3"#,
            r#""tags"||x"#,
            r#""tags"||y"#,
            r#""place"|content-type: application/json||{"lat":1.5}"#,
            r#""parts"|content-type: application/json||{"id":"p1"}"#,
            r#""parts"|content-type: application/json||{"id":"p2"}"#,
            r#""deep[k]"||v"#,
            r#""note"|content-type: text/markdown||*hi*"#,
            r#""picture"; filename="a.jpg"|content-type: image/jpeg||a.jpg"#,
            r#""scan"; filename="b.bin"|content-type: application/pdf||b.bin"#,
            r#""photos"; filename="one.txt"|content-type: text/plain||one.txt"#,
            r#""photos"; filename="two.png"|content-type: image/png||two.png"#,
        ]
    );
    // curl makes the same of it.
    let curl = String::from_utf8(quirk.run(&named(&quirk, &format!("{line} --curl"))).ok().stdout).unwrap();
    assert!(curl.contains("-F 'place=\"{\\\"lat\\\":1.5}\";type=application/json'"), "{curl}");
    assert!(curl.contains("a.jpg;type=image/jpeg"), "{curl}");
}

/// OpenAPI 3.2: QUERY and additional operations (Path Item Object), `querystring` and style cookie (Parameter Object).
#[test]
fn openapi_3_2() {
    let quirk = Quirk::new("openapi-3-2-wire");
    let request = dry(&quirk, "queryReports --text x");
    assert_eq!(
        (request["method"].as_str(), request["body"].as_str()),
        (Some("QUERY"), Some(r#"{"text":"x"}"#))
    );
    assert_eq!(dry(&quirk, "copyReports")["method"], "COPY");
    let request =
        dry(&quirk, "listFilters --selection.color red --selection.size 2 --greeting Hello%20World");
    assert_eq!(request["url"], "https://api.example.com/filters?color=red&size=2");
    assert_eq!(header(&request, "cookie").as_deref(), Some("greeting=Hello%20World"));
    let request = dry(&quirk, r#"listSelections --selection {"a":1}"#);
    assert_eq!(request["url"], "https://api.example.com/selections?%7B%22a%22%3A1%7D");
    let script = std::fs::read_to_string(quirk.environment.plugin("openapi-3-2-wire/reports.rhai")).unwrap();
    assert!(script.contains("http::request(\"QUERY\", \"/reports\")"), "{script}");
}

/// What a program took of memory, in KiB, as long as it runs.
#[cfg(target_os = "linux")]
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A server for one request, which counts what its body has and asks `measure` before it answers.
#[cfg(target_os = "linux")]
fn draining(
    measure: impl FnOnce() -> u64 + Send + 'static,
) -> (String, std::thread::JoinHandle<(String, u64, u64)>) {
    use std::io::{BufRead, BufReader, Read, Write};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::with_capacity(1 << 18, stream.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0);
        }
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let count = std::io::copy(&mut reader.take(length.parse().unwrap()), &mut std::io::sink()).unwrap();
        let peak = measure();
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
        (head, count, peak)
    });
    (url, thread)
}

/// A body of 1 GB goes out with its length, from a file, in a part of a form, from a file as standard input and from a
/// pipe, and takes no memory.
#[cfg(target_os = "linux")]
#[test]
fn a_large_body_takes_no_memory() {
    use std::process::Stdio;
    use std::sync::{Arc, Mutex};
    const SIZE: u64 = 1 << 30;
    let raw = Quirk::new("raw-bodies");
    let form = Quirk::new("encodings");
    let path = raw.environment.write("large", "");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(SIZE).unwrap();
    let shown = path.display();
    for (quirk, line, stdin) in [
        (&raw, format!("putBlob x --body @{shown}"), "none"),
        (&form, format!("createUpload --title T --picture {shown}"), "none"),
        (&raw, "putBlob x --body -".to_owned(), "file"),
        (&raw, "putBlob x --body -".to_owned(), "pipe"),
    ] {
        let pid = Arc::new(Mutex::new(0));
        let known = Arc::clone(&pid);
        let (url, server) = draining(move || peak(*known.lock().unwrap()));
        let line = format!("{} {} --server {url}", quirk.name(), named(quirk, &line));
        let mut command = quirk.environment.command();
        command.args(line.split_whitespace()).stdout(Stdio::null());
        // A pipe need not have so much to show that it is not kept.
        let size = if stdin == "pipe" { SIZE / 8 } else { SIZE };
        match stdin {
            "file" => command.stdin(std::fs::File::open(&path).unwrap()),
            "pipe" => command.stdin(Stdio::piped()),
            _ => command.stdin(Stdio::null()),
        };
        let mut child = command.spawn().unwrap();
        *pid.lock().unwrap() = child.id();
        if let Some(mut pipe) = child.stdin.take() {
            std::io::copy(&mut std::io::Read::take(std::io::repeat(0), size), &mut pipe).unwrap();
        }
        let (head, count, peak) = server.join().unwrap();
        assert!(child.wait().unwrap().success(), "{line}");
        assert!(!head.contains("transfer-encoding"), "{head}");
        assert!(count >= size && count < size + 2_000, "{line}: {count}");
        assert!(peak < 64 * 1024, "{line}: {peak} KiB");
    }
    // What is shown of it has an end as well.
    let shown = raw.dry(&named(&raw, &format!("putBlob x --body @{shown}")));
    assert_eq!((&shown["body_truncated"], &shown["body_length"]), (&json!(true), &json!(SIZE)));
    assert!(shown["body"].as_str().unwrap().len() < 100_000);
}

/// JSON text may begin with a byte order mark (RFC 8259, section 8.1, lets a parser pass it over).
#[test]
fn a_byte_order_mark_is_no_part_of_a_body() {
    let quirk = Quirk::new("media-types");
    let with = quirk.environment.write("bom.json", b"\xef\xbb\xbf{\"item\":\"x\"}");
    let line = named(&quirk, &format!("createOrder --body @{}", with.display()));
    assert_eq!(quirk.dry(&line)["body"], r#"{"item":"x"}"#);
    let wide = quirk.environment.write("wide.json", b"\xff\xfe{\0}\0");
    quirk.run(&named(&quirk, &format!("createOrder --body @{}", wide.display()))).fails(2).says("UTF-16");
}
