/// The methods of a request by name and number of arguments. A plugin may have a function of the same name and
/// shape, which must not replace them; see [`super::stdlib::GUARD`].
pub(super) const METHODS: &[(&str, usize)] = &[
    ("path", 2),
    ("query", 1),
    ("query", 2),
    ("header", 2),
    ("headers", 2),
    ("cookies", 2),
    ("form", 1),
    ("json", 1),
    ("multipart", 1),
    ("body", 0),
    ("body", 1),
    ("content_type", 1),
    ("no_credentials", 0),
    ("credential", 1),
    ("timeout", 1),
    ("copy", 0),
    ("send", 0),
    ("try_send", 0),
];
