//! Personal data and secrets inside free text that is to be masked: what may be some is taken for it.
//!
//! The scanner judges a column by what nothing else looks like; here what is missed is shown to everybody. So a number counts
//! wherever it stands, with whatever between its groups, unless it is part of something longer. Checksums, forms and the words
//! before a number keep dates, versions, amounts and order numbers as they are.

use super::chain::{Chain, Group, LONGEST_WINDOW, digits_at, gap, may_separate, separator};
use super::checksum::Digits;
use super::text::{emails, next, secrets, urls};
use super::{Certainty, Detector, Found, hint, national, network, payment, phone, secret};

/// Calls `each` for every place of personal data or of a secret inside a text: e-mail addresses, phone numbers, cards, account
/// numbers, national ids, addresses of the network, URLs with a password, keys, tokens. Places come in the order of the text and do
/// not overlap: of what is of several kinds the first one is told, and then the rest of the other.
pub fn find(text: &str, mut each: impl FnMut(Found)) {
    let mut places = Vec::new();
    search(text, &mut |found| places.push(found));
    places.sort_by(|a: &Found, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
    let mut end = 0;
    for found in places {
        if found.end > end {
            let start = found.start.max(end);
            end = found.end;
            each(Found { start, ..found });
        }
    }
}

fn search(text: &str, each: &mut impl FnMut(Found)) {
    let bytes = text.as_bytes();
    // Each kind of character is looked for by itself, many bytes at once, and not at all where it decides nothing.
    if memchr::memchr(b'@', bytes).is_some() {
        emails(text, each);
        let has_two = |byte| memchr::memchr_iter(byte, bytes).nth(1).is_some();
        if has_two(b':') && has_two(b'/') {
            urls(text, each);
        }
    }
    if text.len() >= SHORTEST_SECRET {
        secrets(text, secret::loosely_at_mark, each);
    }
    if text.len() >= SHORTEST_NUMBER {
        numbers(text, each);
    }
}

/// The shortest text with a secret.
const SHORTEST_SECRET: usize = 19;

/// The shortest text with a number: an address of the network.
const SHORTEST_NUMBER: usize = 6;

/// All that has digits: phones, cards, ids, accounts, addresses of the network.
fn numbers(text: &str, each: &mut impl FnMut(Found)) {
    let bytes = text.as_bytes();
    let is_digit = |c: u8| c.is_ascii_digit();
    let mut at = next(bytes, 0, is_digit);
    if at == bytes.len() {
        return;
    }
    let mut chain = Chain::new();
    let mut gap = 0;
    while at < bytes.len() {
        if gap == 0
            && let Some(end) = harmless(bytes, at)
        {
            at = next(bytes, end, is_digit);
            continue;
        }
        let behind = chain.read(bytes, at, gap);
        gap = 0;
        if let Some((detector, start, end)) = code(bytes, chain.groups()) {
            each(Found { detector, certainty: Certainty::Sure, start, end });
            at = next(bytes, end.max(at + 1), is_digit);
            continue;
        }
        let first = in_chain(text, &chain, each);
        at = match chain.groups().get(first) {
            // The rest of a full chain is read again, together with what is behind it.
            Some(group) => {
                gap = group.gap;
                group.start
            }
            None => next(bytes, behind, is_digit),
        };
    }
}

/// The end of the digits at a place when they are few and stand by themselves, as most do: nothing that somebody wants to hide.
fn harmless(bytes: &[u8], at: usize) -> Option<usize> {
    let end = at + digits_at(bytes, at);
    let is_part = |c: u8| c.is_ascii_alphanumeric() || may_separate(c);
    let is_apart = match bytes.get(end..)? {
        [b' ', letter, ..] if letter.is_ascii_alphabetic() => true,
        [behind, ..] => !is_part(*behind),
        [] => true,
    };
    // Within an address of version 6 or of hardware there may be few digits.
    let is_code = |c: u8| c.is_ascii_hexdigit() || matches!(c, b':' | b'-' | b'.');
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    (is_apart && end - at < FEWEST_ALONE && !before.is_some_and(|c| is_code(*c))).then_some(end)
}

/// The fewest digits of a number in one group.
const FEWEST_ALONE: usize = 6;

/// The numbers of a chain. Gives the first group that is to be looked at again.
fn in_chain(text: &str, chain: &Chain, each: &mut impl FnMut(Found)) -> usize {
    let bytes = text.as_bytes();
    let groups = chain.groups();
    if chain.digits() < FEWEST_ALONE && groups.len() < 4 {
        return chain.starts();
    }
    let cards = Cards::of(bytes, chain);
    let mut first = 0;
    while let Some(rest) = groups.get(first..).filter(|_| first < chain.starts()) {
        let most = cards.next_after(first);
        if let Some((start, end)) = identity(bytes, rest) {
            each(Found { detector: Detector::EsDni, certainty: Certainty::Sure, start, end });
            first += rest.len();
        } else if let Some((detector, count)) = number(text, chain.gaps(), rest, most) {
            let (start, end) = place(rest, count);
            each(Found { detector, certainty: detector.description().certainty, start, end });
            first += count;
        } else {
            first += 1;
        }
    }
    first
}

/// Which groups of a chain begin a card in its printed form.
struct Cards {
    bits: u32,
}

impl Cards {
    fn of(bytes: &[u8], chain: &Chain) -> Self {
        let mut bits = 0;
        if chain.digits() > LONGEST_PHONE {
            for (at, _) in chain.groups().iter().enumerate() {
                let is_one = chain.groups().get(at..).is_some_and(|rest| card_in_form(bytes, rest) > 0);
                bits |= u32::from(is_one) << at;
            }
        }
        Self { bits }
    }

    /// How many groups from one on are before the next card, which no other number takes a part of.
    fn next_after(&self, first: usize) -> usize {
        (self.bits >> first >> 1).trailing_zeros() as usize + 1
    }
}

/// Where the first groups of a chain begin and end, with the plus or the bracket of the first one.
fn place(groups: &[Group], count: usize) -> (usize, usize) {
    let (Some(first), Some(last)) = (groups.first(), groups.get(count - 1)) else { return (0, 0) };
    let is_closed = first.has_plus || first.in_brackets;
    (if is_closed { first.from() } else { first.start }, last.end())
}

/// What number begins with the first of some groups, and how many of them it has: not more than `most`. `gaps` is what stands
/// between any of them.
fn number(text: &str, gaps: u8, groups: &[Group], most: usize) -> Option<(Detector, usize)> {
    let bytes = text.as_bytes();
    let first = groups.first()?;
    if first.has_plus
        && let Some(count) = international(bytes, groups, most)
    {
        return Some((Detector::Phone, count));
    }
    if gaps & gap::DOT != 0 && is_ip(text, groups) {
        return Some((Detector::IpAddress, 4));
    }
    let lengths = lengths(groups);
    let total: usize = lengths.iter().map(|length| usize::from(*length)).sum();
    let fewest = if gaps & gap::BRACKET == 0 { FEWEST_IN_GROUPS } else { SHORTEST_PHONE };
    if total >= fewest {
        let found = checked(bytes, groups, &lengths, most)
            .or_else(|| is_ssn(bytes, groups, &lengths).then_some((Detector::UsSsn, 3)))
            .or_else(|| national_phone(bytes, groups, &lengths, most).map(|count| (Detector::Phone, count)));
        if found.is_some() {
            return found;
        }
    }
    hinted(text, groups, &lengths, most)
}

/// The lengths of the groups that may be one number; 0 behind the last.
type Lengths = [u8; LONGEST_WINDOW];

/// The fewest digits of an id, and of a phone number without brackets.
const FEWEST_IN_GROUPS: usize = 9;

/// The digits of groups. None: they are more than 24.
fn digits_of(bytes: &[u8], groups: &[Group]) -> Option<Digits> {
    let mut digits = Digits::default();
    for group in groups {
        digits.append(bytes.get(group.start..group.end())?)?;
    }
    Some(digits)
}

fn lengths(groups: &[Group]) -> Lengths {
    let mut lengths = [0; LONGEST_WINDOW];
    for (length, group) in lengths.iter_mut().zip(groups) {
        *length = group.length;
    }
    lengths
}

/// Whether the same stands between all groups, and nothing that parts numbers from each other.
fn is_uniform(groups: &[Group]) -> bool {
    let mut gaps = groups.iter().skip(1).map(|group| group.gap);
    let Some(one) = gaps.next() else { return true };
    one & (gap::LINE | gap::OTHER) == 0 && gaps.all(|gap| gap == one)
}

/// Whether groups are one number in thousands: 1 234 567.
fn are_thousands(lengths: &[u8]) -> bool {
    matches!(lengths, [1..=3, rest @ ..] if !rest.is_empty() && rest.iter().all(|length| *length == 3))
}

/// How many groups at the start of some are a card as it is printed, whatever stands between them; 0: they are none.
fn card_in_form(bytes: &[u8], groups: &[Group]) -> usize {
    let count = match lengths(groups) {
        [4, 4, 4, 4, 3, ..] if is_card(bytes, groups, 5) => 5,
        [4, 4, 4, 4, ..] => 4,
        [4, 6, 4 | 5, ..] => 3,
        [15..=19, ..] => 1,
        _ => return 0,
    };
    if is_card(bytes, groups, count) { count } else { 0 }
}

fn is_card(bytes: &[u8], groups: &[Group], count: usize) -> bool {
    let digits = groups.get(..count).and_then(|groups| digits_of(bytes, groups));
    digits.is_some_and(|digits| payment::card(digits.as_slice())) && stands_alone(bytes, groups, count)
}

/// A number with check digits that begins with the first of some groups: what it is and how many it has.
fn checked(bytes: &[u8], groups: &[Group], lengths: &Lengths, most: usize) -> Option<(Detector, usize)> {
    let count = card_in_form(bytes, groups);
    if count > 0 {
        return Some((Detector::PaymentCard, count));
    }
    let (mut found, mut total) = (None, 0);
    for (at, length) in lengths.iter().take(most.min(groups.len())).enumerate() {
        total += usize::from(*length);
        if total > 19 {
            break;
        }
        if total >= 11
            && let (Some(window), Some(lengths)) = (groups.get(..=at), lengths.get(..=at))
            && let Some(detector) = identify(bytes, window, lengths, total)
            && stands_alone(bytes, groups, at + 1)
        {
            found = Some((detector, at + 1));
        }
    }
    found
}

/// What number with check digits all of some groups are.
fn identify(bytes: &[u8], window: &[Group], lengths: &[u8], total: usize) -> Option<Detector> {
    let is_joined = window.iter().skip(1).all(|group| group.gap & (gap::LINE | gap::OTHER) == 0);
    let may_be_card = total >= 12 && may_be_card(lengths) && is_uniform(window);
    let may_be_id = is_joined
        && match total {
            11 => matches!(lengths, [11] | [3, 3, 3, 2]),
            12 => matches!(lengths, [12] | [4, 4, 4]),
            14 => matches!(lengths, [14] | [2, 3, 3, 4, 2]),
            15 => lengths.len() <= 2 || matches!(lengths, [1, 2, 2, ..]),
            _ => false,
        };
    // Nothing else is written so, and a wrong key is more often one of a mistake than of another number.
    let is_nir_form = is_joined && matches!(lengths, [1, 2, 2, 2, 3, 3] | [1, 2, 2, 2, 3, 3, 2]);
    if !may_be_card && !may_be_id && !is_nir_form {
        return None;
    }
    let digits = digits_of(bytes, window)?;
    let digits = digits.as_slice();
    if is_nir_form && matches!(digits, [1..=4 | 7 | 8, _, _, 0, 1..=9, ..] | [1..=4 | 7 | 8, _, _, 1, 0..=2, ..]) {
        return Some(Detector::FrNir);
    }
    if may_be_id && let Some(detector) = id(digits) {
        return Some(detector);
    }
    (may_be_card && payment::card(digits)).then_some(Detector::PaymentCard)
}

/// Whether groups of these lengths may be a card in another form than the printed one: in few groups, or in pairs, and not a large number.
fn may_be_card(lengths: &[u8]) -> bool {
    let Some((_, but_last)) = lengths.split_last() else { return false };
    !are_thousands(lengths) && (but_last.iter().all(|length| *length >= 3) || lengths.iter().all(|length| *length == 2))
}

/// What national id digits are by their check digits. Of phone numbers only those that nothing else of their length looks like.
fn id(digits: &[u8]) -> Option<Detector> {
    let holds = |detector, holds: bool| holds.then_some(detector);
    match digits.len() {
        11 => holds(Detector::RuSnils, national::ru_snils(digits))
            .or_else(|| holds(Detector::BrCpf, national::br_cpf(digits))),
        12 => holds(Detector::RuInn, national::ru_inn(digits)),
        14 => holds(Detector::BrCnpj, national::br_cnpj(digits)),
        15 => {
            let characters: [u8; 15] = std::array::from_fn(|at| digits.get(at).copied().unwrap_or_default() + b'0');
            holds(Detector::FrNir, national::fr_nir(&characters))
        }
        _ => None,
    }
}

/// Whether three groups are a social security number of the United States. It has no check digit, so that no further group
/// may follow in the same way.
fn is_ssn(bytes: &[u8], groups: &[Group], lengths: &Lengths) -> bool {
    let [3, 2, 4, ..] = lengths else { return false };
    let Some(window @ [first, second, _]) = groups.get(..3) else { return false };
    let goes_on = |group: &Group| group.gap == second.gap;
    is_uniform(window)
        && second.gap & (gap::SPACE | gap::DASH | gap::DOT) != 0
        && !goes_on(first)
        && !groups.get(3).is_some_and(goes_on)
        && digits_of(bytes, window).is_some_and(|digits| national::us_ssn(digits.as_slice()))
        && stands_alone(bytes, groups, 3)
}

/// Whether four groups are an address of the network, and not a part of a longer version.
fn is_ip(text: &str, groups: &[Group]) -> bool {
    let bytes = text.as_bytes();
    let is_dot = |before: &Group, group: &Group| group.gap == gap::DOT && group.start == before.end() + 1;
    let Some([a, b, c, d]) = groups.first_chunk::<4>() else { return false };
    if !is_dot(a, b) || !is_dot(b, c) || !is_dot(c, d) || a.gap == gap::DOT {
        return false;
    }
    let goes_on = groups.get(4).is_some_and(|next| is_dot(d, next));
    let address = bytes.get(a.start..d.end()).unwrap_or_default();
    let before = text.get(..a.start).unwrap_or_default();
    match network::ipv4(address) {
        _ if goes_on => false,
        Some(network::Ip::Address) => !is_product(before, address),
        Some(network::Ip::MaybeVersion) => !is_product(before, address) && !hint::is_version(before),
        None => false,
    }
}

/// Whether what looks like an address is the version of a product, as browsers name theirs: `Chrome/120.0.0.0`.
fn is_product(before: &str, address: &[u8]) -> bool {
    address.ends_with(b".0.0") && matches!(before.as_bytes(), [.., letter, b'/'] if letter.is_ascii_alphabetic())
}

/// How many groups behind a plus are a phone number.
fn international(bytes: &[u8], groups: &[Group], most: usize) -> Option<usize> {
    let first = groups.first()?;
    let mut digits = Digits::default();
    let (mut whole, mut part, mut any) = (None, None, None);
    for (at, group) in groups.iter().take(most.min(LONGEST_WINDOW)).enumerate() {
        if at > 0 && group.gap & (gap::LINE | gap::OTHER | gap::PLUS) != 0 {
            break;
        }
        let characters = bytes.get(group.start..group.end())?;
        // `+44 (0)20`: nobody dials the zero from abroad.
        if at == 0 || characters != b"0" || !group.in_brackets {
            digits.append(characters)?;
        }
        let count = digits.as_slice().len();
        if count > LONGEST_PHONE {
            break;
        }
        if count >= SHORTEST_PHONE {
            let characters = digits.as_characters();
            let is_one = std::str::from_utf8(characters.get(..count)?).is_ok_and(phone::is_international);
            let ends = groups.get(at + 1).is_none_or(|next| next.gap & !(gap::DASH | gap::DOT) != 0);
            match (is_one, ends) {
                (true, true) => whole = Some(at + 1),
                (true, false) => part = Some(at + 1),
                (false, _) => any = Some(at + 1),
            }
        }
    }
    // A number that no country has, as one digit too many makes it, is somebody's all the same. A sum is not.
    let follows_digit = first.from().checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let may_be_any = |count: &usize| {
        let lengths = lengths(groups);
        let is_sum = lengths.get(..*count).is_none_or(are_thousands);
        !follows_digit && !is_sum && bytes.get(first.start) != Some(&b'0')
    };
    whole.or(part).or(any.filter(may_be_any))
}

/// The digits of phone numbers with the code of a country.
const SHORTEST_PHONE: usize = 8;
const LONGEST_PHONE: usize = 15;

/// How many groups at the start of some are a phone number as a country writes it.
fn national_phone(bytes: &[u8], groups: &[Group], lengths: &Lengths, most: usize) -> Option<usize> {
    let first = groups.first()?;
    let parts = gap::SPACE | gap::LINE | gap::OTHER | gap::BRACKET | gap::PLUS;
    if (first.gap != 0 && first.gap & parts == 0) || is_path(bytes, groups) {
        return None;
    }
    let most = joined(groups, most);
    let window = groups.get(..most)?;
    let mut digits = Digits::default();
    let fits = |group: &&Group| digits.append(bytes.get(group.start..group.end()).unwrap_or_default()).is_some();
    let fitting = window.iter().take_while(fits).count();
    let characters = digits.as_characters();
    let mut total: usize = window.iter().take(fitting).map(|group| usize::from(group.length)).sum();
    for count in (1..=fitting).rev() {
        let lengths = lengths.get(..count)?;
        if (SHORTEST_PHONE..=LONGEST_NATIONAL).contains(&total) && ends_phone(groups, lengths) {
            let text = std::str::from_utf8(characters.get(..total)?).ok()?;
            let brackets = || groups.iter().take(count).filter(|group| group.in_brackets).count();
            let is_one = match count {
                1 => is_bare_phone(text),
                _ => phone::is_national_form(text, lengths, brackets() == 1),
            };
            if is_one && stands_alone(bytes, groups, count) {
                return Some(count);
            }
        }
        total -= usize::from(*lengths.last()?);
    }
    None
}

/// The digits of the longest phone number as a country writes it: with the zeros that are dialled before the code of another.
const LONGEST_NATIONAL: usize = 17;

/// How many groups at the start of some, and of `most` of them, may be one number that no program has written.
fn joined(groups: &[Group], most: usize) -> usize {
    let parts = gap::LINE | gap::OTHER | gap::PLUS;
    let joined = groups.iter().take(most.min(LONGEST_WINDOW)).skip(1).take_while(|group| group.gap & parts == 0);
    joined.count() + 1
}

/// Whether digits alone are a phone number that hardly another number looks like: a mobile with the code of its country, or with
/// the zeros that are dialled before the code.
fn is_bare_phone(digits: &str) -> bool {
    (digits.len() > 10 && phone::is_strict_bare(digits))
        || digits.strip_prefix("00").is_some_and(phone::is_international)
}

/// Whether a phone number of groups of these lengths may end before the next of some groups: not where that is a part of the same number.
fn ends_phone(groups: &[Group], lengths: &[u8]) -> bool {
    let Some(next) = groups.get(lengths.len()) else { return true };
    let is_amount = next.gap == gap::OTHER && next.length <= 2 && are_thousands(lengths);
    next.gap & !(gap::DASH | gap::DOT) != 0 && !is_amount
}

/// Whether groups are parts of a path: `/0301/123456`.
fn is_path(bytes: &[u8], groups: &[Group]) -> bool {
    let [first, second, ..] = groups else { return false };
    second.gap == gap::SLASH && first.start.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'/')
}

