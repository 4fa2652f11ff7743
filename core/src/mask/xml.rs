//! Masks within XML documents: rules say which texts and attributes, by paths, and what becomes of them.
//!
//! The document is read event by event by the crate `quick-xml` and copied as it is read, so that what no rule names stays as
//! it was. Paths are those of XPath as far as they go downwards: `/a/b`, `//b`, `*`, and at the end `@name`, `@*` or `text()`.
//! A name without a prefix stands for that name under every prefix.

use quick_xml::Reader;
use quick_xml::escape;
use quick_xml::events::{BytesStart, Event};
use rand::CryptoRng;
use serde_json::Value;

use super::interrupt::Watch;
use super::key::Key;
use super::structured::Action;
use super::{MaskError, MaskErrorKind};

/// Rules for a document.
#[derive(Debug, Clone, PartialEq)]
pub struct XmlRules(Vec<Rule>);

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    steps: Vec<Step>,
    action: Action,
}

#[derive(Debug, Clone, PartialEq)]
struct Step {
    /// It may stand at any depth.
    deep: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Element(String),
    AnyElement,
    Attribute(String),
    AnyAttribute,
    Text,
}

impl Test {
    fn fits_element(&self, name: &str) -> bool {
        match self {
            Self::Element(wanted) => is_named(name, wanted),
            Self::AnyElement => true,
            _ => false,
        }
    }

    fn fits_attribute(&self, name: &str) -> bool {
        match self {
            Self::Attribute(wanted) => is_named(name, wanted),
            Self::AnyAttribute => true,
            _ => false,
        }
    }
}

fn is_named(name: &str, wanted: &str) -> bool {
    name == wanted || name.split_once(':').is_some_and(|(_, local)| local == wanted)
}

fn wrong(message: impl Into<std::borrow::Cow<'static, str>>) -> MaskError {
    MaskError::new(
        MaskErrorKind::InvalidParameter,
        message,
        "Rules are an object of paths and masks: {\"/order/customer/@email\": \"pseudo_email\", \"//note\": [\"partial\", 1, \
         \"***\", 1], \"//secret\": {\"set\": null}}.",
    )
}

fn broken() -> MaskError {
    MaskError::new(
        MaskErrorKind::InvalidText,
        "the document is no well-formed XML, or is too deep",
        "Give a document of type xml.",
    )
}

/// The steps of a path.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (deep, after) = match rest.strip_prefix("//") {
            Some(after) => (true, after),
            None => (false, rest.strip_prefix('/')?),
        };
        let (name, after) = after.split_at(after.find('/').unwrap_or(after.len()));
        let is_name = |name: &str| {
            !name.is_empty()
                && !name.contains(|c: char| c.is_whitespace() || "[]()@*|'\"=<>&".contains(c))
                && name != "."
        };
        let test = match (name, name.strip_prefix('@')) {
            ("*", _) => Test::AnyElement,
            ("text()", _) => Test::Text,
            (_, Some("*")) => Test::AnyAttribute,
            (_, Some(name)) if is_name(name) => Test::Attribute(name.to_owned()),
            (name, None) if is_name(name) => Test::Element(name.to_owned()),
            _ => return None,
        };
        let is_last = matches!(test, Test::Attribute(_) | Test::AnyAttribute | Test::Text);
        steps.push(Step { deep, test });
        rest = after;
        if is_last && !rest.is_empty() {
            return None;
        }
    }
    (!steps.is_empty()).then_some(steps)
}

impl XmlRules {
    /// Reads a JSON object of paths and rules.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for what is none, [`MaskErrorKind::NoKey`] when a mask needs the key.
    pub fn new(json: &str, key: Option<&Key>) -> Result<Self, MaskError> {
        let Ok(Value::Object(rules)) = serde_json::from_str(json) else {
            return Err(wrong("the rules are no JSON object"));
        };
        let rules = rules.iter().map(|(path, rule)| {
            let steps = steps(path).ok_or_else(|| wrong(format!("this is no path: {path}")))?;
            Ok(Rule { steps, action: Action::new(rule, key)? })
        });
        rules.collect::<Result<_, _>>().map(Self)
    }

