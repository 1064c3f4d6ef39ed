//! The program's lexer and outline beside Rhai's own tokenizer and parser.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use apicli_tokenizer::script::{self, Places};
use proptest::prelude::*;
use proptest::sample::select;
use rhai::{Engine, LexError, Token};

/// A token as far as the two can be compared. A sign is left out: Rhai counts it to the number, here it is a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Word(String),
    /// The value where it is as written.
    Text(Option<String>),
    Number,
    Symbol(char),
}

/// One-based line and column, of words and braces alone.
type Position = Option<(usize, usize)>;

#[derive(Debug)]
struct Reading {
    tokens: Vec<(Seen, Position)>,
    error: Option<LexError>,
}

fn text(value: &str, quotes: &str) -> Seen {
    Seen::Text((!value.contains(['\\', '\r', '\n']) && !value.contains(quotes)).then(|| value.to_owned()))
}

/// What Rhai sees, up to its first error.
fn of_rhai(script: &str) -> Reading {
    let engine = Engine::new_raw();
    let (tokens, control) = engine.lex([&script]);
    let mut reading = Reading { tokens: Vec::new(), error: None };
    let mut open: Vec<usize> = Vec::new();
    for (token, position) in tokens {
        let at = position.line().zip(position.position());
        let mut push = |seen, at| reading.tokens.push((seen, at));
        match token {
            Token::EOF => break,
            Token::Comment(_) => {}
            Token::LexError(error) => {
                reading.error = Some(*error);
                break;
            }
            Token::IntegerConstant(_) | Token::FloatConstant(_) => push(Seen::Number, None),
            Token::CharConstant(c) => push(text(c.encode_utf8(&mut [0; 4]), "'"), None),
            Token::StringConstant(value) => push(Seen::Text(Some(value.to_string())), None),
            Token::InterpolatedString(value) => {
                push(Seen::Text(Some(value.to_string())), None);
                open.push(0);
            }
            Token::Identifier(word) => push(Seen::Word(word.to_string()), at),
            other => {
                match other {
                    Token::LeftBrace | Token::MapStart => {
                        if let Some(depth) = open.last_mut() {
                            *depth += 1;
                        }
                    }
                    Token::RightBrace => {
                        if let Some(depth) = open.last_mut() {
                            *depth -= 1;
                            // What the parser does behind the code in a string.
                            if *depth == 0 {
                                open.pop();
                                control.borrow_mut().is_within_text = true;
                            }
                        }
                    }
                    _ => {}
                }
                let written = match &other {
                    // Its `!` comes again.
                    Token::Reserved(written) if **written == "#!" => "#".to_owned(),
                    Token::Reserved(written) | Token::Custom(written) => written.to_string(),
                    known => known.literal_syntax().to_owned(),
                };
                if written == "!in" {
                    push(Seen::Symbol('!'), None);
                    push(Seen::Word("in".to_owned()), None);
                } else if written.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                    push(Seen::Word(written), at);
                } else {
                    let is_brace = matches!(written.as_str(), "{" | "}");
                    written
                        .chars()
                        .filter(|c| *c != '-')
                        .for_each(|c| push(Seen::Symbol(c), at.filter(|_| is_brace)));
                }
            }
        }
    }
    reading
}

/// What the program sees, and whether it found the text unclosed.
fn of_ours(script: &str) -> (Vec<(Seen, Position)>, bool) {
    let mut lexer = script::tokens(script);
    let mut places = Places::new(script);
    let mut seen = Vec::new();
    for lexeme in lexer.by_ref() {
        let place = places.of(lexeme.at);
        let at = Some((place.line, place.column));
        match lexeme.token {
            script::Token::Word(word) => seen.push((Seen::Word(word.to_owned()), at)),
            script::Token::Text(value) => {
                // Of a raw string all is as written, and of the others what has no escape in it.
                // The text of a raw string begins behind its quote; a piece between interpolations may begin like one.
                let written = &script[lexeme.at..];
                let raw = written.starts_with('#') && !written.starts_with(value);
                let quote = script[lexeme.at..].chars().next().map_or_else(String::new, String::from);
                let quote = if matches!(quote.as_str(), "\"" | "'") { quote } else { "`".to_owned() };
                let value = if raw { Seen::Text(Some(value.to_owned())) } else { text(value, &quote) };
                seen.push((value, None));
            }
            script::Token::Number => seen.push((Seen::Number, None)),
            script::Token::Separator => seen.extend([(Seen::Symbol(':'), None), (Seen::Symbol(':'), None)]),
            script::Token::Symbol('-') => {}
            script::Token::Symbol(c) => seen.push((Seen::Symbol(c), at.filter(|_| matches!(c, '{' | '}')))),
        }
    }
    (seen, lexer.is_unclosed())
}

