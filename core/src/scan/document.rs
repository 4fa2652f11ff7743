//! Documents and arrays, walked over their text: keys and leaves of JSON and hstore with their paths, elements of arrays.

use std::borrow::Cow;

/// Deeper than this a path is not told apart any more.
const MAX_DEPTH: usize = 32;

/// A part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// The name of a member.
    Key(&'a str),
    /// A string.
    Text(&'a str),
    /// A number.
    Number(&'a str),
}

/// Calls `each` for every key and leaf of a JSON text, with the keys above it (`*` for the elements of an array). The text is what
/// PostgreSQL has accepted as JSON; of any other text, the parts that look like JSON are told.
pub(super) fn json(text: &str, mut each: impl FnMut(&[Cow<'_, str>], Part<'_>)) {
    let bytes = text.as_bytes();
    let mut path: Vec<Cow<'_, str>> = Vec::new();
    // Of each open bracket, whether it is an object's. Deeper than the limit it is counted only.
    let mut open: Vec<bool> = Vec::new();
    // A key has been read and its value comes next.
    let mut has_key = false;
    let mut at = 0;
    while let Some(&c) = bytes.get(at) {
        match c {
            b'{' | b'[' => {
                open.push(c == b'{');
                if path.len() < MAX_DEPTH {
                    path.push(Cow::Borrowed(if c == b'{' { "" } else { "*" }));
                }
                has_key = false;
                at += 1;
            }
            b'}' | b']' => {
                open.pop();
                path.truncate(open.len().min(MAX_DEPTH));
                has_key = false;
                at += 1;
            }
            b',' => {
                has_key = false;
                at += 1;
            }
            b':' => {
                has_key = true;
                at += 1;
            }
            b'"' => {
                let rest = text.get(at + 1..).unwrap_or_default();
                let length = string_length(rest.as_bytes());
                let content = unescape(rest.get(..length).unwrap_or_default());
                at += length + 2;
                if open.last() == Some(&true) && !has_key {
                    each(path.get(..path.len().saturating_sub(1)).unwrap_or_default(), Part::Key(&content));
                    if open.len() <= MAX_DEPTH
                        && let Some(last) = path.last_mut()
                    {
                        *last = content;
                    }
                } else {
                    each(&path, Part::Text(&content));
                }
            }
            b'-' | b'0'..=b'9' => {
                let rest = text.get(at..).unwrap_or_default();
                let length = rest
                    .bytes()
                    .take_while(|c| c.is_ascii_digit() || matches!(c, b'-' | b'+' | b'.' | b'e' | b'E'))
                    .count();
                each(&path, Part::Number(rest.get(..length).unwrap_or_default()));
                at += length.max(1);
            }
            _ => at += 1,
        }
    }
}

/// The length of a string up to the quote that ends it.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
            None => return bytes.len(),
            Some(offset) if bytes.get(at + offset) == Some(&b'"') => return at + offset,
            Some(offset) => at = (at + offset + 2).min(bytes.len()),
        }
    }
}

/// The content of a string of JSON, hstore or an array.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let mut chars = rest.get(at + 1..).unwrap_or_default().chars();
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let code = |text: &str| text.get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                let behind = chars.as_str();
                if let Some(unit) = code(behind) {
                    chars = behind.get(4..).unwrap_or_default().chars();
                    // the second half of a pair
                    let low =
                        chars.as_str().strip_prefix("\\u").and_then(code).filter(|low| (0xdc00..0xe000).contains(low));
                    match low {
                        Some(low) if (0xd800..0xdc00).contains(&unit) => {
                            out.extend(char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)));
                            chars = chars.as_str().get(6..).unwrap_or_default().chars();
                        }
                        _ => out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
                    }
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Calls `each` for every key and value of an hstore's text: `"key"=>"value", "key"=>NULL`.
pub(super) fn hstore(text: &str, mut each: impl FnMut(&str, Option<&str>)) {
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let (key, behind) = quoted(rest, start);
        let Some(value) = behind.strip_prefix("=>") else { return };
        if value.starts_with('"') {
            let (value, behind) = quoted(value, 0);
            each(&key, Some(&value));
            rest = behind;
        } else {
            each(&key, None);
            rest = value;
        }
    }
}

