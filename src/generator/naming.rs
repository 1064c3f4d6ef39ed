//! Turns a document's names into names to type. One rule for everything.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// Words that Rhai reserves, as keywords, reserved symbols or functions, so that no function or parameter can have them
/// as its name. From the two lists of its tokenizer; a test checks this list against the engine.
pub(crate) const RESERVED: [&str; 72] = [
    "Fn",
    "as",
    "async",
    "await",
    "break",
    "call",
    "case",
    "catch",
    "const",
    "continue",
    "curry",
    "debug",
    "default",
    "do",
    "else",
    "eval",
    "exit",
    "export",
    "false",
    "fn",
    "for",
    "global",
    "go",
    "goto",
    "if",
    "import",
    "in",
    "is",
    "is_def_fn",
    "is_def_var",
    "is_shared",
    "let",
    "loop",
    "match",
    "module",
    "new",
    "nil",
    "null",
    "package",
    "print",
    "private",
    "protected",
    "pub",
    "public",
    "return",
    "self",
    "shared",
    "sleep",
    "spawn",
    "static",
    "super",
    "switch",
    "sync",
    "this",
    "thread",
    "throw",
    "true",
    "try",
    "type_of",
    "until",
    "use",
    "val",
    "var",
    "void",
    "while",
    "with",
    "yield", // And what a generated function itself uses.
    "flags",
    "request",
    "http",
    "credentials",
    "json",
];

/// The maximum length of an identifier, in characters.
pub(crate) const MAX_IDENTIFIER: usize = 80;

/// Names that Windows reserves for devices; a group becomes a file name.
const DEVICES: [&str; 6] = ["aux", "con", "nul", "prn", "com1", "lpt1"];

/// Words that are one word despite a capital inside.
const WHOLE: [&str; 22] = [
    "DevOps",
    "GitHub",
    "GitLab",
    "GraphQL",
    "JavaScript",
    "LinkedIn",
    "MySQL",
    "NoSQL",
    "OAuth",
    "OpenAPI",
    "OpenID",
    "PayPal",
    "PostgreSQL",
    "QuickBooks",
    "TikTok",
    "WebSocket",
    "WhatsApp",
    "WordPress",
    "YouTube",
    "iOS",
    "macOS",
    "tvOS",
];

/// The length of the word at the beginning of `text` that is one word despite a capital inside: one of [`WHOLE`],
/// or one like `eCommerce` and `iPhone`.
fn whole(text: &[u8], begins: bool) -> usize {
    let ends = |rest: &[u8]| !rest.first().is_some_and(u8::is_ascii_lowercase);
    let is_it = |word: &&&str| {
        let rest = text.strip_prefix(word.as_bytes());
        rest.is_some_and(|rest| ends(rest) || rest.strip_prefix(b"s").is_some_and(ends))
    };
    if let Some(word) = WHOLE.iter().find(is_it) {
        return word.len();
    }
    match text {
        [b'e' | b'i', second, third, ..]
            if begins && second.is_ascii_uppercase() && third.is_ascii_lowercase() =>
        {
            3
        }
        _ => 0,
    }
}

/// A name in ASCII letters, as far as it has any: `größe` is `grosse`, `имя` is `imia`, `名前` is `Ming Qian`.
fn latin(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let mut text = String::with_capacity(name.len());
    let mut before = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        match deunicode::deunicode_char(c) {
            _ if c.is_ascii() => text.push(c),
            // Invisible characters do not end a word; line and paragraph separators do.
            _ if crate::text::is_unprintable(c)
                && !c.is_control()
                && !matches!(c, '\u{2028}' | '\u{2029}') => {}
            // A letter never ends a word, whatever marks its transliteration has (`Польза` is `Pol'za`).
            Some(ascii) if c.is_alphanumeric() => {
                let capitals = |c: Option<&char>| c.is_some_and(|c| c.is_uppercase());
                let all = c.is_uppercase() && (capitals(chars.peek()) || capitals(before.as_ref()));
                let kept = ascii.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ');
                text.extend(kept.map(|c| if all { c.to_ascii_uppercase() } else { c }));
            }
            // Symbols with a name are words: `€` is `EUR`.
            Some(ascii) if !ascii.is_empty() => text.extend([" ", ascii, " "]),
            Some(_) | None => {}
        }
        before = Some(c);
    }
    Cow::Owned(text)
}

