//! `application/x-www-form-urlencoded` bodies (OpenAPI 3.0, section 4.7.15, Encoding Object; WHATWG URL, section 5).

use serde_json::{Map, Value};

use super::encoding::{QUERY_RESERVED, encode_form_name, encode_value, keep_triples};
use super::style::Pairs;
use crate::model::Serialization;
use crate::model::Style;

/// The pairs of a form body, percent-encoded.
///
/// Objects are always in brackets. An array is indexed in brackets if the field's style is deepObject, if it is
/// inside an object, or if it contains objects or arrays; otherwise its name is repeated, or its values are joined
/// if the field is not exploded. A field with a media type of its own is one text of that type. `null` and anything
/// empty give `name=`, which is how APIs with such bodies unset a field.
pub fn form_pairs(
    fields: &Map<String, Value>,
    how_of: &dyn Fn(&str) -> Option<Serialization>,
) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (key, value) in fields {
        let name = encode_form_name(key);
        let how = how_of(key).unwrap_or_default();
        let reserved = how.allow_reserved;
        let encode =
            |text: &str| if reserved { keep_triples(text, QUERY_RESERVED) } else { encode_value(text) };
        let write = Pairs { name: &encode_form_name, value: &encode };
        match (value, how.style) {
            _ if how.content_type.is_some() => pairs.extend(write.of(name, value, &how)),
            (_, Some(Style::DeepObject)) | (Value::Object(_), _) => write.brackets(&mut pairs, name, value),
            (_, Some(Style::SpaceDelimited)) => write.flat(&mut pairs, name, value, "%20", how.explode),
            (_, Some(Style::PipeDelimited)) => write.flat(&mut pairs, name, value, "%7C", how.explode),
            (_, Some(Style::TabDelimited)) => write.flat(&mut pairs, name, value, "%09", how.explode),
            (_, style) => write.flat(&mut pairs, name, value, ",", how.explode || style.is_none()),
        }
    }
    pairs
}

/// A form body of pairs that are already encoded.
pub fn form_body(pairs: &[(String, String)]) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in pairs {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(name);
        body.push('=');
        body.push_str(value);
    }
    body.into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(fields: &Value) -> String {
        form_with(fields, &|_| None)
    }

    fn form_with(fields: &Value, how_of: &dyn Fn(&str) -> Option<Serialization>) -> String {
        String::from_utf8(form_body(&form_pairs(fields.as_object().unwrap(), how_of))).unwrap()
    }

    #[test]
    fn form_bodies_are_nested_in_brackets() {
        assert_eq!(
            form(&json!({"email": "a@b.c", "name": "Corner shop & Söhne"})),
            "email=a%40b.c&name=Corner%20shop%20%26%20S%C3%B6hne"
        );
        assert_eq!(
            form(&json!({"address": {"city": "Paris", "line1": null}})),
            "address[city]=Paris&address[line1]="
        );
        assert_eq!(form(&json!({"metadata": {"pl an&=": "pro+"}})), "metadata[pl%20an%26%3D]=pro%2B");
        assert_eq!(
            form(&json!({"items": [{"price": "p", "quantity": 2}, {"price": "q", "tax_rates": ["t"]}]})),
            "items[0][price]=p&items[0][quantity]=2&items[1][price]=q&items[1][tax_rates][0]=t"
        );
        assert_eq!(form(&json!({"a": {"b": [1, 2]}})), "a[b][0]=1&a[b][1]=2");
        assert_eq!(form(&json!({"a": [1, 2], "b": true})), "a=1&a=2&b=true");
        assert_eq!(form(&json!({"a": [], "b": null, "c": {}, "d": ""})), "a=&b=&c=&d=");
        assert_eq!(
            form(&json!({"n": 9007199254740993u64, "m": -1, "x": 1e3})),
            "n=9007199254740993&m=-1&x=1000.0"
        );
    }

    #[test]
    fn a_fields_encoding_decides() {
        let fields = json!({"deep": ["a", "b"], "once": ["a", "b,c"], "pipe": [1, 2], "json": {"a": [1]},
            "text": "x&y", "url": "http://a/?b&c"});
        let how = |name: &str| {
            Some(match name {
                "deep" => Serialization::new(Style::DeepObject, true),
                "once" => Serialization::new(Style::Form, false),
                "pipe" => Serialization::new(Style::PipeDelimited, false),
                "json" => Serialization {
                    content_type: Some("application/json".into()),
                    ..Serialization::default()
                },
                "text" => {
                    Serialization { content_type: Some("text/plain".into()), ..Serialization::default() }
                }
                _ => Serialization { allow_reserved: true, ..Serialization::new(Style::Form, true) },
            })
        };
        assert_eq!(
            form_with(&fields, &how),
            "deep[0]=a&deep[1]=b&once=a,b%2Cc&pipe=1%7C2&json=%7B%22a%22%3A%5B1%5D%7D&text=x%26y&url=http://a/?b%26c"
        );
    }
}