    /// The document with the rules applied. A path to an element masks every text and attribute within it, each alone; what
    /// comments and processing instructions within it say is left out. White space around a text, and text of white space
    /// alone, stays. `{"set": ...}` for an element replaces all that is within it. Of several rules the one counts that names a
    /// value most closely, and of those that name the same the first.
    ///
    /// # Errors
    /// Those of the masks; [`MaskErrorKind::InvalidText`] when the document is not well-formed, or defines entities, which could
    /// hold what is to be masked.
    pub fn apply<R: CryptoRng + ?Sized>(&self, document: &str, rng: &mut R) -> Result<String, MaskError> {
        let mut walk = Walk {
            rules: &self.0,
            out: String::with_capacity(document.len()),
            open: vec![Open { places: (0..self.0.len()).map(|rule| (rule, 0)).collect(), masked: None, text: None }],
            text: None,
            rng,
        };
        let mut reader = Reader::from_str(document);
        reader.config_mut().allow_unmatched_ends = false;
        let mut watch = Watch::new();
        loop {
            let start = reader.buffer_position() as usize;
            let event = reader.read_event().map_err(|_| broken())?;
            let end = reader.buffer_position() as usize;
            let written = document.get(start..end).ok_or_else(broken)?;
            if matches!(event, Event::Eof) {
                walk.end_text()?;
                // A fragment may have several elements, but all must have ended.
                return if walk.open.len() == 1 { Ok(walk.out) } else { Err(broken()) };
            }
            walk.event(&event, written)?;
            watch.pass(end - start)?;
        }
    }
}

/// Deeper documents are refused.
const DEEPEST: usize = 10_000;

/// An element that has not ended.
struct Open<'a> {
    /// How far the paths of rules have been followed: the rule and its step.
    places: Vec<(usize, usize)>,
    /// What becomes of everything within it.
    masked: Option<&'a Action>,
    /// What becomes of its own text.
    text: Option<&'a Action>,
}

struct Walk<'a, R: ?Sized> {
    rules: &'a [Rule],
    out: String,
    open: Vec<Open<'a>>,
    /// The text that is being read: what it says, and how it is written.
    text: Option<(String, String)>,
    rng: &'a mut R,
}

impl<'a, R: CryptoRng + ?Sized> Walk<'a, R> {
    fn event(&mut self, event: &Event, written: &str) -> Result<(), MaskError> {
        let said = match event {
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(name) => match name.resolve_char_ref().map_err(|_| broken())? {
                Some(character) => character.to_string(),
                None => match escape::resolve_predefined_entity(name) {
                    Some(text) => text.to_owned(),
                    None => written.to_owned(),
                },
            },
            _ => {
                self.end_text()?;
                return self.markup(event, written);
            }
        };
        let (all, as_written) = self.text.get_or_insert_default();
        all.push_str(&said);
        as_written.push_str(written);
        Ok(())
    }

    fn markup(&mut self, event: &Event, written: &str) -> Result<(), MaskError> {
        let is_dropped = self.is_replaced();
        match event {
            Event::Start(start) | Event::Empty(start) => {
                if self.open.len() > DEEPEST {
                    return Err(broken());
                }
                let element = self.enter(start.name().as_ref());
                if !is_dropped {
                    self.start(start, &element, written, matches!(event, Event::Empty(_)))?;
                }
                if matches!(event, Event::Start(_)) {
                    let replaced = if is_dropped { None } else { element.masked };
                    self.open.push(element);
                    if let Some(Action::Set(_)) = replaced {
                        self.replacement(replaced)?;
                    }
                }
            }
            Event::End(_) => {
                if self.open.len() < 2 {
                    return Err(broken());
                }
                self.open.pop();
                if !self.is_replaced() {
                    self.out.push_str(written);
                }
            }
            // Within a masked element they may say anything.
            Event::Comment(_) | Event::PI(_) => {
                if self.open.last().is_none_or(|open| open.masked.is_none()) {
                    self.out.push_str(written);
                }
            }
            Event::DocType(text) if text.contains('[') => {
                return Err(MaskError::new(
                    MaskErrorKind::InvalidText,
                    "the document defines entities, which could hold what is to be masked",
                    "Leave out the internal subset of its DOCTYPE.",
                ));
            }
            _ => self.out.push_str(written),
        }
        Ok(())
    }

