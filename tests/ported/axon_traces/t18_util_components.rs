//! Small library components: what comes out for what goes in, and what ends each.

use axon::util::{
    Chooser, ChunksToLines, Collate, Comparator, DataSource, DeFramer, DeMarshaller, EchoProtocol, FirstOnly,
    Framer, LineSplit, LinesToTokenlists, LossyConnector, Marshaller, Marshalling, Max, NullSinkComponent,
    OneShot, PassThrough, PureTransformer, SequentialTransformer, SimpleDetupler, Sync,
    TagWithSequenceNumber, TriggeredOneShot, TriggeredSource, UnseenOnly,
};
use axon::{
    Boxes, Component, ComponentRef, Context, IntoComponent, Message, Payload, ProducerFinished, Scheduler,
    ShutdownMicroprocess,
};

use crate::axon_traces::{compare_in_both_modes, kind};
use crate::stage::say;

/// A message as Python's `repr` shows it, an ending by its name.
fn show(message: &Message) -> String {
    let lists = |items: Vec<String>| format!("[{}]", items.join(", "));
    let shown = [
        message.ending().map(|_| format!("<{}>", kind(message))),
        message.view(|text: &&str| repr(text)),
        message.view(|text: &String| repr(text)),
        message.view(|bytes: &Vec<u8>| repr(&String::from_utf8_lossy(bytes))),
        message.view(i32::to_string),
        message.view(|truth: &bool| if *truth { "True".into() } else { "False".into() }),
        message.view(|(tag, text): &(u64, &str)| format!("({tag}, {})", repr(text))),
        message.view(|(tag, text): &(u64, String)| format!("({tag}, {})", repr(text))),
        message.view(|(a, b, c): &(i32, i32, i32)| format!("({a}, {b}, {c})")),
        message.view(|list: &Vec<i32>| lists(list.iter().map(i32::to_string).collect())),
        message.view(|list: &Vec<String>| lists(list.iter().map(|text| repr(text)).collect())),
    ];
    shown.into_iter().flatten().next().unwrap_or_else(|| panic!("nothing here shows {message:?}"))
}

/// Text in quotes, as Python chooses and escapes them.
fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let escaped = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
    let escaped = if quote == '\'' { escaped.replace('\'', "\\'") } else { escaped };
    format!("{quote}{escaped}{quote}")
}

type Step = (&'static str, Message);

const INS: [(&str, &str); 4] =
    [("inbox", "i_inbox"), ("control", "i_control"), ("inA", "i_inA"), ("inB", "i_inB")];
const OUTS: [(&str, &str); 2] = [("outbox", "o_outbox"), ("signal", "o_signal")];

/// Feeds one component a list of steps and reports what comes out of it.
struct Bench {
    subject: ComponentRef,
    steps: Vec<Step>,
}

fn report(cx: &Context) {
    for (outbox, own) in OUTS {
        while let Some(message) = cx.recv(own) {
            say!("  {outbox} -> {}", show(&message));
        }
    }
}

impl Component for Bench {
    fn boxes(&self) -> Boxes {
        let boxes =
            OUTS.into_iter().fold(Boxes::none(), |boxes, (_, own)| boxes.inbox(own, "what comes out"));
        INS.into_iter().fold(boxes, |boxes, (_, own)| boxes.outbox(own, "what goes in"))
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let subject = &self.subject;
        for (inbox, own) in INS {
            if self.steps.iter().any(|(used, _)| *used == inbox) {
                cx.link((cx.me(), own), (subject, inbox))?;
            }
        }
        for (outbox, own) in OUTS {
            cx.link((subject, outbox), (cx.me(), own))?;
        }
        cx.activate(subject.clone());
        for (inbox, message) in self.steps.drain(..) {
            for _ in 0..4 {
                cx.yield_now().await;
            }
            report(cx);
            if subject.is_stopped() {
                say!("  (already stopped)");
                break;
            }
            say!("  {inbox} <- {}", show(&message));
            let own = INS.iter().find(|(known, _)| *known == inbox).expect("a known inbox").1;
            cx.send(own, message)?;
        }
        for _ in 0..6 {
            cx.yield_now().await;
        }
        report(cx);
        say!("  stopped: {}", if subject.is_stopped() { "True" } else { "False" });
        if !subject.is_stopped() {
            // Some never end: halt the run.
            cx.stop_scheduler();
        }
        Ok(())
    }
}

fn case(
    s: &Scheduler,
    title: &str,
    subject: impl IntoComponent,
    steps: impl IntoIterator<Item = Step>,
) -> Bench {
    say!("== {title}");
    Bench { subject: s.add(subject), steps: steps.into_iter().collect() }
}

fn i(payload: impl Payload) -> Step {
    ("inbox", Message::new(payload))
}

fn c(payload: impl Payload) -> Step {
    ("control", Message::new(payload))
}

fn pf() -> Step {
    c(ProducerFinished::new())
}

fn sm() -> Step {
    c(ShutdownMicroprocess::new())
}

/// Puts data between angle brackets, and takes it out again.
struct Klass;

impl Marshalling for Klass {
    type Data = &'static str;
    type Marshalled = String;

    fn marshall(data: &'static str) -> axon::Result<String> {
        Ok(format!("<{data}>"))
    }

    fn demarshall(marshalled: String) -> axon::Result<&'static str> {
        // The one test word, so that it need not be kept alive for ever.
        Ok(if marshalled == "<x>" { "x" } else { "?" })
    }
}

