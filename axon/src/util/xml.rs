//! Reads XML that arrives in pieces.
//!
//! Ported from `Kamaelia.XML.SimpleXMLParser`.
//!
//! *Differs from Kamaelia:* what is no well-formed document is an error that says where, and half a document is one too.
//! Entities that a document defines are not expanded, so that none can fill the memory. Depth and markup are limited.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use crate::chassis::announce;
use crate::{Component, Context, Ending, INBOX, Result};

use super::Chunk;
use super::each::{before_failing, send_each};
use super::xml_cutter::Cutter;
use crate::chassis::receive;

/// How deep elements may be nested, unless set.
const DEEPEST: usize = 256;

/// How long a tag, a comment or the like may be, unless set.
const LONGEST: usize = 1 << 20;

/// A part of an XML document: see [`SimpleXmlParser`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum XmlEvent {
    /// The document begins.
    #[doc(alias = "document")]
    Document,
    /// An element begins.
    #[doc(alias = "element")]
    Element {
        /// Its name, with its prefix.
        name: String,
        /// Its attributes, in the order of the document: name and value.
        attributes: Vec<(String, String)>,
    },
    /// Text in an element, or a part of it.
    #[doc(alias = "chars")]
    Chars(String),
    /// An element ends.
    #[doc(alias = "/element")]
    EndElement {
        /// Its name.
        name: String,
    },
    /// The document is complete.
    #[doc(alias = "/document")]
    EndDocument,
}

/// Reads one XML document that arrives in pieces, and sends an [`XmlEvent`] for each of its parts.
///
/// The text of an element may come in several events. Comments, processing instructions and the document type are
/// left out. The document is UTF-8. Names keep their prefixes.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | pieces of the document, bytes or text, cut anywhere |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | [`XmlEvent`]s |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: reads what it has, sends [`XmlEvent::EndDocument`], passes it on and ends.
/// `ShutdownMicroprocess`: passes it on and ends immediately.
///
/// # Errors
///
/// It ends with an error that says at which byte, if the document is not well-formed, or not complete at
/// `ProducerFinished`. The events before that have been sent. Errors are, too: another encoding, an entity other than
/// the five of XML, elements nested more than 256 deep, a tag or comment longer than 1 MiB.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, SimpleXmlParser, XmlEvent};
///
/// let received = Received::<XmlEvent>::new();
/// let pieces = DataSource::new(["<edit><start fr", "ame='24'/>a &lt; b</edit>"]);
/// axon::run(pipeline![pieces, SimpleXmlParser::new(), DataSink::new(&received)])?;
/// let start = XmlEvent::Element {
///     name: "start".to_owned(),
///     attributes: vec![("frame".to_owned(), "24".to_owned())],
/// };
/// assert_eq!(received.take()[2], start);
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "SimpleXMLParser")]
#[must_use = "a component does nothing until it is activated"]
pub struct SimpleXmlParser {
    deepest: usize,
    longest: usize,
}

crate::debug_by_name!(SimpleXmlParser);

impl SimpleXmlParser {
    /// A parser with the usual limits.
    pub fn new() -> Self {
        SimpleXmlParser { deepest: DEEPEST, longest: LONGEST }
    }

    /// Takes elements nested so deep, instead of 256.
    pub fn deepest(mut self, elements: usize) -> Self {
        self.deepest = elements;
        self
    }

    /// Takes tags, comments and the like of so many bytes, instead of 1 MiB.
    pub fn longest_markup(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }
}

impl Default for SimpleXmlParser {
    fn default() -> Self {
        Self::new()
    }
}

/// A document while it is read.
struct Document<'a> {
    limits: &'a SimpleXmlParser,
    cutter: Cutter,
    /// How many bytes were read.
    read: u64,
    /// The elements that are open.
    open: Vec<String>,
    has_begun: bool,
    /// Its element has ended.
    is_complete: bool,
}

/// What is wrong, without the place.
type Wrong = String;

