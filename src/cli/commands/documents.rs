//! Documents from files, the network and standard input, with everything that they refer to.
//!
//! What a document may refer to depends on where it came from. One from the network or standard input never makes this
//! program read a file. One from the network may refer to its own origin. References to another origin, and from a file to the
//! network, need `--allow-remote-refs`. One from a file may refer to files below one folder; see [`root_of`].

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Arg, ArgAction, ArgMatches};

use crate::diagnostic::{Failure, Kind};
use crate::files;
use crate::http::{Body, Client, ClientOptions, Redirects, Request, Transport};
use crate::model::Origin;
use crate::openapi::{Document, Fetch, LoadError, MAX_DOCUMENT_BYTES};

/// How long loading a document and everything that it refers to over the network may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);

/// Folders that mark the root of a project.
const MARKERS: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// The arguments that name a document and what may be read along with it.
pub(super) fn arguments() -> [Arg; 2] {
    [
        Arg::new("document")
            .value_name("DOCUMENT")
            .required(true)
            .value_parser(clap::value_parser!(OsString))
            .help("A YAML or JSON file, an http(s) URL, or - for standard input"),
        Arg::new("allow-remote-refs")
            .long("allow-remote-refs")
            .action(ArgAction::SetTrue)
            .help("Follow `$ref`s to hosts other than the document's own"),
    ]
}

/// Reads the document that [`arguments`] name.
pub(super) fn load(matches: &ArgMatches) -> Result<Document, Failure> {
    let source = matches.get_one::<OsString>("document").cloned().unwrap_or_default();
    let shown = source.to_string_lossy().into_owned();
    let deadline = Instant::now() + FETCH_TIMEOUT;
    let mut fetch = Fetcher {
        from: Provenance::Input,
        remote: matches.get_flag("allow-remote-refs"),
        deadline,
        client: None,
    };
    let (bytes, base) = match shown.as_str() {
        "-" => (read(std::io::stdin().lock(), "standard input")?, None),
        url if is_url(url) => {
            let bytes = get(&client(Redirects::Follow), url, deadline)?;
            fetch.from = Provenance::Network(Origin::of(url));
            (bytes, Some(url.to_owned()))
        }
        path => {
            let file = std::fs::File::open(&source).map_err(|error| {
                Failure::new(Kind::Other, format!("cannot read `{path}`: {error}"))
                    .hint("check the path of the document")
            })?;
            let bytes = read(file, path)?;
            let path = std::fs::canonicalize(&source).ok();
            fetch.from = Provenance::File(path.as_deref().and_then(root_of));
            (bytes, path.as_deref().map(file_uri))
        }
    };
    Ok(Document::bundle(bytes, &shown, base, &mut fetch)?)
}

