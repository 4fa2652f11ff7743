//! Passwords in libpq connection strings, found the way `fe-connect.c` reads them.

/// Whether something of this name is a secret. Asks for parts of names, because every foreign-data wrapper has names of its
/// own.
pub(super) fn is_secret_name(name: &[u8]) -> bool {
    const HARMLESS: [&[u8]; 6] =
        [b"password_required", b"password_encryption", b"primary_key", b"foreign_key", b"partition_key", b"sort_key"];
    const PARTS: [&[u8]; 12] = [
        b"password",
        b"passwd",
        b"passphrase",
        b"passcode",
        b"secret",
        b"token",
        b"credential",
        b"api_key",
        b"apikey",
        b"accountkey",
        b"private",
        b"connection_string",
    ];
    let name = name.to_ascii_lowercase();
    if HARMLESS.contains(&name.as_slice()) {
        return false;
    }
    PARTS.iter().any(|part| contains(&name, part))
        || [b"_key".as_slice(), b".key", b"pwd", b"_pass", b".pass"].iter().any(|end| name.ends_with(end))
        || [b"key".as_slice(), b"pass"].contains(&name.as_slice())
}

/// Whether a value looks as if a password were written in it: `password=...`, `Pwd: ...`, `scheme://user:password@host`.
pub(super) fn holds_secret(value: &[u8]) -> bool {
    let value = value.to_ascii_lowercase();
    const NAMES: [&[u8]; 8] =
        [b"password", b"passwd", b"pwd", b"passphrase", b"secret", b"token", b"accountkey", b"api_key"];
    let named = NAMES.iter().any(|name| {
        value.windows(name.len()).enumerate().any(|(at, window)| {
            let after = value.get(at + name.len()..).unwrap_or_default().trim_ascii_start();
            let after = after.strip_prefix(b"\"").or(after.strip_prefix(b"'")).unwrap_or(after).trim_ascii_start();
            window == *name && matches!(after.first(), Some(b'=' | b':'))
        })
    });
    named
        || value.windows(3).position(|window| window == b"://").is_some_and(|at| {
            let rest = value.get(at + 3..).unwrap_or_default();
            rest.iter()
                .position(|&byte| byte == b'@')
                .is_some_and(|end| rest.iter().take(end).any(|&byte| byte == b':'))
        })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Whether libpq takes the text for a URI.
pub(super) fn is_uri(text: &[u8]) -> bool {
    text.starts_with(b"postgresql://") || text.starts_with(b"postgres://")
}

/// The connection string without its passwords; `None` when there are none in it.
///
/// # Errors
/// libpq would not take the text for a connection string.
pub(super) fn without_passwords(text: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    let out = if is_uri(text) { uri_without_passwords(text)? } else { pairs_without_passwords(text)? };
    Ok((out != text).then_some(out))
}

/// As `conninfo_parse`: `name = value`, the value bare or in single quotes, backslashes escaping in both.
fn pairs_without_passwords(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    const BROKEN: &str = "the connection string is not a list of name = value";
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c);
    let skip_space = |at: usize| at + text.iter().skip(at).take_while(|byte| is_space(byte)).count();
    let mut out = Vec::with_capacity(text.len());
    let mut at = skip_space(0);
    out.extend_from_slice(text.get(..at).unwrap_or_default());
    while at < text.len() {
        let start = at;
        let length = text.iter().skip(at).take_while(|byte| **byte != b'=' && !is_space(byte)).count();
        let name = text.get(at..at + length).unwrap_or_default();
        at = skip_space(at + length);
        if name.is_empty() || text.get(at) != Some(&b'=') {
            return Err(BROKEN);
        }
        at = skip_space(at + 1);
        let mut value = Vec::new();
        let quoted = text.get(at) == Some(&b'\'');
        at += usize::from(quoted);
        loop {
            match text.get(at) {
                None if quoted => return Err("a quote in the connection string is not closed"),
                None => break,
                Some(b'\'') if quoted => {
                    at += 1;
                    break;
                }
                Some(byte) if !quoted && is_space(byte) => break,
                Some(b'\\') => {
                    value.extend(text.get(at + 1));
                    at = (at + 2).min(text.len());
                }
                Some(&byte) => {
                    value.push(byte);
                    at += 1;
                }
            }
        }
        at = skip_space(at);
        if is_secret_name(name) {
            continue;
        }
        // A database name that is a connection string itself, say.
        if holds_secret(&value) {
            return Err("a value in the connection string seems to hold a password");
        }
        out.extend_from_slice(text.get(start..at).unwrap_or_default());
    }
    if at == text.len() && out.len() < text.len() {
        out.truncate(out.trim_ascii_end().len());
    }
    Ok(out)
}

