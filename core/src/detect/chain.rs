//! Groups of digits of a text and what stands between them, whatever a typist, a program or an address of the web puts there.

use super::checksum::Digits;

/// What may stand between two groups of digits, as bits of a [`Group::gap`].
pub(super) mod gap {
    /// A space of any kind within a line, or something of no width.
    pub const SPACE: u8 = 1;
    /// The end of a line.
    pub const LINE: u8 = 2;
    /// A dash of any length.
    pub const DASH: u8 = 4;
    pub const DOT: u8 = 8;
    pub const SLASH: u8 = 16;
    pub const BRACKET: u8 = 32;
    /// What joins the digits of nothing but of a card that a program has written.
    pub const OTHER: u8 = 64;
    pub const PLUS: u8 = 128;
}

/// A run of digits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Group {
    pub start: usize,
    /// How many digits it has.
    pub length: u8,
    /// How many bytes before it are a plus or a bracket that belongs to it.
    lead: u8,
    /// What stands before it: the bits of [`gap`]; none before the first group of a chain.
    pub gap: u8,
    pub has_plus: bool,
    /// Whether it stands in brackets alone.
    pub in_brackets: bool,
}

impl Group {
    /// The place behind its last digit.
    #[inline]
    pub fn end(&self) -> usize {
        self.start + usize::from(self.length)
    }

    /// Where it begins with the plus or the bracket before it.
    #[inline]
    pub fn from(&self) -> usize {
        self.start - usize::from(self.lead)
    }
}

/// The most groups that are looked at together.
const MOST_GROUPS: usize = 16;

/// The most groups of one number: a number of France has seven, a card that somebody writes in pairs eight. So many groups of a full
/// chain are looked at again together with those behind them.
pub(super) const LONGEST_WINDOW: usize = 8;

/// A longer run of digits is no number of anybody.
const LONGEST_GROUP: usize = 20;

/// The most characters between two groups of digits.
const LONGEST_GAP: usize = 4;

/// Groups of digits with nothing but separators between them.
#[derive(Debug)]
pub(super) struct Chain {
    groups: [Group; MOST_GROUPS],
    count: usize,
    /// How many digits the groups have together.
    digits: usize,
    /// What stands between the groups, before the first of them, and around them: the bits of [`gap`].
    gaps: u8,
    /// Whether there may be more groups behind the last.
    is_full: bool,
}

impl Chain {
    pub fn new() -> Self {
        Self { groups: [Group::default(); MOST_GROUPS], count: 0, digits: 0, gaps: 0, is_full: false }
    }

    /// Reads the chain whose first digit stands at a place, behind a gap when it is the rest of a longer chain. Gives the place
    /// behind it.
    pub fn read(&mut self, bytes: &[u8], first: usize, gap: u8) -> usize {
        (self.count, self.digits, self.is_full) = (0, 0, false);
        let (lead, has_plus) = lead(bytes, first);
        let mut group = Group { start: first, length: 0, lead, gap, has_plus, in_brackets: false };
        self.gaps = if has_plus { gap::PLUS } else { gap::BRACKET & 0_u8.wrapping_sub(lead) };
        loop {
            let length = digits_at(bytes, group.start);
            if length > LONGEST_GROUP {
                // It ends the chain, and is passed over when it is the first one.
                return if self.count == 0 { group.start + length } else { group.start };
            }
            let end = group.start + length;
            group.length = length as u8;
            group.in_brackets = !group.has_plus && group.lead > 0 && bytes.get(end) == Some(&b')');
            let Some(place) = self.groups.get_mut(self.count) else {
                self.is_full = true;
                return group.start;
            };
            *place = group;
            self.count += 1;
            self.digits += length;
            self.gaps |= group.gap;
            match next_group(bytes, end) {
                Some(next) => group = next,
                None => return end,
            }
        }
    }

    /// What stands between the groups and before the first of them: the bits of [`gap`].
    pub fn gaps(&self) -> u8 {
        self.gaps
    }

    pub fn groups(&self) -> &[Group] {
        self.groups.get(..self.count).unwrap_or_default()
    }

    pub fn digits(&self) -> usize {
        self.digits
    }

