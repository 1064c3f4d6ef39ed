//! What is handed to shells: completion and curl commands, in the real shells.

mod completion;
mod pasting;
mod seen;
mod terminal;

use crate::environment::not_run;

/// Those of these shells that are here; a line on standard error says which are not.
fn shells(of: &[&'static str], what: &str) -> Vec<&'static str> {
    let found =
        |shell: &&&str| ["/usr/bin", "/bin"].iter().any(|dir| std::path::Path::new(dir).join(shell).exists());
    let (here, missing): (Vec<&&str>, Vec<&&str>) = of.iter().partition(found);
    for shell in missing {
        not_run(&format!("{what} in {shell}"), &format!("needs {shell}"));
    }
    here.into_iter().copied().collect()
}

/// Values that a shell would act on, read wrongly, or take for something else. `PWNED` is a file that must never be there.
const HOSTILE: &[&str] = &[
    "$(touch PWNED)",
    "a;touch${IFS}PWNED;",
    "`touch PWNED`",
    "';touch PWNED;'",
    "\";touch PWNED;\"",
    "\\$(touch PWNED)",
    "<(touch PWNED)",
    "a|touch PWNED",
    "a&&touch PWNED&",
    ">PWNED",
    "it's",
    "say \"hi\"",
    "'",
    "\"",
    "\\",
    "a\\",
    "back\\slash\\n",
    "\\'",
    "~root",
    "=ls",
    "a==ls",
    "x:y=z",
    "*",
    "?[a-z]",
    "{a,b}",
    "!ls",
    "a!b",
    "end!",
    "#c",
    "^a^b",
    "%self",
    "$HOME ${HOME}",
    "two  words",
    "-dash",
    "é 名前 \u{a0}",
    "plain",
];