/// What the words before the first groups of a chain say that they are, and how many they are.
fn hinted(text: &str, groups: &[Group], lengths: &Lengths, most: usize) -> Option<(Detector, usize)> {
    let first = groups.first()?;
    if first.gap != 0 {
        return None;
    }
    let lengths = lengths.get(..joined(groups, most))?;
    let mut total = lengths.iter().map(|length| usize::from(*length)).sum();
    if total < FEWEST_HINTED || phone::looks_like_date(lengths) {
        return None;
    }
    let hint = hint::before(text.get(..first.from())?)?;
    // With all of its groups, or as many as a number of the kind has.
    for count in (1..=lengths.len()).rev() {
        if hint.fits(total) && stands_alone(text.as_bytes(), groups, count) {
            return Some((hint.detector, count));
        }
        total -= usize::from(*lengths.get(count - 1)?);
    }
    None
}

/// The fewest digits of a number that only the words before it tell.
const FEWEST_HINTED: usize = 6;

/// Whether some groups are not a part of a fraction, of an identifier, or of a word of letters and digits.
fn stands_alone(bytes: &[u8], groups: &[Group], count: usize) -> bool {
    let (Some(first), Some(last)) = (groups.first(), groups.get(count.wrapping_sub(1))) else { return false };
    let before = bytes.get(..first.start).unwrap_or_default();
    let behind = bytes.get(last.end()..).unwrap_or_default();
    let is_fraction = count == 1
        && matches!(before, [b'0', b'.' | b','] | [.., b'0', b'.' | b','])
        && !before.iter().rev().nth(2).is_some_and(u8::is_ascii_digit);
    !is_fraction
        && is_word_apart(before.iter().rev())
        && (is_word_apart(behind.iter()) || is_extension(behind))
        && !is_in_uuid(bytes, first.start)
}

