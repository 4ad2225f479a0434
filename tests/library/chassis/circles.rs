//! Chassis whose `signal` leads back to their own `control`: what goes round ends.

use axon::chassis::{Carousel, Graphline, JoinChooserToCarousel, Par, Pipeline, Seq, Supervisor, TPipe};
use axon::util::{Chooser, PassThrough};
use axon::{AnyComponent, Boxes, CONTROL, Component, Context, Message, Result, SIGNAL, Scheduler};

/// Makes linkages for the test.
struct Hand;

impl Component for Hand {
    fn boxes(&self) -> Boxes {
        Boxes::none()
    }
}

/// A component, wired to itself, that is told this: whether it has ended when all sleep again.
fn ended_after(component: AnyComponent, notice: Message) -> bool {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    let subject = scheduler.activate(component);
    let hand = scheduler.add(Hand);
    let hand = scheduler.context(&hand);
    hand.link((&subject, SIGNAL), (&subject, CONTROL)).unwrap();
    for _ in 0..3 {
        scheduler.run_pass().unwrap();
    }
    hand.deliver_to(&subject, CONTROL, notice).unwrap();
    let rests = (0..100).any(|_| !scheduler.run_pass().unwrap());
    assert!(rests, "{subject} passes it round for ever");
    subject.is_stopped()
}

fn chassis() -> Vec<AnyComponent> {
    let carousel = || Carousel::new(|_: Message| PassThrough::new());
    vec![
        AnyComponent::new(PassThrough::new()),
        AnyComponent::new(Pipeline::new().then(PassThrough::new())),
        AnyComponent::new(Pipeline::new().then(PassThrough::new()).circular()),
        AnyComponent::new(Graphline::new().component("one", PassThrough::new())),
        AnyComponent::new(Seq::new().then(PassThrough::new())),
        AnyComponent::new(Par::new().and(PassThrough::new())),
        AnyComponent::new(Par::new().and(PassThrough::new()).and(PassThrough::new())),
        AnyComponent::new(Supervisor::new(PassThrough::new)),
        AnyComponent::new(Supervisor::new(|| Par::new().and(PassThrough::new()).and(PassThrough::new()))),
        AnyComponent::new(TPipe::new(PassThrough::new()).source()),
        AnyComponent::new(carousel()),
        AnyComponent::new(JoinChooserToCarousel::new(Chooser::new([1]), carousel())),
    ]
}

#[test]
fn a_control_message_that_nobody_understands_does_not_go_round_for_ever() {
    for component in chassis() {
        let name = component.to_string();
        assert!(!ended_after(component, Message::new("a word")), "{name} took a word for an ending");
    }
}

#[test]
fn an_ending_ends_each_of_them_also_when_it_comes_back() {
    for component in chassis() {
        let name = component.to_string();
        assert!(ended_after(component, Message::new(axon::ProducerFinished::new())), "{name}");
    }
    for component in chassis() {
        let name = component.to_string();
        assert!(ended_after(component, Message::new(axon::ShutdownMicroprocess::new())), "{name}");
    }
}

#[test]
fn a_word_of_a_component_inside_is_still_heard_where_the_way_does_not_lead_back() {
    struct Says;
    impl Component for Says {
        async fn main(&mut self, cx: &Context) -> Result {
            cx.send(SIGNAL, "a word")?;
            Ok(())
        }
    }
    for component in [
        AnyComponent::new(Par::new().and(Says)),
        AnyComponent::new(Supervisor::new(|| Says)),
        AnyComponent::new(Pipeline::new().then(Says)),
    ] {
        let mut bench = crate::bench::Bench::new(component);
        bench.settle();
        assert_eq!(bench.signalled()[0], "\"a word\"");
    }
}
