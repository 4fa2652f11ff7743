//! Masks within JSON documents: rules say which values, by paths, and what becomes of them.
//!
//! The document is read once and written on as it is read, so that what no rule names stays as it was, numbers to their last
//! digit. Paths are those of RFC 9535 as far as they name members and elements: `$`, `.name`, `['name']`, `[0]`, `[*]`, `.*`,
//! `..name`, `..*`; and `~` at the end for the names of members in place of their values.

use std::borrow::Cow;

use rand::CryptoRng;
use serde_json::Value;

use super::interrupt::Watch;
use super::key::Key;
use super::library;
use super::native::TextMask;
use super::registry::{self, Argument};
use super::{MaskError, MaskErrorKind};
use crate::dictionary::nearest;

/// Rules for a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules(Vec<Rule>);

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    path: String,
    steps: Vec<Step>,
    names: bool,
    action: Action,
    closeness: Closeness,
}

/// How closely a path names a value: members and elements by name, then that no level is left open, then steps.
type Closeness = (usize, bool, usize);

fn closeness(steps: &[Step]) -> Closeness {
    let named = steps.iter().filter(|step| matches!(step, Step::Member(_) | Step::Element(_))).count();
    (named, !steps.contains(&Step::Deep), steps.len())
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Member(String),
    AnyMember,
    Element(usize),
    Any,
    /// What follows may stand at any depth.
    Deep,
}

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A text mask over its text.
    Mask(Box<TextMask>),
    /// JSON in its place.
    Set(String),
}

fn wrong(message: impl Into<std::borrow::Cow<'static, str>>) -> MaskError {
    MaskError::new(
        MaskErrorKind::InvalidParameter,
        message,
        "Rules are an object of paths and masks: {\"$.email\": \"pseudo_email\", \"$.notes[*]\": [\"partial\", 1, \"***\", 1], \
         \"$.extra\": {\"set\": null}}.",
    )
}

/// What a value is made of, as far as paths may lead into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// The fields of a composite value.
    Row(Vec<(String, Shape)>),
    /// JSON: only each document says what is in it.
    Document,
    /// It has no parts.
    Scalar,
    /// An array of such.
    Scalars,
    /// It may have parts, and no path leads to them.
    Opaque,
}

impl Shape {
    /// Whether a step might lead from here to a value that no path reaches.
    fn may_hold(&self, step: &Step) -> bool {
        match self {
            Self::Row(_) | Self::Document | Self::Scalar => false,
            Self::Scalars => !matches!(step, Step::Member(_)),
            Self::Opaque => true,
        }
    }
}

/// What is wrong with a rule whose mask is not found.
fn no_mask(name: &str) -> MaskError {
    let known: Vec<&str> = registry::functions().map(|function| function.name).collect();
    if !known.contains(&name) {
        let near = nearest(name, known).map(|near| format!("Did you mean {near}?"));
        let hint =
            near.unwrap_or_else(|| "Masks are the functions of the schema anon_funcs, without its name.".to_owned());
        return MaskError::new(MaskErrorKind::InvalidParameter, format!("there is no mask {name}"), hint);
    }
    MaskError::new(
        MaskErrorKind::InvalidParameter,
        format!("{name} does not work on values of documents with these arguments"),
        "A rule gives the constant arguments behind the value: [\"partial\", 1, \"***\", 1]. The masks that read text, and those of \
         numbers that docs/functions.md names, work on values of documents.",
    )
}

/// What is wrong with a value that a rule names, said with the path: which of all values it is, nothing else tells.
fn at_path(rule: &Rule, error: MaskError) -> MaskError {
    let hint = match error.kind {
        MaskErrorKind::Interrupted => return error,
        MaskErrorKind::InvalidText => {
            "All values at a path must be such as the mask reads. Take a mask that reads all of them, or name them more closely."
                .into()
        }
        _ => error.hint.unwrap_or_default(),
    };
    MaskError::new(error.kind, format!("path {}: {}", rule.path, error.message), hint)
}

/// What is wrong with the path of a rule for composite values.
fn no_way(rule: &Rule, why: &str) -> MaskError {
    MaskError::new(
        MaskErrorKind::InvalidParameter,
        format!("the path {} {why}", rule.path),
        "Paths lead to fields, and on within fields of composite types, json and jsonb. A rule for another field is for all of it: \
         {\"$.tags\": {\"set\": \"{}\"}}.",
    )
}

impl Action {
    /// Reads a rule: the name of a mask, an array of its name and its constant arguments, or `{"set": JSON}`.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when it is none, [`MaskErrorKind::NoKey`] when the mask needs the key.
    pub fn new(rule: &Value, key: Option<&Key>) -> Result<Self, MaskError> {
        let (name, constants) = match rule {
            Value::String(name) => (name, &[][..]),
            Value::Array(items) => match items.split_first() {
                Some((Value::String(name), constants)) => (name, constants),
                _ => return Err(wrong("a rule that is an array begins with the name of a mask")),
            },
            Value::Object(members) if members.len() == 1 => match members.get("set") {
                Some(value) => return Ok(Self::Set(value.to_string())),
                None => return Err(wrong("a rule that is an object has one member, set")),
            },
            _ => return Err(wrong("a rule is the name of a mask, an array or {\"set\": ...}")),
        };
        let constants: Option<Vec<Argument>> = constants
            .iter()
            .map(|constant| match constant {
                Value::String(text) => Some(Argument::Text(text.clone())),
                Value::Number(number) => {
                    number.as_i64().map(Argument::Integer).or_else(|| number.as_f64().map(Argument::Float))
                }
                _ => None,
            })
            .collect();
        let constants =
            constants.ok_or_else(|| wrong(format!("the arguments of {name} are not strings and numbers")))?;
        match library::document_mask(name, &constants, key) {
            Some(Ok(mask)) if mask.reads_scalar() => Err(wrong(format!("{name} does not work on values of documents"))),
            Some(mask) => Ok(Self::Mask(Box::new(mask?))),
            None => Err(no_mask(name)),
        }
    }

