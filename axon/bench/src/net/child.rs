//! A server in a process of its own: started, asked for its figures, ended.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running server. It ends when this is dropped, or when this process ends, since its standard input
/// is then closed.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts this same program as the server `name` on a core; `count` says whether it counts what it
    /// allocates.
    ///
    /// # Errors
    ///
    /// When it does not start or does not say where it listens.
    pub fn start(name: &str, core: usize, count: bool) -> Result<Self, String> {
        let me = std::env::current_exe().map_err(|e| format!("where is this program? {e}"))?;
        let mut command = Command::new(me);
        command.args(["serve", name, "--core", &core.to_string()]);
        if count {
            command.arg("--count");
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("the server `{name}` does not start: {e}"))?;
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("it was asked for"));
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Server { address, process, questions, answers };
        let line = server.answer()?;
        server.address = line.parse().map_err(|_| format!("the server `{name}` listens at `{line}`?"))?;
        Ok(server)
    }

    fn answer(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(0) => Err("the server has ended".into()),
            Ok(_) => Ok(line.trim().to_string()),
            Err(e) => Err(format!("the server does not answer: {e}")),
        }
    }

    fn ask(&mut self, question: &str) -> Result<f64, String> {
        let pipe = self.questions.as_mut().expect("kept until it is dropped");
        writeln!(pipe, "{question}").map_err(|e| format!("the server does not listen: {e}"))?;
        let line = self.answer()?;
        line.parse().map_err(|_| format!("`{line}` is no answer to `{question}`"))
    }

    /// The bytes it has allocated and not freed.
    ///
    /// # Errors
    ///
    /// When the server has ended.
    pub fn live(&mut self) -> Result<f64, String> {
        self.ask("live")
    }

    /// The seconds of processor time that its threads have used.
    ///
    /// As the system counts them: asking the server would take it from its work.
    pub fn cpu(&self) -> f64 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id()));
        let of = |thread: std::fs::DirEntry| {
            let told = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            told.split(' ').next()?.parse::<u64>().ok()
        };
        let nanoseconds: u64 = threads.into_iter().flatten().flatten().filter_map(of).sum();
        nanoseconds as f64 * 1e-9
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.questions = None;
        if let Err(e) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("a server could not be ended: {e}");
        }
    }
}
