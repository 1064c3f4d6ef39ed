//! The environment as a store, and the names of its variables. No variable has two meanings.
//!
//! `APICLI_<PLUGIN>_<SCHEME>` and `APICLI_<PLUGIN>_<PROFILE>_<SCHEME>`, in upper case, with `TOKEN` for the plugin's
//! usual scheme and `SERVER` for its server. A character that shells do not allow in a name becomes an underscore, so a name
//! is ambiguous as soon as one of its parts has an underscore of its own. The exact form has two underscores for each of those:
//! `APICLI_ACME__PROD_TOKEN` is the token of the plugin `acme-prod`, not of the profile `prod` of `acme`. The exact form always
//! counts; the plain one only if it cannot mean anything else that is known.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::credentials::{Account, Error};
use crate::model::{Manifest, Profile};
use crate::secret::Secret;

/// Words in place of a scheme that mean something else.
const TOKEN: &str = "TOKEN";
const SERVER: &str = "SERVER";
const TAKEN: [&str; 3] = [TOKEN, SERVER, "PROFILE"];

/// Variables of the program itself; a plugin `passphrase` with a scheme `fd` cannot use them.
const OWN: [&str; 3] = [super::PASSPHRASE, super::PASSPHRASE_FD, "APICLI_PLUGINS_DIR"];

/// The variables of one account.
#[derive(Clone, Debug)]
pub struct Variables<'a> {
    account: Account<'a>,
    /// All schemes of the plugin.
    schemes: Vec<&'a str>,
}

impl<'a> Variables<'a> {
    /// The variables of `account`; `manifest` has its plugin's schemes.
    pub fn new(account: Account<'a>, manifest: &'a Manifest) -> Self {
        Self::among(account, manifest.auth.keys().map(String::as_str).collect())
    }

    pub(in crate::credentials) fn among(account: Account<'a>, schemes: Vec<&'a str>) -> Self {
        Self { account, schemes }
    }

    /// The variable that serves the plugin's preferred scheme: `APICLI_STRIPE_TOKEN`.
    pub fn token(&self) -> String {
        self.plain(TOKEN)
    }

    /// The variable that replaces `--server`: `APICLI_STRIPE_SERVER`.
    pub fn server(&self) -> String {
        self.plain(SERVER)
    }

    /// The variable of one scheme: `APICLI_STRIPE_BASICAUTH`, or `APICLI_STRIPE_LIVE_BASICAUTH` of the profile `live`. A
    /// variable without a profile belongs to the default one: what is set for tests must not be used live.
    pub fn scheme(&self, scheme: &str) -> String {
        if self.is_clear(scheme) { self.plain(&plain(scheme)) } else { self.exact(&of_scheme(scheme)) }
    }

    fn plain(&self, last: &str) -> String {
        self.joined(plain, last)
    }

    fn exact(&self, last: &str) -> String {
        self.joined(exact, last)
    }

    fn joined(&self, word: impl Fn(&str) -> String, last: &str) -> String {
        let Account { plugin, profile } = self.account;
        let profile = if profile == Profile::DEFAULT { String::new() } else { format!("{}_", word(profile)) };
        format!("APICLI_{}_{profile}{last}", word(plugin))
    }

    /// The names that count for a scheme, the exact one first.
    fn of_scheme(&self, scheme: &str) -> Vec<String> {
        let mut names = vec![self.exact(&of_scheme(scheme))];
        let plain = self.plain(&plain(scheme));
        if self.is_clear(scheme) && !names.contains(&plain) {
            names.push(plain);
        }
        // Two schemes have none if a variable cannot show where their names differ.
        let twins = self.schemes.iter().filter(|other| of_scheme(other) == of_scheme(scheme)).count();
        names.retain(|name| twins < 2 && !OWN.contains(&name.as_str()));
        names
    }

