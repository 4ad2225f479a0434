//! The arguments that were given, as the function that makes the component reads them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::value::{Factory, Value};

/// The arguments that were given, checked against the entry.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Arguments {
    values: BTreeMap<&'static str, Vec<Value>>,
}

/// An argument whose value the component cannot use.
#[derive(Debug)]
#[non_exhaustive]
pub struct ArgumentError {
    /// Which argument.
    pub argument: &'static str,
    /// Why.
    pub reason: String,
}

impl ArgumentError {
    /// This argument cannot be used for this reason.
    pub fn new(argument: &'static str, reason: impl fmt::Display) -> Self {
        ArgumentError { argument, reason: reason.to_string() }
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.argument, self.reason)
    }
}

impl std::error::Error for ArgumentError {}

impl Arguments {
    pub(crate) fn add(&mut self, name: &'static str, value: Value) {
        self.values.entry(name).or_default().push(value);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.values.remove(name);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The values that were given for an argument, in order.
    pub fn values(&self, name: &str) -> &[Value] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// All values of an argument that may be given more than once.
    ///
    /// # Panics
    ///
    /// If the entry gives the argument another type.
    #[must_use]
    pub fn all<T: FromArgument>(&self, name: &str) -> Vec<T> {
        self.values(name).iter().map(|value| converted(name, value)).collect()
    }

    /// The value of an argument, if it was given.
    ///
    /// # Panics
    ///
    /// If the entry gives the argument another type.
    #[must_use]
    pub fn value<T: FromArgument>(&self, name: &str) -> Option<T> {
        self.values(name).last().map(|value| converted(name, value))
    }

    /// The value of an argument that must be given.
    ///
    /// # Panics
    ///
    /// If the entry does not say that it must, or gives it another type.
    #[track_caller]
    #[must_use]
    pub fn need<T: FromArgument>(&self, name: &str) -> T {
        self.value(name).unwrap_or_else(|| panic!("the entry does not require the argument {name:?}"))
    }

    /// The value of an argument that must be given, as another type.
    ///
    /// # Errors
    ///
    /// It is not what the type takes.
    pub fn parse<T>(&self, name: &'static str) -> Result<T, ArgumentError>
    where
        T: FromStr<Err: fmt::Display>,
    {
        self.need::<String>(name).parse().map_err(|error| ArgumentError::new(name, error))
    }

    /// Calls a method with the value of an argument, if it was given.
    #[must_use]
    pub fn set<C, T: FromArgument>(&self, name: &str, component: C, method: impl FnOnce(C, T) -> C) -> C {
        match self.value(name) {
            Some(value) => method(component, value),
            None => component,
        }
    }

    /// Calls a method if an argument is true.
    #[must_use]
    pub fn flag<C>(&self, name: &str, component: C, method: impl FnOnce(C) -> C) -> C {
        if self.value(name) == Some(true) { method(component) } else { component }
    }
}

#[track_caller]
fn converted<T: FromArgument>(name: &str, value: &Value) -> T {
    T::from_argument(value)
        .unwrap_or_else(|| panic!("the argument {name:?} has another type in its entry: {value:?}"))
}

/// What a value can be turned into.
pub trait FromArgument: Sized {
    /// The value as this type; `None` if it is of another.
    fn from_argument(value: &Value) -> Option<Self>;
}

macro_rules! from_argument {
    ($($type:ty: $pattern:pat => $value:expr;)*) => {
        $(impl FromArgument for $type {
            fn from_argument(value: &Value) -> Option<Self> {
                match value {
                    $pattern => $value,
                    _ => None,
                }
            }
        })*
    };
}

from_argument! {
    i64: Value::Integer(number) => Some(*number);
    u64: Value::Integer(number) => u64::try_from(*number).ok();
    u32: Value::Integer(number) => u32::try_from(*number).ok();
    u16: Value::Integer(number) => u16::try_from(*number).ok();
    u8: Value::Integer(number) => u8::try_from(*number).ok();
    usize: Value::Integer(number) => usize::try_from(*number).ok();
    f64: Value::Float(number) => Some(*number);
    Duration: Value::Duration(time) => Some(*time);
    String: Value::Text(text) => Some(text.clone());
    Vec<u8>: Value::Bytes(bytes) => Some(bytes.clone());
    bool: Value::Boolean(yes) => Some(*yes);
    PathBuf: Value::Path(path) => Some(path.clone());
    Factory: Value::Component(factory) => Some(factory.clone());
}
