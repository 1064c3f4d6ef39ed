/// Where a document keeps a `collectionFormat` of Swagger 2.0 that has no style in OpenAPI 3.
pub(in crate::openapi) const COLLECTION_FORMAT: &str = "x-collectionFormat";
