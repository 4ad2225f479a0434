//! Compares one component of a text with its entry in the catalogue: its name, and each of its arguments.

use std::sync::Arc;

use super::building::Building;
use super::diagnostic::{Found, Span};
use super::format;
use super::lexer::Word;
use super::plan::{Changes, One, Plan};
use super::resolve::Resolver;
use super::syntax::{Given, GivenValue, Name, Part, PartKind};
use crate::catalogue::{Argument, ArgumentType, Arguments, Entry, Factory, Made, Origin, Value, nearest};
use crate::{Component, Scheduler};

/// The arguments of one component.
#[derive(Default)]
struct Read {
    arguments: Arguments,
    /// The components among them.
    held: Vec<(&'static str, Plan)>,
    /// Where each stands.
    places: Vec<(&'static str, Span)>,
}

impl Resolver<'_> {
    /// A component with its arguments. It may be a misspelt name of something in `around`.
    pub(super) fn named(&mut self, name: &Name, given: &[Given], around: Option<&Building>) -> Option<Plan> {
        let catalogue = self.catalogue;
        let Some(entry) = catalogue.entry(&name.text) else {
            self.no_such_component(name, around);
            return None;
        };
        let mistakes = self.found.len();
        let Read { arguments, held, places } = self.arguments(entry, name, given);
        let missing = entry
            .arguments()
            .iter()
            .filter(|argument| argument.is_required() && !arguments.has(argument.name()));
        let missing: Vec<&Argument> = missing.collect();
        if self.found.len() == mistakes && !missing.is_empty() {
            let names: Vec<&str> = missing.iter().map(|argument| argument.name()).collect();
            let message = format!("{} needs the argument {}", name.text, names.join(" and "));
            self.wrong(Found::new(name.span, message).help(format!("write {}", usage(entry))));
        }
        if self.found.len() > mistakes {
            return None;
        }
        match entry.make(&arguments) {
            Ok(made) => {
                let part = Part {
                    label: None,
                    what: PartKind::Named(name.clone(), given.to_vec()),
                    span: name.span,
                };
                let text = format::part(&part, "");
                let origin = Arc::new(Origin { text, boxes: made.boxes(), limits: limits(made) });
                let (entry, changes) = (Arc::clone(entry), Changes::default());
                Some(Plan::One(One { entry, arguments, held, origin, changes }))
            }
            Err(error) => {
                let place = places.iter().find(|(argument, _)| *argument == error.argument);
                let span = place.map_or(name.span, |(_, span)| *span);
                self.wrong(Found::new(
                    span,
                    format!("{} of {}: {}", error.argument, name.text, error.reason),
                ));
                None
            }
        }
    }

    fn no_such_component(&mut self, name: &Name, around: Option<&Building>) {
        let found = Found::new(name.span, format!("there is no component {:?}", name.text));
        let found = if let Some(entry) = self.catalogue.entry_of_python(&name.text) {
            found.help(format!("Kamaelia's {} is {} here", name.text, entry.name()))
        } else if name.text.contains('!') {
            found.help("write a space on both sides of !")
        } else {
            let names = self.catalogue.entries().map(|entry| entry.name());
            found.nearest(&name.text, names.chain(around.into_iter().flat_map(Building::labels)))
        };
        self.wrong(found);
    }

    fn arguments(&mut self, entry: &Entry, name: &Name, given: &[Given]) -> Read {
        let Read { mut arguments, mut held, mut places } = Read::default();
        for (nth, one) in given.iter().enumerate() {
            self.check_spaces(one, given.get(nth + 1));
            let Some(argument) = self.argument_of(entry, name, one, &arguments) else { continue };
            if one.replaces {
                arguments.remove(argument.name());
                held.retain(|(name, _)| *name != argument.name());
            }
            if arguments.has(argument.name()) && !argument.is_repeated() {
                let message = format!("{} is given twice", argument.name());
                self.wrong(Found::new(one.span, message));
                continue;
            }
            places.push((argument.name(), one.span));
            if let Some((value, plan)) = self.value(entry, name, argument, one) {
                arguments.add(argument.name(), value);
                held.extend(plan.map(|plan| (argument.name(), plan)));
            }
        }
        Read { arguments, held, places }
    }

    /// Finds a `!` that was meant to join and has no space before it: it belongs to the word.
    fn check_spaces(&mut self, one: &Given, next: Option<&Given>) {
        let bare = |given: &Given| match &given.value {
            GivenValue::Word(word) if !word.quoted => Some(word.shown()),
            _ => None,
        };
        let Some((word, after)) = bare(one).and_then(|text| {
            let (word, after) = text.split_once('!')?;
            Some((word.to_owned(), after.to_owned()))
        }) else {
            return;
        };
        let after = if after.is_empty() { next.and_then(bare).unwrap_or_default() } else { after };
        if self.catalogue.entry(&after).is_some() {
            let found = Found::new(one.span, format!("the ! belongs to the word before it, {word:?}"));
            self.wrong(
                found.help(format!("write a space before it: {word} ! {after}; or quotes around the word")),
            );
        }
    }

    /// The argument that is meant.
    fn argument_of<'e>(
        &mut self,
        entry: &'e Entry,
        name: &Name,
        one: &Given,
        so_far: &Arguments,
    ) -> Option<&'e Argument> {
        let known = entry.arguments();
        let names = || known.iter().map(Argument::name);
        let Some(key) = &one.key else {
            // A flag may stand as its name alone.
            if let GivenValue::Word(word) = &one.value
                && let Some(argument) =
                    word.bare().and_then(|text| known.iter().find(|argument| argument.name() == text))
                && *argument.kind() == ArgumentType::Boolean
            {
                return Some(argument);
            }
            let is_free = |argument: &&Argument| argument.is_repeated() || !so_far.has(argument.name());
            let mut free = known.iter().filter(|argument| argument.is_positional()).filter(is_free);
            let wants_component = matches!(one.value, GivenValue::Group(_));
            let fits = |argument: &&Argument| !wants_component || *argument.kind() == ArgumentType::Component;
            let found = free.find(fits);
            if found.is_none() {
                self.too_many(entry, name, one);
            }
            return found;
        };
        let found = known.iter().find(|argument| argument.name() == key.text);
        if found.is_none() {
            let message = match names().collect::<Vec<_>>() {
                names if names.is_empty() => format!("{} takes no arguments", name.text),
                names => format!("{} has no argument {:?}; it has {}", name.text, key.text, names.join(", ")),
            };
            let found = Found::new(key.span, message).nearest(&key.text, names());
            // Not if the name was given from outside, by `Text::set`.
            let is_strange = !one.replaces && nearest(&key.text, names()).is_none();
            let mut free = known.iter().filter(|argument| {
                is_strange
                    && argument.is_positional()
                    && (argument.is_repeated() || !so_far.has(argument.name()))
            });
            self.wrong(match free.next() {
                Some(path) if *path.kind() == ArgumentType::Path => {
                    found.help(format!("write {}={}", path.name(), excerpt_of(&one.value)))
                }
                Some(_) => found.help("a text with = in it stands in quotes"),
                None => found,
            });
        }
        found
    }

    fn too_many(&mut self, entry: &Entry, name: &Name, one: &Given) {
        let known: Vec<&str> = entry.arguments().iter().map(Argument::name).collect();
        let message = if known.is_empty() {
            format!("{} takes no arguments", name.text)
        } else {
            format!("{} takes nothing here without a name; its arguments are {}", name.text, known.join(", "))
        };
        let found = Found::new(one.span, message);
        let shown = match &one.value {
            GivenValue::Word(word) => word.shown(),
            GivenValue::Group(_) => String::new(),
        };
        // Somebody who writes two components without a sign between them.
        let found = if shown == "|" {
            found.help("components are joined with !, not with |")
        } else if self.catalogue.entry(&shown).is_some() {
            found.help(format!("join components with !: {} ! {shown}", name.text))
        } else if entry.arguments().is_empty() {
            found
        } else {
            found.help(format!("write {}", usage(entry)))
        };
        self.wrong(found);
    }

    fn value(
        &mut self,
        entry: &Entry,
        name: &Name,
        argument: &Argument,
        one: &Given,
    ) -> Option<(Value, Option<Plan>)> {
        if *argument.kind() == ArgumentType::Component {
            let plan = match &one.value {
                GivenValue::Group(group) => self.group(group)?,
                GivenValue::Word(word) => {
                    let name = Name { text: word.shown(), span: word.span };
                    self.named(&name, &[], None)?
                }
            };
            let (shared, origins) = (plan.clone(), self.origins.clone());
            let factory = Factory::new(move || shared.make(&origins));
            return Some((Value::Component(factory), Some(plan)));
        }
        let GivenValue::Word(word) = &one.value else {
            let message =
                format!("{} of {} takes {}, not a component", argument.name(), name.text, argument.kind());
            self.wrong(Found::new(one.span, message));
            return None;
        };
        let bytes = match (&one.key, argument.kind(), word.bare()) {
            (None, ArgumentType::Boolean, Some(text)) if text == argument.name() => b"true".to_vec(),
            _ => word.bytes.clone(),
        };
        match entry.read(argument, &bytes) {
            Ok(value) => Some((value, None)),
            Err(expected) => {
                let shown = excerpt(word);
                let message = format!("{} of {} takes {expected}, not {shown:?}", argument.name(), name.text);
                let found = Found::new(word.span, message);
                let is_component = one.key.is_none() && self.catalogue.entry(&shown).is_some();
                self.wrong(if is_component { found.help("components are joined with !") } else { found });
                None
            }
        }
    }
}

