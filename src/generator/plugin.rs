use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::arguments::{Input, Known};
use super::command_path::CommandPath;
use super::error::Error;
use super::placing::{Placed, place_all};
use super::survey::Subject;
use super::{arguments, facts, manifest, media, naming, script};
use crate::model::{
    AuthScheme, AuthType, CommandDefinition, CommandName, DocumentSource, GeneratedPlugin, Kind, Manifest,
    PathTemplate, PluginFile, SecurityAlternative, Skipped, Warning, layout,
};
use crate::openapi::{Document, Header, Operation, ValidationResult, plain, prose, sentence, validate};
use crate::parallel;

/// Functions that remove something, in addition to every DELETE.
const DESTRUCTIVE: [&str; 14] = [
    "cancel",
    "close",
    "deactivate",
    "delete",
    "destroy",
    "detach",
    "expire",
    "purge",
    "redact",
    "remove",
    "revoke",
    "terminate",
    "unset",
    "void",
];

/// File stems that say nothing about the API.
const GENERIC_STEMS: [&str; 10] =
    ["api", "api-docs", "index", "openapi", "openapi3", "schema", "spec", "swagger", "v1", "v3"];

/// Options of a generation.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The plugin's name; otherwise taken from the document's file or title.
    pub name: Option<String>,
    /// Names that no plugin may have: the built-in commands.
    pub reserved: Vec<String>,
    /// The commands of the plugin as it is now. Each keeps its name as long as its method and path are in the document,
    /// whatever else the document gains.
    pub previous: Vec<CommandName>,
}

/// Turns documents into plugins.
#[derive(Clone, Debug, Default)]
pub struct PluginGenerator {
    options: Options,
}

impl PluginGenerator {
    /// A generator with these options.
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// Lists everything that is wrong with a document, without generating anything.
    pub fn validate_spec(&self, document: &Document) -> ValidationResult {
        validate(document)
    }

