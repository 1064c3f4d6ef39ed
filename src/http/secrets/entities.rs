//! Character references of HTML.

use super::unescaped::{Unescaped, hex};

/// Names of characters that a secret may contain (the HTML standard, section 13.5), the rest of Latin-1 below.
const NAMES: &[(&str, char)] = &[
    ("amp", '&'),
    ("AMP", '&'),
    ("lt", '<'),
    ("LT", '<'),
    ("gt", '>'),
    ("GT", '>'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("excl", '!'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("midast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("equals", '='),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("UnderBar", '_'),
    ("grave", '`'),
    ("DiacriticalGrave", '`'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("verbar", '|'),
    ("vert", '|'),
    ("VerticalLine", '|'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("hyphen", '\u{2010}'),
    ("euro", '€'),
];

/// U+00A0 to U+00FF, in order.
const LATIN: &[&str] = &[
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo",
    "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot",
    "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",
    "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute",
    "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash",
    "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde",
    "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc",
    "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave",
    "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// The longest name, and more digits than any character needs.
const LONGEST: usize = 18;

/// The character reference that `text` begins with, and its length: `&#47;`, `&#x2f;`, `&sol;`.
pub(super) fn entity(text: &[u8]) -> Option<(Unescaped, usize)> {
    let body = text.get(1..)?;
    if let Some(number) = body.strip_prefix(b"#") {
        let (digits, radix, start) = match number.strip_prefix(b"x").or_else(|| number.strip_prefix(b"X")) {
            Some(digits) => (digits, 16, 3),
            None => (number, 10, 2),
        };
        let length = digits.iter().take(LONGEST).take_while(|b| char::from(**b).is_digit(radix)).count();
        let digits = digits.get(..length)?;
        let significant = digits
            .iter()
            .position(|b| *b != b'0')
            .map_or(&digits[..0], |n| digits.get(n..).unwrap_or_default());
        let value = if radix == 16 {
            hex(significant)?
        } else {
            std::str::from_utf8(significant).ok()?.parse().ok()?
        };
        // Browsers accept it without the semicolon.
        let closed = usize::from(text.get(start + length) == Some(&b';'));
        return Some((Unescaped::Char(char::from_u32(value)?), start + length + closed));
    }
    let length = body.iter().take(LONGEST).position(|b| *b == b';')?;
    let name = std::str::from_utf8(body.get(..length)?).ok()?;
    let latin = || {
        let n = LATIN.iter().position(|known| *known == name)?;
        char::from_u32(0xa0 + u32::try_from(n).ok()?)
    };
    let c = NAMES.iter().find(|(known, _)| *known == name).map(|(_, c)| *c).or_else(latin)?;
    Some((Unescaped::Char(c), length + 2))
}
