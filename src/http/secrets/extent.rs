/// How much of a secret has to be present.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Twelve or more characters of it.
    Part,
    Whole,
}
