//! Components that offer and use services by name.

use axon::util::{
    DataSink, DataSource, NullSinkComponent, PassThrough, Received, RegisterService, Subscribe, Subscription,
    ToService,
};
use axon::{Component, ComponentRef, Context, RunError, Scheduler, pipeline};

use crate::bench::{Bench, PF, SM};

/// Runs a few passes.
fn passes(scheduler: &mut Scheduler) {
    for _ in 0..50 {
        scheduler.run_pass().unwrap();
    }
}

#[test]
fn a_registered_component_is_the_component_under_a_name_until_it_has_ended() {
    let mut bench = Bench::new(RegisterService::new(PassThrough::new()).service("PASS", "inbox"));
    assert!(bench.subject.name().starts_with("PassThrough_"), "{}", bench.subject);
    bench.settle();
    let service = |bench: &Bench| bench.scheduler.context(&bench.subject).tracker().retrieve_service("PASS");
    assert_eq!(service(&bench), Some((bench.subject.clone(), "inbox".to_owned())));
    bench.give("inbox", 7).finish().settle();
    assert_eq!((bench.sent::<i32>(), bench.signalled()), (vec![7], vec![PF.to_owned()]));
    assert_eq!(service(&bench), None);
}

#[test]
#[should_panic(
    expected = "PassThrough has no inbox \"inbux\" to offer; it has \"inbox\", \"control\"; did you mean \"inbox\"?"
)]
fn an_inbox_that_is_misspelt_is_told_where_it_is_written() {
    let _ = RegisterService::new(PassThrough::new()).service("PASS", "inbux");
}

#[test]
fn a_name_that_is_taken_is_an_error_that_says_so() {
    let mut scheduler = Scheduler::new();
    for _ in 0..2 {
        scheduler.activate(RegisterService::new(PassThrough::new()).service("PASS", "inbox"));
    }
    let error = scheduler.run().unwrap_err().to_string();
    assert!(error.contains("PASS") && error.contains("PassThrough_"), "{error}");
}

#[test]
fn what_is_sent_to_a_service_waits_for_it_and_arrives_in_order_also_when_the_sender_has_finished() {
    let received = Received::<i32>::new();
    let mut scheduler = Scheduler::new();
    scheduler.activate(pipeline![DataSource::new(0..1000), ToService::new("NUMBERS")]);
    passes(&mut scheduler);
    scheduler.activate(RegisterService::new(DataSink::new(&received)).service("NUMBERS", "inbox"));
    for _ in 0..2000 {
        scheduler.run_pass().unwrap();
    }
    assert_eq!(received.take(), (0..1000).collect::<Vec<_>>());
}

#[test]
fn who_waits_for_a_service_can_be_told_to_end_and_a_service_that_never_comes_is_named() {
    let mut bench = Bench::new(ToService::new("NOBODY"));
    bench.settle().give("inbox", 1).settle().finish().settle();
    assert!(!bench.ended(), "what waits for the service would be lost");
    bench.shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    let mut bench = Bench::new(ToService::new("NOBODY"));
    bench.settle().give("control", "hello").finish().settle();
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    let mut bench = Bench::new(Subscribe::new("NOBODY", [1]));
    bench.settle().finish().settle();
    assert_eq!(bench.signalled(), [PF]);
    let stuck = axon::run(pipeline![Subscribe::new("NOBODY", [1]), NullSinkComponent::new()]).unwrap_err();
    assert!(matches!(stuck, RunError::Stuck { .. }), "{stuck}");
    assert!(stuck.to_string().contains("NOBODY"), "{stuck}");
}

/// Sends each subscriber what it has asked for, once.
struct Service {
    removed: Vec<&'static str>,
    seen: std::rc::Rc<std::cell::RefCell<Vec<&'static str>>>,
}

impl Component for Service {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(subscription) = cx.next_or_end::<Subscription<&'static str>>("inbox").await? {
            match subscription {
                Subscription::Add { request, to: (who, inbox) } => cx.deliver_to(&who, inbox, request)?,
                Subscription::Remove { request, .. } => self.removed.push(request),
            }
            self.seen.replace(self.removed.clone());
        }
        Ok(())
    }
}

#[test]
fn a_subscriber_asks_sends_on_what_comes_and_takes_its_requests_back_in_reverse() {
    let seen = std::rc::Rc::default();
    let service = Service { removed: Vec::new(), seen: std::rc::Rc::clone(&seen) };
    let mut bench = Bench::new(Subscribe::new("CHANNELS", ["one", "two"]));
    let service: ComponentRef =
        bench.scheduler.activate(RegisterService::new(service).service("CHANNELS", "inbox"));
    bench.settle();
    assert_eq!(bench.sent::<&str>(), ["one", "two"]);
    bench.give("inbox", "three").settle();
    assert_eq!(bench.sent::<&str>(), ["three"]);
    bench.finish().settle();
    assert_eq!(*seen.borrow(), ["two", "one"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(service.is_active(), "the service goes on");
}

#[test]
fn a_subscriber_of_a_service_that_has_ended_still_ends() {
    let mut bench = Bench::new(Subscribe::new("CHANNELS", ["one"]));
    let sink = bench
        .scheduler
        .activate(RegisterService::new(axon::util::OneShot::new("gone")).service("CHANNELS", "inbox"));
    bench.settle();
    assert!(sink.is_stopped());
    bench.shut_down().settle();
    assert!(bench.ended(), "{:?}", bench.signalled());
}
