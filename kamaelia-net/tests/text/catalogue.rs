//! What the catalogue says of components is true of them, and of their documentation.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use axon::Scheduler;
use axon::catalogue::{Argument, ArgumentType, Carries, Entry};
use axon::text::{parse, usage};

use super::everything;

#[test]
fn every_entry_makes_a_component_of_its_name_with_the_boxes_that_it_shows() {
    let catalogue = everything();
    assert!(catalogue.entries().count() > 40);
    for entry in catalogue.entries() {
        let made = entry.make(&entry.example()).unwrap_or_else(|error| panic!("{}: {error}", entry.name()));
        let scheduler = Scheduler::new();
        let me = scheduler.add(made);
        let snapshot = scheduler.snapshot();
        let view = snapshot.component(me.id()).expect("just made");
        let inboxes: Vec<&str> = view.inboxes.iter().map(|inbox| &*inbox.name).collect();
        let outboxes: Vec<&str> = view.outboxes.iter().map(|outbox| &*outbox.name).collect();
        assert_eq!(
            (inboxes, outboxes),
            (entry.boxes().inboxes(), entry.boxes().outboxes()),
            "{}",
            entry.name()
        );
    }
}

#[test]
fn what_the_usage_of_an_entry_says_is_a_text_without_mistakes() {
    let catalogue = everything();
    for entry in catalogue.entries() {
        let text = usage(entry);
        parse(&text).load(&catalogue).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Values at the edges of what an argument takes.
fn edges(argument: &Argument) -> Vec<String> {
    let mut values = vec![argument.example_value().to_owned()];
    values.extend(argument.default_value().map(|default| default.trim_matches('"').to_owned()));
    values.extend(match argument.kind() {
        ArgumentType::Integer { least, most } => vec![least.to_string(), most.to_string()],
        ArgumentType::Float { least, most } => vec![least.to_string(), most.to_string()],
        ArgumentType::Size { least, most } => vec![least.to_string(), most.to_string()],
        ArgumentType::Duration { least } => vec![format!("{}ns", least.as_nanos()), "1000000h".into()],
        ArgumentType::Text | ArgumentType::Bytes | ArgumentType::Address => {
            vec![String::new(), "é\0\n".into()]
        }
        ArgumentType::Boolean => vec!["true".into(), "false".into()],
        ArgumentType::Choice(choices) => choices.iter().map(|choice| (*choice).to_owned()).collect(),
        _ => Vec::new(),
    });
    values
}

/// A text that gives one component all that it needs, and one argument this value.
fn text_with(entry: &Entry, argument: &Argument, value: &str) -> String {
    let others =
        entry.arguments().iter().filter(|other| other.is_required() && other.name() != argument.name());
    let others = others.map(|other| format!(" {}={}", other.name(), other.example_value()));
    let escaped = value.replace('\0', "\\0").replace('\n', "\\n");
    format!("{}{} {}=\"{escaped}\"", entry.name(), others.collect::<String>(), argument.name())
}

#[test]
fn no_value_of_an_argument_makes_a_component_panic() {
    let catalogue = everything();
    for entry in catalogue.entries() {
        for argument in
            entry.arguments().iter().filter(|argument| *argument.kind() != ArgumentType::Component)
        {
            for value in edges(argument) {
                let text = text_with(entry, argument, &value);
                let loaded = catch_unwind(AssertUnwindSafe(|| drop(parse(&text).load(&catalogue))));
                assert!(loaded.is_ok(), "panics: {text}");
            }
        }
    }
}

#[test]
fn arguments_that_stand_without_their_names_come_in_an_order_that_can_be_told() {
    for entry in everything().entries() {
        let positional: Vec<&Argument> =
            entry.arguments().iter().filter(|argument| argument.is_positional()).collect();
        for (nth, argument) in positional.iter().enumerate() {
            let is_last = nth + 1 == positional.len();
            assert!(
                !argument.is_repeated() || is_last,
                "{}: nothing can come after {}",
                entry.name(),
                argument.name()
            );
        }
        let mut names: Vec<&str> = entry.arguments().iter().map(Argument::name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), entry.arguments().len(), "{} has an argument twice", entry.name());
    }
}

#[test]
fn text_fits_where_bytes_are_taken_and_bytes_do_not_fit_where_text_is() {
    assert!(Carries::Text.fits(Carries::Bytes));
    assert!(!Carries::Bytes.fits(Carries::Text));
    assert!(Carries::Bytes.fits(Carries::Anything) && Carries::Anything.fits(Carries::Text));
    assert!(!Carries::Other("a list").fits(Carries::Text));
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = item.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The first sentence of the documentation of each public struct, by the folder of its crate and module.
fn documented() -> HashMap<String, Vec<String>> {
    let mut files = Vec::new();
    for folder in ["axon/src", "kamaelia-net/src"] {
        rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut files);
    }
    let mut sentences: HashMap<String, Vec<String>> = HashMap::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let lines: Vec<&str> = text.lines().collect();
        for (nth, line) in lines.iter().enumerate() {
            let after = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub fn "));
            let Some(after) = after else { continue };
            let name: String =
                after.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            let doc = lines[..nth]
                .iter()
                .rev()
                .take_while(|line| line.starts_with("///") || line.starts_with("#["));
            let mut doc: Vec<&str> = doc.filter_map(|line| line.strip_prefix("///")).collect();
            doc.reverse();
            let paragraph: Vec<&str> =
                doc.into_iter().map(str::trim).take_while(|line| !line.is_empty()).collect();
            let paragraph = paragraph.join(" ");
            let sentence = paragraph.find(". ").map_or(&*paragraph, |at| &paragraph[..=at]).to_owned();
            sentences.entry(name).or_default().push(sentence);
        }
    }
    sentences
}

