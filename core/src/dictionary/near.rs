//! Guesses which known name a misspelt one was meant to be.

/// Names longer than this are not compared: PostgreSQL's names have at most 63 bytes.
const MAX_CHARACTERS: usize = 64;

/// The known name that differs least from the given one: only in case, or by at most a third of its characters.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    if wanted.len() > MAX_CHARACTERS {
        return None;
    }
    let limit = wanted.len().div_ceil(3).min(3);
    let distances = known.into_iter().filter(|candidate| *candidate != name).filter_map(|candidate| {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        if letters.len().abs_diff(wanted.len()) > limit {
            return None;
        }
        let distance = edit_distance(&wanted, &letters);
        (distance <= limit && distance < wanted.len()).then_some((distance, candidate))
    });
    distances.min().map(|(_, candidate)| candidate)
}

/// Levenshtein's distance: the least number of characters put in, taken out or replaced.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(b) {
            let replaced = diagonal + usize::from(from != to);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_differs_in_case_is_the_nearest() {
        assert_eq!(nearest("Email", ["e_mail", "email", "name"]), Some("email"));
    }

    #[test]
    fn swapped_and_missing_letters_are_near() {
        assert_eq!(nearest("emial", ["email", "name"]), Some("email"));
        assert_eq!(nearest("schema_msk", ["schema", "schema_mask"]), Some("schema_mask"));
    }

    #[test]
    fn another_word_is_not_near() {
        assert_eq!(nearest("phone", ["email", "name"]), None);
        assert_eq!(nearest("a", ["b"]), None);
    }

    #[test]
    fn edit_distance_is_levenshteins() {
        let distance = |a: &str, b: &str| edit_distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
