//! Hides secrets in data for the user.

use serde_json::Value;

use crate::http::{Secrets, masked};

/// The value with marks in place of secrets, and whether there were any.
pub fn hidden(value: Value, secrets: &Secrets) -> (Value, bool) {
    // One search through all of it; few values contain any.
    if secrets.in_data(value.to_string().as_bytes()).is_empty() {
        return (value, false);
    }
    (leaves(value, secrets), true)
}

fn leaves(value: Value, secrets: &Secrets) -> Value {
    match value {
        Value::String(text) => Value::String(mask(&text, secrets)),
        Value::Number(number) => {
            let text = number.to_string();
            if secrets.in_data(text.as_bytes()).is_empty() {
                Value::Number(number)
            } else {
                Value::String(mask(&text, secrets))
            }
        }
        Value::Array(items) => items.into_iter().map(|item| leaves(item, secrets)).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, item)| (mask(&key, secrets), leaves(item, secrets)));
            Value::Object(fields.collect())
        }
        other => other,
    }
}

fn mask(text: &str, secrets: &Secrets) -> String {
    masked(text, &secrets.in_data(text.as_bytes()))
}

/// A JSON text with marks in place of secrets, still valid JSON; `None` if there are none.
pub(super) fn json(text: &str, secrets: &Secrets) -> Option<String> {
    let places = secrets.in_data(text.as_bytes());
    if places.is_empty() {
        return None;
    }
    let shown = masked(text, &places);
    // A number, or a text that spans values: then key order is kept, but perhaps not the notation of numbers.
    match serde_json::from_str::<serde::de::IgnoredAny>(&shown) {
        Ok(_) => Some(shown),
        Err(_) => Some(leaves(serde_json::from_str(text).unwrap_or_default(), secrets).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::secret::Secret;

    fn secrets(text: &str) -> Secrets {
        let secrets = Secrets::default();
        secrets.take_token(&Secret::from(text.to_owned()));
        secrets
    }

    #[test]
    fn json_stays_json() {
        let digits = secrets("48151623");
        for (text, shown) in [
            (r#"{"b": 1.0, "a": "x 48151623"}"#, r#"{"b": 1.0, "a": "x ***"}"#),
            (r#"{"b": 48151623, "a": [1]}"#, r#"{"b":"***","a":[1]}"#),
            (r#"["\u00348151623"]"#, r#"["***"]"#),
        ] {
            assert_eq!(json(text, &digits).unwrap(), shown);
        }
        assert_eq!(json("[1]", &digits), None);
    }

    #[test]
    fn values_are_hidden_leaf_by_leaf() {
        let value = json!({"a": ["k sk_live_Zb7q9"], "n": 1});
        assert_eq!(hidden(value.clone(), &secrets("sk_live_Zb7q9")), (json!({"a": ["k ***"], "n": 1}), true));
        assert_eq!(hidden(value.clone(), &secrets("sk_live_other")), (value, false));
    }
}
