//! A process for each document, as many at once as there are processors.

use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Options, Result, document};

/// How long one document may take, all of its checks included.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// The same where its requests are judged.
const JUDGE_TIME_LIMIT: Duration = Duration::from_secs(3_600);

/// Takes every document, given by its path from the folder and its length. The results are in the order of the documents.
pub(crate) fn run(options: &Options, documents: Vec<(String, u64)>) -> Result<Vec<Value>> {
    let program = std::env::current_exe()?;
    let count = documents.len();
    // The largest first, so that at the end nobody waits for one.
    let mut order: Vec<(usize, String, u64)> =
        documents.into_iter().enumerate().map(|(n, (path, length))| (n, path, length)).collect();
    order.sort_by_key(|(n, _, length)| (std::cmp::Reverse(*length), *n));
    let queue = Mutex::new(VecDeque::from(order));
    let results = Mutex::new(vec![Value::Null; count]);
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                while let Some((n, path, length)) = queue.lock().ok().and_then(|mut queue| queue.pop_front())
                {
                    let mut result = one(&program, options, &path).unwrap_or_else(
                        |error| json!({ "broke_off": format!("it could not be run: {error}") }),
                    );
                    if let Some(result) = result.as_object_mut() {
                        result.insert("document".to_owned(), path.into());
                        result.insert("bytes".to_owned(), length.into());
                    }
                    if let Ok(mut results) = results.lock()
                        && let Some(place) = results.get_mut(n)
                    {
                        *place = result;
                    }
                }
            });
        }
    });
    Ok(results.into_inner().unwrap_or_default())
}

/// What the process for one document says about it.
fn one(program: &Path, options: &Options, path: &str) -> Result<Value> {
    let mut command = Command::new(program);
    command.arg(document::TAKE).arg(options.api.join(path));
    if let Some(judge) = &options.judge {
        command.arg(judge).arg(options.requests.to_string());
    }
    let limit = if options.judge.is_some() { JUDGE_TIME_LIMIT } else { TIME_LIMIT };
    let mut child = command
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let reader = child.stdout.take().map(|mut out| {
        std::thread::spawn(move || {
            let mut said = String::new();
            let _ = out.read_to_string(&mut said);
            said
        })
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(json!({ "broke_off": format!("it took more than {} s", limit.as_secs()) }));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let said = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
    Ok(serde_json::from_str(&said)
        .unwrap_or_else(|_| json!({ "broke_off": format!("its process ended with {status}") })))
}
