//! What has letters among its digits, inside free text that is to be masked.

use super::chain::{Group, digits_of, gap, lengths, separator};
use super::{Detector, national, network, payment};

/// What has letters among its digits, where a chain begins: addresses of the network and of hardware, accounts, tax codes. Gives where it
/// begins and ends.
pub(super) fn code(bytes: &[u8], groups: &[Group]) -> Option<(Detector, usize, usize)> {
    let (first, last) = (groups.first()?, groups.last()?);
    let at = first.start;
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let (previous, next, behind) = (at.checked_sub(1).map_or(b' ', byte), byte(first.end()), byte(last.end()));
    // A bank may part the country from the rest.
    if previous == b' '
        && byte(at.wrapping_sub(2)).is_ascii_alphabetic()
        && (first.length == 2 || usize::from(first.length) > SHORTEST_ACCOUNT)
        && let Some(start) = at.checked_sub(3)
        && !start.checked_sub(1).is_some_and(|at| byte(at).is_ascii_alphanumeric())
        && let Some(end) = iban(bytes, start)
    {
        return Some((Detector::Iban, start, end));
    }
    // Within an address some digit has one of its characters beside it.
    let is_hex = |c: u8| c == b':' || (c.is_ascii_alphabetic() && c.is_ascii_hexdigit());
    let is_near = is_hex(previous) || is_hex(next);
    if (is_near || matches!(next, b'-' | b'.'))
        && first.length <= 4
        && let Some((start, end)) = mac(bytes, at)
    {
        return Some((Detector::MacAddress, start, end));
    }
    if is_near && let Some((start, end)) = ipv6(bytes, at) {
        return Some((Detector::IpAddress, start, end));
    }
    if previous.is_ascii_alphabetic() {
        let start = at.checked_sub(2)?;
        if let Some(end) = iban(bytes, start) {
            return Some((Detector::Iban, start, end));
        }
        if let Some((start, end)) = codice_fiscale(bytes, at) {
            return Some((Detector::ItCodiceFiscale, start, end));
        }
    }
    let may_be_corsican = matches!(behind, b'A' | b'a' | b'B' | b'b') && byte(last.end() - 1) == b'2';
    let end = if may_be_corsican { corsican(bytes, at) } else { None };
    end.map(|end| (Detector::FrNir, at, end))
}

/// The hardware address that a digit is in.
fn mac(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let is_hex = |c: &&u8| c.is_ascii_hexdigit();
    let start = at - bytes.get(..at)?.iter().rev().take(4).take_while(is_hex).count();
    let width = bytes.get(start..)?.iter().take(5).take_while(is_hex).count();
    // Three groups of four digits are written with dots.
    let is_separator = |c: &&u8| matches!((width, **c), (2, b':' | b'-') | (4, b'.'));
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let separator = *bytes.get(start + width).filter(is_separator).or(before.filter(is_separator))?;
    let is_part = |part: &[u8]| part.iter().all(u8::is_ascii_hexdigit);
    let (mut first, mut end) = (start, start + width);
    while let Some(before) = first.checked_sub(width + 1)
        && bytes.get(first - 1) == Some(&separator)
        && bytes.get(before..first - 1).is_some_and(is_part)
        && end - before <= LONGEST_MAC
    {
        first = before;
    }
    while bytes.get(end) == Some(&separator)
        && bytes.get(end + 1..end + 1 + width).is_some_and(is_part)
        && end - first <= LONGEST_MAC
    {
        end += 1 + width;
    }
    let is_apart = |c: Option<&u8>| !c.is_some_and(u8::is_ascii_alphanumeric);
    let text = bytes.get(first..end)?;
    // Those of digits alone have too many other meanings.
    let is_one = network::mac(text) && (width == 2 || text.iter().any(u8::is_ascii_alphabetic));
    (is_one && is_apart(first.checked_sub(1).and_then(|at| bytes.get(at))) && is_apart(bytes.get(end)))
        .then_some((first, end))
}

/// The characters of a hardware address of eight bytes.
const LONGEST_MAC: usize = 23;

/// The address of the network, version 6, that a digit is in.
fn ipv6(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let is_part = |c: &&u8| c.is_ascii_hexdigit() || **c == b':';
    let before = bytes.get(..at)?.iter().rev().take(LONGEST_IPV6).take_while(is_part).count();
    let behind = bytes.get(at..)?.iter().take(LONGEST_IPV6).take_while(|c| is_part(c) || **c == b'.').count();
    let token = bytes.get(at - before..at + behind)?;
    // Times have two colons.
    let has_gap = || token.windows(2).any(|pair| pair == b"::");
    if token.iter().filter(|c| **c == b':').count() < 6 && !has_gap() {
        return None;
    }
    let token = std::str::from_utf8(token).ok()?;
    // Colons of the sentence: what is before the address, and what it introduces.
    let lead = usize::from(token.starts_with(':') && !token.starts_with("::"));
    let token = token.get(lead..)?.trim_end_matches('.');
    let token = if token.ends_with("::") { token } else { token.trim_end_matches(':') };
    let start = at - before + lead;
    // The name of a field before it, or a port behind it, may be of the same characters.
    let begins = [token, token.split_once(':')?.1, token.trim_start_matches(':')];
    begins.into_iter().find_map(|rest| {
        let start = start + token.len() - rest.len();
        let without_dots = rest.split('.').next().unwrap_or_default();
        let ends = [
            rest,
            rest.rsplit_once(':').map_or("", |(rest, _)| rest),
            rest.trim_end_matches([':', '.']),
            without_dots.trim_end_matches(':'),
        ];
        let is_one = |token: &&str| {
            let end = start + token.len();
            let is_apart = |c: Option<&u8>| !c.is_some_and(u8::is_ascii_alphanumeric);
            end > at
                && is_apart(start.checked_sub(1).and_then(|at| bytes.get(at)))
                && is_apart(bytes.get(end))
                && network::ipv6(token)
        };
        ends.into_iter().find(is_one).map(|token| (start, start + token.len()))
    })
}

