use super::super::Placeholder;
use super::super::fake::{FakeVault, STRIPE as ACCOUNT, consent, consent_of, manifest, stores};
use super::*;
use crate::diagnostic::{Failure, Kind};

const STRIPE: &str = "https://api.stripe.com";

fn credentials(variables: &[(&str, &str)], vault: &FakeVault) -> Credentials {
    let manifest = manifest();
    Credentials::new(ACCOUNT, &manifest, consent(&manifest, None), stores(variables, vault).into(), None)
}

fn alternatives(lists: &[&[&str]]) -> Vec<SecurityAlternative> {
    lists.iter().map(|list| list.iter().map(|name| (*name).to_owned()).collect()).collect()
}

fn attach(credentials: &Credentials, lists: &[&[&str]]) -> Result<Vec<String>, Error> {
    attach_to(credentials, lists, STRIPE)
}

/// `authorization: Bearer value`.
fn attach_to(credentials: &Credentials, lists: &[&[&str]], origin: &str) -> Result<Vec<String>, Error> {
    let origin = Origin::of(origin).unwrap();
    credentials.permit(&origin)?;
    let attachments = credentials.attach(&alternatives(lists), &origin)?;
    assert!(!format!("{attachments:?}").contains("sk_"), "{attachments:?}");
    Ok(attachments
        .iter()
        .map(|attachment| match attachment {
            Attachment::Header { name, prefix, value } => format!("{name}: {prefix}{}", value.expose()),
            other => panic!("{other:?}"),
        })
        .collect())
}

fn failure(error: Error) -> Failure {
    let debug = format!("{error:?}");
    let failure = Failure::from(error);
    assert_eq!(failure.kind, Kind::Credentials);
    for text in [debug, failure.to_string(), format!("{failure:?}")] {
        assert!(!text.contains("sk_"), "{text}");
    }
    failure
}

#[test]
fn the_token_variable_serves_the_preferred_scheme_and_spares_the_keyring() {
    let vault = FakeVault::default().with("basicAuth", "sk_stored", STRIPE);
    let credentials = credentials(&[("APICLI_STRIPE_TOKEN", "sk_env\n")], &vault);
    assert_eq!(
        attach(&credentials, &[&["basicAuth"], &["bearerAuth"]]).unwrap(),
        ["authorization: Bearer sk_env"]
    );
    assert_eq!(vault.calls(), 0);
}

#[test]
fn the_schemes_variable_wins_over_the_token() {
    let vault = FakeVault::default();
    let variables = [("APICLI_STRIPE_TOKEN", "sk_env"), ("APICLI_STRIPE_BEARERAUTH", "sk_own")];
    assert_eq!(
        attach(&credentials(&variables, &vault), &[&["bearerAuth"]]).unwrap(),
        ["authorization: Bearer sk_own"]
    );
}

#[test]
fn the_first_alternative_that_is_whole_is_taken() {
    let vault = FakeVault::default().with("appKey", "sk_app", STRIPE).with("bearerAuth", "sk_bearer", STRIPE);
    let credentials = credentials(&[], &vault);
    let both = ["x-app-key: sk_app", "authorization: Bearer sk_bearer"];
    assert_eq!(
        attach(&credentials, &[&["basicAuth"], &["appKey", "bearerAuth"], &["appKey"]]).unwrap(),
        both
    );
    // The same question is asked only once.
    let calls = vault.calls();
    attach(&credentials, &[&["basicAuth"], &["appKey"]]).unwrap();
    assert_eq!(vault.calls(), calls);
}

#[test]
fn environment_and_keyring_complete_each_other() {
    let vault = FakeVault::default().with("appKey", "sk_app", STRIPE);
    let credentials = credentials(&[("APICLI_STRIPE_TOKEN", "sk_env")], &vault);
    let both = ["authorization: Bearer sk_env", "x-app-key: sk_app"];
    assert_eq!(attach(&credentials, &[&["bearerAuth", "appKey"]]).unwrap(), both);
    assert_eq!(vault.calls(), 1);
}

