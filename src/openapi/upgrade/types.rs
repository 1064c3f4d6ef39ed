//! Names of types, as found in documents.

/// The type meant by `name`, and a format for anything more that it said; `None` if unknown.
///
/// Older documents and generators use the types of their own language. A correct type is returned unchanged.
pub(crate) fn known(name: &str) -> Option<(&'static str, Option<&'static str>)> {
    const EXACT: [&str; 6] = ["object", "array", "string", "integer", "number", "boolean"];
    if let Some(exact) = EXACT.iter().find(|exact| **exact == name) {
        return Some((exact, None));
    }
    let lower = name.trim().to_ascii_lowercase();
    if let Some(exact) = EXACT.iter().find(|exact| **exact == lower) {
        return Some((exact, None));
    }
    Some(match lower.as_str() {
        "int" | "int32" | "short" | "byte" => ("integer", Some("int32")),
        "long" | "int64" | "bigint" => ("integer", Some("int64")),
        "float" => ("number", Some("float")),
        "double" => ("number", Some("double")),
        "decimal" | "numeric" | "real" => ("number", None),
        "bool" => ("boolean", None),
        "str" | "text" | "char" | "enum" => ("string", None),
        "date" => ("string", Some("date")),
        "datetime" | "date-time" | "timestamp" => ("string", Some("date-time")),
        "uuid" | "guid" => ("string", Some("uuid")),
        "uri" | "url" => ("string", Some("uri")),
        "email" => ("string", Some("email")),
        "password" => ("string", Some("password")),
        // Swagger 2.0, Parameter Object and Schema Object of a response.
        "file" | "binary" => ("string", Some("binary")),
        "list" | "set" => ("array", None),
        "dict" | "map" | "hash" | "struct" | "json" => ("object", None),
        _ => return None,
    })
}
