//! Tags messages with their origin, and filters by it: so that a component does not hear itself.
//!
//! Ported from `Kamaelia.Apps.Whiteboard.TagFiltering`.
//!
//! *Differs from Kamaelia:* both endings are passed on; there a new `producerFinished` is sent.

use std::marker::PhantomData;

use crate::chassis::{Graphline, announce, receive};
use crate::{Boxes, Component, Context, INBOX, IntoComponent, OUTBOX, Payload, Result, graphline};

use super::each::{each, send_each};

/// Tags each message with the name of this component, which nobody else has.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | items of type `T` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the items with their tag, each a `(String, T)` |
/// | `uid` | the tag, once, when it begins |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::UidTagger;
///
/// let mut bench = Bench::new(UidTagger::<i32>::new());
/// bench.put("inbox", 7);
/// bench.settle();
/// let uid = bench.take::<String>("uid").remove(0);
/// assert_eq!(bench.take::<(String, i32)>("outbox"), [(uid, 7)]);
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct UidTagger<T> {
    of: PhantomData<fn(T)>,
}

impl<T: Payload + Clone> UidTagger<T> {
    /// A tagger.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T> Default for UidTagger<T> {
    fn default() -> Self {
        UidTagger { of: PhantomData }
    }
}

impl<T: Payload + Clone> Component for UidTagger<T> {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("uid", "the tag, when it begins")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        cx.send("uid", cx.name())?;
        each(cx, async |item: T| Ok(cx.send_when_room(OUTBOX, (cx.name(), item)).await?)).await
    }
}

/// Drops the items with one tag, and takes the tag off the others.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | tagged items, each a `(String, T)` |
/// | `uid` | the tag whose items are dropped, a `String`; the last one counts |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the items with another tag, without it |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::FilterTag;
///
/// let mut bench = Bench::new(FilterTag::<i32>::new());
/// bench.put("uid", "me".to_owned());
/// bench.put("inbox", ("me".to_owned(), 1));
/// bench.put("inbox", ("you".to_owned(), 2));
/// bench.settle();
/// assert_eq!(bench.take::<i32>("outbox"), [2]);
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct FilterTag<T> {
    of: PhantomData<fn(T)>,
}

/// Drops the items with one tag, and passes on the others with theirs.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | tagged items, each a `(String, T)` |
/// | `uid` | the tag whose items are dropped, a `String`; the last one counts |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the items with another tag, unchanged |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::FilterButKeepTag;
///
/// let mut bench = Bench::new(FilterButKeepTag::<i32>::new());
/// bench.put("uid", "me".to_owned());
/// bench.put("inbox", ("me".to_owned(), 1));
/// bench.put("inbox", ("you".to_owned(), 2));
/// bench.settle();
/// assert_eq!(bench.take::<(String, i32)>("outbox"), [("you".to_owned(), 2)]);
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct FilterButKeepTag<T> {
    of: PhantomData<fn(T)>,
}

macro_rules! constructors {
    ($filter:ident) => {
        impl<T: Payload + Clone> $filter<T> {
            /// A filter that drops nothing until it has a tag.
            pub fn new() -> Self {
                Self::default()
            }
        }

        impl<T> Default for $filter<T> {
            fn default() -> Self {
                $filter { of: PhantomData }
            }
        }
    };
}

constructors!(FilterTag);
constructors!(FilterButKeepTag);

impl<T: Payload + Clone> Component for FilterTag<T> {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("uid", "the tag whose items are dropped")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        filter(cx, |(_, item): (String, T)| item).await
    }
}

impl<T: Payload + Clone> Component for FilterButKeepTag<T> {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("uid", "the tag whose items are dropped")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        filter(cx, |tagged: (String, T)| tagged).await
    }
}