/// Whether the word that touches a number, read away from it, is one by itself: letters alone, and not those of hexadecimal digits.
fn is_word_apart<'a>(characters: impl Iterator<Item = &'a u8>) -> bool {
    let (mut length, mut is_hexadecimal) = (0, true);
    for c in characters.take_while(|c| c.is_ascii_alphanumeric()).take(LONGEST_WORD) {
        if c.is_ascii_digit() {
            return false;
        }
        length += 1;
        is_hexadecimal &= c.is_ascii_hexdigit();
    }
    length == 0 || !is_hexadecimal
}

/// The most letters of a word that touches a number.
const LONGEST_WORD: usize = 40;

/// Whether a text begins with the extension of a phone number: `x12`.
fn is_extension(text: &[u8]) -> bool {
    matches!(text, [b'x' | b'X', digit, ..] if digit.is_ascii_digit()) || text.starts_with(b"ext")
}

/// Whether a place lies within a UUID.
fn is_in_uuid(bytes: &[u8], at: usize) -> bool {
    let is_of_uuid = |c: &&u8| c.is_ascii_hexdigit() || **c == b'-';
    let before = bytes.get(..at).unwrap_or_default().iter().rev().take(UUID).take_while(is_of_uuid).count();
    let start = at - before;
    let uuid = bytes.get(start..start + UUID).and_then(|text| std::str::from_utf8(text).ok());
    uuid.is_some_and(secret::is_uuid)
}

