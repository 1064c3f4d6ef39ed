//! One session, many calls.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::*;
use crate::credentials::{Question, Stores};
use crate::engine::Values;
use crate::plugins::{Found, Lookup, Plugin, PluginManager};

fn shared<T: Send + Sync>(_: &T) {}

/// A home with the plugin `shop`, which has one command.
fn shop(script: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("shop");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("plugin.toml"), "name = 'shop'\ntitle = 'Shop'\n").unwrap();
    std::fs::write(dir.join("carts.rhai"), script).unwrap();
    home
}

fn found(plugin: &Plugin, words: &[&str]) -> Found {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    match plugin.lookup(&words).unwrap() {
        Lookup::Command(found) => *found,
        other => panic!("{other:?}"),
    }
}

/// A call of `carts get` in the shop, sent to `server`.
fn get(session: &Session, home: &Path, server: &str) -> Value {
    let plugin = PluginManager::new(home.to_owned()).get("shop").unwrap();
    let to = Destination { server: Some(server.to_owned()), ..Destination::default() };
    let found = found(&plugin, &["carts", "get"]);
    match session.call(&plugin, &found, Values::default(), &to, Way::send()).unwrap().outcome {
        Outcome::Response(answer) => {
            assert_eq!(
                (answer.status(), answer.media_type(), answer.foreign()),
                (200, Some("text/plain"), None)
            );
            let mut text = String::new();
            answer.hiding().read_to_string(&mut text).unwrap();
            Value::String(text)
        }
        other => panic!("{other:?}"),
    }
}

/// The head of a request as it was received.
fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap()
}

fn reply(stream: &mut TcpStream, body: &str) {
    let length = body.len();
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n{body}")
        .unwrap();
}

#[test]
fn threads_call_a_server_at_once_and_connections_are_kept() {
    let home = shop("fn get() { http::get(\"/cart\").send() }");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let mut both = [listener.accept().unwrap().0, listener.accept().unwrap().0];
        // Neither is answered before both have been received.
        for stream in &mut both {
            assert!(head(stream).starts_with("GET /cart HTTP/1.1\r\n"));
        }
        for (n, stream) in both.iter_mut().enumerate() {
            reply(stream, &format!("first {n}"));
        }
        // The next one uses one of these connections: no other is accepted.
        let (sender, receiver) = std::sync::mpsc::channel();
        for mut stream in both {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut byte = [0];
                if stream.read_exact(&mut byte).is_ok() {
                    head(&mut stream);
                    reply(&mut stream, "again");
                    sender.send(()).unwrap();
                }
            });
        }
        receiver.recv().unwrap();
    });
    let session = Session::in_memory();
    shared(&session);
    let mut answers: Vec<Value> = thread::scope(|scope| {
        let calls = [(); 2].map(|()| scope.spawn(|| get(&session, home.path(), &server)));
        calls.map(|call| call.join().unwrap()).into()
    });
    answers.sort_by_key(Value::to_string);
    assert_eq!(answers, [json!("first 0"), json!("first 1")]);
    assert_eq!(get(&session, home.path(), &server), json!("again"));
    serving.join().unwrap();
}

#[test]
fn threads_call_the_mock_at_once() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let session = Session::in_memory();
    thread::scope(|scope| {
        let calls = [(); 2].map(|()| {
            scope.spawn(|| {
                let plugin = PluginManager::new(scripts.clone()).get("stripe").unwrap();
                let found = found(&plugin, &["balance", "get"]);
                let to = Destination::default();
                let done = session.call(&plugin, &found, Values::default(), &to, Way::mock()).unwrap();
                let Outcome::Response(answer) = done.outcome else { panic!("{:?}", done.outcome) };
                serde_json::from_reader::<_, Value>(answer.body()).unwrap()["object"].clone()
            })
        });
        for call in calls {
            assert_eq!(call.join().unwrap(), json!("balance"));
        }
    });
}

#[test]
fn an_edited_script_is_live_at_the_next_call() {
    let home = shop("fn get() { 1 }");
    let session = Session::in_memory();
    let plugin = PluginManager::new(home.path().to_owned()).get("shop").unwrap();
    let value = || {
        let found = found(&plugin, &["carts", "get"]);
        let to = Destination { server: Some("http://127.0.0.1:9".into()), ..Destination::default() };
        match session.call(&plugin, &found, Values::default(), &to, Way::send()).unwrap().outcome {
            Outcome::Value(value) => value,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(value(), json!(1));
    std::fs::write(home.path().join("shop/carts.rhai"), "fn get() { [2] }").unwrap();
    assert_eq!(value(), json!([2]));
}

/// Records what is said.
#[derive(Default)]
struct Hearing(Mutex<Vec<String>>);

impl Person for Hearing {
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }

    fn agrees(&self, _: &Question) -> bool {
        panic!("nobody is to be asked")
    }
}

#[test]
fn a_preview_needs_no_account_and_says_nothing() {
    let home = shop("fn get() { print(\"hello\"); http::get(\"/cart\").send() }\nfn none() { 1 }");
    let plugin = PluginManager::new(home.path().to_owned()).get("shop").unwrap();
    let carts = found(&plugin, &["carts", "get"]);
    let to = Destination::default();
    let request = Session::preview(&plugin, &carts, Values::default(), &to).unwrap();
    assert_eq!(request.url(), "http://preview.invalid/cart");
    let none = found(&plugin, &["carts", "none"]);
    let failure = Session::preview(&plugin, &none, Values::default(), &to).unwrap_err();
    assert_eq!(failure.message, "`apicli shop carts none` sends no request");
    // For a session with a person and stores as well.
    let person = Arc::new(Hearing::default());
    let session = Session::new(Arc::new(Stores::none()), Arc::clone(&person) as Arc<dyn Person>);
    let done = session.call(&plugin, &carts, Values::default(), &to, Way::preview()).unwrap();
    assert!(matches!(done.outcome, Outcome::Preview(_)) && done.sent.is_empty());
    assert_eq!(*person.0.lock().unwrap(), ["hello"]);
}
