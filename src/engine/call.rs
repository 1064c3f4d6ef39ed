use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use rhai::{CallFnOptions, Dynamic, Scope};
use serde_json::Value;

use super::current::{Running, current};
use super::data::{fields_to_map, from_json};
use super::draft::RequestHandle;
use super::error::Error;
use super::field;
use super::host::Host;
use super::list::List;
use super::response::ResponseHandle;
use super::script::{Script, takes_flags};
use super::trace;
use super::types::{Call, FileAt, Outcome, Values};
use super::value::to_shown;
use crate::suggest::closest;

/// Calls one function of a script.
///
/// # Errors
///
/// Everything in [`Error`] except what only compiling returns.
pub fn run(call: Call<'_>) -> Result<Outcome, Error> {
    let script = call.code.script.clone();
    let function = call.code.function.to_owned();
    let arguments = arguments(&call.values, &script, &function)?;
    let modules = call.code.hooks.map_or(script.modules(), |hooks| script.modules().with(hooks.modules()));
    let engine = Host::engine(&call.limits, modules)?;
    let running = Rc::new(Running::start(call, trace::run_error));
    let entered = current().enter(Rc::clone(&running));
    // A panic in the engine would be a bug in it; it must not end the program.
    let result = catch_unwind(AssertUnwindSafe(|| {
        let options = CallFnOptions::new().eval_ast(false);
        let mut scope = Scope::new();
        engine.call_fn_with_options::<Dynamic>(options, &mut scope, script.ast(), &function, arguments)
    }));
    drop(entered);
    let Ok(result) = result else {
        return Err(Error::Engine { message: format!("`{function}` made it panic") });
    };
    if let Some(request) = running.preview.take() {
        return Ok(Outcome::Preview(request));
    }
    if result.is_ok()
        && let Some(fatal) = running.fatal.take()
    {
        return Err(fatal.error);
    }
    match result {
        Ok(value) => outcome(value, &function),
        Err(error) => Err(trace::run_error(*error, &running, &script, &function)),
    }
}

/// The values for the function's parameters, after a check of their number: the engine would only say that there is no such
/// function.
fn arguments(values: &Values, script: &Script, function: &str) -> Result<Vec<Dynamic>, Error> {
    let path = script.source().name();
    let given = values.positionals.len();
    let function = function.to_owned();
    let shapes: Vec<(usize, bool)> = script
        .commands()
        .filter(|known| known.name == function)
        .map(|known| (known.params.len(), takes_flags(known.params.last().copied())))
        .collect();
    let positionals = |(parameters, flags): (usize, bool)| parameters - usize::from(flags);
    let Some(first) = shapes.first() else {
        let names: Vec<String> = script.commands().map(|known| known.name.to_owned()).collect();
        let similar = closest(&function, names.iter().map(String::as_str)).map(str::to_owned);
        return Err(Error::MissingFunction { function, path, similar });
    };
    let fitting: Vec<_> = shapes.iter().filter(|shape| positionals(**shape) == given).collect();
    // If two fit, flags decide.
    let wanted = !values.flags.is_empty();
    let shape = fitting.iter().find(|shape| shape.1 == wanted).or_else(|| fitting.first());
    let Some((_, flags)) = shape else {
        return Err(Error::Arity { function, path, takes: positionals(*first), given });
    };
    if wanted && !flags {
        return Err(Error::NoFlags { function, path });
    }
    let mut arguments: Vec<Dynamic> = values.positionals.iter().map(from_json).collect();
    if *flags {
        let mut flags = Dynamic::from(fields_to_map(&values.flags));
        for FileAt { place, file } in &values.files {
            field::hand_over(&mut flags, place, file);
        }
        arguments.push(flags);
    }
    Ok(arguments)
}

fn outcome(value: Dynamic, function: &str) -> Result<Outcome, Error> {
    let value = value.flatten();
    if value.is_unit() {
        return Ok(Outcome::Nothing);
    }
    let value = match value.try_cast_result::<ResponseHandle>() {
        Ok(response) => return Ok(Outcome::Response(Rc::clone(&response.0.response))),
        Err(value) => value,
    };
    let refused = |message: String, hint: &str| Error::Thrown {
        message,
        hint: Some(hint.to_owned()),
        place: Box::default(),
    };
    if value.is::<RequestHandle>() {
        return Err(refused(
            format!("`{function}` returned a request that was not sent"),
            "end with `request.send()`",
        ));
    }
    let value = match value.try_cast_result::<List>() {
        Ok(list) => return Ok(Outcome::Value(Value::Array(list.take()))),
        Err(value) => value,
    };
    to_shown(&value).map(Outcome::Value).map_err(|reason| {
        refused(
            format!("`{function}` returned what cannot be shown: {reason}"),
            "return a response, a map, an array, a text or a number",
        )
    })
}
