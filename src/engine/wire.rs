//! What the engine uses of the layers below it, named in one place.

pub(super) use crate::credentials::{CredentialSource, Error as CredentialError};
pub(super) use crate::http::Error as HttpError;
pub(super) use crate::http::encoding::{
    encode_own_query, encode_path, form_body, form_pairs, header_value, query_pairs,
};
