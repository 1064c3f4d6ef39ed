use std::sync::Arc;

use super::super::fake::{FakeVault, STRIPE, consent, manifest, stores};
use super::super::stores::{Command, PlainFile};
use super::super::{Source, Status, Stores};
use super::*;

fn secret(text: &str) -> Given {
    Given::Secret(Secret::from(text.to_owned()))
}

fn store(
    manifest: &Manifest,
    stores: &Stores,
    scheme: Option<&str>,
    given: Given,
    store: StoreKind,
) -> Result<LoginReport, Error> {
    let consent = consent(manifest, None);
    Login { account: STRIPE, manifest, stores, consent: &consent }.store(scheme, given, store)
}

fn remove(
    manifest: &Manifest,
    stores: &Stores,
    scheme: Option<&str>,
) -> Result<Vec<(String, StoreKind)>, Error> {
    log_out(STRIPE, manifest, stores, scheme)
}

#[test]
fn a_login_binds_the_secret_to_the_manifests_origins() {
    let vault = FakeVault::default();
    let (manifest, stores) = (manifest(), stores(&[], &vault));
    let report = store(&manifest, &stores, None, secret("sk_1\n"), StoreKind::Keyring).unwrap();
    assert_eq!((report.scheme.as_str(), report.kind.as_str()), ("bearerAuth", "bearer"));
    assert_eq!(report.shadowed_by, None);
    let stored = r#"{"secret":"sk_1","origins":["https://api.stripe.com"]}"#;
    assert_eq!(vault.text("bearerAuth").unwrap(), stored);
}

#[test]
fn a_login_says_that_a_variable_wins() {
    let variables = [("APICLI_STRIPE_TOKEN", "sk_env")];
    let (manifest, stores) = (manifest(), stores(&variables, &FakeVault::default()));
    let report = store(&manifest, &stores, None, secret("sk_1"), StoreKind::Keyring).unwrap();
    assert_eq!(report.shadowed_by.as_deref(), Some("APICLI_STRIPE_TOKEN"));
    let report = store(&manifest, &stores, Some("appKey"), secret("sk_1"), StoreKind::Keyring).unwrap();
    assert_eq!((report.kind.as_str(), report.shadowed_by), ("api key in header `X-App-Key`", None));
}

#[test]
fn what_cannot_be_stored_is_refused_before_the_keyring() {
    let vault = FakeVault::default();
    let stores = stores(&[], &vault);
    let mut bare = manifest();
    for (scheme, value) in
        [(None, ""), (None, "\n"), (None, "sk_1\u{7}"), (Some("hoba"), "sk_1"), (Some("x"), "sk_1")]
    {
        let error = store(&bare, &stores, scheme, secret(value), StoreKind::Keyring).unwrap_err();
        assert!(!format!("{error:?}").contains("sk_1"), "{error:?}");
    }
    bare.auth.clear();
    let error = store(&bare, &stores, None, secret("sk_1"), StoreKind::Keyring).unwrap_err();
    assert_eq!(error, Error::NoScheme { plugin: "stripe".into() });
    assert_eq!(vault.calls(), 0);
}

#[test]
fn a_logout_names_what_it_removed() {
    let vault = FakeVault::default().with("bearerAuth", "a", "http://a").with("appKey", "b", "http://a");
    let (manifest, stores) = (manifest(), stores(&[], &vault));
    let from_keyring = |name: &str| vec![(name.to_owned(), StoreKind::Keyring)];
    assert_eq!(remove(&manifest, &stores, Some("appKey")).unwrap(), from_keyring("appKey"));
    assert_eq!(remove(&manifest, &stores, None).unwrap(), from_keyring("bearerAuth"));
    assert_eq!(remove(&manifest, &stores, None).unwrap(), []);
    assert!(matches!(remove(&manifest, &stores, Some("x")), Err(Error::UnknownScheme { .. })));
}