/// More characters than an address of version 6 has with a name of a field before it.
const LONGEST_IPV6: usize = 64;

/// Where the international account number that begins at a place ends, whatever stands between its groups.
fn iban(bytes: &[u8], start: usize) -> Option<usize> {
    let [a, b, ..] = *bytes.get(start..)? else { return None };
    if !a.is_ascii_alphabetic() || !b.is_ascii_alphabetic() {
        return None;
    }
    let length = payment::iban_length([a, b])?;
    let (packed, end) = packed(bytes, start, length)?;
    let goes_on = bytes.get(end).is_some_and(u8::is_ascii_digit);
    (!goes_on && payment::iban(packed.get(..length)?)).then_some(end)
}

/// So many letters and digits from a place on, without what stands between their groups, and the place behind them.
fn packed(bytes: &[u8], start: usize, length: usize) -> Option<([u8; LONGEST_IBAN], usize)> {
    let mut packed = [0; LONGEST_IBAN];
    let (mut count, mut at, mut gap) = (0, start, 0);
    while count < length {
        let c = *bytes.get(at)?;
        if c.is_ascii_alphanumeric() {
            *packed.get_mut(count)? = c;
            (count, at, gap) = (count + 1, at + 1, 0);
        } else {
            let (size, kind) = separator(bytes, at)?;
            if kind & (gap::OTHER | gap::BRACKET | gap::PLUS) != 0 || gap == LONGEST_GAP {
                return None;
            }
            (at, gap) = (at + size, gap + 1);
        }
    }
    Some((packed, at))
}

/// The digits of the shortest account number.
const SHORTEST_ACCOUNT: usize = 12;

/// The characters of the longest account number.
const LONGEST_IBAN: usize = 34;

/// The most characters between two groups of an account number or of an id.
const LONGEST_GAP: usize = 3;

/// The tax code of Italy that a digit is in.
fn codice_fiscale(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let is_word = |c: &&u8| c.is_ascii_alphanumeric();
    let start = at - bytes.get(..at)?.iter().rev().take(CODICE_FISCALE).take_while(is_word).count();
    let word = bytes.get(start..)?;
    let length = word.iter().take(CODICE_FISCALE + 1).take_while(is_word).count();
    national::it_codice_fiscale(word.get(..length)?).then_some((start, start + length))
}

/// The characters of a tax code of Italy.
const CODICE_FISCALE: usize = 16;

/// Where the social security number of Corsica that begins at a place ends: one with a letter among its digits.
fn corsican(bytes: &[u8], start: usize) -> Option<usize> {
    let (packed, end) = packed(bytes, start, NIR)?;
    let is_apart = !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    (is_apart && national::fr_nir(packed.get(..NIR)?)).then_some(end)
}

/// The characters of a social security number of France.
const NIR: usize = 15;

/// Where the identity number of Spain that the last groups of a chain are begins and ends, with its letters.
pub(super) fn identity(bytes: &[u8], groups: &[Group]) -> Option<(usize, usize)> {
    let (first, last) = (groups.first()?, groups.last()?);
    let is_form = matches!((groups.len(), lengths(groups)), (1, [7 | 8, ..]) | (3, [1 | 2, 3, 3, ..]));
    if !is_form {
        return None;
    }
    let (letter, end) = match bytes.get(last.end()..)? {
        [b'-', letter, ..] => (*letter, last.end() + 2),
        [letter, ..] => (*letter, last.end() + 1),
        [] => return None,
    };
    let is_lead = |c: &u8| matches!(c, b'X' | b'Y' | b'Z' | b'x' | b'y' | b'z');
    let (lead, start) = match bytes.get(..first.start)? {
        [.., lead, b'-'] if is_lead(lead) => (Some(*lead), first.start - 2),
        [.., lead] if is_lead(lead) => (Some(*lead), first.start - 1),
        _ => (None, first.start),
    };
    let digits = digits_of(bytes, groups)?;
    let count = digits.as_slice().len();
    let characters = digits.as_characters();
    let mut text = [0; 9];
    let (skipped, lead) = if count == 7 { (1, lead?) } else { (0, b'0') };
    *text.first_mut()? = lead;
    text.get_mut(skipped..skipped + count)?.copy_from_slice(characters.get(..count)?);
    *text.last_mut()? = letter;
    let start = if count == 7 { start } else { first.start };
    let is_apart = |c: Option<&u8>| !c.is_some_and(u8::is_ascii_alphanumeric);
    (is_apart(start.checked_sub(1).and_then(|at| bytes.get(at))) && is_apart(bytes.get(end)) && national::es_dni(&text))
        .then_some((start, end))
}
