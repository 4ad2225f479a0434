//! What a file costs that goes through components. Line by line: `SimpleReader`, `Grep` and `SimpleFileWriter` beside a
//! plain loop and, where it is installed, the program `grep`. In blocks: `MaxSpeedFileReader` and a component that counts
//! bytes, beside a loop that does.
//!
//! `cargo bench -p axon --bench files [-- MEGABYTES]` writes such a file (1000 MB) and the results, a sixteenth of it
//! each, to the folder for temporary files, and removes them. Each contender is a process of its own, so that its peak
//! memory is known.

#![allow(missing_docs, reason = "a program")]

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};
use std::time::Instant;

use axon::file::Grep;
use axon::util::{MaxSpeedFileReader, SimpleFileWriter, SimpleReader};
use axon::{Component, Context, pipeline};

const ROUNDS: usize = 5;

/// What is looked for. It stands in one line of sixteen.
const WANTED: &str = "status=503";

/// In the arguments of a process that is a contender.
const CONTENDER: &str = "--contender";

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn lines(from: &Path, to: &Path) -> Result {
    axon::run(pipeline![SimpleReader::new(from), Grep::containing(WANTED), SimpleFileWriter::new(to)])?;
    Ok(())
}

fn lines_in_a_loop(from: &Path, to: &Path) -> Result {
    let mut reader = BufReader::with_capacity(131_072, File::open(from)?);
    let mut writer = BufWriter::with_capacity(131_072, File::create(to)?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        if line.contains(WANTED) {
            writer.write_all(line.as_bytes())?;
        }
        line.clear();
    }
    writer.flush()?;
    Ok(())
}

/// Writes how many bytes came.
struct Count {
    to: PathBuf,
}

impl Component for Count {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut bytes = 0;
        while let Some(block) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            bytes += block.len();
        }
        Ok(std::fs::write(&self.to, bytes.to_string())?)
    }
}

fn blocks(from: &Path, to: &Path) -> Result {
    axon::run(pipeline![MaxSpeedFileReader::new(from), Count { to: to.to_owned() }])?;
    Ok(())
}

fn blocks_in_a_loop(from: &Path, to: &Path) -> Result {
    let (mut file, mut block, mut bytes) = (File::open(from)?, vec![0; 131_072], 0);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(std::fs::write(to, bytes.to_string())?),
            read => bytes += read,
        }
    }
}

/// Lines as a server logs them, about a hundred bytes each.
fn write_log(path: &Path, bytes: u64) -> Result {
    let mut log = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut written, mut nth) = (0, 0_u64);
    while written < bytes {
        let status = if nth % 16 == 7 { 503 } else { 200 };
        let mixed = nth.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let line = format!(
            "2026-01-01T00:00:00Z client={mixed:020} path=/pages/{nth:010} status={status} bytes={}\n",
            mixed % 100_000
        );
        log.write_all(line.as_bytes())?;
        written += line.len() as u64;
        nth += 1;
    }
    Ok(log.flush()?)
}

/// The most memory that this process has had, in KiB, where the system tells it.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Runs one as a process of its own: seconds, and peak memory in KiB if it is ours.
fn measure(name: &str, from: &Path, to: &Path) -> Result<(f64, Option<u64>)> {
    let mut command = match name {
        "grep" => {
            let mut grep = Command::new("grep");
            grep.args(["-F", WANTED]).arg(from).env("LC_ALL", "C").stdout(File::create(to)?);
            grep
        }
        _ => {
            let mut this = Command::new(std::env::current_exe()?);
            this.args([CONTENDER, name]).arg(from).arg(to).stdout(Stdio::piped());
            this
        }
    };
    let began = Instant::now();
    let output = command.stderr(Stdio::inherit()).output()?;
    let seconds = began.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!("{name} failed: {}", output.status).into());
    }
    Ok((seconds, String::from_utf8(output.stdout)?.trim().parse().ok()))
}

fn is_same(one: &Path, other: &Path) -> Result<bool> {
    let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 || left[..length] != right[..length] {
            return Ok(left.is_empty() && right.is_empty());
        }
        one.consume(length);
        other.consume(length);
    }
}

/// Runs each of them in turn, and shows the first beside the others.
fn compare(folder: &Path, log: &Path, megabytes: u64, names: &[&str]) -> Result {
    let mut figures = vec![Vec::new(); names.len()];
    let mut peaks = vec![None; names.len()];
    for _ in 0..ROUNDS {
        for (nth, name) in names.iter().enumerate() {
            let (seconds, peak) = measure(name, log, &folder.join(name))?;
            figures[nth].push(seconds);
            peaks[nth] = peaks[nth].max(peak);
        }
    }
    for name in &names[1..] {
        if !is_same(&folder.join(names[0]), &folder.join(name))? {
            return Err(format!("what {name} finds is not what the components find").into());
        }
    }
    let medians: Vec<f64> = figures
        .iter_mut()
        .map(|seconds| {
            seconds.sort_by(f64::total_cmp);
            seconds[ROUNDS / 2]
        })
        .collect();
    for ((name, median), peak) in names.iter().zip(&medians).zip(&peaks) {
        let peak = peak.map_or("-".to_owned(), |peak| peak.to_string());
        let (rate, ratio) = (megabytes as f64 / median, medians[0] / median);
        println!("{name:<16} {median:>8.2} {rate:>8.0} {ratio:>16.2} {peak:>10}");
    }
    Ok(())
}

fn compare_all(folder: &Path, megabytes: u64) -> Result {
    let log = folder.join("log");
    write_log(&log, megabytes * 1_000_000)?;
    println!("{megabytes} MB, medians of {ROUNDS} rounds\n");
    println!("{:<16} {:>8} {:>8} {:>16} {:>10}", "", "seconds", "MB/s", "components over", "peak KiB");
    let has_grep = Command::new("grep").arg("--version").stdout(Stdio::null()).status().is_ok();
    let lines = ["lines", "loop of lines", "grep"];
    compare(folder, &log, megabytes, if has_grep { &lines } else { &lines[..2] })?;
    compare(folder, &log, megabytes, &["blocks", "loop of blocks"])
}

fn main() -> Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, name, from, to] = &arguments[..]
        && first == CONTENDER
    {
        match name.as_str() {
            "lines" => lines(Path::new(from), Path::new(to))?,
            "loop of lines" => lines_in_a_loop(Path::new(from), Path::new(to))?,
            "blocks" => blocks(Path::new(from), Path::new(to))?,
            _ => blocks_in_a_loop(Path::new(from), Path::new(to))?,
        }
        println!("{}", peak_memory());
        return Ok(());
    }
    let megabytes = arguments.iter().find(|argument| !argument.starts_with('-'));
    let megabytes = megabytes.map_or(Ok(1000), |number| number.parse())?;
    let folder: PathBuf = std::env::temp_dir().join(format!("axon_files_{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let outcome = compare_all(&folder, megabytes);
    std::fs::remove_dir_all(&folder)?;
    if let Err(error) = outcome {
        eprintln!("{error}");
        exit(1);
    }
    Ok(())
}