    /// Generates a plugin in memory. An operation that cannot be used is skipped and listed; the error is for a
    /// document with operations none of which can be used, and for invalid names. A document without operations becomes
    /// a plugin without commands, in which a person can write some; but it does not remove commands that the plugin
    /// already has.
    pub fn generate_from_openapi(&self, document: &Document) -> Result<GeneratedPlugin, Error> {
        let header = Header::read(document);
        let name = self.name(document, &header)?;
        let warning = |problem: crate::openapi::Problem| Warning {
            pointer: document.authored(&problem.pointer),
            message: problem.message,
        };
        let mut warnings: Vec<Warning> = header.problems.iter().cloned().map(warning).collect();
        let mut skipped = Vec::new();
        let mut operations = Vec::new();
        let found = document.operations();
        let count = found.len();
        let read = parallel::map(&found, |at| Operation::read(document, at));
        for (at, read) in found.iter().zip(read) {
            match read {
                Ok(mut operation) => {
                    warnings.extend(std::mem::take(&mut operation.problems).into_iter().map(warning));
                    operations.push(operation);
                }
                Err(problem) => skipped.push(Skipped {
                    operation: format!("{} {}", at.method, plain(at.path)),
                    pointer: document.authored(&problem.pointer),
                    reason: problem.message,
                }),
            }
        }
        for (path, item) in document.paths() {
            if let Err(error) = document.resolve(item) {
                let pointer = crate::openapi::child("#/paths", path);
                warnings.push(Warning { pointer, message: error.to_string() });
            }
        }
        // The reason for losing an operation has been reported.
        let told: HashSet<(&str, &str)> =
            skipped.iter().map(|lost| (lost.pointer.as_str(), lost.reason.as_str())).collect();
        warnings.retain(|warning| !told.contains(&(warning.pointer.as_str(), warning.message.as_str())));
        let nothing = if count == 0 { document.without_operations() } else { None };
        match nothing {
            Some(problem) if self.options.previous.is_empty() => warnings.push(warning(problem)),
            Some(problem) => {
                let had = self.options.previous.len();
                return Err(Error::NothingLeft { name, had, reason: problem.message });
            }
            None if operations.is_empty() => {
                let skipped = skipped.into_iter().map(|skipped| (skipped.reason, skipped.pointer)).next();
                // Otherwise it was in a path with an unresolved reference.
                let lost = skipped.or_else(|| warnings.pop().map(|lost| (lost.message, lost.pointer)));
                let (reason, pointer) = lost.unwrap_or_default();
                return Err(Error::NoOperations { source: document.source().to_owned(), reason, pointer });
            }
            None => {}
        }
        let previous: HashMap<(&str, &PathTemplate), &CommandName> = self
            .options
            .previous
            .iter()
            .filter(|known| has_sound_name(known))
            .map(|known| ((known.method.as_str(), &known.path), known))
            .collect();
        let subjects: Vec<Subject<'_>> = operations
            .iter()
            .map(|operation| Subject {
                method: &operation.method,
                path: &operation.path,
                operation_id: operation.operation_id,
                tag: operation.tag,
                summary: operation.summary,
            })
            .collect();
        let known = |subject: &Subject<'_>| {
            let known = previous.get(&(subject.method, subject.path))?;
            Some(CommandPath { group: known.group.clone(), function: known.function.clone() })
        };
        let placed = place_all(&subjects, &name, &known);
        for n in &placed.renamed {
            if let (Some(place), Some(operation)) = (placed.places.get(*n), operations.get(*n)) {
                let words = place.group.iter().chain([&place.function]).map(|word| naming::typed(word));
                warnings.push(Warning {
                    pointer: operation.pointer.clone(),
                    message: format!(
                        "its name was taken by another operation, so it is `{}`",
                        words.collect::<Vec<_>>().join(" ")
                    ),
                });
            }
        }
        let (commands, files, manifest) = files(document, &header, &name, &operations, &placed)?;
        Ok(GeneratedPlugin {
            name,
            version: header.version.clone(),
            auth_type: auth_type(&header, &commands),
            commands,
            manifest,
            files,
            operations: count,
            skipped,
            warnings,
        })
    }

    /// The name that a document's plugin gets.
    pub fn plugin_name(&self, document: &Document) -> Result<String, Error> {
        self.name(document, &Header::read(document))
    }

    fn name(&self, document: &Document, header: &Header) -> Result<String, Error> {
        let name = match &self.options.name {
            Some(name) => {
                if naming::is_plugin_name(name) {
                    name.clone()
                } else {
                    return Err(Error::BadName(name.clone()));
                }
            }
            None => {
                let stem = stem(document.source()).and_then(naming::plugin);
                let stem = stem.filter(|stem| !GENERIC_STEMS.contains(&stem.as_str()));
                stem.or_else(|| naming::plugin(&header.title)).ok_or(Error::NoName)?
            }
        };
        if !self.options.reserved.contains(&name) {
            return Ok(name);
        }
        // A person can choose another one; a name from the document is changed by rule.
        match self.options.name {
            Some(_) => Err(Error::ReservedName(name)),
            None => Ok(format!("{}-api", name.get(..MAX_RESERVED).unwrap_or(&name))),
        }
    }
}

/// As much of a reserved name as leaves room for the suffix `-api`.
const MAX_RESERVED: usize = 36;

/// The stem of a file's name or of a URL's last segment; `None` for standard input.
fn stem(source: &str) -> Option<&str> {
    let path = source.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    (source != "-" && !stem.is_empty()).then_some(stem)
}

fn command(
    header: &Header,
    operation: &Operation<'_>,
    CommandPath { group, function }: CommandPath,
    Input { mut arguments, body, .. }: Input,
) -> CommandDefinition {
    // A credential that is also declared as a parameter is sent by the host, not typed by a person.
    for argument in &mut arguments {
        let is_in = |scheme: &AuthScheme| scheme.is_in(argument.location, &argument.wire_name());
        if argument.required && argument.kind == Kind::Flag && header.auth.values().any(is_in) {
            Arc::make_mut(argument).required = false;
        }
    }
    let description = operation.description.map(prose).unwrap_or_default();
    let summary = match operation.summary.map(prose) {
        Some(summary) => summary.replace('\n', " "),
        None => sentence(&description),
    };
    let description = without(&description, &summary);
    let security: Vec<SecurityAlternative> =
        operation.security.clone().unwrap_or_else(|| header.security.clone());
    let destructive =
        operation.method == "DELETE" || DESTRUCTIVE.contains(&function.split('_').next().unwrap_or_default());
    CommandDefinition {
        destructive,
        function,
        group,
        operation_id: operation.operation_id.map(plain),
        method: operation.method.clone(),
        path: operation.path.clone(),
        summary,
        description,
        deprecated: operation.deprecated,
        security,
        servers: operation.servers.clone(),
        arguments,
        scope: Vec::new(),
        body,
        accept: media::accept(&operation.produces),
        pointer: operation.pointer.clone(),
    }
}

