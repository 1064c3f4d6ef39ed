use crate::http::content_type_of;
use crate::model::media::{essence, is_range};

/// A media type to send: for a range such as `image/*` the one that the file's name suggests, else the most common.
pub(super) fn member(content_type: &str, file: Option<&str>) -> String {
    if !is_range(content_type) {
        return content_type.to_owned();
    }
    let range = essence(content_type);
    let by_name = file.map(content_type_of).filter(|known| {
        range
            .split_once('*')
            .is_some_and(|(before, after)| known.starts_with(before) && known.ends_with(after))
    });
    let commonest = match range.split('/').next() {
        Some("image") => "image/png",
        Some("audio") => "audio/mpeg",
        Some("video") => "video/mp4",
        Some("text") => "text/plain",
        _ => "application/octet-stream",
    };
    by_name.unwrap_or(commonest).to_owned()
}