fn is_url(text: &str) -> bool {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

/// The folder with the files that a document at `path` may refer to: the root of its project, else the parent of its
/// own folder, so that `../schemas/pet.yaml` works. Never a home folder or the root of the file system; then it is the
/// document's own folder. `path` is canonical.
fn root_of(path: &Path) -> Option<PathBuf> {
    let own = path.parent()?;
    let home = directories::BaseDirs::new().and_then(|dirs| std::fs::canonicalize(dirs.home_dir()).ok());
    let too_wide = |folder: &Path| {
        folder.parent().is_none() || home.as_deref().is_some_and(|home| home.starts_with(folder))
    };
    let project = own.ancestors().find(|folder| MARKERS.iter().any(|marker| folder.join(marker).exists()));
    let root = project.or(own.parent()).filter(|folder| !too_wide(folder));
    Some(root.unwrap_or(own).to_owned())
}

/// A canonical path as a URI. Only what would be misread is encoded.
fn file_uri(path: &Path) -> String {
    const SPECIAL: &percent_encoding::AsciiSet =
        &percent_encoding::CONTROLS.add(b'%').add(b'#').add(b'?').add(b'\\');
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    let slash = if text.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", percent_encoding::utf8_percent_encode(&text, SPECIAL))
}

/// Where the document itself came from.
enum Provenance {
    /// Standard input, which has no location.
    Input,
    Network(Option<Origin>),
    /// A file, and the folder with the files that it may refer to.
    File(Option<PathBuf>),
}

struct Fetcher {
    from: Provenance,
    /// Other origins are allowed.
    remote: bool,
    deadline: Instant,
    client: Option<Client>,
}

impl Fetch for Fetcher {
    fn fetch(&mut self, uri: &str) -> Result<Vec<u8>, String> {
        if is_url(uri) {
            return self.remote(uri);
        }
        match (uri.strip_prefix("file:"), &self.from) {
            (Some(path), Provenance::File(root)) => local(path, root.as_deref()),
            (Some(_), _) => Err("only a document that is a file itself may refer to files".to_owned()),
            (None, _) => Err("it is neither a file nor an http or https URL".to_owned()),
        }
    }
}

impl Fetcher {
    fn remote(&mut self, url: &str) -> Result<Vec<u8>, String> {
        let own = matches!(&self.from, Provenance::Network(Some(origin)) if Origin::of(url).as_ref() == Some(origin));
        if !own && !self.remote {
            return Err("it is on another host; `--allow-remote-refs` allows it".to_owned());
        }
        let redirects = if self.remote { Redirects::Follow } else { Redirects::SameOrigin };
        let client = self.client.get_or_insert_with(|| client(redirects));
        get(client, url, self.deadline).map_err(|failure| failure.message)
    }
}

/// The file at the path of a `file:` URI, if it is below `root`.
fn local(path: &str, root: Option<&Path>) -> Result<Vec<u8>, String> {
    // RFC 8089: an empty authority, or that of this machine.
    let path = path
        .strip_prefix("//localhost/")
        .map_or_else(|| path.strip_prefix("//").unwrap_or(path).to_owned(), |rest| format!("/{rest}"));
    let path = path.split('?').next().unwrap_or_default();
    let path =
        percent_encoding::percent_decode_str(path).decode_utf8().map_err(|_| "its path is not UTF-8")?;
    let path = if cfg!(windows) { path.trim_start_matches('/') } else { path.as_ref() };
    let root = root.ok_or("the document's own folder is not known")?;
    // Links are resolved before the location is checked.
    let path = std::fs::canonicalize(path).map_err(|error| reason(&error))?;
    let inner = path.strip_prefix(root).map_err(|_| outside(root))?;
    let hidden =
        |part: Component<'_>| part.as_os_str() != OsStr::new(".") && starts_with_dot(part.as_os_str());
    if inner.components().any(hidden) {
        return Err("hidden files and folders are not read".to_owned());
    }
    let opened = files::regular(&path).map_err(|error| match error.problem {
        files::Problem::Io(error) => reason(&error),
        _ => "it is not a file".to_owned(),
    })?;
    let opened = opened.ok_or("there is no such file")?;
    read(opened.file, "the file").map_err(|failure| failure.message)
}

fn starts_with_dot(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn outside(root: &Path) -> String {
    format!("it is outside of `{}`, the folder whose files the document may refer to", root.display())
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "its permissions do not allow reading it".to_owned(),
        kind => kind.to_string(),
    }
}

fn read(from: impl Read, source: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = MAX_DOCUMENT_BYTES as u64;
    from.take(limit + 1).read_to_end(&mut bytes).map_err(|error| {
        Failure::new(Kind::Other, format!("cannot read `{source}`: {error}"))
            .hint("give a file, a URL, or - for standard input")
    })?;
    if bytes.len() as u64 > limit {
        return Err(LoadError::TooLarge { source: source.to_owned(), bytes: limit }.into());
    }
    Ok(bytes)
}

fn client(redirects: Redirects) -> Client {
    Client::new(ClientOptions {
        connect_timeout: FETCH_TIMEOUT / 4,
        max_response_bytes: MAX_DOCUMENT_BYTES as u64,
        user_agent: crate::session::USER_AGENT.to_owned(),
    })
    .with_redirects(redirects)
}

fn get(client: &Client, url: &str, deadline: Instant) -> Result<Vec<u8>, Failure> {
    let url = url.split('#').next().unwrap_or_default();
    let scheme_end = url.find("://").map_or(0, |at| at + 3);
    let path_at =
        url.get(scheme_end..).and_then(|rest| rest.find(['/', '?'])).map_or(url.len(), |at| scheme_end + at);
    let (base, target) = url.split_at(path_at);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), value.to_owned())
    });
    let request = Request {
        method: "GET".to_owned(),
        base: base.to_owned(),
        path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
        query: query.collect(),
        headers: vec![
            ("accept".to_owned(), "application/json, application/yaml, */*".to_owned()),
            ("user-agent".to_owned(), crate::session::USER_AGENT.to_owned()),
        ],
        body: Body::Empty,
        credentials: Vec::new(),
    };
    let response =
        client.send(&request, deadline.saturating_duration_since(Instant::now())).map_err(|error| {
            let connecting = matches!(error, crate::http::Error::Connect { proxy: None, .. });
            let failure = Failure::from(error);
            // Its hint is meant for commands, which have a `--server`.
            if connecting { failure.hint("is the address right, and its server running?") } else { failure }
        })?;
    if !response.is_success() {
        return Err(Failure::new(
            Kind::of_status(response.status),
            format!("`{base}{path}` answered with status {}", response.status),
        )
        .hint("open the address in a browser; a document behind a login must be downloaded first"));
    }
    Ok(response.body.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A project: `api/main.yaml`, `shared/pet.yaml`, and next to the project `secret.yaml`.
    fn project(marked: bool) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap();
        for folder in ["work/project/api", "work/project/shared", "work/project/.hidden"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        if marked {
            std::fs::create_dir(root.join("work/project/.git")).unwrap();
        }
        for file in [
            "work/project/api/main.yaml",
            "work/project/shared/pet.yaml",
            "work/secret.yaml",
            "work/project/.hidden/x",
        ] {
            std::fs::write(root.join(file), "a: 1").unwrap();
        }
        (home, root.join("work"))
    }

    #[test]
    fn files_below_the_project_are_read_and_no_others() {
        for marked in [true, false] {
            let (_home, work) = project(marked);
            let main = work.join("project/api/main.yaml");
            let root = root_of(&main);
            assert_eq!(root.as_deref(), Some(work.join("project").as_path()));
            let fetch = |path: &Path| local(file_uri(path).strip_prefix("file:").unwrap(), root.as_deref());
            assert_eq!(fetch(&work.join("project/shared/pet.yaml")).unwrap(), b"a: 1");
            for (path, why) in [
                ("secret.yaml", "outside"),
                ("project/../secret.yaml", "outside"),
                ("project/.hidden/x", "hidden"),
                ("project/none.yaml", "no such file"),
                ("project/shared", "not a file"),
            ] {
                let error = fetch(&work.join(path)).unwrap_err();
                assert!(error.contains(why), "{path}: {error}");
            }
            #[cfg(unix)]
            {
                std::os::unix::fs::symlink(work.join("secret.yaml"), work.join("project/api/link.yaml"))
                    .unwrap();
                assert!(fetch(&work.join("project/api/link.yaml")).unwrap_err().contains("outside"));
                assert!(fetch(Path::new("/etc/passwd")).unwrap_err().contains("outside"));
                assert!(fetch(Path::new("/dev/zero")).unwrap_err().contains("outside"));
            }
        }
    }

    #[test]
    fn what_is_no_file_reads_no_file() {
        for from in [Provenance::Input, Provenance::Network(Origin::of("https://a.example"))] {
            let mut fetch = Fetcher { from, remote: true, deadline: Instant::now(), client: None };
            for uri in [
                "file:///etc/passwd",
                "file:/etc/passwd",
                "FILE:///etc/passwd",
                "ftp://a/b",
                "/etc/passwd",
                "data:,x",
            ] {
                assert!(fetch.fetch(uri).is_err(), "{uri}");
            }
        }
        let mut fetch = Fetcher {
            from: Provenance::Network(Origin::of("https://a.example")),
            remote: false,
            deadline: Instant::now(),
            client: None,
        };
        for url in [
            "https://b.example/x",
            "http://a.example/x",
            "https://a.example:8443/x",
            "https://a.example@b.example/x",
        ] {
            assert!(fetch.fetch(url).unwrap_err().contains("--allow-remote-refs"), "{url}");
        }
    }
}