    fn of_word(&self, word: &str) -> Vec<String> {
        let mut names = vec![self.exact(word)];
        let plain = self.plain(word);
        if !names.contains(&plain) {
            names.push(plain);
        }
        names
    }

    /// Whether the plain variable of a scheme cannot belong to another scheme, a profile or the program itself.
    fn is_clear(&self, scheme: &str) -> bool {
        let word = plain(scheme);
        let is_other = |other: &&&str| **other != scheme && plain(other) == word;
        // `prod_token` would be the token of the profile `prod`.
        let ends = |last: &str| word.strip_suffix(last).is_some_and(|rest| rest.ends_with('_'));
        !word.is_empty()
            && !word.starts_with('_')
            && !TAKEN.contains(&word.as_str())
            && !TAKEN.iter().any(|taken| ends(taken))
            && !self.schemes.iter().any(|other| ends(&plain(other)))
            && !self.schemes.iter().any(|other| is_other(&other))
            && !OWN.contains(&self.plain(&word).as_str())
    }
}

/// Upper case, with an underscore for every character that a shell does not allow in a name.
fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    text.chars().map(shown).collect()
}

/// The same with two underscores for each, so that a single one always separates two parts. For a name with characters other
/// than `-` and `_`, or several of those in a row, the letters and a hash.
fn exact(text: &str) -> String {
    let parts: Vec<&str> = text.split(['-', '_']).collect();
    let is_usual = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    if parts.iter().all(is_usual) {
        return parts.join("__").to_ascii_uppercase();
    }
    let mut word: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    word.push('X');
    for byte in Sha256::digest(text).iter().take(4) {
        word.push_str(&format!("{byte:02x}"));
    }
    word.to_ascii_uppercase()
}

/// The exact form of a scheme's name; one that would mean something else gets another word.
fn of_scheme(name: &str) -> String {
    let word = exact(name);
    if TAKEN.contains(&word.as_str()) { format!("SCHEME__{word}") } else { word }
}

/// What a variable holds, by its name.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Names of the installed plugins.
type Neighbours = dyn Fn() -> Vec<String> + Send + Sync;

/// The environment as a store. An empty variable counts as unset.
#[derive(Clone)]
pub(in crate::credentials) struct Environment {
    lookup: Arc<Lookup>,
    /// Called only for a variable that is set.
    neighbours: Arc<Neighbours>,
}

impl Environment {
    /// The variables of this process.
    pub(in crate::credentials) fn process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    pub(in crate::credentials) fn new(
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { lookup: Arc::new(lookup), neighbours: Arc::new(Vec::new) }
    }

    /// With the names of all plugins, which a variable may also be meant for.
    pub(in crate::credentials) fn beside(
        self,
        neighbours: impl Fn() -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        Self { neighbours: Arc::new(neighbours), ..self }
    }

    /// The value of one variable.
    fn get(&self, variable: &str) -> Option<Secret<String>> {
        (self.lookup)(variable).map(Secret::new).filter(|value| !value.expose().is_empty())
    }

    /// The variables that are set for a scheme, the effective one first: the scheme's own, then, for the preferred scheme, the
    /// plugin's token.
    ///
    /// # Errors
    ///
    /// [`Error::AmbiguousVariable`] for one that is set and could belong to another plugin.
    pub(in crate::credentials) fn variables(
        &self,
        variables: &Variables<'_>,
        scheme: &str,
        preferred: bool,
    ) -> Result<Vec<(String, Secret<String>)>, Error> {
        let mut names = variables.of_scheme(scheme);
        if preferred {
            let token = variables.of_word(TOKEN);
            names.extend(token.into_iter().filter(|name| !OWN.contains(&name.as_str())));
        }
        self.set(variables, names)
    }

    /// The value that replaces `--server`, and its variable.
    ///
    /// # Errors
    ///
    /// [`Error::AmbiguousVariable`], as above.
    pub(in crate::credentials) fn server(
        &self,
        variables: &Variables<'_>,
    ) -> Result<Option<(String, String)>, Error> {
        let set = self.set(variables, variables.of_word(SERVER))?;
        Ok(set.into_iter().next().map(|(name, value)| (name, value.expose().clone())))
    }

