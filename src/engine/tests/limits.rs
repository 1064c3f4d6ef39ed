//! Limits inside of natives, and their units.

use serde_json::json;

use super::*;
use crate::engine::Limit;

/// The limit that ends a script, whatever it catches.
#[track_caller]
fn broken(setup: &Setup) -> Limit {
    match setup.run() {
        Err(Error::Limit { limit, .. }) => limit,
        other => panic!("{other:?}"),
    }
}

fn big(body: &str) -> Result<Response, HttpError> {
    Ok(answer(200, body))
}

#[test]
fn an_answer_is_counted_while_it_is_read() {
    let bodies = [
        (format!("[{}0]", "[],".repeat(1_500_000)), Limit::ArraySize),
        (format!("[{}0]", "0,".repeat(1_500_000)), Limit::ArraySize),
        (format!("[{}0]", "{},".repeat(1_500_000)), Limit::ArraySize),
        (format!("[{}0]", "{\"a\":{}},".repeat(150_000)), Limit::MapSize),
        (format!("{{\"a\":[{}0]}}", "[],".repeat(1_500_000)), Limit::ArraySize),
        (format!("\"{}\"", "x".repeat(17 << 20)), Limit::StringSize),
        (format!("{}{}", "[".repeat(120), "]".repeat(120)), Limit::Nesting),
    ];
    for (body, limit) in bodies {
        let setup = setup("fn f() { try { http::get(\"/x\").send().json } catch { } loop { } }")
            .answers([big(&body)]);
        assert_eq!(broken(&setup), limit);
    }
    // Gathered by the host, which counts items and their bytes.
    let gather = "fn f() { let l = json::list(); try { json::gather(l, http::get(\"/x\").send(), \"\") } catch { } 1 }";
    let many = setup(gather).answers([big(&format!("[{}0]", "[],".repeat(1_000_001)))]);
    assert_eq!(broken(&many), Limit::ArraySize);
    let mut heavy = setup(gather).answers([big(&format!("[{}0]", "{},".repeat(900_000)))]);
    heavy.limits.memory = 32 << 20;
    assert_eq!(broken(&heavy), Limit::Memory);
    // What is within the limits works.
    let text = "fn f() { let r = http::get(\"/x\").send(); [r.json.len(), r.text.len()] }";
    let fits = setup(text).answers([big(&format!("[{}0]", "[],".repeat(400_000)))]);
    assert_eq!(fits.value(), json!([400_001, 1_200_003]));
}

#[test]
fn a_text_that_is_too_long_is_none() {
    for body in ["http::get(\"/x\").send().text", "http::get(\"/x\").send().json"] {
        let setup = setup(&format!("fn f() {{ try {{ {body} }} catch {{ }} 1 }}"))
            .answers([big(&format!("\"{}\"", "x".repeat(17 << 20)))]);
        assert_eq!(broken(&setup), Limit::StringSize);
    }
    // A script gets the beginning of an error's body; the user gets all of it.
    let mut error = setup("fn f() { try { http::get(\"/x\").send() } catch (e) { return e.body.len(); } }");
    error.limits.string_size = 1 << 20;
    let error = error.answers([Ok(answer(500, &"x".repeat(4 << 20)))]);
    assert_eq!(error.value(), json!(1 << 19));
}

#[test]
fn values_are_counted_on_their_way_out() {
    for body in [
        // Each list is a reference to one value of the host's.
        "let l = json::list(); for i in 0..1000 { l.push(\"x\"); } let a = []; a.pad(50000, 0); a.map(|x| l)",
        "let l = json::list(); for i in 0..1000 { l.push(\"x\"); } let a = []; a.pad(50000, 0); json::stringify(a.map(|x| l))",
        "let l = json::list(); let s = \"x\"; s.pad(1000000, 'x'); loop { l.push(s); }",
        "let l = json::list(); l.push(1); loop { l.push(l); }",
    ] {
        let mut setup = setup(&format!("fn f() {{ try {{ {body} }} catch {{ 1 }} }}"));
        setup.limits.memory = 200 << 20;
        setup.limits.computing = Duration::from_secs(5);
        match setup.run() {
            Err(Error::Limit { limit: Limit::Memory | Limit::Computing, .. }) => {}
            // The script's result breaks no limit.
            Err(Error::Thrown { message, .. }) if message.contains("too large") => {}
            other => panic!("{body}: {:?}", other.map(|_| ())),
        }
    }
}

#[test]
fn what_closures_share_is_looked_at_in_bounded_time() {
    let mut setup = setup(
        "fn f() { let f = || 0; for i in 0..32 { let g = [f, f, f, f]; f = || g; } let n = 0; loop { n += 1; } }",
    );
    setup.limits.computing = Duration::from_millis(500);
    setup.limits.operations = 100_000;
    let limit = broken(&setup);
    assert!(matches!(limit, Limit::Computing | Limit::Nesting | Limit::Operations), "{limit:?}");
}

