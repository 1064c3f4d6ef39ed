/// Reads the documents that a document refers to. It alone decides what may be read.
pub trait Fetch {
    /// The bytes of `uri`: absolute, without a fragment, of any scheme.
    ///
    /// # Errors
    ///
    /// Why it cannot or may not be read, shown after the reference: lower case, no full stop.
    fn fetch(&mut self, uri: &str) -> Result<Vec<u8>, String>;
}
