//! JSON and XML.

use axon::util::{
    ChunksToLines, DataSink, DataSource, JsonDecoder, JsonEncoder, Received, SimpleXmlParser, XmlEvent,
};
use axon::{RunError, pipeline};
use serde_json::{Value, json};

use crate::bench::{Bench, PF, SM};

fn decoded(text: impl Into<Vec<u8>>) -> Result<Vec<Value>, RunError> {
    let received = Received::new();
    axon::run(pipeline![DataSource::new([text.into()]), JsonDecoder::new(), DataSink::new(&received)])?;
    Ok(received.take())
}

#[test]
fn json_goes_out_and_comes_back_as_it_was() {
    let values = [json!({"a": [1, 2.5, null, true, "ü\n\u{1f600}"], "b": {}}), json!(u64::MAX), json!("")];
    let received = Received::<Value>::new();
    axon::run(pipeline![
        DataSource::new(values.clone()),
        JsonEncoder::<Value>::new(),
        JsonDecoder::new(),
        DataSink::new(&received)
    ])
    .unwrap();
    assert_eq!(received.take(), values);

    let received = Received::<(u8, String)>::new();
    let lines = DataSource::new(["[1, \"o", "ne\"]\n\n  \n[2,\"two\"]\n"]);
    axon::run(pipeline![
        lines,
        ChunksToLines::new(),
        JsonDecoder::<(u8, String)>::of(),
        DataSink::new(&received)
    ])
    .unwrap();
    assert_eq!(received.take(), [(1, "one".to_owned()), (2, "two".to_owned())]);
}

