//! The machine: cores, limits, and the versions of what is measured.

use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Resource, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores this program may run on, lowest first.
pub fn cores() -> Vec<usize> {
    let allowed = sched_getaffinity(None).unwrap_or_default();
    (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect()
}

/// Keeps this thread, and the threads it starts, on one core.
///
/// # Errors
///
/// When the core does not exist or is not allowed.
pub fn pin(core: usize) -> Result<(), String> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).map_err(|e| format!("cannot stay on core {core}: {e}"))
}

/// Lets this process open as many files as the hard limit allows, and says how many that is.
pub fn raise_open_files() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(e) = setrlimit(Resource::Nofile, limit) {
        eprintln!("the limit of open files stays as it is: {e}");
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_path_buf()
}

/// One line for each thing measured: its name and version, from `Cargo.lock`, and the machine's own.
pub fn versions(packages: &[&str]) -> String {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default();
    let mut parts = Vec::new();
    for package in packages {
        // Of several versions the highest is the one that `bench` itself asks for.
        let found = lock
            .split("[[package]]")
            .filter(|block| block.contains(&format!("name = \"{package}\"\n")))
            .filter_map(|block| block.split("version = \"").nth(1)?.split('"').next())
            .last();
        parts.push(format!("{package} {}", found.unwrap_or("?")));
    }
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or("?");
    format!(
        "{}; {}; Linux {}; {}, {} cores",
        parts.join(", "),
        rustc(),
        says("uname", &["-r"]),
        cpu.trim_matches([' ', '\t', ':']),
        cores().len()
    )
}

/// The version of the compiler that is installed here.
pub fn rustc() -> String {
    says("rustc", &["--version"])
}

fn says(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or("?".into(), |o| String::from_utf8_lossy(&o.stdout).trim().to_string())
}
