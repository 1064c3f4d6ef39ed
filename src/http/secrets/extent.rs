/// How much of a secret has to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Twelve characters and more of it.
    Part,
    Whole,
}