#[test]
fn what_needs_no_credential_gets_none_and_what_may_have_one_gets_it() {
    let vault = FakeVault::default().with("bearerAuth", "sk_1", STRIPE);
    assert_eq!(attach(&credentials(&[("APICLI_STRIPE_TOKEN", "sk_2")], &vault), &[]).unwrap(), [""; 0]);
    assert_eq!(vault.calls(), 0);
    assert_eq!(
        attach(&credentials(&[], &vault), &[&[], &["bearerAuth"]]).unwrap(),
        ["authorization: Bearer sk_1"]
    );
    let nothing = credentials(&[], &FakeVault::default());
    assert_eq!(attach(&nothing, &[&["bearerAuth"], &[]]).unwrap(), [""; 0]);
    assert_eq!(attach(&credentials(&[], &FakeVault::down()), &[&["bearerAuth"], &[]]).unwrap(), [""; 0]);
}

#[test]
fn a_missing_credential_names_both_ways_to_give_one() {
    let error =
        attach(&credentials(&[], &FakeVault::default()), &[&["basicAuth"], &["bearerAuth"]]).unwrap_err();
    let failure = failure(error);
    assert_eq!(failure.message, "no credential for `stripe`: `bearerAuth` is not set");
    assert_eq!(
        failure.first_hint().unwrap().to_owned(),
        "run `apicli auth login stripe`, or set `APICLI_STRIPE_TOKEN`"
    );
}

#[test]
fn of_several_schemes_only_the_missing_ones_are_named() {
    let vault = FakeVault::default();
    let error =
        attach(&credentials(&[("APICLI_STRIPE_TOKEN", "sk_1")], &vault), &[&["bearerAuth", "appKey"]])
            .unwrap_err();
    let hint = failure(error).first_hint().unwrap().to_owned();
    assert_eq!(hint, "run `apicli auth login stripe --scheme appKey`, or set `APICLI_STRIPE_APPKEY`");
}

#[test]
fn an_unreachable_keyring_is_told_with_the_way_round_it() {
    let vault = FakeVault::down();
    let error = attach(&credentials(&[], &vault), &[&["basicAuth"], &["bearerAuth"]]).unwrap_err();
    let hint = failure(error).first_hint().unwrap().to_owned();
    let expected = "the keyring could not be reached (no session bus); set `APICLI_STRIPE_TOKEN`, or run `apicli auth login \
                    stripe --store file`";
    assert_eq!(hint, expected);
    assert_eq!(vault.calls(), 1);
}

#[test]
fn only_what_was_agreed_to_and_the_named_server_get_a_credential() {
    let vault = FakeVault::default();
    let variables = [("APICLI_STRIPE_TOKEN", "sk_1")];
    for foreign in ["https://evil.example", "http://api.stripe.com", "https://api.stripe.com:8443"] {
        let error = attach_to(&credentials(&variables, &vault), &[&["bearerAuth"]], foreign).unwrap_err();
        assert!(matches!(error, Error::Unagreed { .. }));
        assert!(failure(error).message.contains(foreign));
    }
    let (named, manifest) = (Origin::of("http://127.0.0.1:12111"), manifest());
    let named = Credentials::new(
        ACCOUNT,
        &manifest,
        consent(&manifest, named),
        stores(&variables, &vault).into(),
        None,
    );
    assert!(attach_to(&named, &[&["bearerAuth"]], "http://127.0.0.1:12111").is_ok());
    assert!(attach_to(&named, &[&["bearerAuth"]], STRIPE).is_ok());
    assert!(attach_to(&named, &[&["bearerAuth"]], "http://127.0.0.1:12112").is_err());
}

#[test]
fn a_stored_credential_stays_where_it_was_bound_when_the_manifest_changes() {
    let vault = FakeVault::default().with("bearerAuth", "sk_1", STRIPE);
    let mut changed = manifest();
    changed.servers[0].url = "https://evil.example".into();
    let after = |named| {
        Credentials::new(ACCOUNT, &changed, consent(&changed, named), stores(&[], &vault).into(), None)
    };
    let error = attach_to(&after(None), &[&["bearerAuth"]], "https://evil.example").unwrap_err();
    assert!(matches!(error, Error::Unagreed { .. }));
    // The first named document has the host; the login was for another.
    let to = Origin::of("https://evil.example").unwrap();
    let error = after(None).attach(&alternatives(&[&["bearerAuth"]]), &to).unwrap_err();
    assert!(matches!(error, Error::Unbound { .. }));
    let failure = failure(error);
    assert!(
        failure.message.contains("`https://api.stripe.com`") && failure.first_hint().is_some(),
        "{failure}"
    );
    let named = after(Origin::of("https://evil.example"));
    assert!(attach_to(&named, &[&["bearerAuth"]], "https://evil.example").is_ok());
}