/// Whether Rhai counts lines and columns as an editor does: it does not behind an escaped `${`, a carriage return alone,
/// and a quote at the end of a line of a raw string.
fn counts_plainly(script: &str) -> bool {
    !script.contains("\\$")
        && !script.replace("\r\n", "").contains('\r')
        && !(script.contains("#\"") && script.contains("\"\n"))
        && script.lines().all(|line| line.len() < 60_000)
}

/// Both see the same, as far as Rhai sees anything.
fn agree(script: &str) {
    let (rhai, (ours, unclosed)) = (of_rhai(script), of_ours(script));
    let plain = counts_plainly(script);
    for (n, (seen, at)) in rhai.tokens.iter().enumerate() {
        let Some((own, own_at)) = ours.get(n) else {
            panic!("token {n} is {seen:?}, and here nothing:\n{script}\n{script:?}");
        };
        let same = match (seen, own) {
            (Seen::Text(Some(a)), Seen::Text(Some(b))) => a == b,
            (Seen::Text(_), Seen::Text(_)) => true,
            (a, b) => a == b,
        };
        assert!(same, "token {n} is {seen:?}, and here {own:?}:\n{script}\n{script:?}");
        if let (true, Some(at), Some(own_at)) = (plain, at, own_at) {
            // A brace that is two characters of Rhai's (`#{`) has no place of its own there.
            assert_eq!(at, own_at, "place of token {n}, {seen:?}:\n{script}\n{script:?}");
        }
    }
    match rhai.error {
        None => assert_eq!(rhai.tokens.len(), ours.len(), "here is more than in Rhai:\n{script}\n{script:?}"),
        // Two hashes at the very end are a raw string's beginning to Rhai.
        Some(LexError::UnterminatedString) if script.ends_with("##") => {}
        Some(LexError::UnterminatedString) => assert!(unclosed, "a string has no end:\n{script}\n{script:?}"),
        Some(_) => {}
    }
}

/// A script that compiles has the functions of its outline. Returns whether it does.
fn same_functions(script: &str) -> bool {
    let Ok(ast) = Engine::new_raw().compile(script) else { return false };
    let outline = script::outline(script);
    let known: BTreeSet<_> = ast
        .iter_functions()
        .filter(|function| !function.name.starts_with("anon$"))
        .map(|function| (function.name.to_owned(), function.params.len(), function.this_type.is_some()))
        .collect();
    let found: BTreeSet<_> = outline
        .definitions
        .iter()
        .map(|definition| (definition.name.to_owned(), definition.arity, definition.method))
        .collect();
    assert_eq!(found, known, "{script}\n{script:?}");
    // Each alone compiles, with what it needs, and is there.
    for definition in outline.definitions.iter().filter(|definition| !definition.method) {
        if outline.stray.is_some() {
            break;
        }
        let alone = script::excerpt(script, &outline.definitions, definition.name).unwrap();
        let ast = Engine::new_raw()
            .compile(&alone)
            .unwrap_or_else(|error| panic!("{error}:\n{script}\n---\n{alone}"));
        assert!(ast.iter_functions().any(|function| function.name == definition.name), "{alone}");
    }
    true
}

/// Every script that is checked in.
fn scripts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut open: Vec<_> = ["scripts", "stdlib", "tests/e2e", "tests/goldens"]
        .map(|dir| root.join(dir))
        .into();
    let mut found = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rhai") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 10, "only {} scripts", found.len());
    found
}

#[test]
fn the_scripts_that_are_checked_in_are_read_as_rhai_reads_them() {
    let mut compiled = 0;
    for (path, text) in scripts() {
        eprintln!("{}", path.display());
        agree(&text);
        compiled += usize::from(same_functions(&text));
        let crlf = text.replace("\r\n", "\n").replace('\n', "\r\n");
        agree(&crlf);
        same_functions(&crlf);
        agree(&format!("\u{feff}{text}"));
    }
    assert!(compiled > 10, "only {compiled} scripts compile");
}