    fn set(
        &self,
        variables: &Variables<'_>,
        names: Vec<String>,
    ) -> Result<Vec<(String, Secret<String>)>, Error> {
        let mut found: Vec<(String, Secret<String>)> = Vec::new();
        for name in names {
            let Some(value) = self.get(&name).filter(|_| !found.iter().any(|(known, _)| *known == name))
            else {
                continue;
            };
            if let Some(other) = self.other_meaning(variables.account.plugin, &name) {
                let (known, named) = (plain(variables.account.plugin), exact(variables.account.plugin));
                let instead = (known != named).then(|| name.replacen(&known, &named, 1));
                return Err(Error::AmbiguousVariable {
                    variable: name,
                    plugin: variables.account.plugin.to_owned(),
                    profile: variables.account.profile.to_owned(),
                    other,
                    instead,
                });
            }
            found.push((name, value));
        }
        Ok(found)
    }

    /// Another plugin that the variable could belong to.
    fn other_meaning(&self, plugin: &str, variable: &str) -> Option<String> {
        let rest = variable.strip_prefix("APICLI_")?;
        // Most of hundreds of plugins begin with another letter: their variables need not be spelt out.
        let first = rest.bytes().next();
        let alike = |other: &String| other.bytes().next().map(|byte| byte.to_ascii_uppercase()) == first;
        let mut others = (self.neighbours)().into_iter().filter(|other| other != plugin && alike(other));
        others.find(|other| {
            [plain(other), exact(other)].iter().any(|word| {
                let after = rest.strip_prefix(word.as_str()).and_then(|rest| rest.strip_prefix('_'));
                after.is_some_and(|after| !after.is_empty() && !after.starts_with('_'))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(plugin: &'a str, profile: &'a str, schemes: &[&'a str]) -> Variables<'a> {
        Variables::among(Account { plugin, profile }, schemes.to_vec())
    }

    #[test]
    fn names_are_what_a_shell_takes() {
        assert_eq!(of("stripe", "default", &[]).token(), "APICLI_STRIPE_TOKEN");
        assert_eq!(of("my-api", "default", &["apiKey"]).scheme("apiKey"), "APICLI_MY_API_APIKEY");
        assert_eq!(of("stripe", "live", &[]).token(), "APICLI_STRIPE_LIVE_TOKEN");
        assert_eq!(of("stripe", "live", &[]).server(), "APICLI_STRIPE_LIVE_SERVER");
        let odd = of("my-api", "default", &["Api Key é", "Api Key ü"]);
        let (one, other) = (odd.scheme("Api Key é"), odd.scheme("Api Key ü"));
        assert!(
            one != other && one.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        );
    }

    #[test]
    fn a_scheme_has_no_variable_that_could_be_a_profiles_or_the_programs_own() {
        for (scheme, variable) in [
            ("prod_token", "APICLI_ACME_PROD__TOKEN"),
            ("token", "APICLI_ACME_SCHEME__TOKEN"),
            ("server", "APICLI_ACME_SCHEME__SERVER"),
            ("profile", "APICLI_ACME_SCHEME__PROFILE"),
            ("live-basic", "APICLI_ACME_LIVE__BASIC"),
            ("basic", "APICLI_ACME_BASIC"),
            ("api_key", "APICLI_ACME_API_KEY"),
        ] {
            let schemes = if scheme == "basic" { vec![scheme] } else { vec![scheme, "basic"] };
            let account = of("acme", "default", &schemes);
            assert_eq!(account.scheme(scheme), variable);
            let environment = Environment::new(|name| Some(name.to_owned()));
            let names = environment.variables(&account, scheme, false).unwrap();
            assert!(names.iter().any(|(name, _)| name == variable), "{names:?}");
            assert!(
                names.iter().all(|(name, _)| !name.ends_with("PROD_TOKEN") && name != "APICLI_ACME_TOKEN")
            );
        }
        let environment = Environment::new(|name| Some(name.to_owned()));
        let own = of("passphrase", "default", &["fd"]);
        assert!(environment.variables(&own, "fd", false).unwrap().is_empty());
    }

    #[test]
    fn no_two_accounts_share_a_variable() {
        let (plugins, profiles) =
            (["acme", "acme-prod", "acme_prod", "prod"], ["default", "prod", "prod-eu"]);
        let schemes = ["basic", "prod_token", "prod-basic", "eu_basic", "token", "BASIC_", "Basic"];
        let environment = Environment::new(|name| Some(name.to_owned()))
            .beside(move || plugins.map(str::to_owned).to_vec());
        let mut seen: Vec<(String, (&str, &str, &str))> = Vec::new();
        for plugin in plugins {
            for profile in profiles {
                for scheme in schemes {
                    let account = of(plugin, profile, &schemes);
                    for (name, _) in environment.variables(&account, scheme, false).into_iter().flatten() {
                        seen.push((name, (plugin, profile, scheme)));
                    }
                }
            }
        }
        assert!(seen.len() > 20, "{seen:?}");
        for (n, (name, meaning)) in seen.iter().enumerate() {
            assert!(seen[..n].iter().all(|(other, _)| other != name), "{name} for {meaning:?}: {seen:?}");
        }
    }

    #[test]
    fn a_variable_that_could_be_another_plugins_is_refused_with_the_exact_name() {
        let environment = Environment::new(|name| (name == "APICLI_ACME_PROD_TOKEN").then(|| "t".to_owned()))
            .beside(|| vec!["acme".to_owned(), "acme-prod".to_owned()]);
        for (plugin, profile, other, instead) in [
            ("acme-prod", "default", "acme", Some("APICLI_ACME__PROD_TOKEN")),
            ("acme", "prod", "acme-prod", None),
        ] {
            let error = environment.variables(&of(plugin, profile, &["b"]), "b", true).unwrap_err();
            let Error::AmbiguousVariable { other: found, instead: way, .. } = error else { panic!() };
            assert_eq!((found.as_str(), way.as_deref()), (other, instead));
        }
        let alone = Environment::new(|name| (name == "APICLI_ACME_PROD_TOKEN").then(|| "t".to_owned()));
        assert_eq!(alone.variables(&of("acme-prod", "default", &["b"]), "b", true).unwrap().len(), 1);
        let exact = Environment::new(|name| (name == "APICLI_ACME__PROD_TOKEN").then(|| "t".to_owned()))
            .beside(|| vec!["acme".to_owned(), "acme-prod".to_owned()]);
        assert_eq!(exact.variables(&of("acme-prod", "default", &["b"]), "b", true).unwrap().len(), 1);
        assert_eq!(exact.variables(&of("acme", "prod", &["b"]), "b", true).unwrap().len(), 0);
    }

    #[test]
    fn the_schemes_own_variable_wins_and_empty_is_unset() {
        let environment = Environment::new(|name| match name {
            "APICLI_S_BEARER" => Some("own".into()),
            "APICLI_S_TOKEN" => Some("token".into()),
            "APICLI_S_BASIC" => Some(String::new()),
            _ => None,
        });
        let names = |scheme, preferred| {
            let found = environment.variables(&of("s", "default", &["bearer", "basic"]), scheme, preferred);
            found.unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names("bearer", true), ["APICLI_S_BEARER", "APICLI_S_TOKEN"]);
        assert_eq!(names("bearer", false), ["APICLI_S_BEARER"]);
        assert_eq!(names("basic", true), ["APICLI_S_TOKEN"]);
        assert_eq!(names("basic", false), [""; 0]);
    }
}
