//! From the path of a request to an open file, and nowhere outside of the directory.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use http::StatusCode;

use super::conditions::Version;
use super::{Directory, Links};

/// What is at a path.
pub(super) enum Found {
    File {
        file: File,
        name: PathBuf,
        length: u64,
        version: Version,
    },
    /// A directory, and the path does not end with `/`.
    Directory,
}

/// Finds what a path means, and opens it. `Err` with the status of the answer if there is nothing to send.
pub(super) fn find(directory: &Directory, below: &str) -> Result<Found, StatusCode> {
    let relative = decode(below)?;
    let home = fs::canonicalize(&directory.home).map_err(|error| {
        log::error!("the directory {} cannot be served: {error}", directory.home.display());
        StatusCode::INTERNAL_SERVER_ERROR
    })?;
    let (path, metadata) = look(directory, &home, &home.join(&relative))?;
    let ends_with_slash = below.is_empty() || below.ends_with('/');
    if !metadata.is_dir() {
        // A file is no directory.
        return if ends_with_slash { Err(StatusCode::NOT_FOUND) } else { open(path) };
    }
    if !ends_with_slash {
        return Ok(Found::Directory);
    }
    let (path, _) = look(directory, &home, &path.join(&directory.index))?;
    open(path)
}

/// The parts of a path, each decoded once.
fn decode(below: &str) -> Result<PathBuf, StatusCode> {
    let mut path = PathBuf::new();
    for part in below.split('/').filter(|part| !part.is_empty()) {
        let part = percent_decode(part).ok_or(StatusCode::BAD_REQUEST)?;
        if part == b"." || part == b".." || part.contains(&b'/') || part.contains(&0) {
            return Err(StatusCode::NOT_FOUND);
        }
        path.push(OsString::from_vec(part));
    }
    Ok(path)
}

pub(crate) fn percent_decode(part: &str) -> Option<Vec<u8>> {
    let mut bytes = part.bytes();
    let mut decoded = Vec::with_capacity(part.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || (bytes.next()? as char).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            _ => byte,
        });
    }
    Some(decoded)
}

/// Where a path leads, all links followed, and what is there.
fn look(directory: &Directory, home: &Path, path: &Path) -> Result<(PathBuf, Metadata), StatusCode> {
    let real = fs::canonicalize(path).map_err(|error| status(&error))?;
    if directory.links == Links::Refused && !real.starts_with(home) {
        return Err(StatusCode::NOT_FOUND);
    }
    let metadata = fs::metadata(&real).map_err(|error| status(&error))?;
    // Opening a FIFO would wait for its writer.
    if metadata.is_dir() || metadata.is_file() { Ok((real, metadata)) } else { Err(StatusCode::NOT_FOUND) }
}

fn open(name: PathBuf) -> Result<Found, StatusCode> {
    let file = File::open(&name).map_err(|error| status(&error))?;
    let metadata = file.metadata().map_err(|error| status(&error))?;
    if !metadata.is_file() {
        return Err(StatusCode::NOT_FOUND);
    }
    Ok(Found::File { file, name, length: metadata.len(), version: Version::of(&metadata) })
}

fn status(error: &io::Error) -> StatusCode {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound, PermissionDenied};
    // Too many links in a circle have no kind of their own yet.
    match error.kind() {
        NotFound | NotADirectory | InvalidFilename | InvalidInput => StatusCode::NOT_FOUND,
        PermissionDenied => StatusCode::FORBIDDEN,
        _ => {
            log::warn!("a file cannot be served: {error}");
            StatusCode::NOT_FOUND
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once_and_leads_nowhere_else() {
        assert_eq!(decode("/a%20b//c"), Ok(PathBuf::from("a b/c")));
        assert_eq!(decode("/%252e%252e/x"), Ok(PathBuf::from("%2e%2e/x")));
        assert_eq!(decode("/%C3%A4"), Ok(PathBuf::from("ä")));
        for hostile in ["/..", "/a/../b", "/%2e%2e/b", "/.%2e/b", "/a/.", "/a%2fb", "/%2e%2e%2fb", "/a%00"] {
            assert_eq!(decode(hostile), Err(StatusCode::NOT_FOUND), "{hostile}");
        }
        for wrong in ["/%", "/%4", "/%zz", "/%+1"] {
            assert_eq!(decode(wrong), Err(StatusCode::BAD_REQUEST), "{wrong}");
        }
    }
}
