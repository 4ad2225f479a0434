//! Components that write.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use axon::file::{Append, SimpleFileWriter, SimpleFileWriterWithOutput, WholeFileWriter};
use axon::util::DataSource;
use axon::{AnyComponent, pipeline};

use crate::bench::{Bench, PF, SM};
use crate::folder::Folder;

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn append_sends_on_what_is_in_the_file_already() {
    let folder = Folder::new();
    for durable in [false, true] {
        let path = folder.write("log", "old ");
        let log = Append::new(&path);
        let mut bench = Bench::new(if durable { log.durable() } else { log });
        bench.give("inbox", "one ").give("inbox", b"two ".to_vec());
        bench.wait_until(|bench| bench.one("outbox").is_some());
        assert_eq!(read(&path), "old one two ");
        bench.give("inbox", "three".to_owned()).give("control", "hello").finish().wait_for_end();
        assert_eq!(bench.out("outbox").len(), 2);
        assert_eq!(read(&path), "old one two three");
        assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    }
}

#[test]
fn append_may_begin_anew_and_may_send_nothing_on() {
    let folder = Folder::new();
    let path = folder.write("log", "old ");
    let mut bench = Bench::new(Append::new(&path).blat_file().without_forwarder());
    bench.give("inbox", "new").finish().wait_for_end();
    assert_eq!((read(&path).as_str(), bench.out("outbox").len()), ("new", 0));
}

#[test]
fn append_that_reopens_its_file_makes_a_new_one_when_it_was_moved_away() {
    let folder = Folder::new();
    let path = folder.join("log");
    for (reopens, in_the_new_one) in [(true, "two"), (false, "absent")] {
        let log = Append::new(&path).blat_file();
        let mut bench = Bench::new(if reopens { log.reopening() } else { log });
        bench.give("inbox", "one").wait_until(|bench| bench.one("outbox").is_some());
        fs::rename(&path, folder.join("log.1")).unwrap();
        bench.give("inbox", "two").finish().wait_for_end();
        let written = fs::read_to_string(&path).unwrap_or("absent".to_owned());
        assert_eq!(written, in_the_new_one);
        assert_eq!(read(&folder.join("log.1")), if reopens { "one" } else { "onetwo" });
    }
}

#[test]
fn a_file_that_is_deleted_while_it_is_written_is_an_error_that_names_it() {
    let folder = Folder::new();
    let path = folder.join("gone");
    for writer in [
        AnyComponent::new(SimpleFileWriter::new(&path)),
        AnyComponent::new(SimpleFileWriter::new(&path).append()),
        AnyComponent::new(SimpleFileWriterWithOutput::new(&path)),
        AnyComponent::new(Append::new(&path)),
    ] {
        let mut bench = Bench::new(writer);
        bench.give("inbox", "one").wait_until(|_| fs::read(&path).is_ok_and(|written| written == b"one"));
        bench.out("outbox");
        fs::remove_file(&path).unwrap();
        bench.give("inbox", "two").finish();
        let error = bench.scheduler.run().unwrap_err().to_string();
        assert!(error.contains("/gone: it was deleted while it was written"), "{error}");
        assert!(bench.out("outbox").len() <= 1, "what is not in a file is not told of");
    }
}