/// The words of a name, lower case, split at everything that is not a letter or digit and at camel case:
/// `OAuthToken2` gives `oauth`, `token2`; `listAPIKeys` gives `list`, `api`, `keys`. Letters of other scripts are
/// written in ASCII.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let name = &*latin(name);
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let chars = part.as_bytes();
        let mut word = String::new();
        let mut skip = 0;
        for (n, &c) in chars.iter().enumerate() {
            if skip == 0 {
                let fresh = word.is_empty() || c.is_ascii_uppercase();
                skip = if fresh { whole(chars.get(n..).unwrap_or_default(), n == 0) } else { 0 };
                if skip > 0 && !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            if skip > 0 {
                skip -= 1;
                word.push(char::from(c.to_ascii_lowercase()));
                continue;
            }
            let previous = n.checked_sub(1).and_then(|n| chars.get(n));
            let next = chars.get(n + 1);
            let begins = c.is_ascii_uppercase()
                && match (previous, next) {
                    (Some(p), _) if p.is_ascii_lowercase() || p.is_ascii_digit() => true,
                    // The last capital of a run begins a word (`APIKeys`), but not before a plural s (`IDs`), and
                    // not where the run is one letter (`OAuth`).
                    (Some(p), Some(next)) if p.is_ascii_uppercase() && next.is_ascii_lowercase() => {
                        let plural =
                            *next == b's' && chars.get(n + 2).is_none_or(|c| !c.is_ascii_lowercase());
                        !plural && word.len() > 1
                    }
                    _ => false,
                };
            if begins && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.push(char::from(c.to_ascii_lowercase()));
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    words
}

/// A Rhai identifier in `snake_case`, at most 80 characters, never reserved. A trailing underscore marks a name
/// that would clash with Rhai's own; [`typed`] drops it again.
pub(crate) fn identifier(name: &str) -> String {
    let mut text = words(name).join("_");
    text.truncate(MAX_IDENTIFIER);
    if text.is_empty() {
        text = if name.is_ascii() { "x".to_owned() } else { format!("x_{}", digest(name)) };
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        text.insert(0, 'n');
    }
    if RESERVED.contains(&text.as_str()) || DEVICES.contains(&text.as_str()) || text == "hooks" {
        text.push('_');
    }
    text
}

/// The `n`th identifier with one name: `list` and 2 is `list_2`. The name is cut rather than the number, so that two
/// numbers never give the same identifier.
pub(crate) fn numbered(identifier: &str, n: usize) -> String {
    let suffix = format!("_{n}");
    let room = MAX_IDENTIFIER.saturating_sub(suffix.len());
    let stem: String = identifier.chars().take(room).collect();
    format!("{}{suffix}", stem.trim_end_matches('_'))
}

/// An identifier as it is typed on the command line: `void_` is `void`, `bank_accounts` is `bank-accounts`.
pub fn typed(identifier: &str) -> String {
    identifier.trim_end_matches('_').replace('_', "-")
}

/// A flag's name for one wire name, without dashes.
///
/// A name of which nothing can be kept (`$`, private characters) gives `x-` and the first six hex digits of its SHA-256:
/// not descriptive, but independent of the other names.
pub(crate) fn flag(name: &str) -> String {
    let text = words(name).join("-");
    if text.is_empty() { format!("x-{}", digest(name)) } else { text }
}

/// The first six hex digits of a name's SHA-256.
fn digest(name: &str) -> String {
    Sha256::digest(name).iter().take(3).map(|byte| format!("{byte:02x}")).collect()
}

/// Words for a title: `bank_accounts` is `bank accounts`.
pub(crate) fn spoken(identifier: &str) -> String {
    identifier.trim_end_matches('_').replace('_', " ")
}

/// True for a plural noun, as far as English spelling shows.
pub(crate) fn is_plural(identifier: &str) -> bool {
    let last = identifier.trim_end_matches('_').rsplit('_').next().unwrap_or_default();
    let odd = ["people", "children", "media", "criteria"].contains(&last);
    odd || (last.len() > 2
        && last.ends_with('s')
        && !last.ends_with("ss")
        && !last.ends_with("us")
        && !last.ends_with("is"))
}

/// The singular of a noun, as far as English spelling shows; other words are returned unchanged.
pub(crate) fn singular(noun: &str) -> String {
    for (plural, singular) in [
        ("people", "person"),
        ("children", "child"),
        ("ies", "y"),
        ("sses", "ss"),
        ("xes", "x"),
        ("ches", "ch"),
        ("shes", "sh"),
    ] {
        if let Some(stem) = noun.strip_suffix(plural).filter(|stem| stem.len() > 1 || plural.len() > 4) {
            return format!("{stem}{singular}");
        }
    }
    if is_plural(noun) { noun.strip_suffix('s').unwrap_or(noun).to_owned() } else { noun.to_owned() }
}

/// Whether two words are the same noun, in singular or plural.
pub(crate) fn same_noun(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_end_matches('_'), other.trim_end_matches('_'));
    one == other || singular(one) == singular(other)
}

