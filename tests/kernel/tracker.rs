//! The coordinating assistant tracker: components that find each other by name, in whatever order they
//! start.

use axon::prelude::*;
use axon::util::{DataSink, Received};
use axon::{RunError, error::TrackerError};

/// Offers its inbox as the service `post` after some passes, and passes on what comes.
struct Office {
    passes: u32,
}

impl Component for Office {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.passes {
            cx.yield_now().await;
        }
        cx.register_service("post", (cx.me(), "inbox"))?;
        let letter: String = cx.next("inbox").await?;
        cx.send("outbox", letter)?;
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// Sends a letter to the service `post` when there is one, and counts its turns.
struct Customer;

impl Component for Customer {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let (office, inbox) = cx.wait_for_service("post").await;
        cx.link((cx.me(), "outbox"), (&office, &inbox))?;
        cx.send("outbox", format!("to {inbox}"))?;
        Ok(())
    }
}

fn deliver(office_first: bool, passes: u32) -> Vec<String> {
    let received = Received::<String>::new();
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    let office = || pipeline![Office { passes }, DataSink::new(&received)];
    if office_first {
        scheduler.activate(office());
    }
    scheduler.activate(Customer);
    if !office_first {
        scheduler.activate(office());
    }
    scheduler.run().unwrap();
    received.take()
}

#[test]
fn a_service_is_found_by_one_that_starts_before_it_and_by_one_that_starts_after_it() {
    assert_eq!(deliver(true, 0), ["to inbox"]);
    assert_eq!(deliver(false, 0), ["to inbox"]);
    assert_eq!(deliver(false, 50), ["to inbox"]);
}

#[test]
fn whoever_waits_for_a_service_sleeps_and_is_not_woken_for_another() {
    let mut scheduler = Scheduler::new();
    let customer = scheduler.activate(Customer);
    let other = scheduler.add(NullSinkComponent::new());
    while scheduler.run_pass().unwrap() {}
    assert!(scheduler.is_paused(&customer));
    let cx = scheduler.context(&other);
    cx.register_service("telegraph", (&other, "inbox")).unwrap();
    assert!(scheduler.is_paused(&customer));
    cx.unpause(&customer);
    cx.deliver_to(&customer, "inbox", "for later").unwrap();
    assert!(scheduler.is_paused(&customer));
    cx.register_service("post", (&other, "inbox")).unwrap();
    assert!(!scheduler.is_paused(&customer));
    while scheduler.run_pass().unwrap() {}
    assert!(customer.is_stopped());
    assert_eq!(cx.recv("inbox").unwrap().into_value::<String>().unwrap(), "to inbox");
}

#[test]
fn all_that_wait_for_a_service_are_woken() {
    let mut scheduler = Scheduler::new();
    let customers: Vec<_> = (0..3).map(|_| scheduler.activate(Customer)).collect();
    let office = scheduler.add(NullSinkComponent::new());
    while scheduler.run_pass().unwrap() {}
    scheduler.context(&office).register_service("post", (&office, "inbox")).unwrap();
    while scheduler.run_pass().unwrap() {}
    assert!(customers.iter().all(|customer| customer.is_stopped()));
    assert_eq!(scheduler.context(&office).data_ready("inbox"), 3);
}

#[test]
fn a_service_that_was_gone_again_before_the_turn_is_waited_for_further() {
    let mut scheduler = Scheduler::new();
    let customer = scheduler.activate(Customer);
    let office = scheduler.add(NullSinkComponent::new());
    while scheduler.run_pass().unwrap() {}
    let cx = scheduler.context(&office);
    cx.register_service("post", (&office, "inbox")).unwrap();
    cx.tracker().deregister_service("post").unwrap();
    while scheduler.run_pass().unwrap() {}
    assert!(scheduler.is_paused(&customer));
    cx.register_service("post", (&office, "inbox")).unwrap();
    while scheduler.run_pass().unwrap() {}
    assert!(customer.is_stopped());
}

#[test]
fn a_service_that_never_comes_is_named_in_the_report() {
    let error = axon::run(Customer).unwrap_err();
    let RunError::Stuck(report) = &error else { panic!("{error}") };
    assert_eq!(report.sleepers[0].waits, "waits for the registration of the service \"post\"");
    assert!(error.to_string().contains("post"), "{error}");
}

/// Gives up when the service is not there in time.
struct Impatient;

impl Component for Impatient {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut waiting = std::pin::pin!(cx.wait_for_service("post"));
        let mut patience = std::pin::pin!(cx.sleep(std::time::Duration::from_secs(5)));
        std::future::poll_fn(|poll| {
            if waiting.as_mut().poll(poll).is_ready() {
                panic!("there is no such service")
            }
            patience.as_mut().poll(poll)
        })
        .await;
        Ok(())
    }
}

#[test]
fn a_wait_for_a_service_can_be_given_up() {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(Impatient);
    scheduler.run().unwrap();
}

#[test]
fn values_and_errors_name_what_they_are_about() {
    let scheduler = Scheduler::new();
    let one = scheduler.add(NullSinkComponent::new());
    let cx = scheduler.context(&one);
    cx.tracker().track_value("hits", 1u64).unwrap();
    assert_eq!(cx.tracker().retrieve_value::<u64>("hits"), Ok(1));
    let wrong = cx.tracker().retrieve_value::<String>("hits").unwrap_err();
    assert_eq!(wrong.to_string(), "tracked value \"hits\" is not of type alloc::string::String");
    let bad = cx.register_service("post", (&one, "inbux")).unwrap_err();
    assert!(matches!(bad, TrackerError::BadInbox { .. }));
    let says = bad.to_string();
    assert!(says.contains("post") && says.contains(&one.name()) && says.contains("inbux"), "{says}");
    assert!(says.ends_with(r#"it has "inbox", "control"; did you mean "inbox"?"#), "{says}");
}

#[test]
fn an_ended_component_cannot_offer_a_service_nor_can_one_of_another_scheduler() {
    let (mut here, there) = (Scheduler::new(), Scheduler::new());
    let one = here.add(NullSinkComponent::new());
    let customer = here.activate(OneShot::new(1));
    here.run().unwrap();
    let refused = here.context(&one).register_service("post", (&customer, "inbox")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot register service \"post\": OneShot_2 has ended or lives elsewhere"
    );
    let stranger = there.add(NullSinkComponent::new());
    let refused = here.context(&one).register_service("post", (&stranger, "inbox"));
    assert!(matches!(refused, Err(TrackerError::BadComponent { .. })));
    assert!(here.context(&one).tracker().services_registered().is_empty());
}
