use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::brackets::decode_pairs;
use super::crud::Turn;
use super::message::{Answer, Incoming, shown};
use super::operation::Operation;
use super::resource::Catalogue;
use super::routes::{Found, Match, Route, Routes};
use super::schema::Schema;
use super::state::State;
use super::{body, parameters, security};
use crate::model::{Pair, Segment};
use crate::openapi::Document;

/// A server made from a document: it checks requests, stores what is created, and answers the rest from examples
/// and schemas.
#[derive(Debug)]
pub struct Mock {
    document: Document,
    routes: Routes,
    strict: bool,
    query_keys: Vec<String>,
    state: Mutex<State>,
}

impl Mock {
    /// A mock in which every object exists until its collection is used, so that a single command has something to
    /// work on. Only reads the document's paths.
    pub fn new(document: Document) -> Self {
        Self::build(document, false)
    }

    /// A mock in which only created objects exist, for collections whose objects can be created.
    pub fn strict(document: Document) -> Self {
        Self::build(document, true)
    }

    fn build(document: Document, strict: bool) -> Self {
        let routes = Routes::new(&document);
        let query_keys = security::query_keys(&document);
        Self { document, routes, strict, query_keys, state: Mutex::default() }
    }

    /// The request's target, safe to show: the values of API keys in the query are `***`.
    pub fn shown_target(&self, target: &str) -> String {
        security::redacted(target, &self.query_keys)
    }

    /// Answers one request. Never fails: a bad request gets an answer with status 4xx.
    pub fn answer(&self, request: &Incoming) -> Answer {
        let method = request.method.as_str();
        let find = |method: &str| {
            self.routes.find(method, request.path(), &|route| self.fit(method, request, route))
        };
        let (found, method) = match find(method) {
            // HEAD is GET without the body (RFC 9110, section 9.3.2), whether the document has it or not.
            Found::Methods(methods) if method == "HEAD" && methods.contains(&"GET") => (find("GET"), "GET"),
            found => (found, method),
        };
        let mut answer = match found {
            Found::Operation(found) => self.operation(method, request, &found),
            Found::Methods(methods) => {
                let message = format!(
                    "`{}` has no {}; it has {}",
                    shown(request.path()),
                    shown(method),
                    methods.join(", ")
                );
                let mut answer = Answer::error(405, "mock", &message);
                answer.headers.push(("allow".to_owned(), methods.join(", ")));
                answer
            }
            Found::Nothing => {
                let message = format!("no operation matches {} {}", shown(method), shown(request.path()));
                Answer::error(404, "mock", &message)
            }
        };
        if request.method == "HEAD" {
            answer.body.clear();
        }
        answer
    }

    /// How well a request fits one of several operations that share a path: each pair of the path's own query, and
    /// each required parameter with a single allowed value (`Action`, `X-Amz-Target`), must be present.
    fn fit(&self, method: &str, request: &Incoming, route: &Route) -> Option<usize> {
        let pairs = decode_pairs(request.query().as_bytes());
        let sent =
            |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let mut fits = 0;
        for pair in route.template.query() {
            let Some(name) = pair.plain_name() else { continue };
            let value = sent(&name)?;
            if let [Segment::Literal(text)] = pair.value.as_slice()
                && decode_pairs(format!("v={text}").as_bytes()).first().is_none_or(|(_, own)| own != value)
            {
                return None;
            }
            fits += 1;
        }
        for parameter in Operation::find(&self.document, &route.path, method)?.parameters() {
            let found = match parameter.location {
                "query" => sent(parameter.name),
                "header" => request.header(parameter.name),
                _ => continue,
            };
            if !parameter.required {
                continue;
            }
            let schema = parameter.schema.map(|schema| Schema::read(&self.document, schema));
            let only = schema.as_ref().and_then(Schema::only_value);
            let is_it = |value: &Value| match value {
                Value::String(text) => found.is_some_and(|found| found == text),
                other => found == Some(other.to_string().as_str()),
            };
            match only {
                Some(only) if is_it(only) => fits += 1,
                Some(_) => return None,
                // `#alias&assetId`: required parameters distinguish them too.
                None => fits += usize::from(found.is_some()),
            }
        }
        Some(fits)
    }

    fn operation(&self, method: &str, request: &Incoming, found: &Match<'_>) -> Answer {
        let path = &found.route.path;
        let Some(operation) = Operation::find(&self.document, path, method) else {
            // Routes are made from existing operations.
            return Answer::error(404, "mock", "no operation matches");
        };
        let answer = self.checked(method, request, found, operation);
        Answer { operation: Some(format!("{method} {path}")), ..answer }
    }

    fn checked(
        &self,
        method: &str,
        request: &Incoming,
        found: &Match<'_>,
        operation: Operation<'_>,
    ) -> Answer {
        if let Some(message) = security::missing(&operation, request) {
            let mut answer = Answer::error(401, "invalid_request_error", &message);
            // RFC 9110, section 15.5.2: a 401 includes a challenge.
            let challenges = security::challenges(&operation).into_iter();
            answer.headers.extend(challenges.map(|text| ("www-authenticate".to_owned(), text.to_owned())));
            return answer;
        }
        // Pairs of the path's own query are not parameters.
        let own = found.route.template.query().iter().filter_map(Pair::plain_name);
        let keys: Vec<String> = self.query_keys.iter().cloned().chain(own).collect();
        let parameters = parameters::read(&operation, request, &found.values, &keys);
        let sent = body::read(&operation, request);
        let mut problems = parameters.problems;
        problems.extend(sent.problems.iter().cloned());
        if !problems.is_empty() {
            return Answer::refused(problems);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut turn = Turn {
            catalogue: Catalogue { document: &self.document, routes: &self.routes },
            operation,
            method,
            found,
            query: &parameters.query,
            sent: &sent,
            state: &mut state,
            strict: self.strict,
        };
        turn.answer()
    }
}
