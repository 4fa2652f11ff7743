//! Dates as text.

/// The year of a text that is a date by day: `1985-03-14` (a time may follow), `14.03.1985`, `14/03/1985`, `3/14/1985`.
pub(super) fn year(text: &[u8]) -> Option<u32> {
    let (first, rest) = number(text)?;
    let (&separator, rest) = rest.split_first()?;
    if !matches!(separator, b'-' | b'.' | b'/') {
        return None;
    }
    let (second, rest) = number(rest)?;
    let rest = rest.strip_prefix(&[separator])?;
    let (third, rest) = number(rest)?;
    let is_end = rest.is_empty() || matches!(rest.first(), Some(b' ' | b'T'));
    let (year, month, day) = match (first, third) {
        (1000..=9999, _) => (first, second, third),
        (_, 1000..=9999) if second > 12 => (third, first, second),
        (_, 1000..=9999) => (third, second, first),
        _ => return None,
    };
    (is_end && (1..=12).contains(&month) && (1..=31).contains(&day)).then_some(year)
}

/// Whether somebody who lives may be born in the year.
pub(super) fn is_birth_year(year: u32) -> bool {
    (1900..=2100).contains(&year)
}

fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|c| c.is_ascii_digit()).count();
    if !(1..=4).contains(&digits) {
        return None;
    }
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.iter().fold(0, |value, c| value * 10 + u32::from(c - b'0')), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_of_a_date_are_read() {
        for text in ["1985-03-14", "14.03.1985", "14/03/1985", "3/14/1985", "1985-03-14 10:20:30", "1985-03-14T10:20"] {
            assert_eq!(year(text.as_bytes()), Some(1985), "{text}");
        }
        for text in ["1985-13-14", "1985-03", "19850314", "14.03/1985", "1.2.3", "v1985-03-14", ""] {
            assert_eq!(year(text.as_bytes()), None, "{text}");
        }
        assert!(is_birth_year(1985) && !is_birth_year(1066));
    }
}