#[test]
fn status_names_the_source_in_use_and_those_that_lose() {
    let vault =
        FakeVault::default().with("bearerAuth", "sk_1", "https://api.stripe.com").raw("appKey", "sk_raw");
    let stores = stores(&[("APICLI_STRIPE_TOKEN", "sk_env")], &vault);
    let status = Status::of(STRIPE, &manifest(), &stores);
    assert!(!format!("{status:?}").contains("sk_"), "{status:?}");
    let stored = |origins: &[&str]| Source::Store {
        store: StoreKind::Keyring,
        about: About {
            origins: origins.iter().filter_map(|url| Origin::of(url)).collect(),
            ..About::default()
        },
    };
    let sources: Vec<_> =
        status.schemes.iter().map(|one| (one.scheme.as_str(), one.sources.clone())).collect();
    assert_eq!(
        sources,
        [
            ("basicAuth", vec![]),
            (
                "bearerAuth",
                vec![
                    Source::Environment { variable: "APICLI_STRIPE_TOKEN".into() },
                    stored(&["https://api.stripe.com"])
                ]
            ),
            ("appKey", vec![stored(&[])]),
            ("hoba", vec![]),
        ]
    );
    assert_eq!(status.schemes[3].kind, "http hoba, not supported");
}

#[test]
fn a_keyring_that_is_down_is_part_of_the_status_and_an_error_of_a_login() {
    let vault = FakeVault::down();
    let (manifest, stores) = (manifest(), stores(&[("APICLI_STRIPE_TOKEN", "sk_env")], &vault));
    let status = Status::of(STRIPE, &manifest, &stores);
    assert_eq!(status.down, [(StoreKind::Keyring, "no session bus".to_owned())]);
    assert_eq!(status.schemes[1].sources, [Source::Environment { variable: "APICLI_STRIPE_TOKEN".into() }]);
    assert_eq!(vault.calls(), 1);
    let error = store(&manifest, &stores, None, secret("sk_1"), StoreKind::Keyring).unwrap_err();
    let variable = Some("APICLI_STRIPE_TOKEN".to_owned());
    let store = StoreKind::Keyring;
    assert_eq!(error, Error::Unavailable { store, reason: "no session bus".into(), variable });
}

#[test]
fn a_login_elsewhere_replaces_what_other_stores_hold() {
    let folder = tempfile::tempdir().unwrap();
    let vault = FakeVault::default().with("bearerAuth", "sk_old", "https://api.stripe.com");
    let mut stores = stores(&[], &vault);
    stores.vaults.push(Arc::new(PlainFile::new(folder.path())));
    let manifest = manifest();
    let report = store(&manifest, &stores, None, secret("sk_new"), StoreKind::Plain).unwrap();
    assert_eq!((report.store, vault.text("bearerAuth")), (StoreKind::Plain, None));
    let file = folder.path().join("insecure.json");
    assert!(std::fs::read_to_string(&file).unwrap().contains("sk_new"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(remove(&manifest, &stores, None).unwrap(), [("bearerAuth".to_owned(), StoreKind::Plain)]);
    assert!(!file.exists());
}

#[cfg(unix)]
#[test]
fn a_command_is_kept_and_run_not_what_it_prints() {
    let folder = tempfile::tempdir().unwrap();
    let mut stores = stores(&[], &FakeVault::default());
    stores.vaults.insert(0, Arc::new(Command::new(folder.path())));
    let manifest = manifest();
    for (command, why) in
        [("exit 3", "exit code 3"), ("printf ''", "empty"), ("printf 'a\\nb'", "control character")]
    {
        let error = store(&manifest, &stores, None, Given::Command(command.to_owned()), StoreKind::Command)
            .unwrap_err();
        assert!(format!("{error:?}").contains(why), "{error:?}");
    }
    let report =
        store(&manifest, &stores, None, Given::Command("echo sk_printed".to_owned()), StoreKind::Command)
            .unwrap();
    assert_eq!(report.about.command.as_deref(), Some("echo sk_printed"));
    let text = std::fs::read_to_string(folder.path().join("commands.json")).unwrap();
    assert!(text.contains("echo sk_printed") && text.contains("https://api.stripe.com"), "{text}");
    let consent = consent(&manifest, None);
    let credentials = super::super::Credentials::new(STRIPE, &manifest, consent, stores.clone().into(), None);
    use super::super::CredentialSource as _;
    let origin = Origin::of("https://api.stripe.com").unwrap();
    let attached = credentials.attach(&[vec!["bearerAuth".to_owned()]], &origin).unwrap();
    assert_eq!(attached[0].secrets()[0].expose(), "sk_printed");
    assert_eq!(credentials.sent()[0].source.to_string(), "a command");
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
