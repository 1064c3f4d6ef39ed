//! What the engine uses of the layers below it, named in one place.

pub(super) use crate::credentials::{CredentialSource, Error as CredentialError};
pub(super) use crate::http::Error as HttpError;
pub(super) use crate::http::encoding::{encode_own_query, encode_path};
pub(super) use crate::http::form::{form_body, form_pairs};
pub(super) use crate::http::style::{cookie_pairs, header_value, path_value, query_pairs};
pub(super) use crate::model::Serialization;
