//! What travels on a linkage: one payload of any type that is `Any + Send + Debug`.
//!
//! *Differs from Kamaelia:* a Python message is any object, shared by all who got it. A [`Message`] is
//! owned by whoever holds it; splitting components share the payload with [`Message::duplicate`].
//!
//! Numbers, text, bytes and the usual notices lie in the message itself; any other payload has a box
//! of its own. `docs/decisions/message.md` tells why, with figures.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::distant::{Distant, SharedBox, lock};
use super::mark::{Mark, Plain};
use super::notices::{Ending, Notice, ProducerFinished, ShutdownMicroprocess};
use crate::kernel::id::ComponentRef;

/// What a message can carry: every type that is `Any + Send + Debug`.
///
/// `Debug` is required so that every box can be watched, `Send` so that any message can cross to another thread.
/// There is nothing to implement.
pub trait Payload: Any + Send + fmt::Debug {
    /// The name of the payload's type.
    #[doc(hidden)]
    fn payload_type(&self) -> &'static str {
        std::any::type_name::<Self>()
    }
}

impl<T: Any + Send + fmt::Debug> Payload for T {}

/// The unit in which the weight of messages is counted: smaller ones weigh nothing.
pub(in crate::kernel) const WEIGHT_UNIT: usize = 256;

/// Turns a value into another type if it is the same type. Costs nothing when compiled.
#[inline(always)]
fn same_type<A: Any, B: Any>(value: A) -> Result<B, A> {
    if TypeId::of::<A>() != TypeId::of::<B>() {
        return Err(value);
    }
    let mut slot = Some(value);
    match (&mut slot as &mut dyn Any).downcast_mut::<Option<B>>().and_then(Option::take) {
        Some(same) => Ok(same),
        None => unreachable!("the types were compared above"),
    }
}