/// The characters of a UUID.
const UUID: usize = 36;

/// What has letters among its digits, where a chain begins: addresses of the network and of hardware, accounts, tax codes. Gives where it
/// begins and ends.
fn code(bytes: &[u8], groups: &[Group]) -> Option<(Detector, usize, usize)> {
    let (first, last) = (groups.first()?, groups.last()?);
    let at = first.start;
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let (previous, next, behind) = (at.checked_sub(1).map_or(b' ', byte), byte(first.end()), byte(last.end()));
    let has_letter = previous.is_ascii_alphabetic() || behind.is_ascii_alphabetic();
    let has_colon = previous == b':' || next == b':';
    if !has_letter && !has_colon && !matches!(next, b'-' | b'.') {
        return None;
    }
    if let Some((start, end)) = mac(bytes, at) {
        return Some((Detector::MacAddress, start, end));
    }
    if (has_colon || has_letter)
        && let Some((start, end)) = ipv6(bytes, at)
    {
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
    corsican(bytes, at).filter(|_| may_be_corsican).map(|end| (Detector::FrNir, at, end))
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
    let token = std::str::from_utf8(bytes.get(at - before..at + behind)?).ok()?;
    // Times have two colons.
    if !token.contains("::") && token.bytes().filter(|c| *c == b':').count() < 6 {
        return None;
    }
    // Colons of the sentence: what is before the address, and what it introduces.
    let lead = usize::from(token.starts_with(':') && !token.starts_with("::"));
    let token = token.get(lead..)?.trim_end_matches('.');
    let token = if token.ends_with("::") { token } else { token.trim_end_matches(':') };
    let start = at - before + lead;
    // The name of a field before it, or a port behind it, may be of the same characters.
    let begins = [token, token.split_once(':')?.1, token.trim_start_matches(':')];
    begins.into_iter().find_map(|rest| {
        let start = start + token.len() - rest.len();
        let ends = [rest, rest.rsplit_once(':').map_or("", |(rest, _)| rest), rest.trim_end_matches(':')];
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
    let [a, b, c, d, ..] = *bytes.get(start..)? else { return None };
    if !a.is_ascii_alphabetic() || !b.is_ascii_alphabetic() || !c.is_ascii_digit() || !d.is_ascii_digit() {
        return None;
    }
    let length = payment::iban_length([a, b])?;
    let mut packed = [0; 34];
    let (mut count, mut at, mut gap) = (0, start, 0);
    while count < length {
        let c = *bytes.get(at)?;
        if c.is_ascii_alphanumeric() {
            *packed.get_mut(count)? = c;
            (count, at, gap) = (count + 1, at + 1, 0);
        } else {
            let (size, kind) = separator(bytes, at)?;
            if kind & (gap::OTHER | gap::BRACKET | gap::PLUS) != 0 || gap == LONGEST_IBAN_GAP {
                return None;
            }
            (at, gap) = (at + size, gap + 1);
        }
    }
    let behind = bytes.get(at..).unwrap_or_default();
    let goes_on = behind.iter().take(LONGEST_WORD).take_while(|c| c.is_ascii_alphanumeric()).any(u8::is_ascii_digit);
    (!goes_on && payment::iban(packed.get(..count)?)).then_some(at)
}

/// The most characters between two groups of an account number.
const LONGEST_IBAN_GAP: usize = 3;

/// The tax code of Italy that a digit is in.
fn codice_fiscale(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let is_word = |c: &&u8| c.is_ascii_alphanumeric();
    let start = at - bytes.get(..at)?.iter().rev().take(CODICE_FISCALE).take_while(is_word).count();
    let word = bytes.get(start..)?;
    let length = word.iter().take(CODICE_FISCALE + 1).take_while(is_word).count();
    national::it_codice_fiscale(word.get(..length)?).then_some((start, start + length))
}

const CODICE_FISCALE: usize = 16;

/// Where the social security number of Corsica that begins at a place ends: one with a letter among its digits.
fn corsican(bytes: &[u8], start: usize) -> Option<usize> {
    let mut packed = [0; 15];
    let (mut count, mut at, mut gap) = (0, start, 0);
    while count < packed.len() {
        let c = *bytes.get(at)?;
        if c.is_ascii_alphanumeric() {
            *packed.get_mut(count)? = c;
            (count, at, gap) = (count + 1, at + 1, 0);
        } else {
            let (size, kind) = separator(bytes, at)?;
            if kind & gap::OTHER != 0 || gap == LONGEST_IBAN_GAP {
                return None;
            }
            (at, gap) = (at + size, gap + 1);
        }
    }
    (!bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) && national::fr_nir(&packed)).then_some(at)
}

/// Where the identity number of Spain that the last groups of a chain are begins and ends, with its letters.
fn identity(bytes: &[u8], groups: &[Group]) -> Option<(usize, usize)> {
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

#[cfg(test)]
#[path = "loose_tests.rs"]
mod tests;