/// What a lexer may get wrong, one rule each.
const HARD: &[&str] = &[
    // Back quotes: no escapes but of `${`, two for one, a line feed at the beginning.
    r"fn a() { `C:\` } fn b() {}",
    r"fn a() { `\${x` } fn b() {}",
    r"fn a() { `\\${x` } fn b() {}",
    r"fn a(x) { `\$${x}` } fn b() {}",
    "fn a() { `a``b` + `` + ```` } fn b() {}",
    "fn a(x) { `\n}${x}``}${ `${x}` + #{a: `}`}.a }` } fn b() {}",
    "fn a() { `\r\n}` + `\r}` } fn b() {}",
    "fn a(x) { `$x $$ $${x} $` } fn b() {}",
    "fn a(x) { `${ fn_() /* } */ + \"}\" // `\n }` } fn b() {}",
    // Double quotes: escapes, two for one, lines that go on.
    "fn a() { \"\\\\\" + \"\\\"}\" + \"a\"\"}\" + \"\"\"\" + \"\\x7d\\u00e9\\U0001F600\" } fn b() {}",
    "fn a() { \"a\\\n   }\" + \"b\\\r\n   }\" + \"${x}`\" } fn b() {}",
    "fn a() { \"no end\n}\" }",
    "fn a() { \"no end \\",
    // Raw strings.
    "fn a() { #\"a \" b}\"# + ##\"a\"# }\"## + #\"\"# } fn b() {}",
    "fn a() { #\"\"\"# + #\"\\\"# + ##\"\"\"#\"## } fn b() {}",
    "fn a() { #\"no end\" }",
    "fn a() { ## }",
    // Characters.
    r#"fn a() { '"' + '\'' + '`' + '}' + '\\' + '\n' + '\x41' + 'é' } fn b() {}"#,
    "fn a() { '' }",
    "fn a() { '''' }",
    "fn a() { 'a\n }",
    "fn a() { 'a\\\n }",
    // Comments: nested, doc, without end, ended by a carriage return.
    "fn a() { /* } /* } */ } */ } fn b() {}",
    "/** doc } */ fn a() {} /*** no doc } ***/ fn b() {}",
    "/**/ fn a() {} /* */ fn b() {} */ fn c() {}",
    "/***/ fn a() {}",
    "/*/ fn a() {} /*/ */ fn b() {} */ fn c() {}",
    "//! module }\n/// doc }\n//// no doc }\nfn a() {} // } \"\nfn b() {}",
    "// }\rfn a() {}\r\n/// x\rfn b() {}",
    "fn a() {} /* no end",
    "fn a() { /",
    // Numbers.
    "fn a(x) { 1..2; 1.abs(); 0xfe + 0b12; 1e5; 1e+5; 1.5.5; 1_000.0_1; x[1.]; 1._; }",
    "fn a() { 0x_ff; 0_xff; 1e; 0o78; 1.e5; 00x1; 1.5e-3.abs(); }",
    "fn a(x) { x -1; -1; - 1; x - -1.5; }",
    // Symbols of several characters, and what looks like one.
    "fn a(x) { x !in [1]; !inner(); !x; x?.y; x ?? 1; x?[1]; x ... y; || x; |a| a; #{\"a\": 1}; () }",
    "fn a(x) { url::encode(x); x::<y>; }",
    "#! shebang\nfn a() {}",
    "#!/usr/bin/env rhai\nfn a() { \"}\" }",
    "\u{feff}fn a() {}",
    "fn é() {}",
    "fn a()\u{a0}{}",
    "private fn a(b, c) {} fn int.m(x) {} fn \"Request\".n() {} private fn T.o() {}",
    "fn a() {} let f = |x| { x }; fn b() { fn_ }",
    "fn a(x,\n/* y, */ z // w\n) { if x { } else { switch x { 1 => { } } } } fn b() {}",
];

#[test]
fn each_hard_rule_is_rhais() {
    let mut compiled = 0;
    for text in HARD {
        agree(text);
        compiled += usize::from(same_functions(text));
    }
    assert!(compiled > 20, "only {compiled} compile");
}

/// Pieces of scripts, whole and half, in which an order that nobody writes finds what is wrong.
const PIECES: &[&str] = &[
    "\"",
    "\"\"",
    "'",
    "''",
    "`",
    "``",
    "#\"",
    "\"#",
    "##\"",
    "\"##",
    "#",
    "#{",
    "${",
    "$",
    "{",
    "}",
    "(",
    ")",
    "()",
    "[",
    "]",
    "\\",
    "\\\\",
    "\\\"",
    "\\`",
    "\\$",
    "\\${",
    "\\\n",
    "\\\r\n",
    "//",
    "///",
    "////",
    "//!",
    "/*",
    "/**",
    "/***",
    "*/",
    "/",
    "*",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "\u{feff}",
    "é",
    "😀",
    "\u{a0}",
    "fn ",
    "private ",
    "a",
    "b_1",
    "_",
    "in",
    "!in",
    "!",
    "let ",
    "const ",
    "switch ",
    "catch ",
    "::",
    ":",
    ";",
    ",",
    ".",
    "..",
    "..=",
    "...",
    "|",
    "||",
    "&&",
    "=>",
    "==",
    "=",
    "-",
    "+",
    "-1",
    "1",
    "0",
    "0x",
    "0b1",
    "1.",
    "1.5",
    "1e",
    "1e-",
    "9_",
    "e5",
    "x",
    "?",
    "?.",
    "??",
    "?[",
    "@",
    "~",
    "%",
    "^",
    "<",
    ">",
    "<<=",
    "**",
    "\\x41",
    "\\u0041",
    "\\n",
    "\\t",
    "'a'",
    "'\\''",
    "\"a\"",
    "`a`",
    "#\"a\"#",
    "fn f(x) {",
    "`a${",
    "}`",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(select(PIECES), 0..30).prop_map(|pieces| pieces.concat())
}