/// As `conninfo_uri_parse_options`: `postgresql://[user[:password]@][host,...][/database][?name=value&...]`.
fn uri_without_passwords(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    const BROKEN: &str = "the connection URI is not understood";
    let prefix = text.windows(3).position(|window| window == b"://").ok_or(BROKEN)? + 3;
    let mut at = prefix;
    let mut out = text.get(..prefix).unwrap_or_default().to_vec();

    // libpq looks for an @ up to the first slash; what is before it is user and password.
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.iter().position(|byte| matches!(byte, b'@' | b'/')).unwrap_or(rest.len());
    if rest.get(end) == Some(&b'@') {
        let credentials = rest.get(..end).unwrap_or_default();
        let user = credentials.iter().position(|&byte| byte == b':').unwrap_or(credentials.len());
        out.extend_from_slice(credentials.get(..user).unwrap_or_default());
        out.push(b'@');
        at += end + 1;
    }

    let rest = text.get(at..).unwrap_or_default();
    // A question mark in an IPv6 address in brackets would be a mistake; libpq refuses it.
    let (place, query) = match rest.iter().position(|&byte| byte == b'?') {
        Some(mark) => (rest.get(..mark).unwrap_or_default(), rest.get(mark + 1..)),
        None => (rest, None),
    };
    if place.contains(&b'@') {
        return Err(BROKEN);
    }
    out.extend_from_slice(place);
    let mut separator = b'?';
    for parameter in query.into_iter().flat_map(|query| query.split(|&byte| byte == b'&')) {
        let (name, value) = match parameter.iter().position(|&byte| byte == b'=') {
            Some(equals) => {
                (parameter.get(..equals).unwrap_or_default(), parameter.get(equals + 1..).unwrap_or_default())
            }
            None if parameter.is_empty() => (parameter, parameter),
            None => return Err(BROKEN),
        };
        if is_secret_name(&percent_decoded(name)?) {
            continue;
        }
        if holds_secret(&percent_decoded(value)?) {
            return Err("a parameter of the connection URI seems to hold a password");
        }
        out.push(separator);
        out.extend_from_slice(parameter);
        separator = b'&';
    }
    Ok(out)
}

fn percent_decoded(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    let digit = |byte: Option<&u8>| byte.and_then(|&byte| char::from(byte).to_digit(16));
    while let Some(&byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        match (digit(bytes.next()), digit(bytes.next())) {
            (Some(high), Some(low)) => out.push((high << 4 | low) as u8),
            _ => return Err("the connection URI has a broken percent sign"),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(text: &str) -> Option<String> {
        let out = without_passwords(text.as_bytes()).expect("understood");
        out.map(|out| String::from_utf8(out).expect("UTF-8"))
    }

    #[test]
    fn passwords_are_taken_out_of_name_value_lists() {
        assert_eq!(cleaned("host=h user=u password=x dbname=d").as_deref(), Some("host=h user=u dbname=d"));
        assert_eq!(cleaned("host=h password = 'a \\' b' dbname=d").as_deref(), Some("host=h dbname=d"));
        assert_eq!(cleaned("host=h password=a\\ b\\\\ sslpassword='' port=1").as_deref(), Some("host=h port=1"));
        assert_eq!(cleaned("password=x"), Some(String::new()));
        assert_eq!(cleaned("host=h password=x").as_deref(), Some("host=h"));
        assert_eq!(cleaned("password=").as_deref(), Some(""));
        assert_eq!(cleaned("host=h scram_client_key=x oauth_client_secret=y").as_deref(), Some("host=h"));
    }

    #[test]
    fn connection_strings_without_passwords_stay_as_they_are() {
        for text in [
            "",
            "host=h  dbname = 'x y' ",
            "host=h passfile=/p sslkey=/k sslcert=/c",
            "postgresql://",
            "postgres://u@h/d",
            "postgresql://u@[::1]:5432,h2/d?application_name=a%26b&ssl=true",
            "postgresql:///d?host=/tmp&user=u",
        ] {
            assert_eq!(cleaned(text), None, "{text}");
        }
    }

    #[test]
    fn passwords_are_taken_out_of_uris() {
        assert_eq!(cleaned("postgresql://u:x@h:1/d").as_deref(), Some("postgresql://u@h:1/d"));
        assert_eq!(cleaned("postgres://:x@h").as_deref(), Some("postgres://@h"));
        assert_eq!(cleaned("postgres://u:a:b?c@h/d").as_deref(), Some("postgres://u@h/d"));
        assert_eq!(cleaned("postgresql://h/d?password=x&user=u").as_deref(), Some("postgresql://h/d?user=u"));
        assert_eq!(cleaned("postgresql://h?user=u&p%61ssword=x").as_deref(), Some("postgresql://h?user=u"));
        assert_eq!(cleaned("postgresql://h?sslp%61ssw%6frd=x").as_deref(), Some("postgresql://h"));
    }

    #[test]
    fn text_that_libpq_would_not_take_is_an_error() {
        for text in [
            "host",
            "= x",
            "host=h password",
            "password='x",
            "postgresql://h?password",
            "postgresql://h?p%6=x",
            "postgresql://h/x:y@z",
            "dbname='postgres://u:p@h'",
            "options='-c app.password=x'",
        ] {
            assert!(without_passwords(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn names_of_secrets_are_known_by_their_parts() {
        for name in ["password", "SSLPassword", "api_key", "aws_secret_access_key", "account.key", "jwt_secret", "PWD"]
        {
            assert!(is_secret_name(name.as_bytes()), "{name}");
        }
        for name in
            ["host", "keepalives", "sslkey", "password_required", "primary_key", "passfile", "user", "key_column"]
        {
            assert!(!is_secret_name(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn values_with_a_password_written_in_them_are_known() {
        for value in
            ["Driver=x;UID=me;PWD=y", "password = 'x'", "{\"secret\": \"x\"}", "https://u:p@h/x", "mongodb+srv://u:p@h"]
        {
            assert!(holds_secret(value.as_bytes()), "{value}");
        }
        for value in ["", "password", "http://host:80/x", "https://u@h", "a:b@c", "select password, token from t"] {
            assert!(!holds_secret(value.as_bytes()), "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,60}") {
            let _ = without_passwords(text.as_bytes());
            let _ = without_passwords(format!("postgresql://{text}").as_bytes());
            let _ = holds_secret(text.as_bytes());
        }

        #[test]
        fn no_password_survives_however_it_is_quoted(password in "[a-zA-Z0-9 '\\\\:/?&=%]{0,12}Q9zQ") {
            let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
            let text = format!("host=h password='{quoted}' dbname=d");
            prop_assert_eq!(cleaned(&text), Some("host=h dbname=d".to_owned()));
        }
    }
}
