use serde_json::json;

use super::*;

fn path(template: &str, values: &[(&str, &str)]) -> Result<String, Error> {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    encode_path(&PathTemplate::parse(template).unwrap(), &values)
}

fn shown(pairs: &[(String, String)]) -> String {
    String::from_utf8(form_body(pairs)).unwrap()
}

fn query(value: &Value, style: Style, explode: bool) -> String {
    shown(&query_pairs("a", value, Some(style), explode))
}

fn form(fields: &Value) -> String {
    shown(&form_pairs(fields.as_object().unwrap(), &|_| None))
}

#[test]
fn a_path_value_is_one_segment_whatever_it_holds() {
    assert_eq!(path("/v1/customers/{c}", &[("c", "cus_1")]).unwrap(), "/v1/customers/cus_1");
    assert_eq!(
        path("/c/{c}/x", &[("c", "a/b?c#d%e f;=&é")]).unwrap(),
        "/c/a%2Fb%3Fc%23d%25e%20f%3B%3D%26%C3%A9/x"
    );
    assert_eq!(path("/{a}.{b}", &[("a", "-._~"), ("b", "json")]).unwrap(), "/-._~.json");
    assert_eq!(path("/c/{c}", &[("c", "../v2")]).unwrap(), "/c/..%2Fv2");
    assert_eq!(path("/", &[]).unwrap(), "/");
}

#[test]
fn dots_empty_and_missing_values_are_refused_by_name() {
    for (template, values) in [
        ("/c/{id}", vec![("id", "")]),
        ("/c/{id}", vec![("id", ".")]),
        ("/c/{id}", vec![("id", "..")]),
        ("/c/.{id}", vec![("id", ".")]),
        ("/c/%2e{id}", vec![("id", ".")]),
        ("/c/{id}{id}/x", vec![("id", ".")]),
        ("/c/{id}", vec![]),
    ] {
        match path(template, &values) {
            Err(Error::BadPathValue { parameter, .. }) => assert_eq!(parameter, "id"),
            other => panic!("{template} {values:?}: {other:?}"),
        }
    }
    assert_eq!(path("/c/{id}", &[("id", "%2e%2e")]).unwrap(), "/c/%252e%252e");
    assert_eq!(path("/c/{id}", &[("id", "...")]).unwrap(), "/c/...");
}

#[test]
fn literals_are_encoded_where_they_must_be() {
    assert_eq!(path("/a|b/ü/c%20d/100%/x:y@z;(k=v)", &[]).unwrap(), "/a%7Cb/%C3%BC/c%20d/100%25/x:y@z;(k=v)");
}

#[test]
fn path_styles() {
    assert_eq!(path_value(&json!(["a", 1, true]), None, false), "a,1,true");
    assert_eq!(path_value(&json!({"k": "v", "n": 1}), Some(Style::Simple), true), "k=v,n=1");
    assert_eq!(path_value(&json!({"k": "v"}), Some(Style::Simple), false), "k,v");
    assert_eq!(path_value(&json!(["a", "b"]), Some(Style::Label), true), ".a.b");
    assert_eq!(path_value(&json!("a"), Some(Style::Label), false), ".a");
}

#[test]
fn query_styles() {
    let list = json!(["x y", "b,c", 3]);
    assert_eq!(shown(&query_pairs("a b", &list, None, false)), "a%20b=x%20y&a%20b=b%2Cc&a%20b=3");
    assert_eq!(query(&list, Style::Form, true), "a=x%20y&a=b%2Cc&a=3");
    assert_eq!(query(&list, Style::Form, false), "a=x%20y,b%2Cc,3");
    assert_eq!(query(&list, Style::SpaceDelimited, false), "a=x%20y%20b%2Cc%203");
    assert_eq!(query(&list, Style::PipeDelimited, false), "a=x%20y%7Cb%2Cc%7C3");
    assert_eq!(query(&list, Style::PipeDelimited, true), "a=x%20y&a=b%2Cc&a=3");
    let object = json!({"k": "v", "n": 1});
    assert_eq!(query(&object, Style::Form, true), "k=v&n=1");
    assert_eq!(query(&object, Style::Form, false), "a=k,v,n,1");
    assert_eq!(query(&json!(null), Style::Form, true), "a=");
    assert_eq!(query(&json!(false), Style::Form, true), "a=false");
    assert_eq!(query(&json!([]), Style::Form, true), "a=");
}

#[test]
fn stripe_reads_deep_objects() {
    assert_eq!(
        shown(&query_pairs("created", &json!({"gt": 1, "lte": 1.50}), Some(Style::DeepObject), true)),
        "created[gt]=1&created[lte]=1.5"
    );
    assert_eq!(
        shown(&query_pairs("expand", &json!(["data.customer", "x"]), Some(Style::DeepObject), true)),
        "expand[0]=data.customer&expand[1]=x"
    );
    assert_eq!(query(&json!({"b": {"c": [1]}}), Style::DeepObject, true), "a[b][c][0]=1");
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
fn a_form_fields_style_decides_about_its_array() {
    let fields = json!({"deep": ["a", "b"], "once": ["a", "b,c"]});
    let style =
        |name: &str| Some(if name == "deep" { (Style::DeepObject, true) } else { (Style::Form, false) });
    assert_eq!(shown(&form_pairs(fields.as_object().unwrap(), &style)), "deep[0]=a&deep[1]=b&once=a,b%2Cc");
}

#[test]
fn headers_and_cookies() {
    assert_eq!(header_value(&json!(["a", 1])).unwrap(), "a,1");
    assert!(matches!(header_value(&json!("a\r\nx-evil: 1")), Err(Error::BadHeader { .. })));
    assert_eq!(cookie("id", &json!("a; b=c")), "id=a%3B%20b%3Dc");
}
