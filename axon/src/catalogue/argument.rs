//! One argument of a component: its name, its type, what it is for.

use std::fmt;
use std::time::Duration;

/// What an argument takes.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum ArgumentType {
    /// A whole number.
    Integer {
        /// The least that it may be.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A number.
    Float {
        /// The least that it may be.
        least: f64,
        /// The most.
        most: f64,
    },
    /// A number of bytes: `64KiB`.
    Size {
        /// The least that it may be.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A time: `250ms`.
    Duration {
        /// The least that it may be.
        least: Duration,
    },
    /// Text.
    Text,
    /// Bytes: `"\x00"`.
    Bytes,
    /// `true` or `false`.
    Boolean,
    /// An address: `127.0.0.1:1500`.
    Address,
    /// The path of a file.
    Path,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A component, or a graph in parentheses.
    Component,
}

/// What is expected, as messages say it.
impl fmt::Display for ArgumentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArgumentType::Integer { least: i64::MIN, most: i64::MAX } => f.write_str("a whole number"),
            ArgumentType::Integer { least, most: i64::MAX } => {
                write!(f, "a whole number of at least {least}")
            }
            ArgumentType::Integer { least, most } => write!(f, "a whole number from {least} to {most}"),
            ArgumentType::Float { least, most: f64::MAX } => write!(f, "a number of at least {least}"),
            ArgumentType::Float { least, most } => write!(f, "a number from {least} to {most}"),
            ArgumentType::Size { least: 0..=1, .. } => f.write_str("a size such as 64KiB"),
            ArgumentType::Size { least, .. } => write!(f, "a size such as 64KiB, at least {least}B"),
            ArgumentType::Duration { least: Duration::ZERO } => f.write_str("a time such as 250ms or 1.5s"),
            ArgumentType::Duration { least } => write!(f, "a time such as 250ms or 1.5s, at least {least:?}"),
            ArgumentType::Text => f.write_str("text"),
            ArgumentType::Bytes => f.write_str("bytes"),
            ArgumentType::Boolean => f.write_str("true or false"),
            ArgumentType::Address => f.write_str("an address such as 127.0.0.1:1500"),
            ArgumentType::Path => f.write_str("the path of a file"),
            ArgumentType::Choice(choices) => write!(f, "one of {}", choices.join(", ")),
            ArgumentType::Component => {
                f.write_str("a component such as EchoProtocol, or several in parentheses")
            }
        }
    }
}

/// How the value becomes part of the program that a graph is printed as.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Written {
    /// Among the arguments of the constructor, or in its template.
    Constructor,
    /// As the method of the argument's name: `.longest_line(100)`, or, for a boolean, `.lossy()`.
    Method,
}

/// One argument in an [`Entry`](super::Entry).
#[derive(Clone, PartialEq, Debug)]
pub struct Argument {
    pub(super) name: &'static str,
    pub(super) kind: ArgumentType,
    pub(super) doc: &'static str,
    pub(super) positional: bool,
    pub(super) required: bool,
    pub(super) repeated: bool,
    pub(super) default: Option<&'static str>,
    pub(super) example: Option<&'static str>,
    pub(super) written: Written,
    /// What stands around the value in a program, `{}` for the value.
    pub(super) template: Option<&'static str>,
}

