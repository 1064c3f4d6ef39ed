/// Where a document keeps the `collectionFormat` of Swagger 2.0 that is no style of OpenAPI 3.
pub(in crate::openapi) const COLLECTION_FORMAT: &str = "x-collectionFormat";