impl Document<'_> {
    /// Reads what is whole. What was found before something wrong is among the events.
    fn take(&mut self, events: &mut Vec<XmlEvent>) -> std::result::Result<(), Wrong> {
        let whole = self.cutter.whole();
        let text = match std::str::from_utf8(whole) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(&whole[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(error) => {
                self.read += error.valid_up_to() as u64;
                return Err("what is not UTF-8".to_owned());
            }
        };
        let text = text.to_owned();
        self.cutter.used(text.len());
        let mark = if self.has_begun || text.is_empty() { None } else { text.strip_prefix('\u{feff}') };
        if !self.has_begun && !text.is_empty() {
            self.has_begun = true;
            events.push(XmlEvent::Document);
        }
        let mut reader = Reader::from_str(mark.unwrap_or(&text));
        let config = reader.config_mut();
        // Tags come one by one: their names are compared here.
        (config.check_end_names, config.allow_unmatched_ends) = (false, true);
        (config.expand_empty_elements, config.check_comments) = (true, true);
        let found = self.read_all(&mut reader, events);
        self.read += if found.is_ok() { text.len() as u64 } else { reader.buffer_position() };
        found?;
        if self.cutter.rest().len() > self.limits.longest {
            let longest = self.limits.longest;
            return Err(format!(
                "markup longer than {longest} bytes; longest_markup(bytes) takes longer ones"
            ));
        }
        Ok(())
    }

    fn read_all(
        &mut self,
        reader: &mut Reader<&[u8]>,
        events: &mut Vec<XmlEvent>,
    ) -> std::result::Result<(), Wrong> {
        loop {
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Eof => return Ok(()),
                Event::Start(start) | Event::Empty(start) => events.push(self.start(&start)?),
                Event::End(end) => events.push(self.end(end.name().as_ref())?),
                Event::Text(text) => self.chars(&text.xml10_content(), events)?,
                Event::CData(text) => {
                    self.within("CDATA")?;
                    self.chars(&text.xml10_content(), events)?;
                }
                Event::GeneralRef(reference) => {
                    self.within("a reference")?;
                    let character = reference.resolve_char_ref().map_err(|error| error.to_string())?;
                    let name = reference.xml10_content();
                    let text = match (character, resolve_predefined_entity(&name)) {
                        (Some(character), _) => character.to_string(),
                        (None, Some(text)) => text.to_owned(),
                        (None, None) => {
                            return Err(format!("the entity {name:?}, which XML does not define"));
                        }
                    };
                    self.chars(&text, events)?;
                }
                Event::Decl(declaration) => check_encoding(&declaration)?,
                Event::Comment(_) | Event::PI(_) => {}
                Event::DocType(_) if self.open.is_empty() && !self.is_complete => {}
                Event::DocType(_) => return Err("a document type that does not stand first".to_owned()),
            }
        }
    }

    fn within(&self, what: &str) -> std::result::Result<(), Wrong> {
        if self.open.is_empty() { Err(format!("{what} outside of the document's element")) } else { Ok(()) }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> std::result::Result<XmlEvent, Wrong> {
        let name = start.name().as_ref().to_owned();
        if self.is_complete {
            return Err(format!("a second element, <{}>, after the document's", name.escape_debug()));
        }
        if name.is_empty() {
            return Err("a tag without a name".to_owned());
        }
        let deepest = self.limits.deepest;
        if self.open.len() >= deepest {
            return Err(format!("elements nested more than {deepest} deep; deepest(elements) takes more"));
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
            let value = value.map_err(|error| error.to_string())?;
            check_characters(&value)?;
            attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        self.open.push(name.clone());
        Ok(XmlEvent::Element { name, attributes })
    }

    fn end(&mut self, name: &str) -> std::result::Result<XmlEvent, Wrong> {
        let found = name.escape_debug();
        match self.open.pop() {
            Some(open) if open == name => {}
            Some(open) => return Err(format!("</{found}> where </{}> is due", open.escape_debug())),
            None => return Err(format!("</{found}>, which nothing has opened")),
        }
        self.is_complete = self.open.is_empty();
        Ok(XmlEvent::EndElement { name: name.to_owned() })
    }

    fn chars(&self, text: &str, events: &mut Vec<XmlEvent>) -> std::result::Result<(), Wrong> {
        check_characters(text)?;
        if !self.open.is_empty() {
            events.push(XmlEvent::Chars(text.to_owned()));
        } else if !text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n')) {
            return Err("text outside of the document's element".to_owned());
        }
        Ok(())
    }

    /// Nothing more will come.
    fn finish(&mut self, events: &mut Vec<XmlEvent>) -> std::result::Result<(), Wrong> {
        self.cutter.finish();
        self.take(events)?;
        if !self.cutter.whole().is_empty() {
            return Err("what is not UTF-8".to_owned());
        }
        if !self.cutter.rest().is_empty() {
            return Err("the end of the document within markup".to_owned());
        }
        match self.open.last() {
            Some(open) => Err(format!("the end of the document within <{}>", open.escape_debug())),
            None if self.has_begun && !self.is_complete => {
                Err("the end of a document without an element".to_owned())
            }
            None => {
                if self.has_begun {
                    events.push(XmlEvent::EndDocument);
                }
                Ok(())
            }
        }
    }
}

/// Refuses what XML does not allow in a document.
fn check_characters(text: &str) -> std::result::Result<(), Wrong> {
    let is_allowed = |c: &char| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    match text.chars().find(|c| !is_allowed(c)) {
        Some(c) => Err(format!("the character U+{:04X}, which XML does not allow", u32::from(c))),
        None => Ok(()),
    }
}

fn check_encoding(declaration: &BytesDecl<'_>) -> std::result::Result<(), Wrong> {
    let Some(encoding) = declaration.encoding() else { return Ok(()) };
    let encoding = encoding.map_err(|error| error.to_string())?;
    let is_known =
        ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| encoding.eq_ignore_ascii_case(known));
    if is_known { Ok(()) } else { Err(format!("the encoding {encoding:?}; only UTF-8 is read")) }
}

impl Component for SimpleXmlParser {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut document = Document {
            limits: self,
            cutter: Cutter::default(),
            read: 0,
            open: Vec::new(),
            has_begun: false,
            is_complete: false,
        };
        loop {
            let mut notice = None;
            let mut events = Vec::new();
            let found = match receive(cx, INBOX)? {
                Some(Chunk(bytes)) => {
                    document.cutter.push(&bytes);
                    document.take(&mut events)
                }
                None => {
                    notice = cx.told_to_end();
                    match &notice {
                        None => {
                            cx.pause().await;
                            continue;
                        }
                        Some(notice) if notice.ending() == Some(Ending::ProducerFinished) => {
                            document.finish(&mut events)
                        }
                        Some(_) => Ok(()),
                    }
                }
            };
            for event in events {
                send_each(cx, event).await?;
            }
            if let Err(wrong) = found {
                before_failing(cx).await;
                return Err(format!("{} found {wrong}, at byte {}", cx.name(), document.read).into());
            }
            if let Some(notice) = notice {
                announce(cx, notice).await;
                return Ok(());
            }
        }
    }
}