#[test]
fn sorting_into_a_new_array_hides_no_error() {
    for body in ["[1, 2].order(|a, b| X)", "[1, 2].order_by(|a, b| X)"] {
        let text = format!("fn f() {{ try {{ {body}; }} catch {{ }} http::get(\"/x\").send(); 1 }}");
        let setup = setup(&text.replace('X', "credentials::scheme(\"github\")"));
        assert!(matches!(setup.run(), Err(Error::Refused { .. })), "{body}");
        assert_eq!(setup.requests(), 0, "{body}");
    }
    assert_eq!(
        setup("fn f() { let a = [3, 1, 2]; [a.order(), a.order_desc(), a.order(|x, y| y - x), a] }").value(),
        json!([[1, 2, 3], [3, 2, 1], [3, 2, 1], [3, 1, 2]])
    );
}

#[test]
fn a_list_grows_one_by_one_to_its_million() {
    let setup = setup(
        "fn f() { let l = json::list(); for i in 0..200000 { l.push(i); } l.push(#{b: 1, a: l.length}); l.last(\"a\") }",
    );
    assert_eq!(setup.value(), json!(200_000));
    let mut small = self::setup("fn f() { let l = json::list(); loop { l.push(1); } }");
    small.limits.array_size = 1_000;
    assert_eq!(broken(&small), Limit::ArraySize);
}

fn pages(count: usize) -> impl Iterator<Item = Result<Response, HttpError>> {
    (0..count).map(move |n| {
        Ok(answer(200, &format!(r#"{{"data": [{{"id": {n}}}], "has_more": {}}}"#, n + 1 < count)))
    })
}

#[test]
fn each_page_is_counted_for_itself() {
    let mut ours = setup("fn f() { pages::cursor(http::get(\"/c\")).length }").answers(pages(300));
    ours.limits.requests = 3;
    ours.limits.operations = 2_000;
    assert_eq!(ours.value(), json!(300));
    // The script's own loop counts as one unit.
    let own = "fn f() { let page = 0; loop { page += 1; http::get(\"/c\").query(\"page\", page).send(); } }";
    let mut requests = setup(own);
    requests.limits.requests = 3;
    assert_eq!((broken(&requests), requests.requests()), (Limit::Requests, 3));
    let mut operations = setup(own);
    operations.limits.operations = 2_000;
    assert_eq!(broken(&operations), Limit::Operations);
    // Nothing runs endlessly between two pages.
    let mut hooked = setup("fn f() { pages::cursor(http::get(\"/c\")) }")
        .answers(pages(300))
        .hooks("fn after_response(r) { loop { } }");
    hooked.limits.operations = 2_000;
    assert_eq!(broken(&hooked), Limit::Operations);
    // Without an answer no new unit begins.
    let mut begun = setup("fn f() { loop { unit::begin(); } }");
    begun.limits.operations = 2_000;
    assert_eq!(broken(&begun), Limit::Operations);
}

#[test]
fn each_attempt_is_counted_for_itself() {
    let busy = || Ok(Response { headers: vec![("retry-after".into(), "0".into())], ..answer(503, "{}") });
    let mut retried = setup("fn f() { retry::on([503], 100, || http::get(\"/c\").send()).status }")
        .answers((0..60).map(|_| busy()));
    retried.limits.requests = 2;
    retried.limits.operations = 1_000;
    assert_eq!((retried.value(), retried.requests()), (json!(200), 61));
    let text = "fn f() { wait::till(10, 0.001, || http::get(\"/c\").send().json.done == true) }";
    let mut waited = setup(text)
        .answers((0..60).map(|_| Ok(answer(200, "{}"))).chain([Ok(answer(200, "{\"done\":true}"))]));
    waited.limits.requests = 2;
    waited.limits.operations = 1_000;
    assert_eq!((waited.value(), waited.requests()), (json!(true), 61));
}

/// A slow server, without real waiting.
struct Slow(Duration);

impl Transport for Slow {
    fn send_within(&self, _: &Request, _: Time) -> Result<Response, HttpError> {
        std::thread::sleep(self.0);
        Ok(answer(200, "{}"))
    }
}

#[test]
fn waiting_is_no_computing_but_counts_for_the_whole() {
    let text = "fn f() { for i in 0..4 { http::get(\"/x\").send(); sleep(0.05); } 1 }";
    let mut patient = setup(text).with_transport(Arc::new(Slow(Duration::from_millis(50))));
    patient.limits.computing = Duration::from_millis(300);
    assert_eq!(patient.value(), json!(1));
    let mut hurried = setup(text).with_transport(Arc::new(Slow(Duration::from_millis(50))));
    hurried.limits.whole_time = Duration::from_millis(120);
    assert_eq!(broken(&hurried), Limit::WholeTime);
    // Computing has its own limit, however much time the whole call has.
    let mut busy = setup("fn f() { loop { } }");
    busy.limits.computing = Duration::from_millis(50);
    busy.limits.operations = u64::MAX;
    assert_eq!(broken(&busy), Limit::Computing);
}

#[test]
fn a_person_may_take_their_time() {
    let text = "fn f() { for i in 0..3 { http::get(\"/x\").send(); } 1 }";
    struct Asking;
    impl Transport for Asking {
        fn send_within(&self, _: &Request, _: Time) -> Result<Response, HttpError> {
            crate::person::asked(|| std::thread::sleep(Duration::from_millis(150)));
            Ok(answer(200, "{}"))
        }
    }
    let mut asked = setup(text).with_transport(Arc::new(Asking));
    asked.limits.whole_time = Duration::from_millis(300);
    assert_eq!(asked.value(), json!(1));
}
