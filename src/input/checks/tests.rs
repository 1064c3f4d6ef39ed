use super::*;
use crate::model::{Constraints, Kind, Location};

#[test]
fn dates() {
    for good in ["2026-01-31", "2024-02-29", "2000-02-29"] {
        assert!(is_date(good), "{good}");
    }
    for bad in
        ["2026-02-29", "1900-02-29", "2026-13-01", "26-01-01", "2026-1-1", "2026/01/01", "2026-00-10", ""]
    {
        assert!(!is_date(bad), "{bad}");
    }
    for good in ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123+02:00", "2026-01-31t23:59:60z"] {
        assert!(is_date_time(good), "{good}");
    }
    for bad in ["2026-01-31", "2026-01-31T12:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00", "x"] {
        assert!(!is_date_time(bad), "{bad}");
    }
}

fn argument(value_type: ValueType, constraints: Constraints) -> Argument {
    Argument { value_type, constraints, ..Argument::new("a", Kind::Flag, Location::Body, "a") }
}

fn check(argument: &Argument, text: &str) -> Result<Value, Failure> {
    super::super::values::scalar(argument, text, "--a")
}

#[test]
fn bounds_of_numbers() {
    let open = argument(
        ValueType::Number,
        Constraints {
            minimum: Some(0.0),
            exclusive_minimum: true,
            maximum: Some(1.0),
            multiple_of: Some(0.1),
            ..Constraints::default()
        },
    );
    for (text, why) in
        [("0", "not above 0"), ("-1", "below"), ("1.1", "above the maximum"), ("0.25", "multiple of 0.1")]
    {
        let failure = check(&open, text).unwrap_err();
        assert!(failure.message.contains(why), "{text}: {}", failure.message);
    }
    for text in ["0.1", "0.3", "0.7", "1"] {
        assert!(check(&open, text).is_ok(), "{text}");
    }
    let mut small = argument(ValueType::Integer, Constraints::default());
    small.format = Some("int32".to_owned());
    assert!(check(&small, "2147483647").is_ok() && check(&small, "2147483648").is_err());
    small.format = Some("int64".to_owned());
    assert!(check(&small, "9223372036854775807").is_ok() && check(&small, "9223372036854775808").is_err());
}

#[test]
fn lengths_are_characters_and_patterns_are_searched() {
    let text = argument(
        ValueType::String,
        Constraints {
            min_length: Some(2),
            max_length: Some(3),
            pattern: Some("^[a-zé]".to_owned()),
            ..Constraints::default()
        },
    );
    for (value, good) in [("é", false), ("éé", true), ("abc", true), ("abcd", false), ("1ab", false)] {
        assert_eq!(check(&text, value).is_ok(), good, "{value}");
    }
}

#[test]
fn patterns_that_are_not_understood_are_not_checked() {
    for (pattern, text, result) in [
        ("a", "bab", Some(true)),
        ("^a$", "a\n", Some(false)),
        (r"^\d{3}$", "123", Some(true)),
        (r"^https?:\/\/", "https://x", Some(true)),
        (r"^(?!a)", "b", None),
        (r"(a)\1", "aa", None),
        (r"^\p{L}+$", "é", None),
        (r"[", "x", None),
        ("/^[a-z]+$/i", "x", None),
        ("/a/b1", "x/a/b1", Some(true)),
        ("^.{1,100000}$", "x", None),
    ] {
        assert_eq!(matches(pattern, text), result, "{pattern}");
    }
}

#[test]
fn uuids_are_taken_as_people_write_them() {
    for good in [
        "123e4567-e89b-12d3-a456-426614174000",
        "123E4567E89B12D3A456426614174000",
        "{123e4567-e89b-12d3-a456-426614174000}",
    ] {
        assert!(is_uuid(good), "{good}");
    }
    for bad in ["", "123e4567", "123e4567-e89b-12d3-a456-42661417400g"] {
        assert!(!is_uuid(bad), "{bad}");
    }
}

#[test]
fn values_of_an_enum_keep_their_type() {
    let mut mixed = argument(ValueType::String, Constraints::default());
    mixed.allowed = Some(vec!["auto".into(), 1.into(), false.into()]);
    assert_eq!(check(&mixed, "1").unwrap(), 1);
    assert_eq!(check(&mixed, "auto").unwrap(), "auto");
    assert!(check(&mixed, "2").is_err());
    mixed.allowed = Some(vec![1.into(), 2.into()]);
    assert_eq!(check(&mixed, "1").unwrap(), "1", "a text that YAML read as a number");
}

#[test]
fn arrays_have_bounds() {
    let array = argument(
        ValueType::Integer,
        Constraints { min_items: Some(1), max_items: Some(2), unique_items: true, ..Constraints::default() },
    );
    let check =
        |values: &[i64]| items(&array, &values.iter().map(|n| (*n).into()).collect::<Vec<_>>(), "--a");
    assert!(check(&[1]).is_ok() && check(&[1, 2]).is_ok());
    assert!(check(&[]).unwrap_err().message.contains("has 0 items"));
    assert!(check(&[1, 2, 3]).unwrap_err().message.contains("2 are the most"));
    assert!(check(&[1, 1]).unwrap_err().message.contains("twice"));
}