    /// Whether what stands here has been replaced as a whole.
    fn is_replaced(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.masked, Some(Action::Set(_))))
    }

    /// The first of the rules at some places whose last step fits.
    fn first(&self, places: &[(usize, usize)], fits: impl Fn(&Test) -> bool) -> Option<&'a Action> {
        let ended = places.iter().filter(|(rule, step)| {
            self.rules.get(*rule).is_some_and(|rule| {
                rule.steps.len() == step + 1 && rule.steps.get(*step).is_some_and(|s| fits(&s.test))
            })
        });
        let rule = ended.map(|(rule, _)| *rule).min()?;
        self.rules.get(rule).map(|rule| &rule.action)
    }

    /// An element within the one that is open.
    fn enter(&self, name: &str) -> Open<'a> {
        let Some(outer) = self.open.last() else { return Open { places: Vec::new(), masked: None, text: None } };
        let mut places = Vec::new();
        let mut add = |place: (usize, usize)| {
            if !places.contains(&place) {
                places.push(place);
            }
        };
        for (rule, step) in &outer.places {
            let Some(next) = self.rules.get(*rule).and_then(|rule| rule.steps.get(*step)) else { continue };
            if next.deep {
                add((*rule, *step));
            }
            if next.test.fits_element(name) {
                add((*rule, step + 1));
            }
        }
        // The closest rule counts, but within what is replaced as a whole.
        let masked = match outer.masked {
            Some(Action::Set(_)) => outer.masked,
            _ => self.first(&outer.places, |test| test.fits_element(name)).or(outer.masked),
        };
        let text = self.first(&places, |test| *test == Test::Text);
        Open { places, masked, text }
    }

    /// Writes the beginning of an element, with its attributes masked.
    fn start(
        &mut self,
        start: &BytesStart,
        element: &Open<'a>,
        written: &str,
        is_empty: bool,
    ) -> Result<(), MaskError> {
        let action = |name: &str| {
            // What binds a prefix is no data.
            let is_binding = name == "xmlns" || name.starts_with("xmlns:");
            let named = self.first(&element.places, |test| test.fits_attribute(name));
            named.or(element.masked).filter(|_| !is_binding)
        };
        let mut masked = false;
        let mut attributes = Vec::new();
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| broken())?;
            let name = attribute.key.as_ref().to_owned();
            let action = action(&name);
            masked |= action.is_some();
            attributes.push((name, attribute.value, action));
        }
        if !masked {
            self.out.push_str(written);
            return Ok(());
        }
        self.out.push('<');
        self.out.push_str(start.name().as_ref());
        for (name, value, action) in attributes {
            self.out.push(' ');
            self.out.push_str(&name);
            self.out.push_str("=\"");
            match action {
                None => self.out.push_str(&value.replace('"', "&quot;")),
                Some(action) => {
                    let said = escape::unescape(&value).map_err(|_| broken())?;
                    let new = action.text(&said, self.rng)?.unwrap_or_default();
                    self.out.push_str(&escaped(&new));
                }
            }
            self.out.push('"');
        }
        self.out.push_str(if is_empty { "/>" } else { ">" });
        Ok(())
    }

    /// Writes the text that has been read.
    fn end_text(&mut self) -> Result<(), MaskError> {
        let Some((said, written)) = self.text.take() else { return Ok(()) };
        let action = self.open.last().and_then(|open| open.text.or(open.masked));
        if self.is_replaced() {
            return Ok(());
        }
        let trimmed = said.trim();
        match action {
            Some(action) if !trimmed.is_empty() => {
                let new = action.text(trimmed, self.rng)?.unwrap_or_default();
                let (before, _) = said.split_at(said.len() - said.trim_start().len());
                let (_, after) = said.split_at(said.trim_end().len());
                self.out.push_str(before);
                self.out.push_str(&escaped(&new));
                self.out.push_str(after);
            }
            _ => self.out.push_str(&written),
        }
        Ok(())
    }

    /// Writes what replaces all that is within an element.
    fn replacement(&mut self, action: Option<&Action>) -> Result<(), MaskError> {
        if let Some(action) = action
            && let Some(text) = action.text("", self.rng)?
        {
            self.out.push_str(&escaped(&text));
        }
        Ok(())
    }
}