    /// How many groups are to be looked at from as the first one of a number; a full chain is read again behind them.
    pub fn starts(&self) -> usize {
        if self.is_full { self.count - LONGEST_WINDOW } else { self.count }
    }
}

/// The lengths of the groups that may be one number; 0 behind the last.
pub(super) type Lengths = [u8; LONGEST_WINDOW];

/// Those of the first groups of some.
#[inline]
pub(super) fn lengths(groups: &[Group]) -> Lengths {
    let mut lengths = [0; LONGEST_WINDOW];
    for (length, group) in lengths.iter_mut().zip(groups) {
        *length = group.length;
    }
    lengths
}

/// The digits of groups. None: they are more than 24.
pub(super) fn digits_of(bytes: &[u8], groups: &[Group]) -> Option<Digits> {
    let mut digits = Digits::default();
    for group in groups {
        digits.append(bytes.get(group.start..group.end())?)?;
    }
    Some(digits)
}

/// The place of the first digit from one on; where there is none, the end. Sixteen bytes are looked at together, which the compiler does
/// without a loop, and then eight: most texts are short.
#[inline]
pub(super) fn next_digit(bytes: &[u8], mut at: usize) -> usize {
    fn has_digit(chunk: &[u8]) -> bool {
        chunk.iter().fold(false, |any, byte| any | byte.is_ascii_digit())
    }
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>)
        && !has_digit(chunk)
    {
        at += 16;
    }
    if let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>)
        && !has_digit(chunk)
    {
        at += 8;
    }
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| !byte.is_ascii_digit()).count()
}

/// How many digits stand at a place.
#[inline]
pub(super) fn digits_at(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..).unwrap_or_default().iter().take_while(|c| c.is_ascii_digit()).count()
}

/// How many bytes before the first group of a chain are a plus or a bracket, and whether it has a plus.
fn lead(bytes: &[u8], first: usize) -> (u8, bool) {
    let before = bytes.get(..first).unwrap_or_default();
    match before {
        [.., b'+'] => (1, true),
        [.., b'+', b'(' | b' '] => (2, true),
        [.., b'+', 0xc2, 0xa0] | [.., b'%', b'2', b'B' | b'b'] | [.., 0xef, 0xbc, 0x8b] => (3, true),
        [.., b'('] => (1, false),
        _ => (0, false),
    }
}

/// The group that only separators part from a place, without its length.
fn next_group(bytes: &[u8], end: usize) -> Option<Group> {
    let mut group = Group::default();
    // Where the plus or the bracket stands.
    let mut lead = None;
    let mut at = end;
    for _ in 0..LONGEST_GAP {
        let (length, kind) = separator(bytes, at)?;
        if kind == gap::PLUS && !group.has_plus {
            (lead, group.has_plus) = (Some(at), true);
        } else if !group.has_plus {
            lead = (kind == gap::BRACKET && bytes.get(at) != Some(&b')')).then_some(at);
        }
        group.gap |= kind;
        at += length;
        if bytes.get(at).is_some_and(u8::is_ascii_digit) {
            group.start = at;
            group.lead = lead.map_or(0, |lead| (at - lead) as u8);
            return Some(group);
        }
    }
    None
}

/// Whether a byte may stand between groups of digits, or begin what does.
#[inline]
pub(super) fn may_separate(byte: u8) -> bool {
    SEPARATORS.get(usize::from(byte)).is_some_and(|kind| *kind != 0)
}

/// In the table of separators: a byte that begins one of several bytes.
const LONGER: u8 = u8::MAX;

/// What each byte is between groups of digits; 0: nothing that stands there.
const SEPARATORS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b' ' | b'\t' => gap::SPACE,
            b'\n' | b'\r' => gap::LINE,
            b'-' => gap::DASH,
            b'.' => gap::DOT,
            b'/' => gap::SLASH,
            b'(' | b')' => gap::BRACKET,
            b'+' => gap::PLUS,
            b',' | b':' | b';' | b'_' | b'|' | b'*' | b'\\' => gap::OTHER,
            b'%' | b'&' | 0xc2 | 0xe2 | 0xe3 | 0xef => LONGER,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// The separator at a place: its length in bytes and its kind.
