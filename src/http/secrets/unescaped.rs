/// What an escape stands for.
pub(super) enum Unescaped {
    Byte(u8),
    Char(char),
}

/// Only hexadecimal digits.
pub(super) fn hex(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 6 {
        return None;
    }
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}