/// Text as it stands in a document. Characters that XML does not have become question marks.
fn escaped(text: &str) -> String {
    let is_character =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    let readable: String = text.chars().map(|c| if is_character(c) { c } else { '?' }).collect();
    escape::escape(readable).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(document: &str, rules: &str) -> Result<String, MaskError> {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        XmlRules::new(rules, Some(&key))?.apply(document, &mut rand::rng())
    }

    const STARS: &str = r#"["partial", 0, "***", 0]"#;

    const DOCUMENT: &str = "<?xml version=\"1.0\"?>\n<o id='7' xmlns:x=\"urn:x\"><!-- c --><c x:mail=\"a&amp;b\" n=\"1\">Ann &amp; <b>Bob</b>\n</c><x:d>é <![CDATA[<raw>]]></x:d><e/></o>\n";

    #[test]
    fn paths_name_elements_attributes_and_texts() {
        for (path, from, to) in [
            ("/o/c/@mail", "a&amp;b", "***"),
            ("//@x:mail", "a&amp;b", "***"),
            ("/o/@id", "id='7' xmlns:x=\"urn:x\"", "id=\"***\" xmlns:x=\"urn:x\""),
            ("/o/c/b", "Bob", "***"),
            ("//b", "Bob", "***"),
            ("//c/b", "Bob", "***"),
            ("/o/*/b", "Bob", "***"),
            ("/o/c/text()", "Ann &amp; ", "*** "),
            ("//c", "x:mail=\"a&amp;b\" n=\"1\">Ann &amp; <b>Bob", "x:mail=\"***\" n=\"***\">*** <b>***"),
            ("/o/d", "é <![CDATA[<raw>]]>", "***"),
            ("/o/x:d", "é <![CDATA[<raw>]]>", "***"),
            ("/d", "", ""),
            ("/o/y:d", "", ""),
            ("/o/c/c//b", "", ""),
        ] {
            let wanted = DOCUMENT.replacen(from, to, 1);
            assert_eq!(masked(DOCUMENT, &format!("{{\"{path}\": {STARS}}}")).as_deref(), Ok(&*wanted), "{path}");
        }
        let all = masked(DOCUMENT, &format!("{{\"/o\": {STARS}}}")).unwrap();
        assert!(["Ann", "Bob", "raw", " c ", "a&amp;b", "7"].iter().all(|part| !all.contains(part)), "{all}");
    }

    #[test]
    fn the_closest_rule_masks() {
        let rules = |outer: &str| {
            format!("{{\"/a\": {outer}, \"//c\": [\"partial\", 0, \"+\", 0], \"//@d\": [\"partial\", 0, \"-\", 0]}}")
        };
        let document = "<a>x<b d=\"1\">y</b><c d=\"1\" e=\"2\">z</c></a>";
        let wanted = "<a>***<b d=\"-\">***</b><c d=\"-\" e=\"+\">+</c></a>";
        assert_eq!(masked(document, &rules(STARS)).as_deref(), Ok(wanted));
        assert_eq!(masked(document, &rules("{\"set\": \"s\"}")).as_deref(), Ok("<a>s</a>"));
    }

    #[test]
    fn what_is_set_replaces_an_element_whole() {
        for (rule, wanted) in
            [("null", "<a y=\"\"></a>"), ("\"x<\"", "<a y=\"x&lt;\">x&lt;</a>"), ("5", "<a y=\"5\">5</a>")]
        {
            let rules = format!("{{\"/a\": {{\"set\": {rule}}}}}");
            assert_eq!(masked("<a y=\"1\">p<b z=\"2\">q<c/></b><!-- r -->s</a>", &rules).as_deref(), Ok(wanted));
        }
    }

    #[test]
    fn documents_that_could_hide_something_are_refused() {
        for document in [
            "<a>",
            "</a>",
            "<a></b>",
            "<a b=>x</a>",
            "<!DOCTYPE a [<!ENTITY n \"Ann\">]><a>&n;</a>",
            "<a>&#x110000;</a>",
            &"<a>".repeat(20_000),
        ] {
            let error = masked(document, &format!("{{\"//a\": {STARS}}}")).unwrap_err();
            assert_eq!(error.kind, MaskErrorKind::InvalidText);
            assert!(!error.message.contains("Ann"));
        }
        let external = "<!DOCTYPE a SYSTEM \"a.dtd\"><a>&n;</a>";
        assert_eq!(masked(external, "{}").as_deref(), Ok(external));
        // A fragment, as type xml takes it.
        assert_eq!(masked("x<a/>y<b>z</b>", &format!("{{\"//b\": {STARS}}}")).as_deref(), Ok("x<a/>y<b>***</b>"));
    }

    #[test]
    fn rules_that_make_no_sense_are_errors() {
        for path in ["", "a", "/", "/a/", "/a[1]", "/@a/b", "/a/text()/b", "///a", "/a b", "/."] {
            assert!(masked("<a/>", &format!("{{\"{path}\": {STARS}}}")).is_err(), "{path}");
        }
        assert!(masked("<a/>", "[]").is_err() && masked("<a/>", r#"{"/a": "no_mask"}"#).is_err());
    }

    proptest! {
        #[test]
        fn what_no_rule_names_comes_back_as_it_was(
            texts in prop::collection::vec("[ a-zé&<>'\"\\]]{0,9}", 1..6), secret in "[a-z]{12}"
        ) {
            let inner: String = texts.iter().map(|t| format!("<t a=\"{0}\">{0}<u>{0}</u></t>", escape::escape(t.as_str()))).collect();
            let document = format!("<r>{inner}<s>{secret}</s></r>");
            prop_assert_eq!(masked(&document, "{}").unwrap(), document.clone());
            let result = masked(&document, &format!("{{\"//s\": {STARS}}}")).unwrap();
            prop_assert_eq!(result, document.replace(&secret, "***"));
        }

        #[test]
        fn what_is_no_xml_is_an_error_and_never_a_panic(text in "[<>/!a=\"' &;#x1é\\[\\]?-]{0,30}") {
            let _ = masked(&text, &format!("{{\"//*\": {STARS}, \"//@*\": {STARS}}}"));
        }
    }
}
