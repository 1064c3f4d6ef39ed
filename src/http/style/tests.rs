use serde_json::json;

use super::*;

fn shown(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn query(value: &Value, style: Style, explode: bool) -> String {
    shown(&query_pairs("color", value, &Serialization::new(style, explode)))
}

/// "Style Examples" of OpenAPI 3.0.4, 3.1.1 and 3.2: for each style and `explode` an empty value, a string, an array
/// and an object. `-` is `n/a` there.
const TABLE: &str = "
matrix false ;color ;color=blue ;color=blue,black,brown ;color=R,100,G,200,B,150
matrix true ;color ;color=blue ;color=blue;color=black;color=brown ;R=100;G=200;B=150
label false . .blue .blue,black,brown .R,100,G,200,B,150
label true . .blue .blue.black.brown .R=100.G=200.B=150
simple false  blue blue,black,brown R,100,G,200,B,150
simple true  blue blue,black,brown R=100,G=200,B=150
form false color= color=blue color=blue,black,brown color=R,100,G,200,B,150
form true color= color=blue color=blue&color=black&color=brown R=100&G=200&B=150
spaceDelimited false - - color=blue%20black%20brown color=R%20100%20G%20200%20B%20150
pipeDelimited false - - color=blue%7Cblack%7Cbrown color=R%7C100%7CG%7C200%7CB%7C150
deepObject true - - - color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150
cookie false color= color=blue color=blue,black,brown color=R,100,G,200,B,150
cookie true color= color=blue color=blue;color=black;color=brown R=100;G=200;B=150
";

#[test]
fn the_tables_of_the_specification() {
    let values =
        [json!(""), json!("blue"), json!(["blue", "black", "brown"]), json!({"R": 100, "G": 200, "B": 150})];
    let mut seen = 0;
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let columns: Vec<&str> = line.split(' ').collect();
        let style: Style = serde_json::from_value(json!(columns[0])).unwrap();
        let how = Serialization::new(style, columns[1] == "true");
        for (value, expected) in values.iter().zip(&columns[2..]).filter(|(_, expected)| **expected != "-") {
            let got = match style {
                Style::Matrix | Style::Label | Style::Simple => path_value("color", value, &how, false),
                Style::Cookie => shown(&cookie_pairs("color", value, &how)).replace('&', ";"),
                _ => shown(&query_pairs("color", value, &how)),
            };
            assert_eq!(got, *expected, "{line}: {value}");
            if style == Style::Simple {
                assert_eq!(header_value(value, &how).unwrap(), *expected);
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 45);
}

#[test]
fn nulls_and_empty_values() {
    for (value, pairs) in [(json!(null), "color="), (json!([]), "color="), (json!({}), "color=")] {
        assert_eq!(query(&value, Style::Form, true), pairs, "{value}");
        assert_eq!(query(&value, Style::Form, false), pairs, "{value}");
        assert_eq!(query(&value, Style::DeepObject, true), pairs, "{value}");
        assert_eq!(query(&value, Style::PipeDelimited, false), pairs, "{value}");
        let path = |style| path_value("color", &value, &Serialization::new(style, true), false);
        assert_eq!(
            (path(Style::Simple), path(Style::Label), path(Style::Matrix)),
            (String::new(), ".".to_owned(), ";color".to_owned())
        );
        assert_eq!(header_value(&value, &Serialization::default()).unwrap(), "");
    }
    assert_eq!(query(&json!([null, "a", ""]), Style::Form, false), "color=,a,");
    let matrix = Serialization::new(Style::Matrix, true);
    assert_eq!(path_value("c", &json!(["", "a"]), &matrix, false), ";c;c=a");
}

#[test]
fn separators_in_values_are_no_separators() {
    let list = json!(["x y", "b,c", "d|e", "f&g=h", "é"]);
    assert_eq!(
        query(&list, Style::Form, true),
        "color=x%20y&color=b%2Cc&color=d%7Ce&color=f%26g%3Dh&color=%C3%A9"
    );
    assert_eq!(query(&list, Style::Form, false), "color=x%20y,b%2Cc,d%7Ce,f%26g%3Dh,%C3%A9");
    assert_eq!(
        query(&list, Style::SpaceDelimited, false),
        "color=x%20y%20b%2Cc%20d%7Ce%20f%26g%3Dh%20%C3%A9"
    );
    assert_eq!(query(&list, Style::PipeDelimited, false), "color=x%20y%7Cb%2Cc%7Cd%7Ce%7Cf%26g%3Dh%7C%C3%A9");
    // Exploded, the delimited styles have nothing to delimit.
    assert_eq!(query(&json!([1, 2]), Style::PipeDelimited, true), "color=1&color=2");
    let simple = Serialization::new(Style::Simple, false);
    assert_eq!(path_value("p", &json!(["a/b", "c,d"]), &simple, false), "a%2Fb,c%2Cd");
    let matrix = Serialization::new(Style::Matrix, true);
    assert_eq!(path_value("p;q", &json!({"k;": "v=1"}), &matrix, false), ";k%3B=v%3D1");
    assert_eq!(path_value("p;q", &json!("v"), &matrix, false), ";p%3Bq=v");
}

#[test]
fn odd_names_go_out_right() {
    for (name, expected) in [
        ("$filter", "$filter=1"),
        ("filter[name]", "filter%5Bname%5D=1"),
        ("ids[]", "ids%5B%5D=1"),
        ("x.y", "x.y=1"),
        ("a b", "a%20b=1"),
        ("größe", "gr%C3%B6%C3%9Fe=1"),
        ("a&b=c", "a%26b%3Dc=1"),
        ("a#b", "a%23b=1"),
        ("@type", "@type=1"),
    ] {
        assert_eq!(shown(&query_pairs(name, &json!(1), &Serialization::default())), expected, "{name}");
    }
    assert_eq!(
        shown(&cookie_pairs("a b[]=;", &json!("x; y"), &Serialization::default())),
        "a%20b%5B%5D%3D%3B=x%3B%20y"
    );
}

#[test]
fn deep_objects_nest() {
    assert_eq!(
        query(&json!({"gt": 1, "lte": 1.50}), Style::DeepObject, true),
        "color%5Bgt%5D=1&color%5Blte%5D=1.5"
    );
    assert_eq!(
        query(&json!({"b": {"c d": [1, {"e": 2}]}}), Style::DeepObject, true),
        "color%5Bb%5D%5Bc%20d%5D%5B0%5D=1&color%5Bb%5D%5Bc%20d%5D%5B1%5D%5Be%5D=2"
    );
    assert_eq!(query(&json!(["a", "b"]), Style::DeepObject, true), "color%5B0%5D=a&color%5B1%5D=b");
    assert_eq!(query(&json!("a"), Style::DeepObject, true), "color=a");
    // Undefined in OpenAPI: objects in objects and arrays, whatever the style.
    assert_eq!(query(&json!({"a": {"b": 1}}), Style::Form, true), "a%5Bb%5D=1");
    assert_eq!(query(&json!({"a": {"b": 1}}), Style::Form, false), "color%5Ba%5D%5Bb%5D=1");
    assert_eq!(query(&json!([{"a": 1}]), Style::PipeDelimited, false), "color%5B0%5D%5Ba%5D=1");
}

/// OpenAPI 3.0.4, Parameter Object, `allowReserved`, and RFC 6570, section 3.2.3: reserved characters and triples pass,
/// except for those with a meaning in a query (`[ ] # & +`) or in a path (`/ ? #`).
#[test]
fn reserved_characters_pass_where_they_may() {
    let how = Serialization { allow_reserved: true, ..Serialization::default() };
    let text = json!("https://a.example/x?y=z&w+v#u[t]%20%zz é;:@!$'()*,");
    assert_eq!(
        shown(&query_pairs("u", &text, &how)),
        "u=https://a.example/x?y=z%26w%2Bv%23u%5Bt%5D%20%25zz%20%C3%A9;:@!$'()*,"
    );
    assert_eq!(path_value("u", &json!("a/b?c#d:e%2F"), &how, false), "a%2Fb%3Fc%23d:e%2F");
    assert_eq!(path_value("u", &json!("a/b:c"), &how, true), "a/b:c");
    assert_eq!(
        path_value("u", &json!("projects/p 1/x?y"), &Serialization::default(), true),
        "projects/p%201/x%3Fy"
    );
    let joined = Serialization { allow_reserved: true, ..Serialization::new(Style::Form, false) };
    assert_eq!(shown(&query_pairs("u", &json!(["a,b:c", "d"]), &joined)), "u=a%2Cb:c,d");
}

#[test]
fn content_goes_before_a_style() {
    let json_content =
        Serialization { content_type: Some("application/json".into()), ..Serialization::default() };
    let text_content = Serialization { content_type: Some("text/plain".into()), ..Serialization::default() };
    let object = json!({"a": [1, "b"]});
    assert_eq!(shown(&query_pairs("q", &object, &json_content)), "q=%7B%22a%22%3A%5B1%2C%22b%22%5D%7D");
    assert_eq!(shown(&query_pairs("q", &json!("x"), &json_content)), "q=%22x%22");
    assert_eq!(shown(&query_pairs("q", &json!("x,y"), &text_content)), "q=x%2Cy");
    assert_eq!(path_value("q", &json!([1, 2]), &json_content, false), "%5B1%2C2%5D");
    assert_eq!(header_value(&object, &json_content).unwrap(), r#"{"a":[1,"b"]}"#);
    assert_eq!(shown(&cookie_pairs("q", &json!([1]), &json_content)), "q=%5B1%5D");
    let whole = Serialization { style: Some(Style::Whole), ..json_content };
    assert_eq!(query_pairs("q", &json!({"a": 1}), &whole), [(String::new(), "%7B%22a%22%3A1%7D".to_owned())]);
}

#[test]
fn headers_and_cookies() {
    let none = Serialization::default();
    assert_eq!(header_value(&json!(["a", 1]), &none).unwrap(), "a,1");
    assert_eq!(
        header_value(&json!({"a": 1, "b": "x y"}), &Serialization::new(Style::Simple, true)).unwrap(),
        "a=1,b=x y"
    );
    assert!(matches!(header_value(&json!("a\r\nx-evil: 1"), &none), Err(Error::BadHeader { .. })));
    assert_eq!(shown(&cookie_pairs("id", &json!("a; b=c"), &none)), "id=a%3B%20b%3Dc");
    // 3.2's style cookie leaves a cookie unchanged, except for what would end it (RFC 6265, cookie-octet).
    let plain = Serialization::new(Style::Cookie, true);
    assert_eq!(shown(&cookie_pairs("id", &json!("a=b/c%20d; é"), &plain)), "id=a=b/c%20d%3B%20%C3%A9");
}
