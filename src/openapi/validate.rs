//! Everything that is wrong with a document, not just the first problem.

use std::collections::HashSet;

use openapiv3::Operation as Strict;
use serde::Deserialize;
use serde_json::Value;

use super::document::Document;
use super::header::Header;
use super::operation::Operation;
use super::pointer;
use super::problem::Problem;

/// What [`validate`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValidationResult {
    /// Operations that cannot become commands, each with the reason.
    pub errors: Vec<Problem>,
    /// Harmless violations of OpenAPI: the operation works without the part that is wrong.
    pub warnings: Vec<Problem>,
    /// How many operations the document has.
    pub operations: usize,
}

impl ValidationResult {
    /// Every operation can become a command.
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }
}

/// Checks every operation twice: the way a generation reads it, and strictly, against OpenAPI 3.0's own types, to which
/// any other version was converted.
pub fn validate(document: &Document) -> ValidationResult {
    let header = Header::read(document);
    let mut result = ValidationResult { warnings: header.problems, ..Default::default() };
    for (path, item) in document.paths() {
        if let Err(error) = document.resolve(item) {
            result
                .warnings
                .push(Problem { pointer: pointer::child("#/paths", path), message: error.to_string() });
        }
    }
    for at in document.operations() {
        result.operations += 1;
        match Operation::read(document, &at) {
            Ok(operation) => {
                let used = operation.security.iter().flatten().chain(&header.security).flatten();
                for name in used.filter(|name| !header.auth.contains_key(*name)) {
                    let message = format!("security scheme `{name}` is not declared");
                    result
                        .warnings
                        .push(Problem { pointer: pointer::child(&at.pointer, "security"), message });
                }
                result.warnings.extend(operation.problems);
                if let Err(error) = Strict::deserialize(at.value) {
                    result.warnings.push(Problem { pointer: at.pointer.clone(), message: strict(&error) });
                }
            }
            Err(problem) => result.errors.push(problem),
        }
    }
    if result.operations == 0 {
        result.warnings.extend(document.without_operations());
    }
    if let Some(Value::Object(schemas)) = document.root().pointer("/components/schemas") {
        for (name, schema) in schemas {
            if let Err(error) = openapiv3::ReferenceOr::<openapiv3::Schema>::deserialize(schema) {
                let place = pointer::child("#/components/schemas", name);
                result.warnings.push(Problem { pointer: place, message: strict(&error) });
            }
        }
    }
    for problem in result.errors.iter_mut().chain(&mut result.warnings) {
        problem.pointer = document.authored(&problem.pointer);
    }
    // An error is not reported as a warning as well.
    let told: HashSet<&Problem> = result.errors.iter().collect();
    result.warnings.retain(|problem| !told.contains(problem));
    result
}

fn strict(error: &serde_json::Error) -> String {
    format!("not as OpenAPI defines it: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_reported() {
        let text = r##"{
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"},
            "paths": {
                "/a": {"get": {"responses": {"200": {"description": "ok"}}}, "post": 1},
                "/b{": {"get": {"responses": {}}},
                "/c": {"$ref": "#/none"},
                "/d/{id}": {"get": {"parameters": [{"name": "x", "in": "nowhere"}], "responses": {}}},
                "/e": {"put": {"requestBody": {"$ref": "#/components/requestBodies/gone"}, "responses": {}}},
                "/f": {"get": {"security": [{"lost": []}], "responses": {"200": {"description": 3}}}}
            },
            "components": {"schemas": {"bad": {"properties": 3}}}
        }"##;
        let document = Document::parse(text.as_bytes(), "t").unwrap();
        let result = validate(&document);
        assert_eq!(result.operations, 6);
        let errors: Vec<_> = result.errors.iter().map(|problem| problem.pointer.as_str()).collect();
        let expected = [
            "#/paths/~1a/post",
            "#/paths/~1b{/get",
            "#/paths/~1d~1{id}/get/parameters/0",
            "#/paths/~1e/put/requestBody",
        ];
        assert_eq!(errors, expected);
        let warnings: Vec<_> = result.warnings.iter().map(|problem| problem.pointer.as_str()).collect();
        let expected =
            ["#/paths/~1c", "#/paths/~1f/get/security", "#/paths/~1f/get", "#/components/schemas/bad"];
        assert_eq!(warnings, expected);
        assert!(!result.is_valid());
    }
}
