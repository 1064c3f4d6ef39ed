use super::super::fake::{FakeVault, environment, manifest};
use super::*;

fn stores(variables: &[(&str, &str)], vault: &FakeVault) -> Stores {
    Stores::new(environment(variables), Box::new(vault.clone()))
}

fn secret(text: &str) -> Secret<String> {
    Secret::from(text.to_owned())
}

#[test]
fn a_login_binds_the_secret_to_the_manifests_origins() {
    let vault = FakeVault::default();
    let report = stores(&[], &vault).store("stripe", &manifest(), None, secret("sk_1\n")).unwrap();
    assert_eq!((report.scheme.as_str(), report.kind.as_str()), ("bearerAuth", "bearer"));
    assert_eq!(report.shadowed_by, None);
    let stored = r#"{"secret":"sk_1","origins":["https://api.stripe.com"]}"#;
    assert_eq!(vault.text("bearerAuth").unwrap(), stored);
}

#[test]
fn a_login_says_that_a_variable_wins() {
    let variables = [("APICLI_STRIPE_TOKEN", "sk_env")];
    let stores = stores(&variables, &FakeVault::default());
    let report = stores.store("stripe", &manifest(), None, secret("sk_1")).unwrap();
    assert_eq!(report.shadowed_by.as_deref(), Some("APICLI_STRIPE_TOKEN"));
    let report = stores.store("stripe", &manifest(), Some("appKey"), secret("sk_1")).unwrap();
    assert_eq!((report.kind.as_str(), report.shadowed_by), ("api key in header `X-App-Key`", None));
}

#[test]
fn what_cannot_be_stored_is_refused_before_the_keyring() {
    let vault = FakeVault::default();
    let stores = stores(&[], &vault);
    let mut bare = manifest();
    for (scheme, value) in
        [(None, ""), (None, "\n"), (None, "sk_1\u{7}"), (Some("digest"), "sk_1"), (Some("x"), "sk_1")]
    {
        let error = stores.store("stripe", &bare, scheme, secret(value)).unwrap_err();
        assert!(!format!("{error:?}").contains("sk_1"), "{error:?}");
    }
    bare.auth.clear();
    let error = stores.store("stripe", &bare, None, secret("sk_1")).unwrap_err();
    assert_eq!(error, Error::NoScheme { plugin: "stripe".into() });
    assert_eq!(vault.calls(), 0);
}

#[test]
fn a_logout_names_what_it_removed() {
    let vault = FakeVault::default().with("bearerAuth", "a", "http://a").with("appKey", "b", "http://a");
    let stores = stores(&[], &vault);
    assert_eq!(stores.remove("stripe", &manifest(), Some("appKey")).unwrap(), ["appKey"]);
    assert_eq!(stores.remove("stripe", &manifest(), None).unwrap(), ["bearerAuth"]);
    assert_eq!(stores.remove("stripe", &manifest(), None).unwrap(), [""; 0]);
    assert!(matches!(stores.remove("stripe", &manifest(), Some("x")), Err(Error::UnknownScheme { .. })));
}

#[test]
fn status_names_the_source_in_use_and_those_that_lose() {
    let vault =
        FakeVault::default().with("bearerAuth", "sk_1", "https://api.stripe.com").raw("appKey", "sk_raw");
    let status = stores(&[("APICLI_STRIPE_TOKEN", "sk_env")], &vault).status("stripe", &manifest());
    assert!(!format!("{status:?}").contains("sk_"), "{status:?}");
    let sources: Vec<_> =
        status.iter().map(|one| (one.scheme.as_str(), &one.source, one.shadowed.len())).collect();
    assert_eq!(
        sources,
        [
            ("basicAuth", &Source::None, 0),
            ("bearerAuth", &Source::Environment { variable: "APICLI_STRIPE_TOKEN".into() }, 1),
            ("appKey", &Source::Keyring { bound_origins: vec![] }, 0),
            ("digest", &Source::None, 0),
        ]
    );
    let bound_origins = vec![Origin::of("https://api.stripe.com").unwrap()];
    assert_eq!(status[1].shadowed, [Source::Keyring { bound_origins }]);
    assert_eq!(status[3].kind, "http digest, not supported");
}

#[test]
fn a_keyring_that_is_down_is_part_of_the_status_and_an_error_of_a_login() {
    let vault = FakeVault::down();
    let stores = stores(&[("APICLI_STRIPE_TOKEN", "sk_env")], &vault);
    let status = stores.status("stripe", &manifest());
    assert_eq!(status[0].source, Source::Unavailable { reason: "no session bus".into() });
    assert_eq!(status[1].source, Source::Environment { variable: "APICLI_STRIPE_TOKEN".into() });
    assert_eq!(vault.calls(), 1);
    let error = stores.store("stripe", &manifest(), None, secret("sk_1")).unwrap_err();
    let variable = Some("APICLI_STRIPE_TOKEN".to_owned());
    assert_eq!(error, Error::Unavailable { reason: "no session bus".into(), variable });
}

#[test]
fn bearer_is_preferred_then_a_key_then_basic() {
    let mut manifest = manifest();
    for expected in [Some("bearerAuth"), Some("appKey"), Some("basicAuth"), None] {
        assert_eq!(preferred_scheme(&manifest), expected);
        if let Some(name) = expected {
            manifest.auth.shift_remove(name);
        }
    }
}