macro_rules! message {
    (
        scalar: $($scalar:ident($scalar_type:ty),)*;
        plain: $($plain:ident($plain_type:ty),)*;
        owned: $($owned:ident($owned_type:ty),)*
    ) => {
        /// How a payload lies in a message.
        enum Repr {
            $($scalar($scalar_type),)*
            $($plain($plain_type),)*
            $($owned($owned_type),)*
            /// A number or notice with an identity: see [`Message::mark`].
            Marked(Arc<dyn Plain>),
            SharedText(Arc<String>),
            SharedBytes(Arc<Vec<u8>>),
            /// Everything else, with how it ends its receiver if it is a notice.
            Boxed(Option<Ending>, Distant),
            SharedBox(Option<Ending>, SharedBox),
        }

        impl Message {
            /// A message with this payload. A payload that is itself a message stays that message.
            #[inline(always)]
            pub fn new<T: Payload>(payload: T) -> Self {
                let payload = match same_type::<T, Message>(payload) {
                    Ok(message) => return message,
                    Err(payload) => payload,
                };
                $(let payload = match same_type::<T, $scalar_type>(payload) {
                    Ok(value) => return Message(Repr::$scalar(value)),
                    Err(payload) => payload,
                };)*
                $(let payload = match same_type::<T, $plain_type>(payload) {
                    Ok(value) => return Message(Repr::$plain(value)),
                    Err(payload) => payload,
                };)*
                $(let payload = match same_type::<T, $owned_type>(payload) {
                    Ok(value) => return Message(Repr::$owned(value)),
                    Err(payload) => payload,
                };)*
                Message(Repr::Boxed(None, Distant::new(payload)))
            }

            /// The payload, if it is a `T` that no other message shares.
            ///
            /// # Errors
            ///
            /// The message itself, when its payload is of another type or still shared.
            #[inline(always)]
            pub fn take<T: Payload>(self) -> Result<T, Message> {
                // The type is known when this is compiled: what remains is one comparison of the tag.
                $(if TypeId::of::<T>() == TypeId::of::<$scalar_type>() {
                    return match self.0 {
                        Repr::$scalar(value) => Ok(certain(value)),
                        _ => self.take_distant(),
                    };
                })*
                $(if TypeId::of::<T>() == TypeId::of::<$plain_type>() {
                    return match self.0 {
                        Repr::$plain(value) => Ok(certain(value)),
                        _ => self.take_distant(),
                    };
                })*
                $(if TypeId::of::<T>() == TypeId::of::<$owned_type>() {
                    return match self.0 {
                        Repr::$owned(value) => Ok(certain(value)),
                        _ => self.take_distant(),
                    };
                })*
                self.take_distant()
            }

            /// Replaces the payload without dropping the old one, which must own nothing.
            #[inline(always)]
            pub(in crate::kernel) fn fill<T: Payload>(&mut self, payload: T) {
                std::mem::forget(std::mem::replace(&mut self.0, Message::new(payload).0));
            }

            /// Whether a payload of this type may weigh anything. Known when this is compiled.
            #[inline(always)]
            pub(in crate::kernel) fn may_weigh<T: Payload>() -> bool {
                $(if TypeId::of::<T>() == TypeId::of::<$scalar_type>() {
                    return false;
                })*
                $(if TypeId::of::<T>() == TypeId::of::<$plain_type>() {
                    return false;
                })*
                TypeId::of::<T>() == TypeId::of::<Message>()
                    || $(TypeId::of::<T>() == TypeId::of::<$owned_type>() ||)*
                    size_of::<T>() >= WEIGHT_UNIT
            }

            /// The payload, if it is a `T` and a scalar.
            #[inline(always)]
            pub(in crate::kernel) fn scalar<T: Payload>(&self) -> Option<T> {
                $(if TypeId::of::<T>() == TypeId::of::<$scalar_type>() {
                    return match &self.0 {
                        Repr::$scalar(value) => Some(certain(*value)),
                        _ => None,
                    };
                })*
                None
            }

            fn any<R>(&self, look: impl FnOnce(&dyn Any) -> R) -> R {
                match &self.0 {
                    $(Repr::$scalar(value) => look(value),)*
                    $(Repr::$plain(value) => look(value),)*
                    $(Repr::$owned(value) => look(value),)*
                    Repr::Marked(value) => look(&**value as &dyn Any),
                    Repr::SharedText(text) => look(&**text),
                    Repr::SharedBytes(bytes) => look(&**bytes),
                    Repr::Boxed(_, payload) => look(payload.get() as &dyn Any),
                    Repr::SharedBox(_, shared) => look(lock(shared).get() as &dyn Any),
                }
            }

            /// The payload, if it is a `T` that lies in this message alone: see [`Message::view`] for all.
            pub fn downcast_ref<T: Payload>(&self) -> Option<&T> {
                match &self.0 {
                    $(Repr::$scalar(value) => (value as &dyn Any).downcast_ref(),)*
                    $(Repr::$plain(value) => (value as &dyn Any).downcast_ref(),)*
                    $(Repr::$owned(value) => (value as &dyn Any).downcast_ref(),)*
                    Repr::Marked(value) => (&**value as &dyn Any).downcast_ref(),
                    Repr::SharedText(text) => (&**text as &dyn Any).downcast_ref(),
                    Repr::SharedBytes(bytes) => (&**bytes as &dyn Any).downcast_ref(),
                    Repr::Boxed(_, payload) => (payload.get() as &dyn Any).downcast_ref(),
                    Repr::SharedBox(..) => None,
                }
            }

            /// The name of the payload's type.
            pub fn payload_type(&self) -> &'static str {
                match &self.0 {
                    $(Repr::$scalar(value) => value.payload_type(),)*
                    $(Repr::$plain(value) => value.payload_type(),)*
                    $(Repr::$owned(value) => value.payload_type(),)*
                    Repr::Marked(value) => (**value).payload_type(),
                    Repr::SharedText(_) => "alloc::string::String",
                    Repr::SharedBytes(_) => "alloc::vec::Vec<u8>",
                    Repr::Boxed(_, payload) => payload.get().payload_type(),
                    Repr::SharedBox(_, shared) => lock(shared).get().payload_type(),
                }
            }

            /// A second message with the same payload.
            ///
            /// Numbers and notices are copied; text, bytes and everything else are from now on shared
            /// by both messages, and copied only by a receiver who wants its own while both live.
            #[must_use]
            pub fn duplicate(&mut self) -> Message {
                let own = std::mem::replace(&mut self.0, Repr::Unit(()));
                let (first, second) = match own {
                    $(Repr::$scalar(value) => (Repr::$scalar(value.clone()), Repr::$scalar(value)),)*
                    $(Repr::$plain(value) => (Repr::$plain(value.clone()), Repr::$plain(value)),)*
                    Repr::Text(text) => share(Arc::new(text), Repr::SharedText),
                    Repr::Bytes(bytes) => share(Arc::new(bytes), Repr::SharedBytes),
                    Repr::Marked(value) => share(value, Repr::Marked),
                    Repr::SharedText(text) => share(text, Repr::SharedText),
                    Repr::SharedBytes(bytes) => share(bytes, Repr::SharedBytes),
                    Repr::Boxed(ending, payload) => {
                        share(Arc::new(Mutex::new(payload)), |shared| Repr::SharedBox(ending, shared))
                    }
                    Repr::SharedBox(ending, shared) => share(shared, |shared| Repr::SharedBox(ending, shared)),
                };
                self.0 = first;
                Message(second)
            }

            /// A mark by which this message and its duplicates, present and future, can be recognised.
            ///
            /// A component that hands what it receives to several others can thus notice that a message has come
            /// round to it again. Taking the payload out and sending it anew makes another message.
            ///
            /// # Examples
            ///
            /// ```
            /// let mut message = axon::Message::new("hello");
            /// let mark = message.mark();
            /// let mut second = message.duplicate();
            /// assert!(second.mark() == mark);
            /// assert!(axon::Message::new("hello").mark() != mark);
            /// ```
            pub fn mark(&mut self) -> Mark {
                let own = std::mem::replace(&mut self.0, Repr::Unit(()));
                self.0 = match own {
                    $(Repr::$scalar(value) => Repr::Marked(Arc::new(value)),)*
                    $(Repr::$plain(value) => Repr::Marked(Arc::new(value)),)*
                    Repr::Text(text) => Repr::SharedText(Arc::new(text)),
                    Repr::Bytes(bytes) => Repr::SharedBytes(Arc::new(bytes)),
                    Repr::Boxed(ending, payload) => Repr::SharedBox(ending, Arc::new(Mutex::new(payload))),
                    shared => shared,
                };
                match &self.0 {
                    Repr::Marked(value) => Mark::of(Arc::clone(value) as _),
                    Repr::SharedText(text) => Mark::of(Arc::clone(text) as _),
                    Repr::SharedBytes(bytes) => Mark::of(Arc::clone(bytes) as _),
                    Repr::SharedBox(_, shared) => Mark::of(Arc::clone(shared) as _),
                    _ => unreachable!("what is not shared was shared above"),
                }
            }
        }

        impl fmt::Debug for Message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match &self.0 {
                    $(Repr::$scalar(value) => value.fmt(f),)*
                    $(Repr::$plain(value) => value.fmt(f),)*
                    $(Repr::$owned(value) => value.fmt(f),)*
                    Repr::Marked(value) => (**value).fmt(f),
                    Repr::SharedText(text) => text.fmt(f),
                    Repr::SharedBytes(bytes) => bytes.fmt(f),
                    Repr::Boxed(_, payload) => payload.get().fmt(f),
                    Repr::SharedBox(_, shared) => lock(shared).get().fmt(f),
                }
            }
        }
    };
}

