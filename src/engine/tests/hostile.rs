use std::time::Instant;

use super::*;
use crate::diagnostic::Kind;

/// Runs a hostile script within a short deadline and returns its message; time and kind are checked.
fn ends(text: &str) -> String {
    let mut setup = setup(text);
    // Smaller than the real limits, so that debug builds reach them quickly.
    setup.limits.computing = Duration::from_millis(800);
    setup.limits.whole_time = Duration::from_secs(8);
    setup.limits.string_size = 1 << 20;
    setup.limits.array_size = 50_000;
    setup.limits.map_size = 20_000;
    setup.limits.memory = 256 << 20;
    let started = Instant::now();
    let failure = setup.failure();
    assert!(started.elapsed() < Duration::from_secs(15), "{text}: {:?}", started.elapsed());
    assert_eq!(failure.kind, Kind::Script, "{text}: {failure}");
    failure.message
}

fn assert_limit(text: &str, words: &[&str]) {
    let message = ends(text);
    assert!(words.iter().any(|word| message.contains(word)), "{text}: {message}");
}

#[test]
fn loops_end() {
    for body in [
        "loop { }",
        "while true { }",
        "let i = 0; do { i += 1; } while true;",
        "for i in 0..9223372036854775807 { let x = i; }",
        "loop { try { loop { } } catch { } }",
        "let f = || { loop { } }; f.call()",
        "[1].map(|x| { loop { } })",
    ] {
        assert_limit(&format!("fn f() {{ {body} }}"), &["computed for too long", "operations"]);
    }
}

#[test]
fn operations_are_counted() {
    let mut setup = setup("fn f() { loop { } }");
    setup.limits.operations = 10_000;
    assert!(setup.failure().message.contains("too many operations"));
}

#[test]
fn strings_do_not_grow_without_an_end() {
    for body in [
        "let s = \"x\"; loop { s += s; }",
        "let s = \"x\"; loop { s = `${s}${s}`; }",
        "let s = \"x\"; loop { s = s + s; }",
        "let s = \"x\"; s.pad(10000000000, 'x');",
        "let s = \"x\"; s.pad(1000000, 'x'); s.replace(\"x\", s); s.len()",
        "let s = \"x\"; s.pad(1000000, 'x'); s.replace('x', s);",
        "let s = \"x\"; s.pad(1000000, 'x'); s.replace(\"\", s);",
        "let s = \"x\"; s.pad(1000000, 'x'); s.split(\"\")",
        "let s = \"x\"; s.pad(1000000, 'x'); s.split('x')",
        "let s = \"x\"; s.pad(1000000, 'x'); s.to_chars()",
        "let s = \"x\"; s.pad(1000000, 'x'); let a = []; loop { a.push(s); }",
        "let s = \"x\"; s.pad(600000, 'x'); [s, s].to_string()",
    ] {
        assert_limit(&format!("fn f() {{ {body} }}"), &["too long"]);
    }
}

