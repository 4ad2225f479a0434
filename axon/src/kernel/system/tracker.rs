//! The coordinating assistant tracker: where components find each other by name, and share values.
//!
//! Ported from `Axon.CoordinatingAssistantTracker`.
//!
//! *Differs from Kamaelia:* there is one tracker per scheduler, not per process; and a service is deregistered when
//! its component ends (there it stays, F57).

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;

use crate::kernel::id::ComponentRef;
use crate::kernel::names::listed_for;

/// Services and values of one scheduler, by name. Every component reaches it by
/// [`Context::tracker`](crate::Context::tracker).
#[derive(Default)]
#[doc(alias = "coordinatingassistanttracker")]
pub struct Tracker {
    services: RefCell<BTreeMap<String, (ComponentRef, String)>>,
    values: RefCell<BTreeMap<String, Box<dyn Any>>>,
}

/// Why the tracker refused.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TrackerError {
    /// A service of that name is registered.
    ServiceAlreadyExists(String),
    /// The component has ended, or lives in another scheduler.
    BadComponent {
        /// The service that was to be registered.
        service: String,
        /// The component's name.
        component: String,
    },
    /// The component has no such inbox.
    BadInbox {
        /// The service that was to be registered.
        service: String,
        /// The component's name.
        component: String,
        /// The inbox that it does not have.
        inbox: String,
        /// The inboxes that it has.
        known: Vec<String>,
    },
    /// No service of that name is registered, perhaps not any more.
    MultipleServiceDeletion(String),
    /// A value of that name is tracked.
    NamespaceClash(String),
    /// No value of that name is tracked.
    AccessToUndeclaredTrackedVariable(String),
    /// The tracked value is of another type.
    WrongValueType {
        /// The value's name.
        name: String,
        /// The type that was asked for.
        expected: &'static str,
    },
}

impl fmt::Display for TrackerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrackerError::ServiceAlreadyExists(name) => write!(f, "service {name:?} is registered already"),
            TrackerError::BadComponent { service, component } => {
                write!(f, "cannot register service {service:?}: {component} has ended or lives elsewhere")
            }
            TrackerError::BadInbox { service, component, inbox, known } => write!(
                f,
                "cannot register service {service:?}: {component} has no inbox {inbox:?}; it has {}",
                listed_for(inbox, known)
            ),
            TrackerError::MultipleServiceDeletion(name) => write!(f, "service {name:?} is not registered"),
            TrackerError::NamespaceClash(name) => write!(f, "value {name:?} is tracked already"),
            TrackerError::AccessToUndeclaredTrackedVariable(name) => {
                write!(f, "value {name:?} is not tracked")
            }
            TrackerError::WrongValueType { name, expected } => {
                write!(f, "tracked value {name:?} is not of type {expected}")
            }
        }
    }
}

impl StdError for TrackerError {}

impl Tracker {
    /// The values that are tracked, when the scheduler is gone.
    pub(super) fn into_values(self) -> impl Iterator<Item = Box<dyn Any>> {
        self.values.into_inner().into_values()
    }

    pub(in crate::kernel) fn add_service(
        &self,
        name: &str,
        component: ComponentRef,
        inbox: &str,
    ) -> Result<(), TrackerError> {
        let mut services = self.services.borrow_mut();
        if services.contains_key(name) {
            return Err(TrackerError::ServiceAlreadyExists(name.into()));
        }
        services.insert(name.into(), (component, inbox.into()));
        Ok(())
    }

    /// The component and inbox that offer a service.
    #[doc(alias = "retrieveService")]
    pub fn retrieve_service(&self, name: &str) -> Option<(ComponentRef, String)> {
        self.services.borrow().get(name).cloned()
    }

    /// Takes a service off the list. Linkages to it stay.
    ///
    /// # Errors
    ///
    /// If there is none of that name.
    #[doc(alias = "deRegisterService")]
    pub fn deregister_service(&self, name: &str) -> Result<(), TrackerError> {
        let removed = self.services.borrow_mut().remove(name);
        removed.map(drop).ok_or_else(|| TrackerError::MultipleServiceDeletion(name.into()))
    }

    /// The names of all services, sorted.
    #[doc(alias = "servicesRegistered")]
    pub fn services_registered(&self) -> Vec<String> {
        self.services.borrow().keys().cloned().collect()
    }

    /// Takes all services of an ended component off the list.
    pub(super) fn forget(&self, component: &ComponentRef) {
        self.services.borrow_mut().retain(|_, (offering, _)| offering != component);
    }

    /// Begins to track a value.
    ///
    /// # Errors
    ///
    /// If one of that name is tracked.
    #[doc(alias = "trackValue")]
    pub fn track_value<T: Any>(&self, name: &str, value: T) -> Result<(), TrackerError> {
        let mut values = self.values.borrow_mut();
        if values.contains_key(name) {
            return Err(TrackerError::NamespaceClash(name.into()));
        }
        values.insert(name.into(), Box::new(value));
        Ok(())
    }

    /// Gives a tracked value another content, of any type.
    ///
    /// # Errors
    ///
    /// If none of that name is tracked.
    #[doc(alias = "updateValue")]
    pub fn update_value<T: Any>(&self, name: &str, value: T) -> Result<(), TrackerError> {
        let old = match self.values.borrow_mut().get_mut(name) {
            Some(tracked) => std::mem::replace(tracked, Box::new(value)),
            None => return Err(TrackerError::AccessToUndeclaredTrackedVariable(name.into())),
        };
        drop(old);
        Ok(())
    }

    /// A copy of a tracked value.
    ///
    /// # Errors
    ///
    /// If none of that name is tracked, or it is no `T`.
    #[doc(alias = "retrieveValue")]
    pub fn retrieve_value<T: Any + Clone>(&self, name: &str) -> Result<T, TrackerError> {
        let values = self.values.borrow();
        let value =
            values.get(name).ok_or_else(|| TrackerError::AccessToUndeclaredTrackedVariable(name.into()))?;
        value.downcast_ref().cloned().ok_or_else(|| TrackerError::WrongValueType {
            name: name.into(),
            expected: std::any::type_name::<T>(),
        })
    }

    /// The names of all tracked values, sorted.
    #[doc(alias = "informationItemsLogged")]
    pub fn information_items_logged(&self) -> Vec<String> {
        self.values.borrow().keys().cloned().collect()
    }
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracker")
            .field("services", &self.services.borrow())
            .field("values", &self.information_items_logged())
            .finish()
    }
}
