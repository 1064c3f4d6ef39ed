//! JSON Pointer (RFC 6901), in its URI fragment form as in `$ref`.

use std::borrow::Cow;

/// One reference token, escaped: `~` becomes `~0`, `/` becomes `~1`.
pub fn escape(token: &str) -> Cow<'_, str> {
    if token.contains(['~', '/']) {
        Cow::Owned(token.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(token)
    }
}

/// The reverse of [`escape`].
pub fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(token)
    }
}

/// The pointer to the member `token` of what `pointer` points to.
pub fn child(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", escape(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_round_trip() {
        for token in ["a", "/v1/{x}", "~", "~1", "a/b~c"] {
            assert_eq!(unescape(&escape(token)), token);
        }
        assert_eq!(child("#/paths", "/v1/a~b"), "#/paths/~1v1~1a~0b");
    }
}
