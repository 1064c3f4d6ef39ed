use std::sync::Arc;

use super::super::fake::{STRIPE, manifest};
use super::*;
use crate::model::Server;

const API: &str = "https://api.stripe.com";

fn origin(url: &str) -> Origin {
    Origin::of(url).unwrap()
}

/// Gives every question the same answer, and records them.
fn asked(answer: bool) -> (Ask, Arc<Mutex<Vec<Question>>>) {
    let questions = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&questions);
    (
        Box::new(move |question| {
            log.lock().unwrap().push(question.clone());
            answer
        }),
        questions,
    )
}

fn consent(manifest: &Manifest, own: Option<&str>, records: &Records, ask: Ask) -> Consent {
    let known = records.get("stripe").unwrap();
    Consent::new(STRIPE, manifest, known, own.map(origin), None, records, ask)
}

#[test]
fn a_folder_without_a_record_is_asked_about_once_with_all_its_hosts() {
    let mut manifest = manifest();
    manifest.servers.push(Server::plain("https://files.stripe.com", ""));
    let records = Records::of_one(None);
    let (no, questions) = asked(false);
    let error = consent(&manifest, None, &records, no).permit(&origin(API)).unwrap_err();
    assert!(matches!(&error, Error::Unagreed { is_known: false, .. }), "{error:?}");
    let failure = crate::diagnostic::Failure::from(error);
    assert_eq!(failure.kind.exit_code(), 3);
    let hint = failure.first_hint().unwrap().to_owned();
    assert!(hint.contains("`apicli auth use stripe --server https://api.stripe.com`"), "{hint}");
    assert!(hint.contains("`APICLI_STRIPE_SERVER=https://api.stripe.com`"), "{hint}");
    let text = questions.lock().unwrap()[0].to_string();
    assert!(
        text.contains("`stripe`") && text.contains(API) && text.contains("https://files.stripe.com"),
        "{text}"
    );
    assert_eq!(records.get("stripe").unwrap(), None);
    let (yes, questions) = asked(true);
    let consent = consent(&manifest, None, &records, yes);
    for url in [API, "https://files.stripe.com", API] {
        consent.permit(&origin(url)).unwrap();
        assert!(consent.gives(&origin(url)));
    }
    assert_eq!(questions.lock().unwrap().len(), 1);
    assert!(records.get("stripe").unwrap().unwrap().permits(Profile::DEFAULT, &origin(API)));
}

#[test]
fn what_a_folder_says_of_a_profile_is_that_profiles_and_nobody_elses() {
    let mut manifest = manifest();
    manifest.profile = "live".into();
    let records = Records::of_one(None);
    let live = Account { plugin: "stripe", profile: "live" };
    let (yes, _) = asked(true);
    let evil = origin("https://evil.example");
    let of_live = Consent::new(live, &manifest, None, Some(evil.clone()), None, &records, yes);
    of_live.permit(&evil).unwrap();
    let record = records.get("stripe").unwrap().unwrap();
    assert_eq!(record.profile(), "live");
    assert!(record.permits("live", &evil) && !record.permits(Profile::DEFAULT, &evil));
    assert!(record.permits(Profile::DEFAULT, &origin(API)));
}

#[test]
fn nothing_in_the_folder_widens_a_record() {
    let records = Records::of_one(None);
    let first = Wishes::of(&manifest()).from("-");
    assert_eq!(records.generated("stripe", &first, &|_| false).unwrap(), Wishes::default());
    let mut changed = manifest();
    changed.servers.insert(0, Server::plain("https://evil.example", ""));
    let (no, questions) = asked(false);
    let consent = consent(&changed, Some("https://evil.example"), &records, no);
    consent.permit(&origin(API)).unwrap();
    assert!(questions.lock().unwrap().is_empty());
    for url in ["https://evil.example", "http://api.stripe.com", "https://api.stripe.com:8443"] {
        let error = consent.permit(&origin(url)).unwrap_err();
        assert!(matches!(error, Error::Unagreed { is_known: true, .. }), "{error:?}");
    }
    assert_eq!(
        (consent.origins(), consent.left_out()),
        (vec![origin(API)], vec![origin("https://evil.example")])
    );
}

