//! A NATS server of the tests' own.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::folder::Folder;

/// Longer than a server takes to start.
const LONG: Duration = Duration::from_secs(20);

/// A server on a free port, killed when dropped.
pub struct Server {
    child: Child,
    folder: Folder,
    port: u16,
    pub arguments: Vec<String>,
}

impl Server {
    /// `None`, and a line that says so, if there is no `nats-server` here.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        let folder = Folder::new();
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let Ok(child) = spawn(&folder, "-1", &arguments) else {
            println!("skipped: nats-server is not installed");
            return None;
        };
        let mut server = Server { child, folder, port: 0, arguments };
        server.port = server.wait_for_port().expect("the server starts");
        Some(server)
    }

    /// The port that it has written into a file; `None` if it has ended.
    fn wait_for_port(&mut self) -> Option<u16> {
        let file = self.folder.join(format!("nats-server_{}.ports", self.child.id()));
        let begun = Instant::now();
        loop {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            let rest =
                ["nats://127.0.0.1:", "tls://127.0.0.1:"].iter().find_map(|begin| text.split_once(begin));
            if let Some((_, rest)) = rest {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                return Some(digits.parse().unwrap());
            }
            if self.child.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(begun.elapsed() < LONG, "the server does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again at the same port, with nothing in memory. If somebody has got the port meanwhile, waits for it.
    pub fn restart(&mut self) {
        self.kill();
        let begun = Instant::now();
        loop {
            self.child = spawn(&self.folder, &self.port.to_string(), &self.arguments).unwrap();
            if self.wait_for_port().is_some() {
                return;
            }
            assert!(begun.elapsed() < LONG, "the server does not start again: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

fn spawn(folder: &Folder, port: &str, arguments: &[String]) -> std::io::Result<Child> {
    Command::new("nats-server")
        .args(["-a", "127.0.0.1", "-p", port, "-l"])
        .arg(folder.join("log"))
        .arg("--ports_file_dir")
        .arg(folder.path())
        .arg("-sd")
        .arg(folder.join("streams"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