    /// Appends the masked text; a set string is itself, other JSON its text. None: null.
    ///
    /// # Errors
    /// Those of the mask.
    pub fn text<R: CryptoRng + ?Sized>(&self, value: &str, rng: &mut R) -> Result<Option<String>, MaskError> {
        match self {
            Self::Mask(mask) => {
                let mut out = Vec::new();
                mask.write(value.as_bytes(), rng, &mut out)?;
                Ok(Some(String::from_utf8_lossy(&out).into_owned()))
            }
            Self::Set(json) => Ok(match serde_json::from_str(json) {
                Ok(Value::Null) => None,
                Ok(Value::String(text)) => Some(text),
                _ => Some(json.clone()),
            }),
        }
    }
}

impl Action {
    /// Appends the masked text as [`Self::text`] gives it; false, and nothing appended, for null.
    ///
    /// # Errors
    /// Those of the mask.
    pub fn write<R: CryptoRng + ?Sized>(
        &self,
        value: &[u8],
        rng: &mut R,
        out: &mut Vec<u8>,
    ) -> Result<bool, MaskError> {
        match self {
            Self::Mask(mask) => mask.write(value, rng, out).map(|()| true),
            Self::Set(_) => Ok(match self.text("", rng)? {
                None => false,
                Some(text) => {
                    out.extend_from_slice(text.as_bytes());
                    true
                }
            }),
        }
    }
}

impl Rules {
    /// Reads a JSON object of paths and rules.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for what is none, [`MaskErrorKind::NoKey`] when a mask needs the key.
    pub fn new(json: &str, key: Option<&Key>) -> Result<Self, MaskError> {
        let Ok(Value::Object(rules)) = serde_json::from_str(json) else {
            return Err(wrong("the rules are no JSON object"));
        };
        let rules = rules.iter().map(|(path, rule)| {
            let (steps, names) = steps(path).ok_or_else(|| wrong(format!("this is no path: {path}")))?;
            Ok(Rule { path: path.clone(), closeness: closeness(&steps), steps, names, action: Action::new(rule, key)? })
        });
        let rules: Vec<Rule> = rules.collect::<Result<_, _>>()?;
        for (at, rule) in rules.iter().enumerate() {
            let is_same = |other: &&Rule| (&other.steps, other.names) == (&rule.steps, rule.names);
            if let Some(other) = rules.get(..at).unwrap_or_default().iter().find(is_same) {
                return Err(wrong(format!("{} and {} are the same path", other.path, rule.path)));
            }
        }
        Ok(Self(rules))
    }

    /// Whether a rule names a member, or something within it.
    pub fn name(&self, member: &str) -> bool {
        self.0.iter().any(|rule| match rule.steps.first() {
            Some(Step::Member(name)) => name == member,
            Some(Step::Element(_)) => false,
            Some(Step::AnyMember | Step::Any | Step::Deep) | None => true,
        })
    }

    /// Checks that every rule names something of a composite value, and leaves nothing out that it may name.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`], with the path, for one that names no field, or leads into what is neither a
    /// composite value nor JSON.
    pub fn check(&self, shape: &Shape) -> Result<(), MaskError> {
        let mut names_something = vec![false; self.0.len()];
        self.check_within(shape, None, &start(&self.0), false, &mut names_something)?;
        match self.0.iter().zip(names_something).find(|(_, names_something)| !names_something) {
            Some((rule, _)) => Err(no_way(rule, "names no field of the composite type")),
            None => Ok(()),
        }
    }

    /// `field` is the value's own name, and `masked` says whether a rule names what it stands in.
    fn check_within(
        &self,
        shape: &Shape,
        field: Option<&str>,
        places: &[Place],
        masked: bool,
        names_something: &mut [bool],
    ) -> Result<(), MaskError> {
        let is_end = |place: &Place, names: bool| {
            self.0.get(place.rule).is_some_and(|rule| rule.names == names && rule.steps.len() == place.step)
        };
        let masked = masked || places.iter().any(|place| is_end(place, false));
        for place in places {
            let Some(rule) = self.0.get(place.rule) else { continue };
            if is_end(place, false) || matches!(shape, Shape::Document) {
                if let Some(found) = names_something.get_mut(place.rule) {
                    *found = true;
                }
                continue;
            }
            let (followed, rest) = rule.steps.split_at_checked(place.step).unwrap_or_default();
            // One value and no other, whatever there is beside it.
            let is_exact = followed.iter().all(|step| matches!(step, Step::Member(_)));
            let next = rest.iter().find(|step| **step != Step::Deep);
            let is_next = rest.first() == next;
            match (shape, next) {
                (Shape::Row(fields), Some(Step::Member(name)))
                    if is_exact && is_next && !fields.iter().any(|(field, _)| field == name) =>
                {
                    let names: Vec<&str> = fields.iter().map(|(field, _)| field.as_str()).collect();
                    return Err(MaskError::new(
                        MaskErrorKind::InvalidParameter,
                        format!(
                            "the path {} names the field \"{name}\", which its composite type does not have",
                            rule.path
                        ),
                        format!("The fields are: {}.", names.join(", ")),
                    ));
                }
                (Shape::Row(_), _) => (),
                (_, Some(next)) if (is_exact && is_next) || (!masked && shape.may_hold(next)) => {
                    let field = field.unwrap_or_default();
                    return Err(no_way(
                        rule,
                        &format!(
                            "leads into the field \"{field}\", which is neither of a composite type nor json or jsonb"
                        ),
                    ));
                }
                _ => (),
            }
        }
        let Shape::Row(fields) = shape else { return Ok(()) };
        for (name, inner) in fields {
            let inside = follow(&self.0, places, &Under::Member(name));
            if let Some(rule) = inside.iter().find(|p| is_end(p, true)).and_then(|place| self.0.get(place.rule)) {
                return Err(no_way(rule, "is for the names of fields, which a type has and not a value"));
            }
            self.check_within(inner, Some(name), &inside, masked, names_something)?;
        }
        Ok(())
    }