fn quoted(text: &str, start: usize) -> (Cow<'_, str>, &str) {
    let inner = text.get(start + 1..).unwrap_or_default();
    let length = string_length(inner.as_bytes());
    (unescape(inner.get(..length).unwrap_or_default()), inner.get(length + 1..).unwrap_or_default())
}

/// Calls `each` for every element of an array's text that is not NULL, whatever its dimensions: `{a,"b c",NULL,{d}}`.
pub(super) fn array(text: &str, mut each: impl FnMut(&str)) {
    // [0:1]={...}
    let mut rest = match text.split_once("]={") {
        Some((bounds, behind)) if bounds.starts_with('[') => behind,
        _ => text,
    };
    while !rest.is_empty() {
        let Some(first) = rest.bytes().next() else { return };
        match first {
            b'{' | b'}' | b',' => rest = rest.get(1..).unwrap_or_default(),
            b'"' => {
                let (element, behind) = quoted(rest, 0);
                each(&element);
                rest = behind;
            }
            _ => {
                let length = rest.find([',', '}']).unwrap_or(rest.len());
                let element = rest.get(..length).unwrap_or_default();
                if element != "NULL" {
                    each(&unescape(element));
                }
                rest = rest.get(length..).unwrap_or_default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        json(text, |path, part| {
            let path = path.join(".");
            all.push(match part {
                Part::Key(key) => format!("{path} key {key}"),
                Part::Text(text) => format!("{path} = {text}"),
                Part::Number(number) => format!("{path} # {number}"),
            });
        });
        all
    }

    #[test]
    fn keys_and_leaves_of_json_come_with_their_paths() {
        assert_eq!(
            parts(r#"{"a": {"b": ["x", {"c": "y"}, 5]}, "d": "z\u0041\n", "e": null, "f": true}"#),
            [
                " key a",
                "a key b",
                "a.b.* = x",
                "a.b.* key c",
                "a.b.*.c = y",
                "a.b.* # 5",
                " key d",
                "d = zA\n",
                " key e",
                " key f"
            ]
        );
        assert_eq!(parts("\"alone\""), [" = alone"]);
        assert_eq!(parts("[1, -2.5e3]"), ["* # 1", "* # -2.5e3"]);
        assert_eq!(parts(r#"{"\ud83d\ude00": "a\"b"}"#), [" key \u{1f600}", "\u{1f600} = a\"b"]);
    }

    #[test]
    fn any_text_is_borne() {
        for text in [
            "",
            "{",
            "\"",
            "{\"a",
            "{\"a\":",
            "]]]",
            "\"\\",
            "\"\\u12",
            "\"\\ud800\\u",
            &"[".repeat(100_000),
            "{\"a\":\"b\\",
        ] {
            json(text, |_, _| {});
            hstore(text, |_, _| {});
            array(text, |_| {});
        }
    }

    #[test]
    fn elements_of_arrays_of_all_dimensions_are_told() {
        let mut all = Vec::new();
        array(r#"[0:1][1:2]={{a,"b c"},{NULL,"d\"e"}}"#, |element| all.push(element.to_owned()));
        assert_eq!(all, ["a", "b c", "d\"e"]);
        all.clear();
        array("{}", |element| all.push(element.to_owned()));
        assert!(all.is_empty());
    }

    #[test]
    fn keys_and_values_of_an_hstore_are_told() {
        let mut all = Vec::new();
        hstore(r#""a"=>"1", "b c"=>NULL, "q\"t"=>"x, \"y\"=>\"z\"""#, |k, v| {
            all.push((k.to_owned(), v.map(str::to_owned)))
        });
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            all,
            [("a".to_owned(), some("1")), ("b c".to_owned(), None), ("q\"t".to_owned(), some("x, \"y\"=>\"z\""))]
        );
    }
}
