//! The argument of a function that is given to a component: a type of its own, or the message itself.
//!
//! *Differs from Kamaelia:* the type of the function's argument says what it takes. A message of another
//! type is an error that names component and box.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::{ComponentRef, Context, Message, Payload};

/// A type that a message can be turned into: every payload that is `Clone`, and [`Message`] itself.
///
/// # Examples
///
/// A function that takes a number, and one that takes whatever comes:
///
/// ```
/// use axon::{Message, util::PureTransformer};
///
/// let doubler = PureTransformer::map(|n: u64| n * 2);
/// let describer = PureTransformer::map(|message: Message| format!("{message:?}"));
/// ```
pub trait FromMessage: Sized + 'static {
    /// The name of the type, for the error when another type arrives.
    #[must_use]
    fn expected() -> String {
        std::any::type_name::<Self>().to_owned()
    }

    /// Turns the message into this type.
    ///
    /// # Errors
    ///
    /// The message itself, unchanged, if it has another type.
    fn from_message(message: Message) -> Result<Self, Message>;
}

impl<T: Payload + Clone> FromMessage for T {
    fn from_message(message: Message) -> Result<Self, Message> {
        message.into_value()
    }
}

impl FromMessage for Message {
    fn from_message(message: Message) -> Result<Self, Message> {
        Ok(message)
    }
}

/// What tells of a message whether it meets a condition.
pub(crate) type Condition = Box<dyn FnMut(&Message) -> bool>;

/// A condition for payloads of type `T`, which no other message meets. With `T` = [`Message`] it is asked of every
/// message.
pub(crate) fn condition<T: Payload>(mut condition: impl FnMut(&T) -> bool + 'static) -> Condition {
    Box::new(move |message| match (message as &dyn Any).downcast_ref::<T>() {
        Some(whole) => condition(whole),
        None => message.view(&mut condition).unwrap_or(false),
    })
}

/// Takes the next message out of an inbox as a `T`. `None` if the inbox is empty.
///
/// # Errors
///
/// [`UnfitError`], holding the message, if its payload cannot become a `T`.
pub fn receive<T: FromMessage>(cx: &Context, inbox: &'static str) -> Result<Option<T>, UnfitError> {
    let Some(message) = cx.recv(inbox) else { return Ok(None) };
    match T::from_message(message) {
        Ok(value) => Ok(Some(value)),
        Err(message) => {
            let message = Mutex::new(message);
            Err(UnfitError { component: cx.me().clone(), inbox, expected: T::expected(), message })
        }
    }
}

/// A message of a type that the component which received it cannot use.
pub struct UnfitError {
    component: ComponentRef,
    inbox: &'static str,
    expected: String,
    /// Behind a lock, because an error should be `Sync` and a payload need not be.
    message: Mutex<Message>,
}

impl UnfitError {
    /// The component that could not use the message.
    pub fn component(&self) -> &ComponentRef {
        &self.component
    }

    /// The inbox it came from.
    pub fn inbox(&self) -> &str {
        self.inbox
    }

    /// The message itself.
    pub fn into_message(self) -> Message {
        self.message.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for UnfitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnfitError { component, inbox, expected, message } = self;
        let message = message.lock().unwrap_or_else(PoisonError::into_inner);
        write!(
            f,
            "{component} takes {expected} from {inbox:?}, not {}: {}",
            message.payload_type(),
            message.excerpt()
        )
    }
}

impl fmt::Debug for UnfitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for UnfitError {}