message! {
    scalar:
        Unit(()), Bool(bool), Char(char),
        U8(u8), U16(u16), U32(u32), U64(u64), Usize(usize),
        I8(i8), I16(i16), I32(i32), I64(i64), Isize(isize),
        F32(f32), F64(f64),
        Str(&'static str),
    ;
    plain:
        Component(ComponentRef),
        ProducerFinished(ProducerFinished),
        ShutdownMicroprocess(ShutdownMicroprocess),
    ;
    owned:
        Text(String), Bytes(Vec<u8>),
}

fn share<T: Clone>(payload: T, wrap: impl Fn(T) -> Repr) -> (Repr, Repr) {
    (wrap(payload.clone()), wrap(payload))
}

/// One message: a payload and the knowledge of its type.
pub struct Message(Repr);

impl Message {
    /// Takes the message out, and leaves one that owns nothing.
    #[inline(always)]
    pub(in crate::kernel) fn leave(&mut self) -> Message {
        Message(std::mem::replace(&mut self.0, Repr::Unit(())))
    }

    /// What the message weighs beside its place in a box, in units of [`WEIGHT_UNIT`] bytes: the text or
    /// bytes that it carries, or a large value of any other type. What such a value owns elsewhere is not
    /// known.
    pub(in crate::kernel) fn weight(&self) -> u32 {
        let bytes = match &self.0 {
            Repr::Text(text) => text.len(),
            Repr::Bytes(bytes) => bytes.len(),
            Repr::SharedText(text) => text.len(),
            Repr::SharedBytes(bytes) => bytes.len(),
            Repr::Boxed(_, payload) => size_of_val(payload.get()),
            _ => 0,
        };
        u32::try_from(bytes / WEIGHT_UNIT).unwrap_or(u32::MAX)
    }

    /// A control message of another crate, which every component understands as an ending.
    pub fn notice<N: Notice>(notice: N) -> Self {
        Message(Repr::Boxed(Some(notice.ending()), Distant::new(notice)))
    }

    /// How this message ends its receiver; `None` if it does not.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        match &self.0 {
            Repr::ProducerFinished(_) => Some(Ending::ProducerFinished),
            Repr::ShutdownMicroprocess(_) => Some(Ending::ShutdownMicroprocess),
            Repr::Boxed(ending, _) | Repr::SharedBox(ending, _) => *ending,
            Repr::Marked(value) => (**value).copy().ending(),
            _ => None,
        }
    }

    /// True if the payload is a `T`, shared or not.
    #[must_use]
    pub fn is<T: Payload>(&self) -> bool {
        self.any(|payload| payload.is::<T>())
    }

    /// Looks at the payload, shared or not. `None` if it is not a `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// let message = axon::Message::new(String::from("hello"));
    /// assert_eq!(message.view(|text: &String| text.len()), Some(5));
    /// ```
    pub fn view<T: Payload, R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        self.any(|payload| payload.downcast_ref().map(look))
    }

    /// The payload as an owned `T`, copied only if another message still shares it.
    ///
    /// # Errors
    ///
    /// The message itself, when its payload is of another type.
    #[inline(always)]
    pub fn into_value<T: Payload + Clone>(self) -> Result<T, Message> {
        match self.take() {
            Ok(value) => Ok(value),
            Err(message) => message.view(T::clone).ok_or(message),
        }
    }

    /// [`Message::take`] for payloads that do not lie in the message itself, and for those of another type.
    #[inline(never)]
    fn take_distant<T: Payload>(self) -> Result<T, Message> {
        if !self.is::<T>() {
            return Err(self);
        }
        match self.0 {
            Repr::Marked(value) => return (*value).copy().take(),
            Repr::Boxed(_, payload) => Ok(unboxed(payload.take())),
            Repr::SharedText(text) => Arc::try_unwrap(text).map(certain).map_err(Repr::SharedText),
            Repr::SharedBytes(bytes) => Arc::try_unwrap(bytes).map(certain).map_err(Repr::SharedBytes),
            Repr::SharedBox(ending, shared) => match Arc::try_unwrap(shared) {
                Ok(alone) => Ok(unboxed(alone.into_inner().unwrap_or_else(PoisonError::into_inner).take())),
                Err(shared) => Err(Repr::SharedBox(ending, shared)),
            },
            other => Err(other),
        }
        .map_err(Message)
    }
}