/// Facts are files that anyone may have changed: only names that this generator could make are reused.
fn has_sound_name(known: &CommandName) -> bool {
    !known.group.is_empty()
        && known.group.iter().chain([&known.function]).all(|word| naming::identifier(word) == *word)
}

/// A description without the summary that it begins with.
fn without(description: &str, summary: &str) -> String {
    let rest = description.strip_prefix(summary.trim_end_matches(['.', '…'])).unwrap_or(description);
    if rest.len() == description.len() || summary.ends_with('…') {
        return if rest.trim() == summary.trim() { String::new() } else { description.to_owned() };
    }
    rest.trim_start_matches('.').trim_start().to_owned()
}

/// The kind of the scheme that most commands list first.
fn auth_type(header: &Header, commands: &[CommandDefinition]) -> AuthType {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in commands.iter().filter_map(|command| command.security.first()?.first()) {
        *counts.entry(name).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    match most.and_then(|(name, _)| header.auth.get(name)) {
        None => AuthType::None,
        Some(AuthScheme::Bearer) => AuthType::Bearer,
        Some(AuthScheme::Basic) => AuthType::Basic,
        Some(AuthScheme::ApiKey { .. }) => AuthType::ApiKey,
        Some(AuthScheme::Digest) => AuthType::Digest,
        Some(AuthScheme::OAuth2 { .. } | AuthScheme::OpenIdConnect { .. }) => AuthType::OAuth2,
        Some(AuthScheme::MutualTls) => AuthType::MutualTls,
        Some(AuthScheme::Unsupported { .. }) => AuthType::Unsupported,
    }
}

/// A command with its generated text.
struct Made {
    command: CommandDefinition,
    /// Its function.
    function: String,
    /// Its line of facts.
    facts: Vec<u8>,
}

/// Makes the commands, each on its own.
fn make(
    document: &Document,
    header: &Header,
    operations: &[Operation<'_>],
    placed: &Placed,
    shared: &facts::Shared,
) -> Result<Vec<Made>, Error> {
    let known = Known::default();
    let all: Vec<_> = operations.iter().zip(&placed.places).zip(&placed.scopes).collect();
    let made = parallel::map(&all, |((operation, place), scope)| {
        let input = arguments::read(document, operation, &known);
        let fields = input.fields.clone();
        let mut command = command(header, operation, (*place).clone(), input);
        command.scope.clone_from(scope);
        let function = script::function(&command).map_err(|error| internal(&error))?;
        let facts = facts::line(&mut command, fields.as_deref(), shared).map_err(|error| internal(&error))?;
        Ok(Made { command, function, facts })
    });
    made.into_iter().collect()
}

fn internal(error: &dyn std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

fn files(
    document: &Document,
    header: &Header,
    name: &str,
    operations: &[Operation<'_>],
    placed: &Placed,
) -> Result<(Vec<CommandDefinition>, Vec<PluginFile>, Manifest), Error> {
    let shared = facts::Shared::default();
    let made = make(document, header, operations, placed, &shared)?;
    let mut lines = Vec::with_capacity(made.len());
    let mut commands = Vec::with_capacity(made.len());
    let mut functions = Vec::with_capacity(made.len());
    for Made { command, function, facts } in made {
        lines.push(facts);
        commands.push(command);
        functions.push(function);
    }
    let mut groups: BTreeMap<&[String], Vec<(&str, &str)>> = BTreeMap::new();
    for (command, function) in commands.iter().zip(&functions) {
        groups.entry(&command.group).or_default().push((&command.function, function));
    }
    let groups: Vec<_> = groups.into_iter().collect();
    let script = |(group, functions): &(&[String], Vec<(&str, &str)>)| {
        let mut functions = functions.clone();
        functions.sort_by(|(a, _), (b, _)| (order(a), a).cmp(&(order(b), b)));
        let functions: Vec<&str> = functions.into_iter().map(|(_, text)| text).collect();
        let text = script::group(&title(header, group), &functions).map_err(|error| internal(&error))?;
        Ok(PluginFile { path: layout::script(group), content: Arc::new(text.into_bytes()) })
    };
    // Sorting and joining the facts takes about as long as the scripts do.
    let (scripts, facts) = parallel::both(|| parallel::map(&groups, script), || facts::file(lines, shared));
    let mut files = scripts.into_iter().collect::<Result<Vec<PluginFile>, Error>>()?;
    files.push(PluginFile { path: layout::FACTS.into(), content: Arc::new(facts) });
    let manifest = Manifest {
        name: name.to_owned(),
        version: crate::text::visible(&header.version).into_owned(),
        title: header.title.replace('\n', " "),
        document: DocumentSource {
            source: shown_source(document.source()),
            sha256: document.sha256().to_owned(),
        },
        servers: header.servers.clone(),
        operation_servers: Vec::new(),
        auth: header.auth.clone(),
        login: Default::default(),
        profile: String::new(),
        profiles: Default::default(),
    };
    let manifest = with_operation_servers(manifest, &commands);
    let text = manifest::render(&manifest).map_err(|error| internal(&error))?;
    files.push(PluginFile { path: layout::MANIFEST.into(), content: Arc::new(text.into_bytes()) });

    let document = match document.json() {
        Some(json) => Arc::clone(json),
        None => Arc::new(serde_json::to_vec(document.root()).map_err(|error| internal(&error))?),
    };
    files.push(PluginFile { path: layout::DOCUMENT.into(), content: document });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((commands, files, manifest))
}

/// Servers of individual operations belong in the policy as well.
fn with_operation_servers(mut manifest: Manifest, commands: &[CommandDefinition]) -> Manifest {
    for server in commands.iter().flat_map(|command| &command.servers) {
        let mut known = manifest.servers.iter().chain(&manifest.operation_servers);
        if !known.any(|known| known.url == server.url) {
            manifest.operation_servers.push(server.clone());
        }
    }
    manifest
}

/// Reading order of a script: the CRUD functions first, then the rest by name.
fn order(function: &str) -> usize {
    let known = ["list", "create", "get", "update", "replace", "delete"];
    known.iter().position(|name| *name == function).unwrap_or(known.len())
}

/// A group's help: the description of the tag with its name, or else its words.
fn title(header: &Header, group: &[String]) -> String {
    let last = group.last().map(String::as_str).unwrap_or_default();
    let tag =
        header.tags.iter().find(|(name, _)| naming::identifier(name) == last).map(|(_, text)| sentence(text));
    if let Some(tag) = tag.filter(|tag| !tag.is_empty()) {
        return tag;
    }
    let mut words: Vec<String> = group.iter().rev().map(|word| naming::spoken(word)).collect();
    if let Some(first) = words.first_mut()
        && let Some(c) = first.get(..1).map(str::to_ascii_uppercase)
    {
        first.replace_range(..1, &c);
    }
    words.join(" of ")
}

/// What a manifest may contain of a source: a URL without its user, query and fragment, a file's name without its
/// folder, so that neither a token nor a home folder ends up in a file that people share.
fn shown_source(source: &str) -> String {
    if let Some((scheme, rest)) = source.split_once("://") {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let host = authority.rsplit('@').next().unwrap_or_default();
        return format!("{scheme}://{host}{path}");
    }
    source.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generate(text: &str, source: &str, options: Options) -> Result<GeneratedPlugin, Error> {
        PluginGenerator::new(options)
            .generate_from_openapi(&Document::parse(text.as_bytes(), source).unwrap())
    }

    fn named(title: &str, source: &str) -> Result<String, Error> {
        let text =
            format!("openapi: 3.0.0\ninfo: {{title: {title:?}, version: '1'}}\npaths: {{/a: {{get: {{}}}}}}");
        let options = Options { reserved: vec!["gen".into()], ..Options::default() };
        generate(&text, source, options).map(|plugin| plugin.name)
    }

    #[test]
    fn the_name_comes_from_the_stem_else_the_title() {
        assert_eq!(named("Pet Store!", "x/stripe.yaml").unwrap(), "stripe");
        assert_eq!(named("Pet Store!", "https://a.example/openapi.json?x=/y.z").unwrap(), "pet-store");
        assert_eq!(named("../../etc", "-").unwrap(), "etc");
        assert!(matches!(named("$", "openapi.yaml"), Err(Error::NoName)));
        // A reserved name that no person chose.
        assert_eq!(named("x", "gen.yaml").unwrap(), "gen-api");
        assert_eq!(named("Gen", "openapi.yaml").unwrap(), "gen-api");
    }

    #[test]
    fn secrets_and_homes_stay_out_of_the_manifest() {
        assert_eq!(shown_source("https://u:p@a.example/x.json?token=1#f"), "https://a.example/x.json");
        assert_eq!(shown_source("/home/me/x.yaml"), "x.yaml");
    }

    #[test]
    fn names_stay_when_the_document_grows() {
        let small = "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths:\n  /c/{id}/refund: {post: {}}\n";
        let grown = format!("{small}  /c/{{id}}/refund/{{r}}: {{get: {{}}}}\n");
        let names = |plugin: &GeneratedPlugin| -> Vec<String> {
            let name = |c: &CommandDefinition| format!("{} {}", c.group.join(" "), c.function);
            plugin.commands.iter().map(name).collect()
        };
        let before = generate(small, "demo.yaml", Options::default()).unwrap();
        assert_eq!(names(&before), ["c refund"]);
        let fresh = generate(&grown, "demo.yaml", Options::default()).unwrap();
        assert_eq!(names(&fresh), ["c refund create", "c refund get"]);
        // A function in a different group keeps its name.
        let options = Options {
            previous: vec![CommandName {
                function: "mine".into(),
                group: before.commands[0].group.clone(),
                method: before.commands[0].method.clone(),
                path: before.commands[0].path.clone(),
            }],
            ..Options::default()
        };
        assert_eq!(names(&generate(&grown, "demo.yaml", options).unwrap()), ["c mine", "c refund get"]);
    }

    #[test]
    fn a_function_shows_where_its_flags_go() {
        let text = r##"
openapi: 3.0.0
info: {title: t, version: '1'}
paths:
  /v1/customers/{customer}:
    parameters: [{name: customer, in: path, required: true, schema: {type: string}}]
    delete: {summary: Permanently delete a customer, description: "Also cancels \"${all}\"."}
    post:
      parameters:
        - {name: expand, in: query, schema: {type: array, items: {type: string}}}
        - {name: Idempotency-Key, in: header, schema: {type: string}}
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              properties:
                email: {type: string}
                address: {type: object, properties: {city: {type: string}}}
                metadata: {type: object, additionalProperties: {type: string}}
"##;
        let plugin = generate(text, "demo.yaml", Options::default()).unwrap();
        let script = plugin.files.iter().find(|file| file.path.ends_with("customers.rhai")).unwrap();
        let expected = r#"//! Customers

fn update(customer, flags) {
    let request = http::post("/v1/customers/{customer}");
    request.path("customer", customer);
    request.headers(flags, ["Idempotency-Key"]);
    request.query(flags, ["expand"]);
    request.form(flags);
    request.send()
}

/// Permanently delete a customer.
///
/// Also cancels "${all}".
fn delete(customer) {
    let request = http::delete("/v1/customers/{customer}");
    request.path("customer", customer);
    request.send()
}
"#;
        assert_eq!(String::from_utf8_lossy(&script.content), expected);
        let names: Vec<_> =
            plugin.commands[1].arguments.iter().map(|argument| argument.name.as_str()).collect();
        assert_eq!(names, ["customer", "expand", "idempotency-key", "email", "address.city", "metadata"]);
    }
}
