//! jsonb, from the form in which it is stored (`src/include/utils/jsonb.h`).
//!
//! A container is a header, an entry a child, and the data of the children. An entry has the type of its child and either
//! the length of its data or where they end. An object has the entries of all its keys before those of its values.
//! Numbers and containers are padded at their beginning so that they stand at multiples of four.

use super::OutputError;
use super::numeric::Stored;

const COUNT: u32 = 0x0FFF_FFFF;
const SCALAR: u32 = 0x1000_0000;
const OBJECT: u32 = 0x2000_0000;
const ARRAY: u32 = 0x4000_0000;
const CONTAINER_KIND: u32 = 0xF000_0000;

const LENGTH: u32 = 0x0FFF_FFFF;
const TYPE: u32 = 0x7000_0000;
const IS_END: u32 = 0x8000_0000;
const STRING: u32 = 0x0000_0000;
const NUMERIC: u32 = 0x1000_0000;
const FALSE: u32 = 0x2000_0000;
const TRUE: u32 = 0x3000_0000;
const NULL: u32 = 0x4000_0000;
const CONTAINER: u32 = 0x5000_0000;

/// How deeply containers may be nested. Each level takes some hundred bytes of the stack, of which PostgreSQL has at least
/// 100 kB to give.
const DEPTH: usize = 200;

/// The longest text, as PostgreSQL's: a gigabyte (`MaxAllocSize`).
const LONGEST: usize = 0x3FFF_FFFF;

/// How much of a string is escaped at a time. Room is made for the worst of it.
const PIECE: usize = 1024;

/// The most bytes that one byte of a string becomes: a control character is `\u001f`, and its backslash is doubled.
const ESCAPED: usize = 7;

/// Appends a jsonb as `jsonb_out` does, escaped for COPY. `payload` is the value without the length word of a varlena,
/// decompressed: the root container.
///
/// # Errors
/// - [`OutputError::UnknownLayout`] when the bytes are not those of a jsonb;
/// - [`OutputError::TooDeep`] when more than 200 containers stand in each other;
/// - [`OutputError::TooLong`] when the text is longer than a gigabyte, or there is no memory for it.
#[inline]
pub fn jsonb(payload: &[u8], out: &mut Vec<u8>) -> Result<(), OutputError> {
    let start = out.len();
    let result = Writer { out, start }.root(payload);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl Writer<'_> {
    fn root(&mut self, payload: &[u8]) -> Result<(), OutputError> {
        let (header, rest) = first_word(payload)?;
        if header & CONTAINER_KIND != ARRAY | SCALAR {
            return self.container(payload, DEPTH);
        }
        // A value that is no container is stored as the one element of an array.
        let (entry, data) = first_word(rest)?;
        if header & COUNT != 1 {
            return Err(OutputError::UnknownLayout);
        }
        self.value(entry, data, 0, (entry & LENGTH) as usize, DEPTH)
    }

    fn container(&mut self, bytes: &[u8], depth: usize) -> Result<(), OutputError> {
        let depth = depth.checked_sub(1).ok_or(OutputError::TooDeep)?;
        let (header, rest) = first_word(bytes)?;
        let count = (header & COUNT) as usize;
        match header & CONTAINER_KIND {
            ARRAY => self.array(rest, count, depth),
            OBJECT => self.object(rest, count, depth),
            _ => Err(OutputError::UnknownLayout),
        }
    }

    fn array(&mut self, rest: &[u8], count: usize, depth: usize) -> Result<(), OutputError> {
        let (entries, data) = entries(rest, count)?;
        self.push(b"[")?;
        let mut start = 0;
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                self.push(b", ")?;
            }
            let entry = u32::from_ne_bytes(*entry);
            let end = end(entry, start)?;
            self.value(entry, data, start, end, depth)?;
            start = end;
        }
        self.push(b"]")
    }

    fn object(&mut self, rest: &[u8], count: usize, depth: usize) -> Result<(), OutputError> {
        let (keys, rest) = entries(rest, count)?;
        let (values, data) = entries(rest, count)?;
        self.push(b"{")?;
        let mut key_start = 0;
        let mut start = total(keys);
        for (index, (key, value)) in keys.iter().zip(values).enumerate() {
            if index > 0 {
                self.push(b", ")?;
            }
            let key = u32::from_ne_bytes(*key);
            let key_end = end(key, key_start)?;
            if key & TYPE != STRING {
                return Err(OutputError::UnknownLayout);
            }
            self.string(part(data, key_start, key_end)?)?;
            key_start = key_end;
            self.push(b": ")?;
            let value = u32::from_ne_bytes(*value);
            let end = end(value, start)?;
            self.value(value, data, start, end, depth)?;
            start = end;
        }
        self.push(b"}")
    }

    /// Writes the child whose data, padding included, are `data[start..end]`.
    #[inline(always)]
    fn value(&mut self, entry: u32, data: &[u8], start: usize, end: usize, depth: usize) -> Result<(), OutputError> {
        match entry & TYPE {
            STRING => self.string(part(data, start, end)?),
            NUMERIC => {
                let number = Stored::read(without_length(part(data, start.next_multiple_of(4), end)?)?)?;
                self.room(number.longest())?;
                number.write(self.out)
            }
            FALSE => self.push(b"false"),
            TRUE => self.push(b"true"),
            NULL => self.push(b"null"),
            CONTAINER => self.container(part(data, start.next_multiple_of(4), end)?, depth),
            _ => Err(OutputError::UnknownLayout),
        }
    }

    /// Writes a string in quotes, as `escape_json` does, with its backslashes doubled as COPY does. The control characters
    /// that COPY escapes are escaped as JSON by then.
    fn string(&mut self, value: &[u8]) -> Result<(), OutputError> {
        self.push(b"\"")?;
        for piece in value.chunks(PIECE) {
            self.room(ESCAPED * piece.len())?;
            let mut rest = piece;
            loop {
                let clean = clean_prefix(rest);
                let (before, from) = rest.split_at_checked(clean).unwrap_or((rest, &[]));
                self.out.extend_from_slice(before);
                let [byte, behind @ ..] = from else { break };
                escape(*byte, self.out);
                rest = behind;
            }
        }
        self.push(b"\"")
    }

    #[inline(always)]
    fn push<const N: usize>(&mut self, bytes: &[u8; N]) -> Result<(), OutputError> {
        self.room(N)?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// Makes room for more bytes. Without memory PostgreSQL must say so: an allocation that fails ends the backend.
    #[inline(always)]
    fn room(&mut self, bytes: usize) -> Result<(), OutputError> {
        if self.out.capacity() - self.out.len() < bytes { self.grow(bytes) } else { Ok(()) }
    }

    #[cold]
    fn grow(&mut self, bytes: usize) -> Result<(), OutputError> {
        if self.out.len() - self.start + bytes > LONGEST {
            return Err(OutputError::TooLong);
        }
        self.out.try_reserve(bytes).map_err(|_| OutputError::TooLong)
    }
}