/// Words that begin actions but not resources.
const VERBS: [&str; 68] = [
    "accept",
    "activate",
    "add",
    "append",
    "apply",
    "approve",
    "assign",
    "attach",
    "authenticate",
    "authorize",
    "batch",
    "calculate",
    "cancel",
    "change",
    "check",
    "clear",
    "clone",
    "complete",
    "confirm",
    "convert",
    "copy",
    "count",
    "create",
    "deactivate",
    "delete",
    "deploy",
    "detach",
    "disable",
    "download",
    "edit",
    "enable",
    "execute",
    "fetch",
    "find",
    "generate",
    "get",
    "insert",
    "invite",
    "is",
    "join",
    "leave",
    "list",
    "login",
    "logout",
    "lookup",
    "make",
    "merge",
    "move",
    "register",
    "reject",
    "remove",
    "rename",
    "reset",
    "resolve",
    "restart",
    "restore",
    "retrieve",
    "retry",
    "revoke",
    "send",
    "set",
    "submit",
    "unassign",
    "update",
    "upload",
    "upsert",
    "validate",
    "verify",
];

/// Whether a word is a verb that names an action.
pub(crate) fn is_verb(word: &str) -> bool {
    VERBS.binary_search(&word).is_ok()
}

/// The group of everything without another one. It need not be typed: its commands are the plugin's own.
pub const ROOT: &str = "root";

/// Whether `name` can be a plugin's name, and so the name of a folder.
pub fn is_plugin_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

/// The name of a plugin from a file's stem or a title: `[a-z0-9][a-z0-9_-]*`, at most 40 characters; `None` if
/// nothing is left.
pub(crate) fn plugin(name: &str) -> Option<String> {
    let mut text = words(name).join("-");
    text.truncate(40);
    let text = text.trim_end_matches('-');
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_person_would() {
        for (name, expected) in [
            ("listAPIKeys", "list api keys"),
            ("OAuthToken", "oauth token"),
            ("userIDs", "user ids"),
            ("getUserByID", "get user by id"),
            ("X-Request-ID", "x request id"),
            ("filter[name]", "filter name"),
            ("payment_method.card", "payment method card"),
            ("sha256Sum", "sha256 sum"),
            ("URL", "url"),
            ("../../etc", "etc"),
            ("naïve", "naive"),
            ("nai\u{308}ve", "naive"),
            ("größe", "grosse"),
            ("Straße№2", "strasse no 2"),
            ("имя", "imia"),
            ("имяПользователя", "imia polzovatelia"),
            ("ЖКХ_Жизнь", "zhkkh zhizn"),
            ("名前", "ming qian"),
            ("ユーザー名", "yuza ming"),
            ("金额2", "jin e 2"),
            ("a—b", "a b"),
            ("price€", "price eur"),
            ("Ａｂｃ", "abc"),
            ("e\u{200b}ma\u{ad}i\u{2060}l\u{202e}\u{e0041}\u{3164}A\u{2800}b", "email ab"),
            ("a\u{2028}b", "a b"),
            ("می\u{200c}خواهم", "mykhwhm"),
            ("GitHubRepos", "github repos"),
            ("listOpenIDConnectProviders", "list openid connect providers"),
            ("eCommerceOrders", "ecommerce orders"),
            ("iosApps", "ios apps"),
            ("macOSDevices", "macos devices"),
            ("iOSVersion", "ios version"),
            ("publicIPv4Pool", "public ipv4 pool"),
            ("eTag", "etag"),
            ("OAuths", "oauths"),
            ("describeVpcIDs", "describe vpc ids"),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn identifiers_are_total() {
        for (name, expected) in [
            ("new", "new_"),
            ("", "x"),
            ("2fa", "n2fa"),
            ("$", "x"),
            ("€", "eur"),
            ("\u{e000}", "x_d3bff2"),
            ("void", "void_"),
            ("hooks", "hooks_"),
            ("IDs", "ids"),
        ] {
            assert_eq!(identifier(name), expected);
        }
        assert_eq!(typed("void_"), "void");
        assert_eq!(typed("bank_accounts"), "bank-accounts");
    }

    #[test]
    fn numbers_survive_the_longest_names() {
        let long = identifier(&"v".repeat(100));
        assert_eq!(long.len(), 80);
        assert_eq!(numbered(&long, 12), format!("{}_12", "v".repeat(77)));
        assert_eq!(numbered("void_", 2), "void_2");
        assert_eq!(identifier(&numbered(&long, 2)), numbered(&long, 2));
    }

    #[test]
    fn flags_without_letters_belong_to_their_names() {
        for name in ["\u{e000}", "$", ""] {
            let flag = flag(name);
            assert!(flag.len() == 8 && flag.starts_with("x-"), "{flag}");
        }
        assert_ne!(flag("客户"), flag("订单"));
        assert_ne!(flag("金额2"), flag("数量2"));
        assert_eq!(flag("404"), "404");
        assert_eq!(flag("größe"), "grosse");
        assert_eq!(flag("客户"), "ke-hu");
    }

    #[test]
    fn plurals() {
        for word in ["customers", "line_items", "people", "addresses"] {
            assert!(is_plural(word), "{word}");
        }
        for word in ["capture", "address", "status", "analysis", "search", "us"] {
            assert!(!is_plural(word), "{word}");
        }
    }
}
