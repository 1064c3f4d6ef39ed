use super::message::Incoming;
use super::service::Mock;
use crate::http::encoding::encode_value;
use crate::http::{Attachment, Error, Request, Response, Time, Transport, wire_body};

/// The mock in the same process: nothing goes over a network.
impl Transport for Mock {
    fn send_within(&self, request: &Request, _: Time) -> Result<Response, Error> {
        let answer = self.answer(&incoming(request)?);
        Ok(Response {
            status: answer.status,
            headers: answer.headers,
            body: answer.body.into(),
            foreign: None,
        })
    }
}

/// The request as a server would see it.
fn incoming(request: &Request) -> Result<Incoming, Error> {
    let base = request.base.split_once("://").map_or("", |(_, rest)| rest);
    let base = base.find('/').and_then(|at| base.get(at..)).unwrap_or_default().trim_end_matches('/');
    let mut query: Vec<String> = request
        .query
        .iter()
        .map(|(name, value)| if name.is_empty() { value.clone() } else { format!("{name}={value}") })
        .collect();
    let mut headers = request.headers.clone();
    for credential in &request.credentials {
        match credential {
            Attachment::Header { name, prefix, value } => {
                headers.push((name.clone(), format!("{prefix}{}", value.expose())));
            }
            Attachment::Query { name, value } => {
                query.push(format!("{}={}", encode_value(name), encode_value(value.expose())));
            }
            Attachment::Cookie { name, value } => {
                headers.push(("cookie".to_owned(), format!("{name}={}", value.expose())));
            }
            // The mock sends no challenge, and accepts any answer.
            Attachment::Digest { .. } => headers.push(("authorization".to_owned(), "Digest mock".to_owned())),
            Attachment::Certificate { .. } => {}
        }
    }
    let mut target = format!("{base}{}", request.path);
    if !query.is_empty() {
        target.push('?');
        target.push_str(&query.join("&"));
    }
    let body = match wire_body(&request.body)? {
        Some((content_type, bytes)) => {
            headers.push(("content-type".to_owned(), content_type));
            bytes
        }
        None => Vec::new(),
    };
    Ok(Incoming { method: request.method.clone(), target, headers, body })
}