#[test]
fn schemes_that_cannot_work() {
    let vault = FakeVault::default();
    let unknown = attach(&credentials(&[], &vault), &[&["other"]]).unwrap_err();
    assert!(matches!(&unknown, Error::UnknownScheme { scheme, .. } if scheme == "other"));
    assert!(failure(unknown).first_hint().unwrap().contains("`bearerAuth`"));
    let unsupported = attach(&credentials(&[], &vault), &[&["hoba"]]).unwrap_err();
    assert!(failure(unsupported).message.contains("http hoba"));
    // Neither prevents an alternative that works.
    let variables = [("APICLI_STRIPE_TOKEN", "sk_1")];
    assert!(attach(&credentials(&variables, &vault), &[&["other"], &["hoba"], &["bearerAuth"]]).is_ok());
}

#[test]
fn damaged_entries_and_broken_variables_are_told_without_being_shown() {
    let vault = FakeVault::default().raw("bearerAuth", "sk_raw");
    let error = attach(&credentials(&[], &vault), &[&["bearerAuth"]]).unwrap_err();
    assert!(matches!(error, Error::BadEntry { .. }));
    failure(error);
    let error = attach(&credentials(&[("APICLI_STRIPE_TOKEN", "sk_1\nx: y")], &vault), &[&["bearerAuth"]])
        .unwrap_err();
    assert!(failure(error).message.contains("`APICLI_STRIPE_TOKEN`"));
}

#[test]
fn the_mock_takes_any_word() {
    let placeholder = Placeholder::new(&manifest());
    let origin = Origin::of("http://mock").unwrap();
    let lists = alternatives(&[&["hoba"], &["bearerAuth", "appKey"]]);
    let attachments = placeholder.attach(&lists, &origin).unwrap();
    assert!(matches!(&attachments[0], Attachment::Header { value, .. } if value.expose() == "mock"));
    assert_eq!(attachments.len(), 2);
    assert!(placeholder.attach(&alternatives(&[&["hoba"]]), &origin).unwrap().is_empty());
    assert!(placeholder.attach(&[], &origin).unwrap().is_empty());
}

#[test]
fn a_person_may_let_a_stored_credential_go_further_and_is_asked_once() {
    let vault = FakeVault::default().with("bearerAuth", "sk_1", STRIPE);
    let manifest = manifest();
    let to = Origin::of("https://new.example").unwrap();
    let asked = Arc::new(std::sync::atomic::AtomicU32::new(0));
    for (answer, questions, works) in [(false, 1, false), (true, 2, true), (false, 2, true)] {
        let counter = asked.clone();
        let ask = Box::new(move |question: &Question| {
            assert!(matches!(question, Question::Bound { .. }), "{question:?}");
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            answer
        });
        let consent = consent_of(ACCOUNT, &manifest, None, ask);
        let credentials = Credentials::new(ACCOUNT, &manifest, consent, stores(&[], &vault).into(), None);
        assert_eq!(credentials.attach(&alternatives(&[&["bearerAuth"]]), &to).is_ok(), works);
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), questions);
    }
    assert!(vault.text("bearerAuth").unwrap().contains("https://new.example"));
}

#[test]
fn a_profile_has_credentials_of_its_own() {
    let vault = FakeVault::default().with("bearerAuth", "sk_usual", STRIPE);
    let live = Account { plugin: "stripe", profile: "live" };
    let manifest = manifest();
    let of = |variables: &[(&str, &str)]| {
        let consent = consent_of(live, &manifest, None, Box::new(|_| false));
        Credentials::new(live, &manifest, consent, stores(variables, &vault).into(), None)
    };
    // Neither what is stored for the default profile nor a variable without a profile.
    let error = attach(&of(&[("APICLI_STRIPE_TOKEN", "sk_usual")]), &[&["bearerAuth"]]).unwrap_err();
    let failure = failure(error);
    assert!(failure.message.contains("(profile `live`)"), "{failure}");
    let hint = failure.first_hint().unwrap().to_owned();
    assert_eq!(hint, "run `apicli auth login stripe --profile live`, or set `APICLI_STRIPE_LIVE_TOKEN`");
    let credentials = of(&[("APICLI_STRIPE_LIVE_TOKEN", "sk_live")]);
    assert_eq!(attach(&credentials, &[&["bearerAuth"]]).unwrap(), ["authorization: Bearer sk_live"]);
    assert_eq!(credentials.sent()[0].source.to_string(), "`APICLI_STRIPE_LIVE_TOKEN`");
}
