//! The peer tokio: `current_thread`, a task for each connection.

use std::cell::RefCell;
use std::future::Future;
use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{OWN_BUFFER, SHARED_BUFFER};

/// As its documentation shows it: each task has a buffer of its own.
pub fn serve_with_own_buffers(listener: std::net::TcpListener) -> Result<(), String> {
    serve(listener, echo_with_own_buffer)
}

/// As one writes it who cares for memory: the buffer is borrowed between two waits.
pub fn serve_with_shared_buffer(listener: std::net::TcpListener) -> Result<(), String> {
    serve(listener, echo_with_shared_buffer)
}

/// Serves each connection in a task, until the process ends.
pub fn serve<F>(
    listener: std::net::TcpListener,
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> Result<(), String>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let served: std::io::Result<()> = runtime.map_err(|e| e.to_string())?.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        // Accepting in a task and not here: what `block_on` itself polls costs more.
        let accepting: tokio::task::JoinHandle<std::io::Result<()>> = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tokio::spawn(serve(stream));
            }
        });
        accepting.await?
    });
    served.map_err(|e| format!("tokio: {e}"))
}

async fn echo_with_own_buffer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = vec![0; OWN_BUFFER];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            n => stream.write_all(&buffer[..n]).await?,
        }
    }
}

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; SHARED_BUFFER]);
}

async fn echo_with_shared_buffer(mut stream: TcpStream) -> std::io::Result<()> {
    loop {
        stream.readable().await?;
        let unsent = BUFFER.with_borrow_mut(|buffer| {
            let n = match stream.try_read(buffer) {
                Ok(0) => return Ok(None),
                Ok(n) => n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(Some(Vec::new())),
                Err(e) => return Err(e),
            };
            match stream.try_write(&buffer[..n]) {
                Ok(sent) => Ok(Some(buffer[sent..n].to_vec())),
                Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(Some(buffer[..n].to_vec())),
                Err(e) => Err(e),
            }
        })?;
        match unsent {
            None => return Ok(()),
            Some(rest) if rest.is_empty() => {}
            Some(rest) => stream.write_all(&rest).await?,
        }
    }
}