#[inline]
pub(super) fn separator(bytes: &[u8], at: usize) -> Option<(usize, u8)> {
    match *SEPARATORS.get(usize::from(*bytes.get(at)?))? {
        0 => None,
        LONGER => longer_separator(bytes.get(at..)?),
        kind => Some((1, kind)),
    }
}

/// A separator outside ASCII, of an address of the web, or of HTML.
fn longer_separator(text: &[u8]) -> Option<(usize, u8)> {
    Some(match text {
        // No-break space, soft hyphen, middle dot.
        [0xc2, 0xa0, ..] => (2, gap::SPACE),
        [0xc2, 0xad, ..] => (2, gap::DASH),
        [0xc2, 0xb7, ..] => (2, gap::DOT),
        // U+2000 to U+200F: spaces, and marks of no width; U+2010 to U+2015: hyphens and dashes; a bullet.
        [0xe2, 0x80, 0x80..=0x8f, ..] => (3, gap::SPACE),
        [0xe2, 0x80, 0x90..=0x95, ..] => (3, gap::DASH),
        [0xe2, 0x80, 0xa2, ..] => (3, gap::DOT),
        // Ends of lines and paragraphs; marks of direction and the narrow no-break space.
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => (3, gap::LINE),
        [0xe2, 0x80, 0xaa..=0xaf, ..] => (3, gap::SPACE),
        // Mathematical space, word joiner, isolates of direction; minus.
        [0xe2, 0x81, 0x9f..=0xa9, ..] => (3, gap::SPACE),
        [0xe2, 0x88, 0x92, ..] => (3, gap::DASH),
        // Wide characters of East Asia: space, brackets, plus, dash, dot, slash, colon. A mark of the order of bytes.
        [0xe3, 0x80, 0x80, ..] => (3, gap::SPACE),
        [0xe3, 0x83, 0xbc, ..] => (3, gap::DASH),
        [0xef, 0xbb, 0xbf, ..] => (3, gap::SPACE),
        [0xef, 0xbc, 0x88 | 0x89, ..] => (3, gap::BRACKET),
        [0xef, 0xbc, 0x8b, ..] => (3, gap::PLUS),
        [0xef, 0xbc, 0x8d, ..] => (3, gap::DASH),
        [0xef, 0xbc, 0x8e, ..] => (3, gap::DOT),
        [0xef, 0xbc, 0x8f, ..] => (3, gap::SLASH),
        [0xef, 0xbc, 0x9a, ..] => (3, gap::OTHER),
        [b'%', b'2', b'0', ..] => (3, gap::SPACE),
        [b'%', b'2', b'B' | b'b', ..] => (3, gap::PLUS),
        [b'&', b'n', b'b', b's', b'p', b';', ..] => (6, gap::SPACE),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(text: &str) -> Vec<&str> {
        let mut chain = Chain::new();
        let first = text.find(|c: char| c.is_ascii_digit()).unwrap();
        chain.read(text.as_bytes(), first, 0);
        chain.groups().iter().map(|group| &text[group.from()..group.end()]).collect()
    }

    #[test]
    fn digits_are_read_over_whatever_parts_them() {
        for text in [
            "4111 11 1",
            "4111\u{a0}11\u{202f}1",
            "4111\u{2011}11\u{2013}1",
            "4111  11 - 1",
            "4111.11/1",
            "4111%2011&nbsp;1",
            "4111\r\n11\t1",
            "4111\u{200b}11\u{feff}1",
            "4111_11,1",
            "x4111 11 1y",
        ] {
            assert_eq!(groups(text), ["4111", "11", "1"], "{text}");
        }
        assert_eq!(groups("+49 (170) 12"), ["+49", "(170", "12"]);
        assert_eq!(groups("1 +49%2B7"), ["1", "+49", "%2B7"]);
        assert_eq!(groups("1 x 2"), ["1"]);
        assert_eq!(groups("1     2"), ["1"]);
        assert_eq!(groups("1 123456789012345678901 2"), ["1"]);
    }

    #[test]
    fn a_long_chain_is_read_in_parts_that_overlap() {
        let text = "1 ".repeat(40);
        let mut chain = Chain::new();
        let behind = chain.read(text.as_bytes(), 0, 0);
        assert_eq!((chain.groups().len(), chain.starts(), chain.digits(), behind), (16, 8, 16, 32));
    }
}