fn first_word(bytes: &[u8]) -> Result<(u32, &[u8]), OutputError> {
    let (word, rest) = bytes.split_first_chunk::<4>().ok_or(OutputError::UnknownLayout)?;
    Ok((u32::from_ne_bytes(*word), rest))
}

/// The entries at the beginning of a container, and what stands behind them.
fn entries(bytes: &[u8], count: usize) -> Result<(&[[u8; 4]], &[u8]), OutputError> {
    let (entries, data) = bytes.split_at_checked(4 * count).ok_or(OutputError::UnknownLayout)?;
    Ok((entries.as_chunks().0, data))
}

/// Where the data of a child end that begin at `start`.
#[inline(always)]
fn end(entry: u32, start: usize) -> Result<usize, OutputError> {
    let length = (entry & LENGTH) as usize;
    if entry & IS_END == 0 {
        Ok(start + length)
    } else if length >= start {
        Ok(length)
    } else {
        Err(OutputError::UnknownLayout)
    }
}

/// The length of the data of all these children: one of the last 32 entries says where its data end.
#[inline(always)]
fn total(entries: &[[u8; 4]]) -> usize {
    let mut behind = 0;
    for entry in entries.iter().rev() {
        let entry = u32::from_ne_bytes(*entry);
        behind += (entry & LENGTH) as usize;
        if entry & IS_END != 0 {
            break;
        }
    }
    behind
}

#[inline(always)]
fn part(data: &[u8], start: usize, end: usize) -> Result<&[u8], OutputError> {
    data.get(start..end).ok_or(OutputError::UnknownLayout)
}

/// The payload of a numeric within a jsonb, which has the length word of a varlena of four bytes (`VARSIZE_4B`).
#[inline(always)]
fn without_length(bytes: &[u8]) -> Result<&[u8], OutputError> {
    let (word, payload) = first_word(bytes)?;
    let length = if cfg!(target_endian = "big") {
        if word >> 30 != 0 {
            return Err(OutputError::UnknownLayout);
        }
        word
    } else {
        if word & 3 != 0 {
            return Err(OutputError::UnknownLayout);
        }
        word >> 2
    };
    if length as usize == bytes.len() { Ok(payload) } else { Err(OutputError::UnknownLayout) }
}

#[cold]
fn escape(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(br"\\");
    match byte {
        b'"' => out.push(b'"'),
        b'\\' => out.extend_from_slice(br"\\"),
        0x08 => out.push(b'b'),
        0x0C => out.push(b'f'),
        b'\n' => out.push(b'n'),
        b'\r' => out.push(b'r'),
        b'\t' => out.push(b't'),
        other => {
            out.extend_from_slice(b"u00");
            out.push(HEX[usize::from(other >> 4)]);
            out.push(HEX[usize::from(other & 15)]);
        }
    }
}

/// How many bytes stand before the first one that is escaped in a JSON string.
#[inline(always)]
fn clean_prefix(value: &[u8]) -> usize {
    let (words, rest) = value.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let hits = special(u64::from_le_bytes(*word));
        if hits != 0 {
            return 8 * index + (hits.trailing_zeros() / 8) as usize;
        }
    }
    8 * words.len() + rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len())
}

const fn is_special(byte: u8) -> bool {
    matches!(byte, 0..0x20 | b'"' | b'\\')
}

/// The highest bit of every byte for which [`is_special`] holds. No carry goes from one byte to the next, because the
/// highest bits are taken out before adding.
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES * 0x80;
    let low = word & !HIGH;
    let from_space = low + ONES * (0x80 - 0x20);
    let not_quote = (low ^ (ONES * b'"' as u64)) + ONES * 0x7F;
    let not_backslash = (low ^ (ONES * b'\\' as u64)) + ONES * 0x7F;
    !(from_space & not_quote & not_backslash) & !word & HIGH
}