    /// An hstore with the rules applied, as PostgreSQL writes hstores: `"a"=>"1", "b"=>NULL`. Its keys are the members of an
    /// object; values that are no strings are set as their text.
    ///
    /// # Errors
    /// As for [`Self::apply`].
    pub fn apply_to_hstore<R: CryptoRng + ?Sized>(&self, hstore: &str, rng: &mut R) -> Result<String, MaskError> {
        let document = hstore_object(hstore).ok_or_else(|| {
            MaskError::new(MaskErrorKind::InvalidText, "the text is no hstore", "Give a value of type hstore.")
        })?;
        let masked: Value = serde_json::from_str(&self.apply(&document, rng)?).map_err(|_| broken())?;
        let Value::Object(members) = masked else {
            return Err(wrong("a rule for an hstore names keys, such as $.email or $.*"));
        };
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let pairs = members.iter().map(|(key, value)| {
            let value = match value {
                Value::Null => "NULL".to_owned(),
                Value::String(text) => quoted(text),
                other => quoted(&other.to_string()),
            };
            format!("{}=>{value}", quoted(key))
        });
        Ok(pairs.collect::<Vec<_>>().join(", "))
    }

    /// The document with the rules applied. A rule that names an object or an array masks all values within it. A value that
    /// several name is masked by the one that names it most closely. A masked number stays a number where the result is one,
    /// and null stays null unless it is set.
    ///
    /// # Errors
    /// Those of the masks; [`MaskErrorKind::InvalidText`] when the document is no JSON.
    pub fn apply<R: CryptoRng + ?Sized>(&self, document: &str, rng: &mut R) -> Result<String, MaskError> {
        self.apply_to_jsonb(document, rng).map(|masked| masked.text)
    }

    /// The same for what `jsonb_out` has written, with whether the result is as it would write it.
    ///
    /// # Errors
    /// As for [`Self::apply`].
    pub fn apply_to_jsonb<R: CryptoRng + ?Sized>(&self, document: &str, rng: &mut R) -> Result<Masked, MaskError> {
        let mut walk = Walk {
            rules: &self.0,
            rest: document,
            out: String::with_capacity(document.len()),
            is_canonical: true,
            rng,
            watch: Watch::new(),
        };
        walk.value(&start(&self.0), None, 0)?;
        Ok(Masked { is_canonical: walk.is_canonical && walk.out.len() <= LONGEST_CANONICAL, text: walk.out })
    }

    /// Gives all JSON that rules set another form: that of `jsonb_out`, so that [`Self::apply_to_jsonb`] gives it.
    #[must_use]
    pub fn with_set(mut self, form: impl Fn(&str) -> String) -> Self {
        for rule in &mut self.0 {
            if let Action::Set(json) = &mut rule.action {
                *json = form(json);
            }
        }
        self
    }

    /// Whether a rule sets JSON that jsonb does not take: a zero character.
    pub fn set_no_jsonb(&self) -> bool {
        self.0.iter().any(|rule| matches!(&rule.action, Action::Set(json) if json.contains("\\u0000")))
    }
}

/// A masked document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The JSON.
    pub text: String,
    /// It is as `jsonb_out` writes it, where the document was and what rules set is. Otherwise PostgreSQL has to read it: for
    /// names that are in another order or there twice now, for what jsonb does not take, and for what is too long to be looked
    /// at here.
    pub is_canonical: bool,
}

/// A document that is longer is left to PostgreSQL, which has limits for what a jsonb holds (JENTRY_OFFLENMASK).
const LONGEST_CANONICAL: usize = 100_000_000;

/// So is a masked number with more characters.
const LONGEST_NUMBER: usize = 1_000;

/// The steps of a path, and whether it names members' names.
fn steps(path: &str) -> Option<(Vec<Step>, bool)> {
    let (path, names) = match path.strip_suffix('~') {
        Some(path) => (path, true),
        None => (path, false),
    };
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            steps.push(Step::Deep);
            rest = after;
            if rest.starts_with('[') {
                continue;
            }
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = after;
        } else {
            let inside = rest.strip_prefix('[')?;
            let quote = inside.chars().next()?;
            if matches!(quote, '\'' | '"') {
                let (name, after) = inside.get(1..)?.split_once(quote)?;
                steps.push(Step::Member(name.to_owned()));
                rest = after.strip_prefix(']')?;
            } else {
                let (index, after) = inside.split_once(']')?;
                steps.push(if index == "*" { Step::Any } else { Step::Element(index.parse().ok()?) });
                rest = after;
            }
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        match name {
            "" => return None,
            "*" => steps.push(Step::AnyMember),
            name => steps.push(Step::Member(name.to_owned())),
        }
        rest = after;
    }
    // Names are those of members of what the path names.
    (!names || !steps.is_empty()).then_some((steps, names))
}