macro_rules! makers {
    ($($(#[$doc:meta])* $name:ident: $kind:expr;)*) => {
        impl Argument {
            $(
                $(#[$doc])*
                pub fn $name(name: &'static str, doc: &'static str) -> Self {
                    Argument::new(name, $kind, doc)
                }
            )*
        }
    };
}

makers! {
    /// A whole number that is not negative.
    count: ArgumentType::Integer { least: 0, most: i64::MAX };
    /// Any whole number.
    integer: ArgumentType::Integer { least: i64::MIN, most: i64::MAX };
    /// A number that is not negative.
    float: ArgumentType::Float { least: 0.0, most: f64::MAX };
    /// A number of bytes, at least 1.
    size: ArgumentType::Size { least: 1, most: i64::MAX };
    /// A time.
    duration: ArgumentType::Duration { least: Duration::ZERO };
    /// Text.
    text: ArgumentType::Text;
    /// Bytes.
    bytes: ArgumentType::Bytes;
    /// Yes or no; its name alone is a yes.
    flag: ArgumentType::Boolean;
    /// An address.
    address: ArgumentType::Address;
    /// A path.
    path: ArgumentType::Path;
    /// A component.
    component: ArgumentType::Component;
}

impl Argument {
    fn new(name: &'static str, kind: ArgumentType, doc: &'static str) -> Self {
        Argument {
            name,
            kind,
            doc,
            positional: false,
            required: false,
            repeated: false,
            default: None,
            example: None,
            written: Written::Method,
            template: None,
        }
    }

    /// One of these words.
    #[must_use]
    pub fn choice(name: &'static str, choices: &'static [&'static str], doc: &'static str) -> Self {
        Argument::new(name, ArgumentType::Choice(choices), doc)
    }

    /// It may stand without its name. Several such stand in the order of the entry.
    #[must_use]
    pub fn positional(mut self) -> Self {
        self.positional = true;
        self
    }

    /// It must be given. It is an argument of the constructor, too.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self.constructor()
    }

    /// It may be given more than once: a list. One that is positional takes all that is left.
    #[must_use]
    pub fn repeated(mut self) -> Self {
        self.repeated = true;
        self
    }

    /// The least that a number, a size or a time (in milliseconds) may be.
    ///
    /// # Panics
    ///
    /// If the argument is of another type.
    #[must_use]
    pub fn at_least(mut self, at_least: i64) -> Self {
        match &mut self.kind {
            ArgumentType::Integer { least, .. } | ArgumentType::Size { least, .. } => *least = at_least,
            ArgumentType::Float { least, .. } => *least = at_least as f64,
            ArgumentType::Duration { least } => *least = Duration::from_millis(at_least.unsigned_abs()),
            other => panic!("{}: {other} has no least", self.name),
        }
        self
    }

    /// The most that a number or a size may be.
    ///
    /// # Panics
    ///
    /// If the argument is of another type.
    #[must_use]
    pub fn at_most(mut self, at_most: i64) -> Self {
        match &mut self.kind {
            ArgumentType::Integer { most, .. } | ArgumentType::Size { most, .. } => *most = at_most,
            ArgumentType::Float { most, .. } => *most = at_most as f64,
            other => panic!("{}: {other} has no most", self.name),
        }
        self
    }

    /// What is taken if it is not given, in words for the reader.
    #[must_use]
    pub fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// A value that somebody could give.
    #[must_use]
    pub fn example(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    /// In a program it stands among the arguments of the constructor.
    #[must_use]
    pub fn constructor(mut self) -> Self {
        self.written = Written::Constructor;
        self
    }

    /// What stands around its value in a program, with `{}` for the value.
    #[must_use]
    pub fn rust(mut self, template: &'static str) -> Self {
        self.template = Some(template);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> &ArgumentType {
        &self.kind
    }

    /// What it is for.
    #[must_use]
    pub fn doc(&self) -> &'static str {
        self.doc
    }

    /// Whether it may stand without its name.
    #[must_use]
    pub fn is_positional(&self) -> bool {
        self.positional
    }

    /// Whether it must be given.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// Whether it may be given more than once.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.repeated
    }

    /// What is taken if it is not given.
    #[must_use]
    pub fn default_value(&self) -> Option<&'static str> {
        self.default
    }

    /// A value that somebody could give.
    #[must_use]
    pub fn example_value(&self) -> &'static str {
        self.example.unwrap_or(match &self.kind {
            ArgumentType::Integer { .. } | ArgumentType::Float { .. } => "10",
            ArgumentType::Size { .. } => "64KiB",
            ArgumentType::Duration { .. } => "250ms",
            ArgumentType::Text | ArgumentType::Bytes => "hello",
            ArgumentType::Boolean => "true",
            ArgumentType::Address => "127.0.0.1:0",
            ArgumentType::Path => "log.txt",
            ArgumentType::Choice(choices) => choices.first().copied().unwrap_or_default(),
            ArgumentType::Component => "PassThrough",
        })
    }
}
