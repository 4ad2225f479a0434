//! The catalogue at the top of `axon::util` names every component there is.

#[test]
fn every_component_is_in_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/axon/src/util/mod.rs");
    let source = std::fs::read_to_string(path).unwrap();
    let table: String = source.lines().filter(|line| line.starts_with("//! |")).collect();
    let no_components = [
        "AddSink",
        "Chunk",
        "Detuple",
        "Filtering",
        "FrameError",
        "LengthPrefix",
        "LineError",
        "Marshalling",
        "NullFilter",
        "Received",
        "RemoveSink",
        "StopSystem",
        "StopSystemException",
        "Text",
        "WhenFull",
        "aside",
        "catalogue",
    ];
    let exports =
        source.split("\npub use ").skip(1).filter_map(|rest| rest.split(';').next()?.split_once("::"));
    let names: Vec<&str> = exports
        .flat_map(|(_, names)| names.trim_matches(['{', '}']).split(',').map(str::trim))
        .filter(|name| !name.is_empty())
        .filter(|name| !no_components.contains(name))
        .collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(table.contains(&format!("[`{name}`]")), "{name} is not in the catalogue");
    }
}
