//! The tables at the top of `axon::util` and `axon::file` name every component there is.

#[test]
fn every_component_is_in_the_catalogue() {
    is_in_the_table("util/mod.rs", 80);
    is_in_the_table("file/mod.rs", 20);
}

/// Whether each exported component stands in a row of the table at the top of the module, at least so many.
fn is_in_the_table(module: &str, least: usize) {
    let path = format!("{}/axon/src/{module}", env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(path).unwrap();
    let table: String = source.lines().filter(|line| line.starts_with("//! |")).collect();
    let no_components = [
        "AddSink",
        "Chunk",
        "Detuple",
        "ConfigSection",
        "FileAtRate",
        "FileChange",
        "Filtering",
        "FrameError",
        "LengthPrefix",
        "LineError",
        "Marshalling",
        "NullFilter",
        "Received",
        "Profile",
        "RemoveSink",
        "StopSystem",
        "StopSystemException",
        "Subscription",
        "Text",
        "Traced",
        "WhenFull",
        "XmlEvent",
        "aside",
        "catalogue",
    ];
    let exports =
        source.split("\npub use ").skip(1).filter_map(|rest| rest.split(';').next()?.rsplit_once("::"));
    let names: Vec<&str> = exports
        .flat_map(|(_, names)| names.trim_matches(['{', '}']).split(',').map(str::trim))
        .filter(|name| !name.is_empty())
        .filter(|name| !no_components.contains(name))
        .collect();
    assert!(names.len() >= least, "{} in {module}: {names:?}", names.len());
    for name in names {
        assert!(table.contains(&format!("`{name}`")), "{name} is not in the table of {module}");
    }
}
