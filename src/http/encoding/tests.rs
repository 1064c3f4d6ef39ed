use super::*;

fn path(template: &str, values: &[(&str, &str)]) -> Result<String, Error> {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), encode_value(value))).collect();
    encode_path(&PathTemplate::parse(template).unwrap(), &values)
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