#[test]
fn hostile_json_is_an_error_that_says_where() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for (text, fault) in [
        (deep.as_bytes(), "recursion limit"),
        (b"1e999999", "out of range"),
        (br#""\ud800""#, "column"),
        (br#""\udc00\ud800""#, "column"),
        (b"{\"a\":", "EOF"),
        (b"[1,]", "column 4"),
        (b"{\"a\" 1}", "column"),
        (b"\"\xff\"", "column"),
        (b"1 2", "trailing"),
        (b"NaN", "column"),
        (b"\"a\x00\"", "control character"),
    ] {
        let error = decoded(text).map(|values| format!("{values:?}")).unwrap_err().to_string();
        assert!(error.contains("JsonDecoder_") && error.contains("text 1"), "{error}");
        assert!(error.contains(fault), "{fault} in {error}");
    }
    assert_eq!(decoded("123456789012345678901234567890").unwrap(), [json!(1.2345678901234568e29)]);
    assert_eq!(decoded("{\"a\":1,\"a\":2}").unwrap(), [json!({"a": 2})]);
    let error =
        axon::run(pipeline![DataSource::new(["[1, 300]"]), JsonDecoder::<Vec<u8>>::of()]).unwrap_err();
    assert!(error.to_string().contains("300"), "{error}");
}

#[test]
fn values_before_a_wrong_one_are_sent_and_what_json_cannot_say_is_an_error() {
    let received = Received::<Value>::new();
    let texts = DataSource::new(["1", "2", "x"]);
    let error = axon::run(pipeline![texts, JsonDecoder::new(), DataSink::new(&received)]).unwrap_err();
    assert!(error.to_string().contains("text 3"), "{error}");
    assert_eq!(received.take(), [json!(1), json!(2)]);

    type Unsayable = std::collections::BTreeMap<Vec<u8>, u8>;
    let value = Unsayable::from([(vec![1], 1)]);
    let error = axon::run(pipeline![DataSource::new([value]), JsonEncoder::<Unsayable>::new()]).unwrap_err();
    assert!(error.to_string().contains("cannot write as JSON"), "{error}");
    let mut bench = Bench::new(JsonEncoder::<f64>::new());
    bench.give("inbox", f64::NAN).shut_down().settle();
    assert_eq!((bench.sent::<String>(), bench.signalled()), (vec!["null".to_owned()], vec![SM.to_owned()]));
}

/// The events of a document that comes in these pieces.
fn parsed<P: axon::Payload>(pieces: impl IntoIterator<Item = P>) -> Result<Vec<XmlEvent>, String> {
    let pieces: Vec<P> = pieces.into_iter().collect();
    let received = Received::new();
    let run = pipeline![DataSource::new(pieces), SimpleXmlParser::new(), DataSink::new(&received)];
    axon::run(run).map(|()| received.take()).map_err(|error| error.to_string())
}

/// Events in short, with texts that follow each other joined.
fn short(events: &[XmlEvent]) -> String {
    let mut short = String::new();
    for event in events {
        match event {
            XmlEvent::Document => short.push('^'),
            XmlEvent::Element { name, attributes } => short.push_str(&format!("<{name} {attributes:?}>")),
            XmlEvent::Chars(text) => short.push_str(text),
            XmlEvent::EndElement { name } => short.push_str(&format!("</{name}>")),
            XmlEvent::EndDocument => short.push('$'),
            other => panic!("{other:?}"),
        }
    }
    short
}

const DOCUMENT: &str = "\u{feff}<?xml version='1.0' encoding='utf-8'?>\r\n<!DOCTYPE a [<!-- don't > ]> --> \
                        <!ENTITY b \"]>\">]>\n<!-- <x> --><a b='>1&lt;' ü=\"2\n3\">t&amp;&#x20ac;&#8364;ü\r\nx\
                        <![CDATA[<&]]]]><c/><?p >?><n:d  >\u{1f600}</n:d ></a>\n<!---->";

#[test]
fn a_document_is_the_same_wherever_it_is_cut() {
    let expected =
        "^<a [(\"b\", \">1<\"), (\"ü\", \"2 3\")]>t&€€ü\nx<&]]<c []></c><n:d []>\u{1f600}</n:d></a>$";
    assert_eq!(short(&parsed([DOCUMENT]).unwrap()), expected);
    let bytes = DOCUMENT.as_bytes();
    for size in [1, 2, 3, 5, 7, 11, 64] {
        let pieces: Vec<Vec<u8>> = bytes.chunks(size).map(<[u8]>::to_vec).collect();
        assert_eq!(short(&parsed(pieces).unwrap()), expected, "in pieces of {size}");
    }
    for at in 0..bytes.len() {
        let pieces = [bytes[..at].to_vec(), bytes[at..].to_vec()];
        assert_eq!(short(&parsed(pieces).unwrap()), expected, "cut at {at}");
    }
}

#[test]
fn half_a_document_is_an_error_wherever_it_breaks_off() {
    let element_ends = DOCUMENT.rfind("</a>").unwrap() + "</a>".len();
    for at in (DOCUMENT.find("<a ").unwrap() + 1..element_ends).filter(|at| DOCUMENT.is_char_boundary(*at)) {
        let error = parsed([DOCUMENT[..at].to_owned()]).map(|events| short(&events)).unwrap_err();
        assert!(error.contains("the end of the document within"), "{at}: {error}");
    }
    assert_eq!(parsed([""]).unwrap(), []);
    let error = parsed([b"<a></a>\xC3".to_vec()]).unwrap_err();
    assert!(error.contains("not UTF-8"), "{error}");
}

#[test]
fn hostile_documents_are_errors_that_say_what_and_where() {
    let bomb = "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;&b;&b;\">]><a>&c;</a>";
    let deep = "<a>".repeat(100_000);
    let long = format!("<a b='{}", "x".repeat(2 << 20));
    let comment = format!("<!-- {}", "x".repeat(2 << 20));
    for (text, fault) in [
        (bomb, "the entity \"c\", which XML does not define"),
        ("<a b='&c;'/>", "c"),
        ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>&xxe;</a>", "the entity \"xxe\""),
        (&deep, "nested more than 256 deep"),
        (&long, "longer than 1048576 bytes"),
        (&comment, "longer than 1048576 bytes"),
        ("<a></b>", "</b> where </a> is due"),
        ("</a>", "which nothing has opened"),
        ("<a/><b/>", "a second element, <b>"),
        ("<a/>text", "text outside"),
        ("text<a/>", "text outside"),
        ("<a/>&amp;", "a reference outside"),
        ("<a b='1' b='2'/>", "at byte"),
        ("<a b=1/>", "at byte"),
        ("<a>&#0;</a>", "at byte"),
        ("<a>&#xd800;</a>", "at byte"),
        ("<a>&#8;</a>", "U+0008"),
        ("<a>\u{1}</a>", "U+0001"),
        ("<a b='\u{1}'/>", "U+0001"),
        ("<a>a & b</a>", "at byte"),
        ("<a><!-- a -- b --></a>", "at byte"),
        ("<?xml version='1.0' encoding='latin1'?><a/>", "the encoding \"latin1\""),
        ("<!-- only -->", "without an element"),
        ("< a/>", "at byte"),
        ("<>", "at byte"),
    ] {
        let error = parsed([text.to_owned()]).map(|events| short(&events)).unwrap_err();
        assert!(error.contains("SimpleXmlParser_") && error.contains(fault), "{fault}: {error}");
    }
    let error = parsed([b"<a>\xff</a>".to_vec()]).unwrap_err();
    assert!(error.contains("not UTF-8") && error.contains("byte 3"), "{error}");
    assert!(parsed([b"\xff\xfe<\0a\0/\0>\0".to_vec()]).unwrap_err().contains("not UTF-8"));
}

#[test]
fn a_long_document_needs_no_memory_and_a_parser_ends_as_it_is_told() {
    let received = Received::<XmlEvent>::new();
    let pieces = std::iter::once("<a>").chain((0..20_000).map(|_| "<b c='1'/>some text ")).chain(["</a>"]);
    axon::run(pipeline![DataSource::new(pieces), SimpleXmlParser::new(), DataSink::new(&received)]).unwrap();
    assert_eq!(received.take().len(), 4 + 3 * 20_000);

    let mut bench = Bench::new(SimpleXmlParser::new());
    bench.give("inbox", "<a>").give("control", "hello").settle().shut_down().settle();
    assert_eq!(bench.signalled(), ["\"hello\"", SM]);
    let mut bench = Bench::new(SimpleXmlParser::new());
    bench.finish().settle();
    assert_eq!(bench.signalled(), [PF]);
    let parser = SimpleXmlParser::new().deepest(1).longest_markup(8);
    let error = axon::run(pipeline![DataSource::new(["<a><b>"]), parser]).unwrap_err().to_string();
    assert!(error.contains("more than 1 deep"), "{error}");
}