/// A value whose type was checked by the caller.
#[inline(always)]
fn certain<A: Any, B: Any>(value: A) -> B {
    same_type(value).unwrap_or_else(|_| unreachable!("the caller has checked the type"))
}

fn unboxed<T: Payload>(payload: Box<dyn Payload>) -> T {
    let any: Box<dyn Any> = payload;
    match any.downcast() {
        Ok(value) => *value,
        Err(_) => unreachable!("the caller has checked the type"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, PartialEq, Debug)]
    struct Own(u8);

    #[derive(Debug)]
    struct Closed;
    impl Notice for Closed {
        fn ending(&self) -> Ending {
            Ending::ProducerFinished
        }
    }

    #[test]
    fn a_payload_comes_out_as_it_went_in() {
        assert_eq!(Message::new(5u64).take::<u64>().unwrap(), 5);
        assert_eq!(Message::new("text").take::<&'static str>().unwrap(), "text");
        assert_eq!(Message::new(String::from("own")).take::<String>().unwrap(), "own");
        assert_eq!(Message::new(vec![1u8, 2]).take::<Vec<u8>>().unwrap(), [1, 2]);
        assert_eq!(Message::new(Own(3)).take::<Own>().unwrap(), Own(3));
    }

    #[test]
    fn a_wrong_type_gives_the_message_back_unharmed() {
        let message = Message::new(5u64).take::<u32>().unwrap_err();
        assert_eq!(message.take::<u64>().unwrap(), 5);
        let message = Message::new(Own(3)).take::<u32>().unwrap_err();
        assert_eq!(message.payload_type().rsplit("::").next(), Some("Own"));
        assert_eq!(message.into_value::<Own>().unwrap(), Own(3));
    }

    #[test]
    fn a_message_as_payload_stays_that_message() {
        assert_eq!(Message::new(Message::new(5u64)).take::<u64>().unwrap(), 5);
    }

    #[test]
    fn a_shared_payload_is_moved_out_by_the_last_and_copied_for_the_others() {
        let mut first = Message::new(vec![7u8; 100]);
        let second = first.duplicate();
        let second = second.take::<Vec<u8>>().expect_err("still shared");
        assert_eq!(second.into_value::<Vec<u8>>().unwrap(), vec![7u8; 100]);
        assert_eq!(first.take::<Vec<u8>>().unwrap(), vec![7u8; 100]);
        let mut first = Message::new(Own(1));
        let second = first.duplicate();
        assert_eq!(format!("{first:?} {second:?}"), "Own(1) Own(1)");
        assert_eq!(second.into_value::<Own>().unwrap(), Own(1));
        assert_eq!(first.take::<Own>().unwrap(), Own(1));
    }

    #[test]
    fn only_notices_end_and_a_duplicate_ends_the_same_way() {
        assert_eq!(Message::new("producerFinished").ending(), None);
        assert_eq!(Message::new(ProducerFinished::new()).ending(), Some(Ending::ProducerFinished));
        assert_eq!(Message::new(ShutdownMicroprocess::new()).ending(), Some(Ending::ShutdownMicroprocess));
        let mut own = Message::notice(Closed);
        assert_eq!(own.duplicate().ending(), Some(Ending::ProducerFinished));
        assert_eq!(own.ending(), Some(Ending::ProducerFinished));
        assert!(own.is::<Closed>());
    }

    #[test]
    fn a_marked_message_is_what_it_was_and_is_recognised_until_it_is_gone() {
        fn try_it<T: Payload + Clone + PartialEq>(payload: T, ending: Option<Ending>) {
            let mut message = Message::new(payload.clone());
            let mark = message.mark();
            let mut second = message.duplicate();
            assert!(mark == message.mark() && mark == second.mark());
            assert!(mark != Message::new(payload.clone()).mark());
            assert_eq!((message.ending(), format!("{message:?}")), (ending, format!("{payload:?}")));
            assert_eq!(message.payload_type(), std::any::type_name::<T>());
            let message = message.take::<Own>().map(|_| ()).expect_err("another type, or shared");
            assert!(message.is::<T>() && message.view(|seen: &T| *seen == payload) == Some(true));
            drop(message);
            assert!(!mark.is_gone());
            assert_eq!(second.take::<T>().ok(), Some(payload));
            assert!(mark.is_gone());
        }
        try_it(5u64, None);
        try_it("text", None);
        try_it(String::from("own"), None);
        try_it(vec![1u8, 2], None);
        try_it([7u8; 300], None);
        let mut finished = Message::new(ProducerFinished::new());
        let mark = finished.mark();
        assert_eq!(finished.ending(), Some(Ending::ProducerFinished));
        assert!(finished.take::<ProducerFinished>().is_ok() && mark.is_gone());
    }

    #[test]
    fn a_message_is_four_words() {
        assert_eq!(std::mem::size_of::<Message>(), 32);
        assert_eq!(std::mem::size_of::<Option<Message>>(), 32);
    }
}
