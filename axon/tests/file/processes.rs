//! `UnixProcess`.

use std::cell::Cell;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::time::Duration;

use axon::file::UnixProcess;
use axon::util::{DataSink, DataSource, Received};
use axon::{Component, Context, pipeline};

use crate::bench::{Bench, PF, SM};

/// Everything that has come out of a box, as text.
fn text(bench: &Bench, outbox: &str) -> String {
    let bytes: Vec<u8> = bench
        .out(outbox)
        .into_iter()
        .flat_map(|message| message.into_value::<Vec<u8>>().expect("bytes"))
        .collect();
    String::from_utf8(bytes).unwrap()
}

fn status(bench: &Bench) -> ExitStatus {
    let mut told = bench.out("status");
    assert_eq!(told.len(), 1, "the status is told once");
    told.remove(0).into_value().unwrap()
}

/// Whether a process exists, also as a zombie.
fn exists(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid]).output().unwrap().status.success()
}

/// Waits until a process has ended: whoever is killed ends a moment later.
fn wait_for_end_of(pid: &str) {
    for _ in 0..1000 {
        if !exists(pid) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("process {pid} has not ended");
}

#[test]
fn a_program_filters_what_comes_and_ends_when_no_more_comes() {
    let mut bench = Bench::new(UnixProcess::new("sort").args(["-r"]));
    bench.give("inbox", "a\nc\n").give("inbox", b"b\n".to_vec()).give("control", "hello");
    bench.finish().wait_for_end();
    assert_eq!(text(&bench, "outbox"), "c\nb\na\n");
    assert!(status(&bench).success());
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
}

#[test]
fn output_errors_and_status_are_told_apart() {
    let mut bench = Bench::new(UnixProcess::shell("echo out; echo err >&2; exit 3"));
    bench.wait_for_end();
    assert_eq!((text(&bench, "outbox").as_str(), text(&bench, "error").as_str()), ("out\n", "err\n"));
    assert_eq!(status(&bench).code(), Some(3));
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn the_output_of_a_program_that_is_killed_is_sent_whole_and_the_signal_is_told() {
    let mut bench = Bench::new(UnixProcess::shell("head -c 3000000 /dev/zero; kill -9 $$"));
    let mut length = 0;
    bench.limit("outbox", 1).wait_until(|bench| {
        length += text(bench, "outbox").len();
        bench.ended()
    });
    assert_eq!(length + text(&bench, "outbox").len(), 3_000_000);
    assert_eq!(status(&bench).signal(), Some(9));
}

#[test]
fn arguments_are_given_to_the_program_and_not_to_a_shell() {
    let mut bench = Bench::new(UnixProcess::new("echo").args(["$HOME; ls `pwd`"]));
    bench.wait_for_end();
    assert_eq!(text(&bench, "outbox"), "$HOME; ls `pwd`\n");
    let mut command = Command::new("sh");
    command.args(["-c", "echo $GREETING; pwd"]).env("GREETING", "hello").current_dir("/");
    let mut bench = Bench::new(UnixProcess::command(command));
    bench.wait_for_end();
    assert_eq!(text(&bench, "outbox"), "hello\n/\n");
}

#[test]
fn a_program_that_cannot_be_run_is_an_error_that_names_it() {
    let error = axon::run(UnixProcess::new("/no/such/program")).unwrap_err().to_string();
    assert!(error.contains("UnixProcess_") && error.contains("cannot run /no/such/program"), "{error}");
    let error = axon::run(pipeline![DataSource::new([5]), UnixProcess::new("cat")]).unwrap_err().to_string();
    assert!(error.contains("takes bytes or text"), "{error}");
}

#[test]
fn much_goes_through_a_program_unchanged() {
    let blocks: Vec<Vec<u8>> = (0..200u8).map(|n| vec![n; 50_000]).collect();
    let received = Received::<Vec<u8>>::new();
    axon::run(pipeline![DataSource::new(blocks.clone()), UnixProcess::new("cat"), DataSink::new(&received)])
        .unwrap();
    assert!(received.take().concat() == blocks.concat());
}

#[test]
fn a_program_whose_output_nobody_takes_waits_and_can_be_stopped() {
    let mut bench = Bench::new(UnixProcess::new("yes"));
    bench
        .limit("outbox", 1)
        .wait_until(|bench| bench.scheduler.context(&bench.subject).outbox_length("outbox") == 1);
    // At most 256 KiB are read ahead: the program waits, and the threads that read it.
    bench.settle().settle();
    assert!(text(&bench, "outbox").len() <= 1 << 18);
    bench.shut_down().wait_for_end();
    assert_eq!(status(&bench).signal(), Some(15));
    assert_eq!(bench.signalled(), [SM]);
}

/// Sends kilobytes without end, and counts them.
struct Flood(Rc<Cell<usize>>);

impl Component for Flood {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.send_when_room("outbox", vec![0u8; 1024]).await?;
            self.0.set(self.0.get() + 1);
        }
    }
}