/// Appends an element of an array of texts as `array_out` writes it; None: NULL.
pub fn push_array_element(text: Option<&[u8]>, out: &mut Vec<u8>) {
    let Some(text) = text else {
        out.extend_from_slice(b"NULL");
        return;
    };
    // arrayfuncs.c, array_out and array_isspace.
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'{' | b'}' | b',' | b' ' | b'\t'..=b'\r');
    if !text.is_empty() && !text.eq_ignore_ascii_case(b"NULL") && !text.iter().any(is_special) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// The pairs of an hstore, as PostgreSQL writes it, as a JSON object.
fn hstore_object(hstore: &str) -> Option<String> {
    /// A text in quotes, and what follows it.
    fn quoted(text: &str) -> Option<(String, &str)> {
        let mut inside = String::new();
        let mut rest = text.strip_prefix('"')?.chars();
        loop {
            match rest.next()? {
                '"' => return Some((inside, rest.as_str())),
                '\\' => inside.push(rest.next()?),
                other => inside.push(other),
            }
        }
    }
    let mut object = String::from("{");
    let mut rest = hstore;
    while !rest.is_empty() {
        let (key, after) = quoted(rest)?;
        let after = after.strip_prefix("=>")?;
        let (value, after) = match after.strip_prefix("NULL") {
            Some(after) => (Value::Null, after),
            None => quoted(after).map(|(value, after)| (Value::String(value), after))?,
        };
        if object.len() > 1 {
            object.push(',');
        }
        object.push_str(&Value::String(key).to_string());
        object.push(':');
        object.push_str(&value.to_string());
        rest = match after {
            "" => after,
            _ => after.strip_prefix(", ")?,
        };
    }
    object.push('}');
    Some(object)
}

/// What a JSON string says; `token` is the string with its quotes.
fn unquoted(token: &str) -> Result<Cow<'_, str>, MaskError> {
    match token.strip_prefix('"').and_then(|inside| inside.strip_suffix('"')) {
        // Most strings have no escapes.
        Some(inside) if !inside.contains('\\') => Ok(Cow::Borrowed(inside)),
        _ => serde_json::from_str(token).map(Cow::Owned).map_err(|_| broken()),
    }
}

fn broken() -> MaskError {
    MaskError::new(
        MaskErrorKind::InvalidText,
        "the document is no JSON, or is too deep",
        "Give a document of type jsonb.",
    )
}

/// How far a rule's path has been followed.
#[derive(Clone, Copy, PartialEq)]
struct Place {
    rule: usize,
    step: usize,
}

/// What a value stands under.
enum Under<'a> {
    Member(&'a str),
    Element(usize),
}

/// The places of all paths before any step.
fn start(rules: &[Rule]) -> Vec<Place> {
    (0..rules.len()).map(|rule| Place { rule, step: 0 }).collect()
}

/// The places of paths behind one more step.
fn follow(rules: &[Rule], places: &[Place], under: &Under) -> Vec<Place> {
    let mut next = Vec::new();
    let mut add = |place: Place| {
        if !next.contains(&place) {
            next.push(place);
        }
    };
    for place in places {
        let Some(rule) = rules.get(place.rule) else { continue };
        let mut step = place.step;
        if rule.steps.get(step) == Some(&Step::Deep) {
            add(*place);
            step += 1;
        }
        let fits = match (rule.steps.get(step), under) {
            (Some(Step::Member(wanted)), Under::Member(name)) => wanted == name,
            (Some(Step::Element(wanted)), Under::Element(index)) => wanted == index,
            (Some(Step::AnyMember | Step::Any), _) => true,
            _ => false,
        };
        if fits {
            add(Place { rule: place.rule, step: step + 1 });
        }
    }
    next
}

/// Deeper documents are refused: PostgreSQL's own limit is that of its stack, about as deep.
const DEEPEST: usize = 1_000;

struct Walk<'a, R: ?Sized> {
    rules: &'a [Rule],
    rest: &'a str,
    out: String,
    /// What has been written is as `jsonb_out` writes it.
    is_canonical: bool,
    rng: &'a mut R,
    watch: Watch,
}

impl<'a, R: CryptoRng + ?Sized> Walk<'a, R> {
    fn broken() -> MaskError {
        broken()
    }

    /// Copies white space, and gives the next byte.
    fn next(&mut self) -> Result<u8, MaskError> {
        let trimmed = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let (blank, _) = self.rest.split_at(self.rest.len() - trimmed.len());
        self.out.push_str(blank);
        self.rest = trimmed;
        trimmed.bytes().next().ok_or_else(Self::broken)
    }

    /// Takes one byte of ASCII.
    fn take(&mut self) {
        let (sign, rest) = self.rest.split_at(1);
        self.out.push_str(sign);
        self.rest = rest;
    }

