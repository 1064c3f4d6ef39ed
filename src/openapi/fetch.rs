/// Something that reads the documents that a document refers to. What may be read is its decision alone.
pub trait Fetch {
    /// The bytes of `uri`: absolute, without a fragment, of any scheme.
    ///
    /// # Errors
    ///
    /// Why it cannot or may not be read, to be shown behind the reference: lower case, no full stop.
    fn fetch(&mut self, uri: &str) -> Result<Vec<u8>, String>;
}