#[test]
fn who_sends_to_a_program_that_does_not_read_waits() {
    let sent = Rc::new(Cell::new(0));
    let mut scheduler = axon::Scheduler::new();
    scheduler.activate(pipeline![Flood(Rc::clone(&sent)), UnixProcess::new("sleep").args(["1000"])]);
    let mut before = usize::MAX;
    while before != sent.get() || sent.get() == 0 {
        before = sent.get();
        while scheduler.run_pass().unwrap() {}
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(sent.get() < 2000, "{} kilobytes wait", sent.get());
}

#[test]
fn a_process_that_keeps_the_output_open_does_not_hold_up_the_end() {
    let mut bench = Bench::new(UnixProcess::shell("sleep 1000 & echo $!"));
    bench.wait_for_end();
    let pid = text(&bench, "outbox").trim().to_owned();
    assert!(exists(&pid), "it goes on, as it would in a shell");
    assert!(status(&bench).success());
    Command::new("kill").arg(&pid).status().unwrap();
    // The same for the input: what does not fit into the pipe waits for nobody.
    let mut bench = Bench::new(UnixProcess::shell("sleep 1000 <&0 & echo $!; exit 5"));
    bench.give("inbox", vec![0u8; 200_000]).finish().wait_for_end();
    assert_eq!(status(&bench).code(), Some(5));
    Command::new("kill").arg(text(&bench, "outbox").trim()).status().unwrap();
}

#[test]
fn a_program_that_is_told_to_stop_may_finish_within_the_grace() {
    let script = "trap 'echo bye >&2; exit 7' TERM; echo ready; while :; do sleep 0.01; done";
    let mut bench = Bench::new(UnixProcess::shell(script));
    bench.wait_for::<Vec<u8>>(1);
    bench.shut_down().wait_for_end();
    assert_eq!(status(&bench).code(), Some(7));
    assert_eq!(bench.signalled(), [SM]);
}

#[test]
fn a_program_that_does_not_end_when_it_is_asked_is_killed_after_the_grace() {
    let script = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
    let mut bench = Bench::new(UnixProcess::shell(script).grace(Duration::from_secs(5)));
    bench.wait_for::<Vec<u8>>(1);
    bench.shut_down().settle();
    bench.scheduler.turn_clock(Duration::from_millis(4999));
    bench.settle();
    std::thread::sleep(Duration::from_millis(20));
    assert!(!bench.settle().ended(), "it has five seconds");
    bench.scheduler.turn_clock(Duration::from_millis(1));
    bench.wait_for_end();
    assert_eq!(status(&bench).signal(), Some(9));
}

#[test]
fn a_group_ends_with_the_processes_that_the_program_has_started() {
    let mut bench = Bench::new(UnixProcess::shell("sleep 1000 & echo $!; wait").own_group());
    let pid = String::from_utf8(bench.wait_for::<Vec<u8>>(1).concat()).unwrap().trim().to_owned();
    bench.shut_down().wait_for_end();
    wait_for_end_of(&pid);
}

#[test]
fn a_component_that_is_stopped_or_dropped_kills_its_program() {
    for stops in [true, false] {
        let mut bench = Bench::new(UnixProcess::shell("echo $$; exec sleep 1000"));
        let pid = String::from_utf8(bench.wait_for::<Vec<u8>>(1).concat()).unwrap().trim().to_owned();
        assert!(exists(&pid));
        if stops {
            bench.scheduler.stop();
        }
        drop(bench);
        wait_for_end_of(&pid);
    }
}

/// Takes one message and ends.
struct TakeOne;

impl Component for TakeOne {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.next::<Vec<u8>>("inbox").await?;
        Ok(())
    }
}