#[test]
fn a_file_that_is_truncated_while_it_is_written_is_an_error_unless_it_is_appended_to() {
    let folder = Folder::new();
    let path = folder.join("cut");
    for (writer, is_error) in
        [(SimpleFileWriter::new(&path), true), (SimpleFileWriter::new(&path).append(), false)]
    {
        let _ = fs::remove_file(&path);
        let mut bench = Bench::new(writer);
        bench.give("inbox", "one").wait_until(|_| fs::read(&path).is_ok_and(|written| written == b"one"));
        OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
        bench.give("inbox", "two").finish();
        match bench.scheduler.run().err().map(|error| error.to_string()) {
            Some(error) => assert!(
                is_error && error.contains("/cut: it was truncated while it was written: 0 of 3 bytes"),
                "{error}"
            ),
            None => assert_eq!((is_error, read(&path).as_str()), (false, "two")),
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_that_names_the_file_and_nothing_is_told_to_be_written() {
    for writer in [
        AnyComponent::new(SimpleFileWriter::new("/dev/full")),
        AnyComponent::new(SimpleFileWriterWithOutput::new("/dev/full")),
        AnyComponent::new(Append::new("/dev/full").durable()),
    ] {
        let mut bench = Bench::new(writer);
        bench.give("inbox", "data").finish();
        let error = bench.scheduler.run().unwrap_err().to_string();
        assert!(error.contains("cannot write /dev/full: No space left on device"), "{error}");
        assert_eq!(bench.out("outbox").len(), 0);
    }
}

#[test]
fn a_fifo_whose_reader_has_gone_is_an_error_that_names_it() {
    let folder = Folder::new();
    let fifo = folder.fifo("fifo");
    // Both ends, so that nobody waits for the other.
    let writers: [fn(&Path) -> AnyComponent; 2] = [
        |fifo| AnyComponent::new(SimpleFileWriter::new(fifo)),
        |fifo| AnyComponent::new(SimpleFileWriterWithOutput::new(fifo)),
    ];
    for writer in writers {
        let mut both = OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
        let mut bench = Bench::new(writer(&fifo));
        bench.give("inbox", "one");
        let reading = std::thread::spawn(move || {
            let mut bytes = [0; 3];
            both.read_exact(&mut bytes).unwrap();
            bytes
        });
        bench.wait_until(|_| reading.is_finished());
        assert_eq!(&reading.join().unwrap(), b"one");
        bench.give("inbox", "two");
        let error = bench.scheduler.run().unwrap_err().to_string();
        assert!(error.contains("cannot write") && error.contains("/fifo: Broken pipe"), "{error}");
    }
}

/// Set in the environment of a test that runs again where a small file system is.
const SMALL: &str = "AXON_TEST_SMALL";

#[test]
#[cfg(target_os = "linux")]
fn every_writer_tells_that_a_file_system_is_full_and_a_whole_file_stays_as_it_was() {
    let Some(folder) = std::env::var_os(SMALL) else {
        let name = "writing::every_writer_tells_that_a_file_system_is_full_and_a_whole_file_stays_as_it_was";
        let folder = Folder::new();
        let mount =
            "mount -t tmpfs -o size=64k none \"$AXON_TEST_SMALL\" || exit 77; exec \"$0\" --exact \"$1\"";
        let mut again = Command::new("unshare");
        again.args(["-rm", "sh", "-c", mount]).arg(std::env::current_exe().unwrap()).arg(name);
        let Ok(output) = again.env(SMALL, folder.path()).output() else {
            eprintln!("not tried: there is no `unshare`");
            return;
        };
        if output.status.code() == Some(77) || String::from_utf8_lossy(&output.stderr).contains("unshare") {
            eprintln!("not tried: no file system can be mounted here");
            return;
        }
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    };
    let folder = PathBuf::from(folder);
    let piece = vec![b'x'; 16 << 10];
    type Writer = fn(PathBuf) -> AnyComponent;
    let writers: [(&str, Writer); 3] = [
        ("simple", |path| AnyComponent::new(SimpleFileWriter::new(path))),
        ("with-output", |path| AnyComponent::new(SimpleFileWriterWithOutput::new(path))),
        ("append", |path| AnyComponent::new(Append::new(path))),
    ];
    let tells = |name: &str, error: axon::RunError| {
        let error = error.to_string();
        assert!(error.contains(name) && error.contains("No space left on device"), "{error}");
    };
    for (name, writer) in writers {
        let path = folder.join(name);
        tells(
            name,
            axon::run(pipeline![DataSource::new(vec![piece.clone(); 16]), writer(path.clone())]).unwrap_err(),
        );
        fs::remove_file(path).unwrap();
    }
    let path = folder.join("whole");
    // Threads close what they have written to a moment later.
    let is_free = (0..1000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        fs::write(&path, "as it was").is_ok()
    });
    assert!(is_free, "the files that were removed are still open");
    let job = (path.clone(), piece.repeat(16));
    tells("whole", axon::run(pipeline![DataSource::new([job]), WholeFileWriter::new()]).unwrap_err());
    assert_eq!(read(&path), "as it was");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_writer_with_output_names_the_file_for_each_message() {
    let folder = Folder::new();
    let path = folder.write("file", "old");
    let mut bench = Bench::new(SimpleFileWriterWithOutput::new(&path));
    bench.give("inbox", "one ").give("inbox", "two").finish().wait_for_end();
    assert_eq!(bench.sent::<PathBuf>(), [path.clone(), path.clone()]);
    assert_eq!((read(&path).as_str(), bench.signalled()), ("one two", vec![PF.to_owned()]));
}

#[test]
fn a_whole_file_is_written_or_replaced_and_nothing_else_is_left() {
    let folder = Folder::new();
    let (new, old) = (folder.join("new"), folder.write("old", "longer than before"));
    let mut bench = Bench::new(WholeFileWriter::new());
    bench.give("inbox", (new.clone(), b"1".to_vec()));
    bench.give("inbox", (old.to_str().unwrap().to_owned(), "2".to_owned()));
    bench.give("control", "hello").finish().wait_for_end();
    assert_eq!(bench.sent::<PathBuf>(), [new.clone(), old.clone()]);
    assert_eq!((read(&new).as_str(), read(&old).as_str()), ("1", "2"));
    assert_eq!(folder.names(), ["new", "old"]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
}

#[test]
#[cfg(unix)]
fn a_replaced_file_keeps_its_permissions_and_the_links_to_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    let (file, link) = (folder.write("file", "old"), folder.join("link"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("file", &link).unwrap();
    axon::run(pipeline![DataSource::new([(link.clone(), b"new".to_vec())]), WholeFileWriter::new()]).unwrap();
    assert_eq!(read(&file), "new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_reader_sees_the_former_or_the_new_contents_and_nothing_in_between() {
    let folder = Folder::new();
    let path = folder.write("file", vec![0; 100_000]);
    let watched = path.clone();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let watcher = std::thread::spawn(move || {
        let mut looks = 0;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            let seen = fs::read(&watched).unwrap();
            assert_eq!(seen.len(), 100_000);
            assert!(seen.iter().all(|byte| *byte == seen[0]));
            looks += 1;
        }
        looks
    });
    let jobs: Vec<_> = (1..50u8).map(|n| (path.clone(), vec![n; 100_000])).collect();
    axon::run(pipeline![DataSource::new(jobs), WholeFileWriter::new()]).unwrap();
    drop(stop);
    assert!(watcher.join().unwrap() > 0);
}

#[test]
fn what_cannot_be_replaced_is_an_error_that_names_it_and_leaves_no_temporary_file() {
    let folder = Folder::new();
    let write = |path: PathBuf| {
        let job = (path, b"new".to_vec());
        axon::run(pipeline![DataSource::new([job]), WholeFileWriter::new()]).unwrap_err().to_string()
    };
    let error = write(folder.fifo("fifo"));
    assert!(error.contains("/fifo: it is not a regular file"), "{error}");
    let error = write(folder.path().to_owned());
    assert!(error.contains("it is not a regular file"), "{error}");
    let error = write(folder.join("no/such/folder"));
    assert!(error.contains("cannot write") && error.contains("no/such/folder"), "{error}");
    assert_eq!(folder.names(), ["fifo"]);
}

#[test]
fn a_whole_file_writer_that_is_stopped_finishes_the_file_it_writes_and_no_other() {
    let folder = Folder::new();
    let mut bench = Bench::new(WholeFileWriter::new());
    bench.give("inbox", (folder.join("one"), vec![1u8; 1000])).passes(1);
    bench.give("inbox", (folder.join("two"), vec![2u8; 1000])).shut_down().wait_for_end();
    assert_eq!(folder.names(), ["one"]);
    assert_eq!((bench.sent::<PathBuf>(), bench.signalled()), (vec![folder.join("one")], vec![SM.to_owned()]));
}
