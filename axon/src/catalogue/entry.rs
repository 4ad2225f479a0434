//! One component in the catalogue.

use std::fmt;

use super::argument::{Argument, ArgumentType, Written};
use super::arguments::{ArgumentError, Arguments};
use super::made::Made;
use super::value::{Factory, Value};
use crate::{Boxes, Component};

/// What a component is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// It sends what comes from outside the graph.
    Source,
    /// It sends something else for what it receives.
    Transformer,
    /// It passes some of it on.
    Filter,
    /// It sends to several.
    Splitter,
    /// It receives from several.
    Joiner,
    /// What it receives leaves the graph.
    Sink,
    /// It speaks with the network.
    Network,
    /// It serves one connection.
    Protocol,
    /// It holds other components.
    Chassis,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Source => "source",
            Kind::Transformer => "transformer",
            Kind::Filter => "filter",
            Kind::Splitter => "splitter",
            Kind::Joiner => "joiner",
            Kind::Sink => "sink",
            Kind::Network => "network",
            Kind::Protocol => "protocol",
            Kind::Chassis => "chassis",
        })
    }
}

/// What goes through an `inbox` or `outbox`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Carries {
    /// Anything, or what is not known beforehand.
    #[default]
    Anything,
    /// Text.
    Text,
    /// Bytes. An inbox for bytes takes text too.
    Bytes,
    /// Something else, in a word or two.
    Other(&'static str),
}

impl Carries {
    /// Whether an inbox that takes `inbox` can use what an outbox sends that sends this.
    #[must_use]
    pub fn fits(self, inbox: Carries) -> bool {
        match (self, inbox) {
            (Carries::Anything, _) | (_, Carries::Anything) | (Carries::Text, Carries::Bytes) => true,
            (sent, taken) => sent == taken,
        }
    }
}

impl fmt::Display for Carries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Carries::Anything => "anything",
            Carries::Text => "text",
            Carries::Bytes => "bytes",
            Carries::Other(what) => what,
        })
    }
}

/// One component: what it is for, its arguments, and how it is made.
pub struct Entry {
    kind: Kind,
    path: &'static str,
    called: Option<&'static str>,
    summary: &'static str,
    python: Option<&'static str>,
    arguments: Vec<Argument>,
    takes: Carries,
    sends: Carries,
    template: Option<&'static str>,
    maker: Box<Maker>,
}

type Maker = dyn Fn(&Arguments) -> Result<Made, ArgumentError> + Send + Sync;

impl Entry {
    /// A component, by its path in Rust (its name is the last part), the first sentence of its documentation,
    /// and the function that makes it.
    pub fn new<C: Component>(
        kind: Kind,
        path: &'static str,
        summary: &'static str,
        make: impl Fn(&Arguments) -> Result<C, ArgumentError> + Send + Sync + 'static,
    ) -> Self {
        Entry {
            kind,
            path,
            called: None,
            summary,
            python: None,
            arguments: Vec::new(),
            takes: Carries::Anything,
            sends: Carries::Anything,
            template: None,
            maker: Box::new(move |arguments| make(arguments).map(Made::new)),
        }
    }

    /// Its name in Kamaelia, if it has another there.
    #[must_use]
    pub fn named_in_python(mut self, name: &'static str) -> Self {
        self.python = Some(name);
        self
    }

    /// Its name in texts, if not the last part of its path.
    #[must_use]
    pub fn called(mut self, name: &'static str) -> Self {
        self.called = Some(name);
        self
    }

    /// One more argument.
    #[must_use]
    pub fn argument(mut self, argument: Argument) -> Self {
        self.arguments.push(argument);
        self
    }

    /// What its `inbox` takes.
    #[must_use]
    pub fn takes(mut self, what: Carries) -> Self {
        self.takes = what;
        self
    }

    /// What its `outbox` sends.
    #[must_use]
    pub fn sends(mut self, what: Carries) -> Self {
        self.sends = what;
        self
    }

