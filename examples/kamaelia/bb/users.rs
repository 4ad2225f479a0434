//! Who may log in. Of a password only a hash is kept, with a salt of its own.

use std::io::{Error, ErrorKind, Result, Write};
use std::num::NonZeroU32;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ring::pbkdf2::{PBKDF2_HMAC_SHA256, derive, verify};
use ring::rand::{SecureRandom, SystemRandom};

use crate::hex::{from_hex, to_hex};

/// How much work a guess takes.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(100_000).expect("it is not zero");

/// For a name that does not exist, so that a guess takes the same time: it is the hash of nothing that anybody can type.
const NOBODY: &str = "nobody:100000:00000000000000000000000000000000:\
                      0000000000000000000000000000000000000000000000000000000000000000";

/// The file of users.
#[derive(Clone)]
pub(crate) struct Users {
    path: PathBuf,
}

/// The name as it is kept, if it is one: at most 32 small letters, digits, `_` and `-`, so that it can be a file's name.
pub(crate) fn name(typed: &str) -> Option<String> {
    let name = typed.trim().to_lowercase();
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    (!name.is_empty() && name.len() <= 32 && name.bytes().all(is_plain)).then_some(name)
}

impl Users {
    pub(crate) fn new(folder: &Path) -> Self {
        Users { path: folder.join("users.passwd") }
    }

    fn lines(&self) -> Result<Vec<String>> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Error::new(error.kind(), format!("{}: {error}", self.path.display()))),
        }
    }

    /// Whether this is the password. Takes a while, and reads the file: not on the scheduler's thread.
    pub(crate) fn is_password(&self, name: &str, password: &str) -> Result<bool> {
        let lines = self.lines()?;
        let of = |line: &&String| line.split(':').next() == Some(name);
        let line = lines.iter().find(of).map_or(NOBODY, String::as_str);
        let [_, iterations, salt, hash] = line.split(':').collect::<Vec<_>>()[..] else {
            return Err(Error::other(format!("{}: the line of {name} is damaged", self.path.display())));
        };
        let (Ok(iterations), Some(salt), Some(hash)) = (iterations.parse(), from_hex(salt), from_hex(hash))
        else {
            return Err(Error::other(format!("{}: the line of {name} is damaged", self.path.display())));
        };
        Ok(verify(PBKDF2_HMAC_SHA256, iterations, &salt, password.as_bytes(), &hash).is_ok())
    }

    /// Adds a user, or gives one a new password.
    pub(crate) fn add(&self, name: &str, password: &str) -> Result<()> {
        let (mut salt, mut hash) = ([0; 16], [0; 32]);
        SystemRandom::new()
            .fill(&mut salt)
            .map_err(|_| Error::other("the system gives no random numbers"))?;
        derive(PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password.as_bytes(), &mut hash);
        let mut lines = self.lines()?;
        lines.retain(|line| line.split(':').next() != Some(name));
        lines.push(format!("{name}:{ITERATIONS}:{}:{}", to_hex(&salt), to_hex(&hash)));
        let new = self.path.with_extension("new");
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all((lines.join("\n") + "\n").as_bytes())?;
        file.sync_all()?;
        std::fs::rename(new, &self.path)
    }
}
