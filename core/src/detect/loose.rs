//! Personal data and secrets inside free text that is to be masked: what may be some is taken for it.
//!
//! The scanner judges a column by what nothing else looks like; here what is missed is shown to everybody. So a number counts
//! wherever it stands, with whatever between its groups, unless it is part of something longer. Checksums, forms and the words
//! before a number keep dates, versions, amounts and order numbers as they are.

use super::chain::{
    Chain, Group, LONGEST_WINDOW, Lengths, digits_at, digits_of, gap, lengths, may_separate, next_digit,
};
use super::checksum::Digits;
use super::code::{code, identity};
use super::contact::is_domain_byte;
use super::text::{emails, secrets, urls};
use super::{Certainty, Detector, Found, hint, national, network, payment, phone, secret};

/// Calls `each` for every place of personal data or of a secret inside a text: e-mail addresses, phone numbers, cards, account
/// numbers, national ids, addresses of the network, URLs with a password, keys, tokens. Places come in the order of the text and do
/// not overlap: of what is of several kinds the first one is told, and then the rest of the other.
pub fn find(text: &str, mut each: impl FnMut(Found)) {
    // Most texts have one place at most, for which a list would be the greater part of the work.
    let mut first = None;
    let mut places = Vec::new();
    search(text, &mut |found| match first {
        None => first = Some(found),
        Some(_) => places.push(found),
    });
    let Some(first) = first else { return };
    if places.is_empty() {
        return each(first);
    }
    places.push(first);
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
        // What begins within a secret is a part of it: of many beginnings in a row each would be read to the end.
        let mut done = 0;
        let at_mark = |rest: &str, mark| {
            let start = text.len() - rest.len();
            let found = (start >= done).then(|| secret::loosely_at_mark(rest, mark)).flatten();
            done = found.map_or(done, |(_, length)| start + length);
            found
        };
        secrets(text, at_mark, each);
    }
    if text.len() >= SHORTEST_NUMBER {
        numbers(text, each);
    }
    if !text.is_ascii() {
        other_digits(text, each);
    }
}

/// The e-mail address whose at sign an address of the web writes as `%40`, at a place.
fn encoded_email(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let (before, behind) = (bytes.get(..at)?, bytes.get(at..)?.strip_prefix(b"%40")?);
    let is_local = |c: &&u8| c.is_ascii_alphanumeric() || **c >= 0x80 || matches!(c, b'.' | b'_' | b'-' | b'+' | b'%');
    let local = before.iter().rev().take(LONGEST_LOCAL).take_while(is_local).count();
    let domain = behind.iter().take(LONGEST_DOMAIN).take_while(|c| is_domain_byte(**c)).count();
    let is_one = local > 0 && behind.get(..domain)?.contains(&b'.');
    is_one.then_some((at - local, at + 3 + domain))
}

/// The most bytes of an e-mail address before its at sign and behind it.
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 255;

/// Numbers that are written with the digits of East Asia or of Arabic.
fn other_digits(text: &str, each: &mut impl FnMut(Found)) {
    if memchr::memchr3(0xef, 0xd9, 0xdb, text.as_bytes()).is_none() || !text.chars().any(|c| other_digit(c).is_some()) {
        return;
    }
    let mut plain = String::with_capacity(text.len());
    // For each character of the plain text that is shorter here, the place behind it there and here.
    let mut places = vec![(0, 0)];
    for (at, c) in text.char_indices() {
        match other_digit(c) {
            Some(digit) => {
                plain.push(digit);
                places.push((plain.len(), at + c.len_utf8()));
            }
            None => plain.push(c),
        }
    }
    let in_text = |place: usize| {
        let last = places.partition_point(|(plain, _)| *plain <= place).saturating_sub(1);
        places.get(last).map_or(place, |(plain, here)| here + place - plain)
    };
    numbers(&plain, &mut |found| each(Found { start: in_text(found.start), end: in_text(found.end), ..found }));
}

/// The digit that a digit of another script is.
fn other_digit(c: char) -> Option<char> {
    let zero = match c {
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        _ => return None,
    };
    char::from_digit(u32::from(c) - zero, 10)
}

/// The shortest text with a secret.
const SHORTEST_SECRET: usize = 19;

/// The shortest text with a number: an address of the network.
const SHORTEST_NUMBER: usize = 6;

/// All that has digits: phones, cards, ids, accounts, addresses of the network.
fn numbers(text: &str, each: &mut impl FnMut(Found)) {
    let bytes = text.as_bytes();
    let mut at = next_digit(bytes, 0);
    if at == bytes.len() {
        return;
    }
    let mut chain = Chain::new();
    let mut gap = 0;
    while at < bytes.len() {
        if bytes.get(at.wrapping_sub(1)) == Some(&b'%')
            && let Some((start, end)) = encoded_email(bytes, at - 1)
            && text.is_char_boundary(start)
            && text.is_char_boundary(end)
        {
            each(Found { detector: Detector::Email, certainty: Certainty::Sure, start, end });
            at = next_digit(bytes, at + 2);
            continue;
        }
        if gap == 0
            && let Some(end) = harmless(bytes, at)
        {
            at = next_digit(bytes, end);
            continue;
        }
        let behind = chain.read(bytes, at, gap);
        gap = 0;
        if let Some((detector, start, end)) = code(bytes, chain.groups()) {
            each(Found { detector, certainty: Certainty::Sure, start, end });
            at = next_digit(bytes, end.max(at + 1));
            continue;
        }
        let first = in_chain(text, &chain, each);
        at = match chain.groups().get(first) {
            // The rest of a full chain is read again, together with what is behind it.
            Some(group) => {
                gap = group.gap;
                group.start
            }
            None => next_digit(bytes, behind),
        };
    }
}

/// The end of the digits at a place when they are few and stand by themselves, as most do, or before an at sign: nothing that is to be
/// hidden, or what is hidden with the word it is in.
fn harmless(bytes: &[u8], at: usize) -> Option<usize> {
    let end = at + digits_at(bytes, at);
    let is_part = |c: u8| c.is_ascii_alphanumeric() || may_separate(c);
    let is_apart = match bytes.get(end..)? {
        // The whole word becomes that of an e-mail address, of whatever form it is.
        [b'@', c, ..] if c.is_ascii_alphanumeric() => return Some(end),
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
    let total = lengths.iter().fold(0, |total, length| total + usize::from(*length));
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

/// The fewest digits of an id, and of a phone number without brackets.
const FEWEST_IN_GROUPS: usize = 9;

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

/// Whether the word that touches a number, read away from it, has letters alone: with more digits it is an identifier.
fn is_word_apart<'a>(characters: impl Iterator<Item = &'a u8>) -> bool {
    let mut word = characters.take_while(|c| c.is_ascii_alphanumeric()).take(LONGEST_WORD);
    !word.any(u8::is_ascii_digit)
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

#[cfg(test)]
#[path = "loose_tests.rs"]
mod tests;