#[test]
fn arrays_and_maps_do_not_grow_without_an_end() {
    for body in [
        "let a = []; loop { a.push(1); }",
        "let a = [1]; loop { a += a; }",
        "let a = [1]; loop { a = [a, a]; }",
        "let a = []; a.pad(100000000, 1);",
        "blob(10000000000)",
        "let b = blob(1); loop { b += b; }",
        "let m = #{}; let i = 0; loop { m[`k${i}`] = i; i += 1; }",
        "let m = #{a: 1}; loop { m = #{a: m, b: m}; }",
        "let a = []; for i in range(0, 9223372036854775807) { a.push(i); }",
        "json::parse(\"[\" + \"0,\" * 3 + \"0]\")",
        "let s = \"x\"; loop { s = `${s}`; let x = [s]; s = x.to_string(); }",
    ] {
        ends(&format!("fn f() {{ {body} }}"));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_bounded_over_all_values() {
    // Closures hold what they capture, and no limit of the engine counts it.
    let mut setup = setup(
        "fn f() { let all = []; let i = 0; loop { let s = \"x\"; s.pad(1000000, 'x'); s += i; i += 1; all.push(|| s); } }",
    );
    setup.limits.memory = 128 << 20;
    let failure = setup.failure();
    assert!(failure.message.contains("too much memory"), "{failure}");
}

#[test]
fn recursion_ends() {
    for text in [
        "fn f() { f() }",
        "fn f() { 1 + f() }",
        "fn f() { g() } fn g() { f() }",
        "fn f() { let g = Fn(\"f\"); g.call() }",
        "fn f() { [1].map(|x| f()) }",
        "fn f() { try { f() } catch { f() } }",
        "fn f() { `${f()}` }",
        "fn f() { [1, 2].sort(|a, b| f()) }",
    ] {
        assert_limit(text, &["too deep"]);
    }
}

/// Runs on a thread with the stack that the main thread of a program has.
fn on_main_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(test).unwrap();
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

/// The deepest expression that compiles, in every call of the deepest recursion, and then the same in a hook.
#[test]
fn the_deepest_calls_fit_on_the_stack() {
    const NESTS: &[(&str, &str)] = &[
        ("(1+", ")"),
        ("[", "]"),
        ("#{a:", "}"),
        ("if true { ", " }"),
        ("{ ", " }"),
        ("-", ""),
        ("id(", ")"),
        ("1.id2(", ")"),
        ("`${", "}`"),
        ("x[", "]"),
        ("switch 1 { 1 => ", " }"),
        ("[1].map(|y| ", ")"),
        ("for y in 0..1 { ", " }"),
        ("try { ", " } catch { }"),
    ];
    on_main_stack(|| {
        for (open, close) in NESTS {
            let text = |depth: usize, last: &str| {
                format!(
                    "fn f() {{ g(58) }} fn before_send(r) {{ g(58) }} fn id(x) {{ x }} fn id2(x) {{ x }}\n\
                     fn g(n) {{ if n < 1 {{ return {last}; }} let x = []; {}g(n - 1){} }}",
                    open.repeat(depth),
                    close.repeat(depth)
                )
            };
            let compiles =
                |depth: &usize| Script::compile(Source { path: "x".into(), text: text(*depth, "1") }).is_ok();
            let depth = (1..100).rev().find(compiles).unwrap();
            let setup = setup(&text(depth, "http::get(\"/x\").send()")).hooks(&text(depth, "g(58)"));
            // The result does not matter, only that it returns.
            assert!(!matches!(setup.run(), Err(Error::Engine { .. })), "{open}");
        }
    });
}

#[test]
fn values_do_not_nest_without_an_end() {
    on_main_stack(nest_values);
}

fn nest_values() {
    for body in [
        "let a = []; loop { a = [a]; }",
        "let a = []; loop { a = [[[[[[[[[[[[[a]]]]]]]]]]]]]; }",
        "let m = #{}; loop { m = #{m: m}; }",
        "let a = []; let b = a; loop { b = []; b.push(a); a = b; }",
        "let f = || 0; loop { let g = f; f = || g; }",
        "let f = || 0; loop { let g = [f, f]; f = || g; }",
        "let wide = []; wide.pad(5000, 0); let a = []; loop { a = [a]; wide.len(); }",
        "let a = []; loop { a.deeper(); }",
        "let a = []; let g = || { a = [a]; }; loop { g.call(); }",
        "let m = #{a: []}; loop { m.a = [m.a]; }",
    ] {
        assert_limit(
            &format!("fn f() {{ {body} }}\nfn deeper() {{ this = [this]; }}"),
            &["too deep", "data race"],
        );
    }
}

#[test]
fn circles_end() {
    for body in [
        "let a = []; let f = || a; a.push(f); print(a); a.to_string(); a == a; f",
        "let a = []; let f = || { a }; a.push(f.call()); a.to_string()",
        "let m = #{}; let f = || m; m.f = f; m.to_string(); json::stringify(m)",
        "let a = []; let b = || a; let c = [a, a]; a.push(c); c.push(a); c.to_string(); c == a; throw 1",
        "let a = [1]; let f = || a; let b = [a]; b.push(a); b.len(); throw b",
        "let a = [1]; let f = || a; let m = #{a: a}; m.b = a; m.to_string(); throw m",
    ] {
        let result = setup(&format!("fn f() {{ {body} }}")).run();
        if let Err(error) = result {
            assert!(!matches!(error, Error::Engine { .. }), "{body}: {error:?}");
        }
    }
}

#[test]
fn modules_and_eval_are_out_of_reach() {
    for text in [
        "fn f() { Fn(\"eval\").call(\"1\") }",
        "fn f() { call(Fn(\"eval\"), \"1\") }",
        "fn f() { [\"1\"].map(Fn(\"eval\")) }",
    ] {
        ends(text);
    }
    for text in [
        "fn f() { import \"std\" as s; }",
        "fn f() { eval(\"1\") }",
        "fn f() { export x; }",
        "fn f() { curry(1, 2) }",
        "fn f() { Fn(\"f\").curry(1) }",
    ] {
        assert!(Script::compile(Source { path: "x".into(), text: text.to_owned() }).is_err(), "{text}");
    }
}

#[test]
fn natives_cannot_be_shadowed() {
    let text = r#"
        fn f() { http::get("/x").send().status }
        fn get(path) { throw "shadowed" }
        fn request(a, b) { throw "shadowed" }
        fn scheme(name) { throw "shadowed" }
        fn to_string() { throw "shadowed" }
        fn http() { throw "shadowed" }
    "#;
    assert_eq!(setup(text).value(), serde_json::json!(200));
    for text in ["fn http::get(x) { }", "fn print(x) { }", "fn eval(x) { }", "fn Fn(x) { }"] {
        assert!(Script::compile(Source { path: "x".into(), text: text.to_owned() }).is_err(), "{text}");
    }
    // A variable is not a namespace.
    assert_eq!(
        setup("fn f() { let http = 1; http::get(\"/x\").send().status }").value(),
        serde_json::json!(200)
    );
}

#[test]
fn sandbox_errors_cannot_be_caught() {
    for body in [
        "http::get(\"https://evil.example/\").send()",
        "credentials::scheme(\"github\")",
        "http::get(\"/\").header(\"authorization\", \"x\")",
        "sleep(1000000000)",
        "loop { }",
    ] {
        let text = format!("fn f() {{ try {{ {body} }} catch {{ return 1; }} 1 }}");
        ends(&text);
    }
}

#[test]
fn sandbox_errors_cannot_be_hidden_in_functions_of_the_engine() {
    for body in [
        "[1, 2].sort(|a, b| X)",
        "[1, 2].dedup(|a, b| X)",
        "[1, 2].map(|a| X)",
        "[1, 2].filter(|a| X)",
        "[2].some(|a| X)",
    ] {
        for hostile in ["credentials::scheme(\"github\")", "http::get(\"https://evil.example/\").send()"] {
            let body = body.replace('X', hostile);
            let setup =
                setup(&format!("fn f() {{ try {{ {body}; }} catch {{ }} http::get(\"/x\").send(); 1 }}"));
            assert_eq!(setup.failure().kind, Kind::Script, "{body}");
            assert_eq!(setup.requests(), 0, "{body}");
        }
    }
    let setup =
        setup("fn f() { [1, 2].dedup(|a, b| http::get(\"/a\").send()); http::get(\"/b\").send() }").preview();
    let Ok(Outcome::Preview(request)) = setup.run() else { panic!() };
    assert_eq!(request.path, "/a");
}

#[test]
fn sorting_takes_any_function() {
    assert_eq!(
        setup("fn f() { let a = [3, 1, 2]; a.sort(); let b = [1, 3, 2]; b.sort(|x, y| y - x); let c = [0.5, 0.0/0.0, -1.0]; c.sort_desc(); let d = []; d.sort(); [a, b, c.len(), d] }").value(),
        serde_json::json!([[1, 2, 3], [3, 2, 1], 3, []])
    );
    for body in [
        "let a = []; a.pad(1000, 1); a.sort(|x, y| 1); a.sort(|x, y| -1); throw 1",
        "let a = [1, \"x\"]; a.sort()",
        "let a = [1, 2]; a.sort(|x, y| \"x\")",
        "let a = [[1], [2]]; a.sort()",
    ] {
        ends(&format!("fn f() {{ {body} }}"));
    }
}

#[test]
fn sleep_ends_at_once_when_it_would_pass_the_deadline() {
    for body in
        ["sleep(1000000000)", "sleep(1e300)", "sleep(1.0/0.0)", "sleep(9223372036854775807)", "sleep(3)"]
    {
        let mut setup = setup(&format!("fn f() {{ {body}; }}"));
        setup.limits.whole_time = Duration::from_secs(3);
        let started = Instant::now();
        assert!(setup.failure().message.contains("out of time"), "{body}");
        assert!(started.elapsed() < Duration::from_secs(2), "{body}");
    }
    for body in ["sleep(0)", "sleep(-5)", "sleep(-1.5)", "sleep(0.0/0.0)", "sleep(0.001)"] {
        setup(&format!("fn f() {{ {body}; }}")).run().unwrap();
    }
}

#[test]
fn requests_are_counted() {
    let mut setup = setup("fn f() { loop { try { http::get(\"/x\").send(); } catch { } } }");
    setup.limits.requests = 5;
    assert!(setup.failure().message.contains("too many requests"));
    assert_eq!(setup.requests(), 5);
}

#[test]
fn odd_values_do_no_harm() {
    for body in [
        "throw http::get(\"/x\");",
        "throw credentials::scheme(\"bearerAuth\");",
        "throw #{kind: \"http\", status: 404, message: \"fake\", body: \"\"};",
        "throw #{kind: \"http\"};",
        "throw 0..5;",
        "throw 1.0 / 0.0;",
        "exit(|| 1)",
        "http::get(\"/x\").query(#{a: || 1}).send()",
        "http::get(\"/x\").query(\"a\", http::get(\"/y\")).send()",
        "http::get(\"/x\").json(#{a: 0.0 / 0.0}).send()",
        "http::get(\"/x\").headers(#{a: 1}, [1])",
        "http::get(\"/x\").timeout(-1).send()",
        "http::get(\"/x\").timeout(0.0 / 0.0).send()",
        "http::request(\"GET\\r\\nX: y\", \"/\")",
        "http::get(\"/x\\r\\ny\")",
        "http::get(\"/{\")",
        "this.x",
        "return || 1;",
        "Fn(\"\")",
        "0..5",
    ] {
        ends(&format!("fn f() {{ {body} }}"));
    }
    // Leaving early is not a failure.
    assert_eq!(setup("fn f() { exit(7); }").value(), serde_json::json!(7));
}