type Case = fn(&Scheduler) -> Bench;

/// Sources, transformers and what passes on.
const FIRST: &[Case] = &[
    |s| case(s, "OneShot", OneShot::new("bang"), []),
    |s| case(s, "TriggeredOneShot triggered", TriggeredOneShot::new("bang"), [i("now")]),
    |s| case(s, "TriggeredOneShot told to stop", TriggeredOneShot::new("bang"), [c("hello"), sm()]),
    |s| case(s, "DataSource", DataSource::new([1, 2, 3]), []),
    |s| {
        let doubles = PureTransformer::new(|x: i32| (x != 0).then_some(x * 2));
        case(s, "PureTransformer + PF", doubles, [i(1), i(0), i(2), c("hello"), pf()])
    },
    |s| {
        let writes = PureTransformer::map(|x: i32| x.to_string()).ignoring_shutdown();
        case(s, "PureTransformer + SM (is not heeded)", writes, [i(1), sm(), i(2)])
    },
    |s| case(s, "TriggeredSource", TriggeredSource::new("tick"), [i("x"), i("y"), pf()]),
    |s| {
        let both = SequentialTransformer::new(|x: i32| x + 1).then(|x| x.to_string());
        case(s, "SequentialTransformer", both, [i(4), pf()])
    },
    |s| case(s, "PassThrough", PassThrough::new(), [i(1), c("hello"), sm()]),
    |s| {
        let words = ["NEXT", "NEXT", "NEXT", "SAME", "PREV", "FIRST", "PREV", "LAST", "other"];
        let steps = words.map(i).into_iter().chain([pf(), i("FIRST"), sm()]);
        case(s, "Chooser", Chooser::new(["a", "b", "c"]), steps)
    },
    |s| case(s, "Chooser loop", Chooser::new(["a", "b"]).looping(), [i("NEXT"), i("NEXT"), sm()]),
    |s| case(s, "Chooser empty", Chooser::new([""; 0]), [i("SAME"), sm()]),
];

/// What gathers, counts, compares, marshals and frames.
const SECOND: &[Case] = &[
    |s| case(s, "Collate", Collate::<i32>::new(), [i(1), i(2), c("hello"), pf()]),
    |s| {
        let second = SimpleDetupler::<(i32, i32, i32)>::new(1);
        case(s, "SimpleDetupler", second, [i((1, 2, 3)), c("hello"), pf()])
    },
    |s| case(s, "FirstOnly", FirstOnly::new(), [i(1), i(2), c("anything at all")]),
    |s| case(s, "LineSplit", LineSplit::new(), [i("a\nb\n"), i("c"), pf()]),
    |s| case(s, "Max", Max::<i32>::new(), [i(vec![3, 9, 2]), sm()]),
    |s| case(s, "Sync(3)", Sync::new(3), [i(1), i(2), i(3), i(4), pf()]),
    |s| {
        let tags = TagWithSequenceNumber::<&str>::new().starting_at(5);
        case(s, "TagWithSequenceNumber", tags, [i("a"), i("b"), sm()])
    },
    |s| case(s, "UnseenOnly", UnseenOnly::<&str>::new(), [i("a"), i("b"), i("a"), pf()]),
    |s| case(s, "Marshaller", Marshaller::<Klass>::new(), [i("x"), c("hello"), pf()]),
    |s| case(s, "DeMarshaller", DeMarshaller::<Klass>::new(), [i(String::from("<x>")), sm()]),
    |s| {
        let feed = [("inA", 1), ("inB", 1), ("inA", 1), ("inB", 2)];
        let steps = feed.map(|(inbox, n)| (inbox, Message::new(n))).into_iter().chain([sm()]);
        case(s, "Comparator", Comparator::<i32>::new(), steps)
    },
    |s| case(s, "LossyConnector", LossyConnector::new(), [i(1), c("hello"), pf()]),
    |s| case(s, "nullSinkComponent", NullSinkComponent::new(), [i(1), i(2), c("anything")]),
    |s| case(s, "EchoProtocol", EchoProtocol::new(), [i("x"), c("anything")]),
    |s| {
        let pair = |tag: u64, data: &str| i((tag, data.to_string()));
        case(s, "Framer", Framer::new(), [pair(1, "hello"), pair(22, ""), pf()])
    },
    |s| case(s, "DeFramer", DeFramer::new(), [i("1 5\nhello"), i("7 9\nshort"), pf()]),
    |s| {
        let chunk = |text: &str| i(text.as_bytes().to_vec());
        let steps = [chunk("one\r\ntwo\nth"), chunk("ree\n\nlast"), pf()];
        case(s, "chunks_to_lines", ChunksToLines::new(), steps)
    },
    |s| {
        let lines = ["ADD NODE \"a b\" 'c d' e", "  ", "say \"un closed"];
        let steps = lines.map(i).into_iter().chain([pf()]);
        case(s, "lines_to_tokenlists", LinesToTokenlists::new(), steps)
    },
];

fn program(new_scheduler: fn() -> Scheduler) {
    for case in FIRST.iter().chain(SECOND) {
        let mut s = new_scheduler();
        let bench = case(&s);
        s.activate(bench);
        s.run().unwrap();
    }
    say!("done");
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("18_util_components.out"), program);
}
