//! Takes one item out of each tuple.
//!
//! Ported from `Kamaelia.Util.Detuple`.
//!
//! *Differs from Kamaelia:* the type of the tuple is stated. It ends as soon as it is told to.

use std::marker::PhantomData;

use crate::{Component, Context, Message, OUTBOX, Payload, Result};

use super::each::each;

/// A payload made of items, such as a tuple, array or `Vec`, from which a [`SimpleDetupler`] can take one.
pub trait Detuple: Payload + Clone {
    /// The item at `index`, counted from zero. `None` if there is none.
    fn item(self, index: usize) -> Option<Message>;
}

impl<T: Payload + Clone> Detuple for Vec<T> {
    fn item(mut self, index: usize) -> Option<Message> {
        (index < self.len()).then(|| Message::new(self.swap_remove(index)))
    }
}

impl<T: Payload + Clone, const N: usize> Detuple for [T; N] {
    fn item(self, index: usize) -> Option<Message> {
        self.into_iter().nth(index).map(Message::new)
    }
}

macro_rules! detuple {
    ($($name:ident: $place:literal),+) => {
        impl<$($name: Payload + Clone),+> Detuple for ($($name,)+) {
            #[allow(non_snake_case)]
            fn item(self, index: usize) -> Option<Message> {
                let ($($name,)+) = self;
                match index {
                    $($place => Some(Message::new($name)),)+
                    _ => None,
                }
            }
        }
    };
}

detuple!(A: 0, B: 1);
detuple!(A: 0, B: 1, C: 2);
detuple!(A: 0, B: 1, C: 2, D: 3);
detuple!(A: 0, B: 1, C: 2, D: 3, E: 4);
detuple!(A: 0, B: 1, C: 2, D: 3, E: 4, F: 5);

/// Sends one item of each tuple of type `T`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | tuples, arrays or `Vec`s of type `T` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the item |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message of another type, or one without such an item, ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, SimpleDetupler};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![
///     DataSource::new([(1, "one"), (2, "two")]),
///     SimpleDetupler::<(i32, &str)>::new(1),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), ["one", "two"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct SimpleDetupler<T> {
    index: usize,
    of: PhantomData<fn(T)>,
}

impl<T: Detuple> SimpleDetupler<T> {
    /// Takes the item at `index`, counted from zero.
    pub fn new(index: usize) -> Self {
        SimpleDetupler { index, of: PhantomData }
    }
}

impl<T: Detuple> Component for SimpleDetupler<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |items: T| match items.item(self.index) {
            Some(item) => Ok(cx.send_when_room(OUTBOX, item).await?),
            None => Err(format!("{} got a tuple without an item {}", cx.name(), self.index).into()),
        })
        .await
    }
}
