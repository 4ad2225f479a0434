//! Requests to subscribe, and to take that back.

use super::message::{NatsNameError, check_subject};

/// Asks a [`NatsClient`](super::NatsClient) for the messages of a subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NatsSubscribe {
    pub(super) subject: String,
    pub(super) group: Option<String>,
}

impl NatsSubscribe {
    /// To this subject, in which `*` stands for any word and `>` for any words to the end.
    ///
    /// # Errors
    ///
    /// If it is no subject.
    pub fn to(subject: impl Into<String>) -> Result<Self, NatsNameError> {
        let subject = subject.into();
        check_subject(&subject)?;
        Ok(NatsSubscribe { subject, group: None })
    }

    /// Shares the messages among all subscribers of this group: each goes to one of them.
    ///
    /// # Errors
    ///
    /// If it is no name: like a subject, it is words with dots between them.
    pub fn shared(mut self, group: impl Into<String>) -> Result<Self, NatsNameError> {
        let group = group.into();
        check_subject(&group)?;
        self.group = Some(group);
        Ok(self)
    }
}

/// Takes back all subscriptions of a [`NatsClient`](super::NatsClient) to this subject. What is on the way still
/// arrives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NatsUnsubscribe(pub String);