#[test]
fn a_server_that_is_typed_is_consent_for_that_call() {
    let records = Records::of_one(None);
    let (no, _) = asked(false);
    let named = Some(origin("http://127.0.0.1:9"));
    let consent = Consent::new(STRIPE, &manifest(), None, None, named, &records, no);
    consent.permit(&origin("http://127.0.0.1:9")).unwrap();
    assert!(consent.permit(&origin(API)).is_err());
    assert_eq!(records.get("stripe").unwrap(), None);
}

#[test]
fn a_later_document_is_asked_about_as_far_as_it_is_new() {
    let records = Records::of_one(None);
    records
        .generated("stripe", &Wishes::of(&manifest()).from("https://docs.example/a.yaml"), &|_| false)
        .unwrap();
    let mut newer = manifest();
    newer.servers.push(Server::plain("https://new.example", ""));
    let flow = crate::model::Flow { token_url: "https://id.example/token".into(), ..Default::default() };
    let flows = [(crate::model::FlowKind::ClientCredentials, flow)].into_iter().collect();
    let scheme = crate::model::AuthScheme::OAuth2 { flows, metadata_url: String::new() };
    newer.auth.insert("o".into(), scheme);
    let wishes = Wishes::of(&newer).from("https://docs.example/b.yaml");
    let (no, questions) = asked(false);
    let left = records.generated("stripe", &wishes, &no).unwrap();
    assert_eq!(questions.lock().unwrap().len(), 3);
    assert_eq!(left.servers(), ["https://new.example"]);
    assert!(left.providers.contains(&origin("https://id.example")));
    assert_eq!(left.document.as_deref(), Some("https://docs.example/b.yaml"));
    let record = records.get("stripe").unwrap().unwrap();
    assert_eq!(record.document, "https://docs.example/a.yaml");
    let (yes, _) = asked(true);
    assert_eq!(records.generated("stripe", &wishes, &yes).unwrap(), Wishes::default());
    let (no, questions) = asked(false);
    assert_eq!(records.generated("stripe", &wishes, &no).unwrap(), Wishes::default());
    assert!(questions.lock().unwrap().is_empty());
}

#[test]
fn a_login_speaks_to_no_other_host_than_before_unasked() {
    let records = Records::of_one(Some(Record::default()));
    let (no, questions) = asked(false);
    let consent = consent(&manifest(), None, &records, no);
    let (known, new) = (origin("https://id.example"), origin("https://evil.example"));
    // What is typed needs no question, and is recorded once it has worked.
    consent.permit_providers("o", std::slice::from_ref(&known), std::slice::from_ref(&known)).unwrap();
    consent.logged_in("o", std::slice::from_ref(&known)).unwrap();
    consent.permit_providers("o", std::slice::from_ref(&known), &[]).unwrap();
    assert!(questions.lock().unwrap().is_empty());
    let error = consent.permit_providers("o", &[known, new.clone()], &[]).unwrap_err();
    assert!(matches!(error, Error::UnagreedProvider { origin, .. } if origin == new));
    assert_eq!(questions.lock().unwrap().len(), 1);
}

#[test]
fn a_folder_does_not_choose_among_accounts() {
    let mut manifest = manifest();
    manifest.profile = "live".into();
    let chosen = Record { profile: "test".into(), ..Record::default() };
    let records = Records::of_one(Some(chosen.clone()));
    let of = |manifest: &Manifest, named, ask: Option<&dyn Fn(&Question) -> bool>| {
        records.profile("stripe", manifest, Some(&chosen), named, ask)
    };
    assert!(matches!(of(&manifest, None, Some(&|_| false)), Err(Error::UnagreedProfile { .. })));
    assert_eq!(of(&manifest, Some("live"), Some(&|_| false)).unwrap(), "live");
    // A run that sends nothing shows what would be sent.
    assert_eq!(of(&manifest, None, None).unwrap(), "live");
    assert_eq!(of(&manifest, None, Some(&|_| true)).unwrap(), "live");
    // Removing the line does not choose another account either.
    manifest.profile = String::new();
    assert_eq!(of(&manifest, None, Some(&|_| false)).unwrap(), "test");
}