fn excerpt_of(value: &GivenValue) -> String {
    match value {
        GivenValue::Word(word) => excerpt(word),
        GivenValue::Group(_) => "(...)".to_owned(),
    }
}

fn excerpt(word: &Word) -> String {
    let shown = word.shown();
    match shown.char_indices().nth(60) {
        Some((at, _)) => format!("{}...", &shown[..at]),
        None => shown,
    }
}

/// How a component is written, with all that it needs.
pub(super) fn usage(entry: &Entry) -> String {
    let needed = entry.arguments().iter().filter(|argument| argument.is_required());
    let needed = needed.map(|argument| {
        let example = argument.example_value();
        match argument.is_positional() {
            true if *argument.kind() == ArgumentType::Component => format!(" ({example})"),
            true => format!(" {example}"),
            false => format!(" {}={example}", argument.name()),
        }
    });
    format!("{}{}", entry.name(), needed.collect::<String>())
}

/// The limits that a component declares: seen on one that does not run.
fn limits(made: Made) -> Vec<(String, usize)> {
    let scheduler = Scheduler::new();
    scheduler.add(made);
    let inboxes = scheduler.snapshot().components.into_iter().flat_map(|component| component.inboxes);
    inboxes.filter_map(|inbox| Some((inbox.name, inbox.limit?))).collect()
}