/// Sends what `outcome` makes of each tagged item whose tag is another.
async fn filter<T: Payload + Clone, R: Payload>(cx: &Context, outcome: impl Fn((String, T)) -> R) -> Result {
    let mut uid = None;
    loop {
        while let Some(new) = receive::<String>(cx, "uid")? {
            uid = Some(new);
        }
        if let Some(tagged) = receive::<(String, T)>(cx, INBOX)? {
            if uid.as_ref() != Some(&tagged.0) {
                send_each(cx, outcome(tagged)).await?;
            }
        } else if let Some(notice) = cx.told_to_end() {
            announce(cx, notice).await;
            return Ok(());
        } else {
            cx.pause().await;
        }
    }
}

/// Tags what `target` sends, and keeps it from being sent back to it: for a component that is linked to an exchange
/// as publisher and as subscriber.
///
/// The graphline takes tagged items, drops those of `target`, and gives it the others without their tag. `target`
/// takes and sends items of type `T`.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::{EchoProtocol, tag_and_filter_wrapper};
///
/// let mut bench = Bench::new(tag_and_filter_wrapper::<i32>(EchoProtocol::new()));
/// bench.put("inbox", ("somebody".to_owned(), 1));
/// bench.settle();
/// let echoed = bench.take::<(String, i32)>("outbox").remove(0);
/// bench.put("inbox", echoed);
/// bench.settle();
/// assert!(bench.take::<(String, i32)>("outbox").is_empty());
/// ```
#[doc(alias = "TagAndFilterWrapper")]
pub fn tag_and_filter_wrapper<T: Payload + Clone>(target: impl IntoComponent) -> Graphline {
    tag_and_filter(target, UidTagger::<T>::new(), FilterTag::<T>::new())
}

/// As [`tag_and_filter_wrapper`], but `target` gets tagged items, each a `(String, T)`.
#[doc(alias = "TagAndFilterWrapperKeepingTag")]
pub fn tag_and_filter_wrapper_keeping_tag<T: Payload + Clone>(target: impl IntoComponent) -> Graphline {
    tag_and_filter(target, UidTagger::<T>::new(), FilterButKeepTag::<T>::new())
}

/// Tags what goes into `target`, and drops what comes out of it with that tag: for an exchange that sends what it is
/// sent to everybody.
///
/// `target` takes and sends tagged items, each a `(String, T)`; the graphline takes and sends items of type `T`.
#[doc(alias = "FilterAndTagWrapper")]
pub fn filter_and_tag_wrapper<T: Payload + Clone>(target: impl IntoComponent) -> Graphline {
    filter_and_tag(target, UidTagger::<T>::new(), FilterTag::<T>::new())
}

/// As [`filter_and_tag_wrapper`], but what comes out keeps its tag.
#[doc(alias = "FilterAndTagWrapperKeepingTag")]
pub fn filter_and_tag_wrapper_keeping_tag<T: Payload + Clone>(target: impl IntoComponent) -> Graphline {
    filter_and_tag(target, UidTagger::<T>::new(), FilterButKeepTag::<T>::new())
}

fn tag_and_filter(
    target: impl IntoComponent,
    tagger: impl IntoComponent,
    filter: impl IntoComponent,
) -> Graphline {
    graphline! {
        components: { tagger: tagger, filter: filter, target: target },
        linkages: {
            target.outbox => tagger.inbox,
            tagger.outbox => self.outbox,
            tagger.uid => filter.uid,
            self.inbox => filter.inbox,
            filter.outbox => target.inbox,
            self.control => target.control,
            target.signal => tagger.control,
            tagger.signal => filter.control,
            filter.signal => self.signal,
        },
    }
}

fn filter_and_tag(
    target: impl IntoComponent,
    tagger: impl IntoComponent,
    filter: impl IntoComponent,
) -> Graphline {
    graphline! {
        components: { tagger: tagger, filter: filter, target: target },
        linkages: {
            self.inbox => tagger.inbox,
            tagger.outbox => target.inbox,
            tagger.uid => filter.uid,
            target.outbox => filter.inbox,
            filter.outbox => self.outbox,
            self.control => tagger.control,
            tagger.signal => target.control,
            target.signal => filter.control,
            filter.signal => self.signal,
        },
    }
}