#[test]
fn the_summary_of_an_entry_is_the_first_sentence_of_the_documentation() {
    let documented = documented();
    for entry in everything().entries() {
        let path = entry.path().split("::<").next().expect("a path");
        let name = path.rsplit("::").next().expect("a name");
        let sentences = &documented[name];
        assert!(sentences.iter().any(|sentence| sentence == entry.summary()), "{path}: {sentences:?}");
    }
}

/// The components that a text cannot make, each with the reason.
const NOT_IN_IT: &[(&str, &str)] = &[
    ("ConditionalSplitter", "its condition is a function"),
    ("Cores", "the server that it makes on each thread is a function of the program"),
    ("DataSink", "its list is a value of the program"),
    ("DeMarshaller", "what it makes is a type of the program"),
    ("DictChooser", "a text has no word for its table"),
    ("DirectoryWatcher", "it is for Linux only, and a text is to mean the same everywhere"),
    ("Fanout", "its boxes are chosen in the program"),
    ("Filter", "its filter is a type of the program"),
    ("HttpMakePostRequest", "what it makes is a request for a client of the program"),
    ("IcecastClient", "what it sends are parts of a stream that a program tells apart"),
    ("IcecastDemux", "what it takes are parts of a stream that a program tells apart"),
    ("Introspector", "it serves viewers of the program around it"),
    ("IrcClient", "what it takes are commands that a program makes"),
    ("JoinChooserToCarousel", "a text writes the same with three linkages"),
    ("Made", "it is what every entry makes"),
    ("Marshaller", "what it takes is a type of the program"),
    ("Minimal", "HttpServer makes one for each request"),
    ("NatsClient", "`NatsBackplane` is its way into a text"),
    ("NatsConsumer", "what it sends are values for a program"),
    ("NatsPublisher", "its stream is made by a program"),
    ("PipelineTracer", "a text writes ComponentBoxTracer around each component"),
    ("Plug", "its splitter is a component that runs"),
    ("ProgressBar", "kamaelia run has one of its own"),
    ("PureFilter", "its condition is a function"),
    ("PureTransformer", "it is a function"),
    ("RangeFilter", "a text has no word for its ranges"),
    (
        "RateControlledReusableFileReader",
        "its orders are values of the program; FixedRateControlledReusableFileReader takes paths",
    ),
    ("Resized", "a text writes a.inbox[100]"),
    ("Router", "its rules are functions"),
    ("SequentialTransformer", "it is a row of functions"),
    ("ServerCore", "SimpleServer is it with a handler that is not told who the client is"),
    ("ServerSentEvents", "HttpServer makes one for each request"),
    ("Signals", "the command takes the signals itself"),
    ("Subscribe", "no service that a text can make takes subscriptions"),
    ("TPipe", "its condition is a function"),
    ("TcpServer", "it is the part of SimpleServer that accepts"),
    ("Visualiser", "the command adds it with --visualise"),
];

/// The public components of the two crates.
fn components() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = vec![root.join("axon/src/introspector.rs")];
    for folder in
        ["util", "file", "chassis", "parallel", "catalogue"].map(|folder| format!("axon/src/{folder}"))
    {
        rust_files(&root.join(folder), &mut files);
    }
    rust_files(&root.join("kamaelia-net/src"), &mut files);
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().filter(|line| line.starts_with("impl")) {
            let Some((_, after)) = line.split_once("Component for ") else { continue };
            let name: String = after.chars().take_while(|letter| letter.is_alphanumeric()).collect();
            let is_public = |end: &str| code.contains(&format!("\npub struct {name}{end}"));
            if [" ", "<", ";", "("].iter().any(|end| is_public(end)) {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn every_component_is_in_the_catalogue_or_there_is_a_reason() {
    let catalogue = everything();
    let names = catalogue.entries().map(|entry| {
        let path = entry.path().split("::<").next().expect("a path");
        path.rsplit("::").next().expect("a name").to_owned()
    });
    let entered: BTreeSet<String> = names.collect();
    let components = components();
    assert!(components.len() > 90, "{components:?}");
    let has_reason = |component: &str| NOT_IN_IT.iter().any(|(name, _)| *name == component);
    let wrong = components.iter().filter(|name| entered.contains(*name) == has_reason(name));
    let wrong: Vec<&String> = wrong.collect();
    assert!(wrong.is_empty(), "in the catalogue, or with a reason why not: {wrong:?}");
    for &(name, _) in NOT_IN_IT {
        assert!(components.contains(name), "{name}: there is no such component");
    }
}