    /// How it is made in a program, if not by `new`: with `{name}` for the value of an argument.
    #[must_use]
    pub fn rust(mut self, template: &'static str) -> Self {
        self.template = Some(template);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if let Some(name) = self.called {
            return name;
        }
        let path = self.path.split("::<").next().unwrap_or(self.path);
        path.rsplit("::").next().unwrap_or(path)
    }

    /// Its name in Kamaelia.
    #[must_use]
    pub fn python(&self) -> &'static str {
        self.python.unwrap_or_else(|| self.name())
    }

    /// Its path in Rust.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What it does, in a sentence.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What its `inbox` takes.
    #[must_use]
    pub fn inbox_takes(&self) -> Carries {
        self.takes
    }

    /// What its `outbox` sends.
    #[must_use]
    pub fn outbox_sends(&self) -> Carries {
        self.sends
    }

    /// Its arguments; those that may stand without their names, in their order.
    #[must_use]
    pub fn arguments(&self) -> &[Argument] {
        &self.arguments
    }

    /// The boxes that it has, made with the examples of its arguments.
    pub fn boxes(&self) -> Boxes {
        match self.make(&self.example()) {
            Ok(made) => made.boxes(),
            Err(_) => Boxes::standard(),
        }
    }

    /// The arguments that it needs, with the values of its examples.
    #[must_use]
    pub fn example(&self) -> Arguments {
        let mut arguments = Arguments::default();
        for argument in self.arguments.iter().filter(|argument| argument.required) {
            let value = argument.kind.read(argument.example_value().as_bytes());
            let any = || Factory::new(|| Ok(Made::new(Example)));
            arguments.add(argument.name, value.unwrap_or_else(|_| Value::Component(any())));
        }
        arguments
    }

    /// Makes one.
    ///
    /// # Errors
    ///
    /// An argument has a value that the component cannot use.
    pub fn make(&self, arguments: &Arguments) -> Result<Made, ArgumentError> {
        (self.maker)(arguments)
    }

    /// Reads a value for an argument. The error says what was expected.
    pub(crate) fn read(&self, argument: &Argument, written: &[u8]) -> Result<Value, String> {
        argument.kind.read(written)
    }

    /// The expression that makes it in a program, from those of the values of its arguments.
    pub(crate) fn expression(&self, values: impl Fn(&Argument) -> Vec<String>) -> String {
        let of = |argument: &Argument| {
            let values = values(argument).into_iter();
            let is_choice = matches!(argument.kind, ArgumentType::Choice(_));
            let values = values.map(|value| match argument.template {
                Some(around) => around.replace("{}", &value),
                // It chooses a function.
                None if is_choice => value.trim_matches('"').to_owned(),
                None => value,
            });
            let values: Vec<String> = values.collect();
            if argument.repeated && argument.written == Written::Constructor {
                return Some(format!("[{}]", values.join(", ")));
            }
            values.into_iter().next_back()
        };
        let constructor = |argument: &&Argument| argument.written == Written::Constructor;
        let mut text = match self.template {
            Some(template) => {
                self.arguments.iter().filter(constructor).fold(template.to_owned(), |text, argument| {
                    let value = of(argument).or(argument.default.map(str::to_owned)).unwrap_or_default();
                    text.replace(&format!("{{{}}}", argument.name), &value)
                })
            }
            None => {
                let given: Vec<String> = self.arguments.iter().filter(constructor).filter_map(of).collect();
                format!("{}::new({})", self.path, given.join(", "))
            }
        };
        for argument in self.arguments.iter().filter(|argument| argument.written == Written::Method) {
            if let Some(value) = of(argument) {
                let is_yes = argument.kind == ArgumentType::Boolean && argument.template.is_none();
                let value = if is_yes { "" } else { &value };
                text += &format!(".{}({value})", argument.name);
            }
        }
        text
    }
}

/// Stands for the component that an argument takes, where boxes are only looked at.
struct Example;

impl Component for Example {}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.name())
    }
}
