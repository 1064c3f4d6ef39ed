//! Bounds on what help lists are none on what may be typed.

use serde_json::json;

use crate::quirks::Quirk;

/// `spec.template.spec.items` is the fifth level: its items have no flags of their own.
#[test]
fn a_path_of_the_schema_is_understood_however_deep() {
    let quirk = Quirk::new("deep-paths");
    let help = quirk.run("sets create --help-all").ok().stdout_text();
    assert!(!help.contains("--spec.template.spec.items.0.name"), "{help}");
    assert_eq!(
        quirk.body(
            "sets create --spec.template.spec.items.0.name a --spec.template.spec.items.0.res.requests.cpu 1 \
             --spec.template.spec.items.1.name b --spec.template.spec.items.1.res.limits.a.b.most=3"
        ),
        json!({"spec": {"template": {"spec": {"items": [
            {"name": "a", "res": {"requests": {"cpu": "1"}}},
            {"name": "b", "res": {"limits": {"a.b": {"most": 3}}}}
        ]}}}})
    );
    // What is typed there is judged as anywhere else.
    for (line, said) in [
        ("--spec.template.spec.items.0.name long", "is longer than 3 characters"),
        ("--spec.template.spec.items.0.res.requests.cpu 1", "`--spec.template.spec.items.0.name` is missing"),
        ("--spec.template.spec.items.0.nam a", "did you mean `name`?"),
        (
            "--spec.template.spec.items.0.name a --spec.template.spec.items.0.res.limits.x.most 10",
            "above the maximum of 9",
        ),
        (
            "--spec.template.spec.items.0.name a --spec.template.spec.items.0.res.limits.x.kind odd",
            "is not one of its values",
        ),
        ("--spec.template.odd.name a", "has no flag `--spec.template.odd.name`"),
    ] {
        quirk.run(&format!("sets create {line} --dry-run")).fails(2).says(said);
    }
}

/// A schema that stands in itself ends where the words do.
#[test]
fn a_schema_inside_itself_is_followed_as_far_as_it_is_typed() {
    let quirk = Quirk::new("deep-paths");
    assert_eq!(
        quirk.body(
            "trees create --left.left.left.left.left.left.left.name x --children.0.children.0.left.name y"
        ),
        json!({
            "left": {"left": {"left": {"left": {"left": {"left": {"left": {"name": "x"}}}}}}},
            "children": [{"children": [{"left": {"name": "y"}}]}]
        })
    );
    let deep = vec!["left"; 60].join(".");
    assert_eq!(quirk.dry(&format!("trees create --{deep}.name x"))["method"], "POST");
    // Beyond any sense it is refused, and quickly.
    quirk.run(&format!("trees create --{}.name x --dry-run", vec!["left"; 2_000].join("."))).fails(2);
}

/// More fields than there is room for flags: each can still be typed, and flags that are listed stay what they are beside
/// them.
#[test]
fn a_field_that_found_no_room_is_understood() {
    let quirk = Quirk::new("deep-paths");
    assert_eq!(
        quirk.body("deals create --title a --signers.0.f309 1 --wide.x.f7 2 --wide.w.f300 3"),
        json!({"title": "a", "wide": {"w": {"f300": 3}, "x": {"f7": 2}}, "signers": [{"f309": 1}]})
    );
    quirk.run("deals create --signers.0.f310 1 --dry-run").fails(2).says("has no field `f310`");
    quirk.run("deals create --signers.0.f309 x --dry-run").fails(2).says("`x` for `--signers.0.f309`");
}