#[test]
fn a_program_whose_receiver_has_ended_gets_a_broken_pipe() {
    axon::run(pipeline![UnixProcess::new("yes"), TakeOne]).unwrap();
}

#[test]
fn a_program_that_does_not_read_its_input_is_no_error() {
    let input = DataSource::new((0..100).map(|_| vec![0u8; 10_000]));
    axon::run(pipeline![input, UnixProcess::new("true")]).unwrap();
    // It closes its input, and goes on until it is told that no more will come.
    let mut bench = Bench::new(UnixProcess::shell("exec <&-; sleep 0.1; echo done"));
    bench.give("inbox", vec![0u8; 100_000]).finish().wait_for_end();
    assert_eq!(text(&bench, "outbox"), "done\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_inherits_no_descriptors_of_this_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut other = Bench::new(UnixProcess::shell("echo started; exec cat"));
    other.wait_for::<Vec<u8>>(1);
    let mut bench = Bench::new(UnixProcess::new("ls").args(["-l", "/proc/self/fd"]));
    bench.wait_for_end();
    let shown = text(&bench, "outbox");
    assert!(!shown.contains("socket:"), "{shown}");
    // It has three pipes of its own. Whoever has started this test may have left others open for all.
    let mut plain = Command::new("ls");
    plain.args(["-l", "/proc/self/fd"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let plain = String::from_utf8(plain.spawn().unwrap().wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(shown.matches("pipe:").count(), plain.matches("pipe:").count(), "{shown}{plain}");
    drop(listener);
}

/// Set in the process that the next test starts, in which no other test runs.
const ALONE: &str = "AXON_TEST_ALONE";

#[test]
#[cfg(target_os = "linux")]
fn many_programs_one_after_another_leave_no_descriptors_zombies_or_memory_behind() {
    if std::env::var_os(ALONE).is_none() {
        let name = "processes::many_programs_one_after_another_leave_no_descriptors_zombies_or_memory_behind";
        let mut alone = Command::new(std::env::current_exe().unwrap());
        let output = alone.args(["--exact", name]).env(ALONE, "1").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let run = |count: usize| {
        let programs = (0..count).fold(axon::chassis::Seq::new(), |seq, number| {
            seq.then(UnixProcess::new("echo").args([number.to_string()]))
        });
        let received = Received::<Vec<u8>>::new();
        axon::run(pipeline![programs, DataSink::new(&received)]).unwrap();
        let expected: String = (0..count).map(|number| format!("{number}\n")).collect();
        assert_eq!(String::from_utf8(received.take().concat()).unwrap(), expected);
    };
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = descriptors();
    run(50);
    let memory = kilobytes();
    // With `AXON_STRESS=full` the number that a server may start in a day.
    let is_full = std::env::var("AXON_STRESS").is_ok_and(|value| value == "full");
    for _ in 0..if is_full { 200 } else { 6 } {
        run(50);
    }
    assert!(kilobytes() < memory + 4096, "{memory} kB became {} kB", kilobytes());
    assert_eq!(children(), 0);
    // Threads close their ends of the pipes a moment later.
    for _ in 0..1000 {
        if descriptors() == before {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{before} descriptors became {}", descriptors());
}

/// How much memory this process has.
#[cfg(target_os = "linux")]
fn kilobytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How many children this process has, zombies included.
#[cfg(target_os = "linux")]
fn children() -> usize {
    let own = std::process::id().to_string();
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.to_owned();
        Some(parent)
    });
    processes.filter(|parent| *parent == own).count()
}

/// Its thread makes room at any moment, also between two questions of the component: so it is tried several times.
#[test]
fn a_program_that_reads_more_slowly_than_is_sent_gets_everything_before_its_end() {
    for _ in 0..20 {
        let received = Received::<Vec<u8>>::new();
        let pieces = DataSource::new(vec![vec![b'x'; 100_000]; 30]);
        axon::run(pipeline![pieces, UnixProcess::new("wc").args(["-c"]), DataSink::new(&received)]).unwrap();
        assert_eq!(String::from_utf8(received.take().concat()).unwrap().trim(), "3000000");
    }
}