    /// Takes a string, number or word, as it is written.
    fn token(&mut self) -> Result<&'a str, MaskError> {
        let bytes = self.rest.as_bytes();
        let end = if bytes.first() == Some(&b'"') {
            let mut at = 1;
            loop {
                match bytes.get(at).ok_or_else(Self::broken)? {
                    b'"' => break at + 1,
                    b'\\' => at += 2,
                    _ => at += 1,
                }
            }
        } else {
            let is_sign = |byte: &u8| {
                matches!(byte, b',' | b']' | b'}' | b':' | b'[' | b'{' | b'"' | b' ' | b'\t' | b'\n' | b'\r')
            };
            bytes.iter().position(is_sign).unwrap_or(bytes.len())
        };
        let (token, rest) =
            self.rest.split_at_checked(end).filter(|(token, _)| !token.is_empty()).ok_or_else(Self::broken)?;
        self.rest = rest;
        self.watch.pass(end)?;
        Ok(token)
    }

    /// The rule whose path ends here, for values or for names, and names it most closely; of equals the first.
    fn ended(&self, places: &[Place], names: bool) -> Option<&'a Rule> {
        places
            .iter()
            .filter_map(|place| self.rules.get(place.rule).filter(|r| r.names == names && r.steps.len() == place.step))
            .rev()
            .max_by_key(|rule| rule.closeness)
    }

    /// `above` is the rule for what the value stands in.
    fn value(&mut self, places: &[Place], above: Option<&'a Rule>, depth: usize) -> Result<(), MaskError> {
        if depth > DEEPEST {
            return Err(Self::broken());
        }
        let own = self.ended(places, false);
        let masked = if own.map(|rule| rule.closeness) > above.map(|rule| rule.closeness) { own } else { above };
        if let Some(Action::Set(json)) = masked.map(|rule| &rule.action) {
            self.next()?;
            self.skip(depth)?;
            self.out.push_str(json);
            return Ok(());
        }
        match self.next()? {
            b'{' => self.object(places, masked, depth),
            b'[' => self.array(places, masked, depth),
            _ => {
                let token = self.token()?;
                self.scalar(token, masked)
            }
        }
    }

    /// Reads a value and writes nothing of it.
    fn skip(&mut self, depth: usize) -> Result<(), MaskError> {
        let length = self.out.len();
        self.value(&[], None, depth + 1)?;
        self.out.truncate(length);
        Ok(())
    }

    fn object(&mut self, places: &[Place], masked: Option<&'a Rule>, depth: usize) -> Result<(), MaskError> {
        self.take();
        if self.next()? == b'}' {
            self.take();
            return Ok(());
        }
        loop {
            if self.next()? != b'"' {
                return Err(Self::broken());
            }
            let token = self.token()?;
            let name = unquoted(token)?;
            let inner = follow(self.rules, places, &Under::Member(&name));
            match self.ended(&inner, true) {
                Some(rule) => {
                    self.is_canonical = false;
                    let text = rule.action.text(&name, self.rng).map_err(|e| at_path(rule, e))?.unwrap_or_default();
                    self.out.push_str(&Value::String(text).to_string());
                }
                None => self.out.push_str(token),
            }
            if self.next()? != b':' {
                return Err(Self::broken());
            }
            self.take();
            self.value(&inner, masked, depth + 1)?;
            if self.end_of_item(b'}')? {
                return Ok(());
            }
        }
    }

    fn array(&mut self, places: &[Place], masked: Option<&'a Rule>, depth: usize) -> Result<(), MaskError> {
        self.take();
        if self.next()? == b']' {
            self.take();
            return Ok(());
        }
        for index in 0.. {
            let inner = follow(self.rules, places, &Under::Element(index));
            self.value(&inner, masked, depth + 1)?;
            if self.end_of_item(b']')? {
                break;
            }
        }
        Ok(())
    }

    /// Takes what stands behind an item; true for the end of all of them.
    fn end_of_item(&mut self, end: u8) -> Result<bool, MaskError> {
        let sign = self.next()?;
        if sign != b',' && sign != end {
            return Err(Self::broken());
        }
        self.take();
        Ok(sign == end)
    }

    fn scalar(&mut self, token: &str, masked: Option<&'a Rule>) -> Result<(), MaskError> {
        let Some(rule) = masked.filter(|_| token != "null") else {
            self.out.push_str(token);
            return Ok(());
        };
        let is_string = token.starts_with('"');
        let text = if is_string { unquoted(token)? } else { Cow::Borrowed(token) };
        let new = rule.action.text(&text, self.rng).map_err(|e| at_path(rule, e))?.unwrap_or_default();
        let is_number = |text: &str| {
            // As jsonb writes numbers: without an exponent, and zero without a sign.
            text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
                && !text.contains(['e', 'E'])
                && (!text.starts_with('-') || text.contains(|c| matches!(c, '1'..='9')))
                && serde_json::from_str::<Value>(text).is_ok()
        };
        if new == text {
            // true stays true.
            self.out.push_str(token);
        } else if !is_string && is_number(token) && is_number(&new) {
            self.is_canonical &= new.len() <= LONGEST_NUMBER;
            self.out.push_str(&new);
        } else {
            self.is_canonical &= !new.contains('\0');
            self.out.push_str(&Value::String(new).to_string());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(document: &str, rules: &str) -> Result<String, MaskError> {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        Rules::new(rules, Some(&key))?.apply(document, &mut rand::rng())
    }

    const STARS: &str = r#"["partial", 0, "***", 0]"#;

    #[test]
    fn what_postgresql_has_to_read_again_is_known() {
        let canonical = |document: &str, rules: &str| {
            let rules = Rules::new(rules, None).unwrap().with_set(|json| json.replace(':', ": "));
            rules.apply_to_jsonb(document, &mut rand::rng()).map(|masked| (masked.text, masked.is_canonical))
        };
        let document = r#"{"a": "x", "b": 17}"#;
        let set = r#"{"$.b": {"set": {"c": 1}}}"#;
        assert_eq!(canonical(document, set), Ok((r#"{"a": "x", "b": {"c": 1}}"#.to_owned(), true)));
        for (rule, is_canonical) in [
            (r#"{"$": ["partial", 1, "*", 0]}"#, true),
            (r#"{"$.*~": ["partial", 0, "k", 0]}"#, false),
            (r#"{"$.a~": ["partial", 0, "k", 0]}"#, false),
            (r#"{"$.c~": ["partial", 0, "k", 0]}"#, true),
            (r#"{"$.a": ["generalise_text", "{\"x\": \"\\u0000\"}"]}"#, false),
            (r#"{"$.a": ["generalise_text", "{\"x\": \"\\u0001\"}"]}"#, true),
        ] {
            assert_eq!(canonical(document, rule).map(|(_, is_canonical)| is_canonical), Ok(is_canonical), "{rule}");
        }
        let long = format!(r#"{{"$.b": ["generalise_text", "{{\"17\": \"1.{}\"}}"]}}"#, "0".repeat(LONGEST_NUMBER));
        assert_eq!(canonical(document, &long).map(|(_, is_canonical)| is_canonical), Ok(false));
        let zero = |rules: &str| Rules::new(rules, None).unwrap().set_no_jsonb();
        assert!(zero(r#"{"$.a": {"set": ["\u0000"]}}"#) && !zero(r#"{"$.a": {"set": "u0000"}}"#));
    }

    #[test]
    fn elements_of_arrays_are_quoted_where_postgresql_does_it() {
        for (text, written) in [
            (None, "NULL"),
            (Some(""), r#""""#),
            (Some("NULL"), r#""NULL""#),
            (Some("nUll"), r#""nUll""#),
            (Some("nulls"), "nulls"),
            (Some("a b"), r#""a b""#),
            (Some("a,b"), r#""a,b""#),
            (Some("{é}"), r#""{é}""#),
            (Some(r#"a"\"#), r#""a\"\\""#),
            (Some("\u{b}"), "\"\u{b}\""),
            (Some("é\u{a0}"), "é\u{a0}"),
        ] {
            let mut out = Vec::new();
            push_array_element(text.map(str::as_bytes), &mut out);
            assert_eq!(String::from_utf8(out).expect("UTF-8"), written);
        }
    }

    #[test]
    fn paths_name_members_and_elements() {
        let document = r#"{"a": "x", "b": {"a": "y", "c d": ["z", {"a": 1.50}, null]}, "e": []}"#;
        for (path, result) in [
            ("$.a", r#"{"a": "***", "b": {"a": "y", "c d": ["z", {"a": 1.50}, null]}, "e": []}"#),
            ("$['a']", r#"{"a": "***", "b": {"a": "y", "c d": ["z", {"a": 1.50}, null]}, "e": []}"#),
            ("$..a", r#"{"a": "***", "b": {"a": "***", "c d": ["z", {"a": "***"}, null]}, "e": []}"#),
            ("$.b['c d'][0]", r#"{"a": "x", "b": {"a": "y", "c d": ["***", {"a": 1.50}, null]}, "e": []}"#),
            ("$.b['c d'][*]", r#"{"a": "x", "b": {"a": "y", "c d": ["***", {"a": "***"}, null]}, "e": []}"#),
            ("$.b", r#"{"a": "x", "b": {"a": "***", "c d": ["***", {"a": "***"}, null]}, "e": []}"#),
            ("$.*.a", r#"{"a": "x", "b": {"a": "***", "c d": ["z", {"a": 1.50}, null]}, "e": []}"#),
            ("$..[1].a", r#"{"a": "x", "b": {"a": "y", "c d": ["z", {"a": "***"}, null]}, "e": []}"#),
            ("$.b.*~", r#"{"a": "x", "b": {"***": "y", "***": ["z", {"a": 1.50}, null]}, "e": []}"#),
            ("$..a~", r#"{"***": "x", "b": {"***": "y", "c d": ["z", {"***": 1.50}, null]}, "e": []}"#),
            ("$.missing.path[7]", document),
        ] {
            assert_eq!(masked(document, &format!("{{\"{path}\": {STARS}}}")).as_deref(), Ok(result), "{path}");
        }
        assert_eq!(masked("\"x\"", &format!("{{\"$\": {STARS}}}")).as_deref(), Ok("\"***\""));
    }

    #[test]
    fn the_rule_that_names_a_value_most_closely_counts() {
        let document = r#"{"a": {"b": "x", "c": ["y", true, 7]}, "b": "z"}"#;
        // Whatever their order: that of jsonb is by the length of the path.
        for rules in [
            r#"{"$": ["partial", 0, "1", 0], "$..b": ["partial", 0, "2", 0], "$.a.b": ["partial", 0, "3", 0]}"#,
            r#"{"$.a.b": ["partial", 0, "3", 0], "$..b": ["partial", 0, "2", 0], "$": ["partial", 0, "1", 0]}"#,
        ] {
            let result = r#"{"a": {"b": "3", "c": ["1", "1", 1]}, "b": "2"}"#;
            assert_eq!(masked(document, rules).as_deref(), Ok(result));
        }
        let rules = r#"{"$.a": {"set": {}}, "$": ["partial", 0, "1", 0]}"#;
        assert_eq!(masked(document, rules).as_deref(), Ok(r#"{"a": {}, "b": "1"}"#));
    }

    #[test]
    fn what_a_mask_leaves_as_it_is_keeps_its_type() {
        let document = r#"{"a": [true, 1.50, "none", null], "b": "ann@shop.example"}"#;
        let result = r#"{"a": [true, 1.50, "none", null], "b": "[email]"}"#;
        assert_eq!(masked(document, r#"{"$": "redact"}"#).as_deref(), Ok(result));
    }

    #[test]
    fn numbers_stay_numbers_where_they_can() {
        assert_eq!(
            masked("[123456789012345678901234567890.10, true]", "{}").as_deref(),
            Ok("[123456789012345678901234567890.10, true]")
        );
        let document = masked("{\"n\": 17}", r#"{"$.n": ["random_int", 1]}"#);
        assert!(document.is_err());
        let number = masked("{\"n\": 1234567}", r#"{"$.n": "fpe_digits"}"#).unwrap();
        assert!(serde_json::from_str::<Value>(&number).is_ok(), "{number}");
        assert_eq!(masked("{\"n\": true}", r#"{"$.n": ["partial", 1, "-", 1]}"#).as_deref(), Ok("{\"n\": \"t-e\"}"));
        assert_eq!(
            masked("{\"n\": {\"a\": [1, 2]}, \"m\": 1}", r#"{"$.n": {"set": null}}"#).as_deref(),
            Ok("{\"n\": null, \"m\": 1}")
        );
    }

    #[test]
    fn an_error_in_a_document_says_where_and_not_what() {
        let error = masked(r#"{"a": {"b": "4711x"}}"#, r#"{"$.a.*": ["noise", 0.1]}"#).unwrap_err();
        assert!(error.message.starts_with("path $.a.*: ") && !format!("{error:?}").contains("4711"), "{error:?}");
    }

    #[test]
    fn a_mask_that_is_not_there_is_not_taken_for_one_with_wrong_arguments() {
        let error = |rules: &str| masked("{}", rules).unwrap_err();
        let misspelt = error(r#"{"$.a": "pseudo_emial"}"#);
        assert_eq!(misspelt.message, "there is no mask pseudo_emial");
        assert_eq!(misspelt.hint.as_deref(), Some("Did you mean pseudo_email?"));
        let other = error(r#"{"$.a": ["shift_date", "x", "1 day"]}"#);
        assert!(other.message.starts_with("shift_date does not work on values of documents"), "{other:?}");
    }

    #[test]
    fn a_path_that_is_written_in_two_ways_is_not_two_paths() {
        let error = masked("{}", r#"{"$.a.b": "hmac", "$['a'][\"b\"]": "redact"}"#).unwrap_err();
        assert_eq!(error.message, "$.a.b and $['a'][\"b\"] are the same path");
        assert!(masked("{}", r#"{"$.a": "hmac", "$.a~": "redact"}"#).is_ok());
    }

    #[test]
    fn a_key_in_a_document_becomes_what_it_becomes_in_a_column() {
        use crate::mask::native::{Scalar, ScalarMask};
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        let bounds = [Argument::Integer(1), Argument::Integer(1_000_000)];
        let column = library::scalar_mask("permute_int", &bounds, Some(&key)).unwrap().unwrap();
        let Ok(Some(Scalar::Int4(expected))) = column.apply(Scalar::Int4(4711), &mut rand::rng()) else {
            panic!("a number")
        };
        let rules = r#"{"$.*": ["permute_int", 1, 1000000]}"#;
        assert_eq!(
            masked(r#"{"a": 4711, "b": "4711"}"#, rules),
            Ok(format!(r#"{{"a": {expected}, "b": "{expected}"}}"#))
        );
        assert!(masked(r#"{"a": 47.5}"#, rules).is_err_and(|e| !e.to_string().contains("47")));
        let uuid = "018f3a2b-7c4d-7e5f-8a9b-0c1d2e3f4a5b";
        let column = library::scalar_mask("permute_uuid", &[], Some(&key)).unwrap().unwrap();
        assert!(matches!(column, ScalarMask::PermuteUuid(_)));
        let other = masked(&format!(r#"["{uuid}"]"#), r#"{"$[0]": "permute_uuid"}"#).unwrap();
        assert!(other.len() == uuid.len() + 4 && !other.contains(uuid), "{other}");
    }

    #[test]
    fn numbers_are_masked_as_numbers() {
        for rule in [
            r#"["random_number", 1, 9]"#,
            r#"["pseudo_number", 1, 9]"#,
            r#"["noise", 0.5]"#,
            r#"["pseudo_noise", 1, 1, 9]"#,
        ] {
            let document = masked("{\"n\": 5}", &format!("{{\"$.n\": {rule}}}")).unwrap();
            assert_eq!(document.len(), 8, "{document}");
            assert!(document.starts_with("{\"n\": ") && matches!(document.as_bytes()[6], b'1'..=b'9'), "{document}");
        }
        assert!(masked("{\"n\": \"five\"}", r#"{"$.n": ["noise", 0.5]}"#).is_err());
        assert!(masked("{}", r#"{"$.n": ["generalise_age", 10]}"#).is_err());
        assert!(masked("{}", r#"{"$.n": ["generalise_number", 0]}"#).is_err());
        let coarse = r#"{"$.a": ["generalise_number", 100], "$.b": ["generalise_range", 0.5]}"#;
        let document = masked(r#"{"a": -1234.5, "b": 1.7}"#, coarse);
        assert_eq!(document.as_deref(), Ok(r#"{"a": -1300, "b": "[1.5,2.0)"}"#));
        // As jsonb would not write them.
        assert_eq!(masked("[1]", r#"{"$[0]": ["partial", 0, "1e5", 0]}"#).as_deref(), Ok("[\"1e5\"]"));
        assert_eq!(masked("[1]", r#"{"$[0]": ["partial", 0, "-0", 0]}"#).as_deref(), Ok("[\"-0\"]"));
    }

    fn hstore(text: &str, rules: &str) -> Result<String, MaskError> {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        Rules::new(rules, Some(&key))?.apply_to_hstore(text, &mut rand::rng())
    }

    #[test]
    fn an_hstore_is_masked_by_key() {
        let text = r#""a"=>"x\"y\\z", "b c"=>NULL, "é"=>"", "n"=>"1""#;
        assert_eq!(hstore(text, "{}").as_deref(), Ok(text));
        assert_eq!(hstore("", &format!("{{\"$.a\": {STARS}}}")).as_deref(), Ok(""));
        assert_eq!(hstore(text, &format!("{{\"$.a\": {STARS}}}")).unwrap(), text.replace(r#"x\"y\\z"#, "***"));
        assert_eq!(
            hstore(text, &format!("{{\"$.*\": {STARS}}}")).as_deref(),
            Ok(r#""a"=>"***", "b c"=>NULL, "é"=>"***", "n"=>"***""#)
        );
        assert_eq!(
            hstore(r#""a"=>"x", "b"=>"y""#, r#"{"$.a": {"set": null}, "$.b": {"set": 1}}"#).as_deref(),
            Ok(r#""a"=>NULL, "b"=>"1""#)
        );
        assert_eq!(hstore(r#""a"=>"x""#, r#"{"$.*~": ["partial", 0, "k", 0]}"#).as_deref(), Ok(r#""k"=>"x""#));
        for text in ["a=>1", r#""a""#, r#""a"=>"#, r#""a"=>"1" "b"=>"2""#, r#""a"=>"1\"#] {
            assert!(hstore(text, "{}").is_err(), "{text}");
        }
        assert!(hstore("", r#"{"$": {"set": 1}}"#).is_err());
    }

    #[test]
    fn a_path_that_no_field_of_a_composite_type_stands_for_is_an_error() {
        let named =
            |fields: &[(&str, Shape)]| Shape::Row(fields.iter().map(|(n, s)| ((*n).to_owned(), s.clone())).collect());
        let home = named(&[("street", Shape::Scalar), ("no", Shape::Scalar)]);
        let person = named(&[
            ("name", Shape::Scalar),
            ("home", home.clone()),
            ("work", home.clone()),
            ("tags", Shape::Scalars),
            ("doc", Shape::Document),
        ]);
        let with_homes = named(&[("home", home), ("homes", Shape::Opaque)]);
        let check = |shape: &Shape, paths: &[&str]| {
            let rules: Vec<String> = paths.iter().map(|path| format!("\"{path}\": {STARS}")).collect();
            Rules::new(&format!("{{{}}}", rules.join(",")), None).unwrap().check(shape)
        };
        for path in [
            "$",
            "$.*",
            "$.name",
            "$.home",
            "$.home.street",
            "$.*.street",
            "$..street",
            "$..*",
            "$.tags",
            "$.doc",
            "$.doc.a[0].b",
            "$.doc..a",
            "$.doc.a~",
            "$..unknown",
        ] {
            assert_eq!(check(&person, &[path]), Ok(()), "{path}");
        }
        for path in [
            "$.nam",
            "$.home.stret",
            "$.name.x",
            "$.name..x",
            "$.home[0]",
            "$[0]",
            "$.tags[*]",
            "$.tags[0]",
            "$.tags.x",
            "$..[0]",
            "$.*[0]",
            "$.*~",
            "$.home.street~",
            "$..*~",
        ] {
            let error = check(&person, &[path]).expect_err(path);
            assert!(error.message.contains(path), "{error}");
        }
        for path in ["$.homes[*].street", "$..street", "$.*.street", "$..unknown", "$.*.unknown"] {
            let error = check(&with_homes, &[path]).expect_err(path);
            assert!(error.message.contains(path), "{error}");
        }
        // What is masked as a whole has nothing left.
        assert_eq!(check(&with_homes, &["$..street", "$.homes"]), Ok(()));
        assert_eq!(check(&with_homes, &["$..*"]), Ok(()));
        assert!(check(&with_homes, &["$.home.street", "$.home.stret"]).is_err());
    }

    #[test]
    fn rules_that_make_no_sense_are_errors() {
        for rules in [
            "",
            "[]",
            r#"{"a": "pseudo_email"}"#,
            r#"{"$.": "pseudo_email"}"#,
            r#"{"$[x]": "pseudo_email"}"#,
            r#"{"$['a": "pseudo_email"}"#,
            r#"{"$~": "pseudo_email"}"#,
            r#"{"$.a": "no_mask"}"#,
            r#"{"$.a": ["partial", 1]}"#,
            r#"{"$.a": 1}"#,
            r#"{"$.a": {"a": 1}}"#,
            r#"{"$.a": ["pseudo_email", null]}"#,
            r#"{"$.a": ["pseudo_email", "no domain"]}"#,
        ] {
            assert!(masked("{}", rules).is_err(), "{rules}");
        }
        let error = Rules::new(r#"{"$.a": "pseudo_email"}"#, None).unwrap_err();
        assert_eq!(error.kind, MaskErrorKind::NoKey);
    }

    fn document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn strings(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
            Value::Object(members) => members.values().for_each(|item| strings(item, found)),
            _ => (),
        }
    }

    proptest! {
        #[test]
        fn any_document_comes_back_whole_and_all_of_it_can_be_masked(document in document()) {
            let text = document.to_string();
            prop_assert_eq!(masked(&text, "{}").unwrap(), text.clone());
            for path in ["$", "$..*"] {
                let result: Value = serde_json::from_str(&masked(&text, &format!("{{\"{path}\": {STARS}}}")).unwrap()).unwrap();
                let mut found = Vec::new();
                if path == "$" || document.is_array() || document.is_object() {
                    strings(&result, &mut found);
                }
                prop_assert!(found.iter().all(|text| text == "***"));
            }
        }

        #[test]
        fn what_is_no_json_is_an_error_and_never_a_panic(text in "[{}\\[\\]\",:a1 \\\\é-]{0,20}") {
            let _ = masked(&text, &format!("{{\"$..a\": {STARS}}}"));
        }
    }
}