/// Expressions that compile, of every kind of text.
fn expression() -> impl Strategy<Value = String> {
    let inside = "[ a-z{}()/*#$é:;,|\\[\\]]{0,8}";
    let leaf = prop_oneof![
        (inside, select(&["", "\\\"", "\"\"", "\\\\", "\\n", "`", "'", "\\\n  ", "${x}", "//", "\\x41"][..]))
            .prop_map(|(text, more)| format!("\"{text}{more}{text}\"")),
        (inside, select(&["", "``", "\\", "\"", "\n", "'", "\\\\", "//", "$"][..]))
            .prop_map(|(text, more)| format!("`{}{more}`", text.replace("${", "$ {"))),
        (inside, 1..3_usize, select(&["", "\"", "\\", "`", "\n", "'"][..])).prop_map(
            |(text, hashes, more)| {
                let hashes = "#".repeat(hashes);
                format!("{hashes}\"{}{more} \"{hashes}", text.replace('#', ""))
            }
        ),
        select(
            &["'a'", "'\"'", "'`'", "'}'", "'\\''", "'\\\\'", "'{'", "1", "1.5", "0xff", "1e5", "x", "true"]
                [..]
        )
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|e| format!("`a${{ {e} }}}}b`")),
            inner.clone().prop_map(|e| format!("#{{\"}}\": {e}}}")),
            inner.clone().prop_map(|e| format!("[{e}, /* }} /* \" */ ` */ {e}]")),
            inner.clone().prop_map(|e| format!("(|y| {{ {e} }})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("f({a}, // }} `\n{b})")),
        ]
    })
}

fn whole_script() -> impl Strategy<Value = String> {
    let between = select(
        &[
            "\n",
            "\r\n",
            "/// doc } \"\n",
            "// ` }\n",
            "/* /* } */ ` */ ",
            "/** } */\n",
            "//! }\n",
            ";",
            "private ",
            "/***/",
            "//\r",
        ][..],
    );
    let function =
        (between, select(&["a", "b", "c"][..]), 0..2_usize, prop::collection::vec(expression(), 0..4));
    prop::collection::vec(function, 0..5).prop_map(|functions| {
        let mut text = String::new();
        for (n, (before, name, parameters, body)) in functions.into_iter().enumerate() {
            let parameters = ["x", "x, y"][parameters];
            text += &format!("{before}fn {name}{n}({parameters}) {{ {} }}\n", body.join(";\n"));
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_in_any_order_are_read_as_rhai_reads_them(text in pieces()) {
        agree(&text);
        same_functions(&text);
    }

    #[test]
    fn any_characters_are_read_as_rhai_reads_them(text in "[a-c0-2fne{}()\"'`$#/*\\\\é. :;,_|!x\r\n-]{0,40}") {
        agree(&text);
        same_functions(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whole_scripts_have_the_functions_that_rhai_finds(text in whole_script()) {
        agree(&text);
        same_functions(&text);
        let crlf = text.replace("\r\n", "\n").replace('\n', "\r\n");
        agree(&crlf);
        same_functions(&crlf);
    }

    #[test]
    fn scripts_with_a_piece_put_in_are_read_as_rhai_reads_them(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), piece in select(PIECES), take in 0..20_usize,
    ) {
        let all = std::cell::OnceCell::new();
        let all: &Vec<(PathBuf, String)> = all.get_or_init(scripts);
        let (_, text) = which.get(all);
        // A window of a large script is as good, and quicker.
        let start = at.index(text.len() + 1);
        let from = (start.saturating_sub(2_000)..=start).find(|n| text.is_char_boundary(*n)).unwrap();
        let middle = (start..=text.len()).find(|n| text.is_char_boundary(*n)).unwrap();
        let behind = (middle + take..).find(|n| text.is_char_boundary((*n).min(text.len()))).unwrap().min(text.len());
        let to = (behind + 2_000..).find(|n| text.is_char_boundary((*n).min(text.len()))).unwrap().min(text.len());
        let changed = format!("{}{piece}{}", &text[from..middle], &text[behind..to]);
        agree(&changed);
    }
}
