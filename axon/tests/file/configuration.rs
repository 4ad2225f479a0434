//! Configuration files.

use std::collections::BTreeMap;

use axon::file::{ConfigFileReader, ConfigSection, DictFormatter};
use axon::util::{DataSink, Received};
use axon::{RunError, pipeline};

use crate::bench::{Bench, PF, SM};
use crate::folder::Folder;

fn read(reader: ConfigFileReader) -> Result<Vec<ConfigSection>, RunError> {
    let received = Received::new();
    axon::run(pipeline![reader, DataSink::new(&received)])?;
    Ok(received.take())
}

fn section(name: &str, options: &[(&str, &str)]) -> ConfigSection {
    (name.to_owned(), options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn sections_come_in_order_with_the_options_that_hold_everywhere() {
    let folder = Folder::new();
    let text = "\u{feff}; a comment\n[zebra]\nPort: 1500\npath = C:\\temp\\\"x\"\n# more\n\n[DEFAULT]\nhost = all\n\
                [ant]\nhost=own\n[empty]\n";
    let file = folder.write("x.ini", text);
    let sections = read(ConfigFileReader::new(file).default_option("Level", "1")).unwrap();
    let expected = [
        section("zebra", &[("level", "1"), ("host", "all"), ("port", "1500"), ("path", "C:\\temp\\\"x\"")]),
        section("ant", &[("level", "1"), ("host", "own")]),
        section("empty", &[("level", "1"), ("host", "all")]),
    ];
    assert_eq!(sections, expected);
}

#[test]
fn what_is_no_configuration_is_an_error_that_names_file_and_fault() {
    let folder = Folder::new();
    let long = "[a]\n".to_owned() + &"x = 1\n".repeat(400_000);
    for (text, fault) in [
        ("option = 1\n", "before the first [section]"),
        ("[a]\nx=1\n[a]\ny=2\n", "[a] stands there twice"),
        ("[a\nx=1\n", "line "),
        ("[a]\n\u{0}\n=\n[", "line "),
        (&long, "longer than 1048576 bytes"),
    ] {
        let file = folder.write("bad.ini", text);
        let error =
            read(ConfigFileReader::new(file)).map(|read| format!("{read:?}")).unwrap_err().to_string();
        assert!(error.contains("bad.ini") && error.contains(fault), "{fault}: {error}");
    }
    let file = folder.write("bad.ini", b"[a]\nx=\xff\n");
    assert!(read(ConfigFileReader::new(file)).unwrap_err().to_string().contains("utf-8"));
    let error = read(ConfigFileReader::new(folder.join("none.ini"))).unwrap_err().to_string();
    assert!(error.contains("cannot open") && error.contains("none.ini"), "{error}");
    assert_eq!(read(ConfigFileReader::new(folder.write("empty", ""))).unwrap(), []);
}

#[test]
fn a_value_that_names_others_is_not_expanded() {
    let folder = Folder::new();
    let file = folder.write("bomb.ini", "[a]\na = %(b)s%(b)s\nb = %(a)s\n");
    assert_eq!(
        read(ConfigFileReader::new(file)).unwrap(),
        [section("a", &[("a", "%(b)s%(b)s"), ("b", "%(a)s")])]
    );
}

#[test]
fn a_reader_of_configurations_ends_as_a_source_does() {
    let folder = Folder::new();
    let file = folder.write("x.ini", "[a]\nx=1\n[b]\n");
    let mut bench = Bench::new(ConfigFileReader::new(&file));
    bench.give("control", "hello").finish().wait_for_end();
    assert_eq!(
        (bench.sent::<ConfigSection>().len(), bench.signalled()),
        (2, vec!["\"hello\"".into(), PF.into()])
    );
    let mut bench = Bench::new(ConfigFileReader::new(folder.fifo("fifo")));
    bench.settle().shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
}

#[test]
fn a_formatter_makes_maps() {
    let mut bench = Bench::new(DictFormatter::new());
    bench.give("inbox", section("a", &[("x", "1"), ("y", "2")])).finish().settle();
    let maps = bench.sent::<(String, BTreeMap<String, String>)>();
    assert_eq!((maps[0].0.as_str(), maps[0].1["y"].as_str()), ("a", "2"));
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn a_backslash_at_the_end_of_a_line_does_not_swallow_the_next() {
    let folder = Folder::new();
    for end in ["\n", "\r\n"] {
        let text = ["[a]", "dir = C:\\temp\\", "port = 1", ""].join(end);
        let sections = read(ConfigFileReader::new(folder.write("x.ini", text))).unwrap();
        assert_eq!(sections, [section("a", &[("dir", "C:\\temp\\"), ("port", "1")])]);
    }
}

#[test]
fn many_sections_with_large_defaults_are_refused() {
    let folder = Folder::new();
    let sections: String = (0..10_000).map(|number| format!("[{number}]\n")).collect();
    let text = format!("[DEFAULT]\nlong = {}\n{sections}", "x".repeat(100_000));
    let error = read(ConfigFileReader::new(folder.write("x.ini", text))).unwrap_err();
    assert!(error.to_string().contains("10000 sections with 1 defaults each are too many"), "{error}");
}
