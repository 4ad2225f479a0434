//! The peer smol: a local executor, a task and a buffer for each connection.

use std::net::{TcpListener, TcpStream};

use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::{Async, LocalExecutor};

use super::OWN_BUFFER;

/// Serves until the process ends.
pub fn serve(listener: TcpListener) -> Result<(), String> {
    let executor = LocalExecutor::new();
    let served: std::io::Result<()> = smol::block_on(executor.run(async {
        let listener = Async::<TcpListener>::new(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.get_ref().set_nodelay(true)?;
            executor.spawn(echo(stream)).detach();
        }
    }));
    served.map_err(|e| format!("smol: {e}"))
}

async fn echo(mut stream: Async<TcpStream>) -> std::io::Result<()> {
    let mut buffer = vec![0; OWN_BUFFER];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            n => stream.write_all(&buffer[..n]).await?,
        }
    }
}
