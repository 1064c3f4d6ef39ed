//! The whole of Stripe: 452 operations.

use std::fs;

use serde_json::json;

use crate::environment::{TestEnvironment, files_below, not_run};

#[test]
fn every_operation_of_stripe_is_a_command() {
    let Some(path) = std::env::var_os("APICLI_STRIPE_JSON") else {
        return not_run("whole Stripe document", "set APICLI_STRIPE_JSON");
    };
    let text = fs::read_to_string(path).unwrap();
    let scripts = |file: &str, text: &str| {
        let environment = TestEnvironment::new();
        let path = environment.write(file, text);
        let report = environment
            .run(["gen".as_ref(), path.as_os_str(), "--json".as_ref(), "--name=stripe".as_ref()])
            .ok()
            .json();
        assert_eq!(
            (&report["operations"], &report["commands"], &report["skipped"]),
            (&json!(452), &json!(452), &json!([])),
            "{file}"
        );
        let mut files = files_below(&environment.plugin("stripe"));
        // The manifest names its source, and the merge base holds the manifest.
        let own = ["index", "plugin.toml", "pristine.json"];
        files.retain(|(path, _)| !own.iter().any(|name| path.ends_with(name)));
        (environment, files)
    };
    let (environment, from_json) = scripts("stripe.json", &text);
    environment.line("check stripe").ok();
    let commands = environment.line("commands stripe --json").ok().json();
    assert_eq!(commands.as_array().unwrap().len(), 452);
    environment.line("stripe customers delete cus_1 --mock").ok();
    for word in
        ["create --email a@b.c", "list --limit 3", "get cus_1", "update cus_1 --name x", "delete cus_1"]
    {
        let request = environment.line(&format!("stripe customers {word} --dry-run")).ok().json();
        assert!(
            request["url"].as_str().unwrap().starts_with("https://api.stripe.com/v1/customers"),
            "{request}"
        );
    }
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let (_, from_yaml) = scripts("stripe.yaml", &serde_yaml::to_string(&value).unwrap());
    assert!(from_json == from_yaml, "YAML makes another plugin than JSON");
}
