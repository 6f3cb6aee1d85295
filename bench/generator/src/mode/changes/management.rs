//! One request to the broker's management API, sent and answered without waiting: the publisher's schedule goes on.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use clap::Args;

/// No answer here is longer; beyond, nothing more is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Where the broker is managed, and by whom.
#[derive(Args, Clone, Debug)]
pub struct Management {
    /// Address and port of the management API, plain HTTP.
    // By its own name: every target has an `address` already.
    #[arg(id = "management", long = "management")]
    pub address: SocketAddr,
    /// Operator token that may change resources.
    #[arg(long)]
    pub operator_token: String,
}

/// What is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// `PUT` or `DELETE`.
    pub method: &'static str,
    /// From the root of the server.
    pub path: &'static str,
    /// JSON; empty for none.
    pub body: String,
}

/// A request that has left, on a connection of its own.
pub struct Pending {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Management {
    /// Sends a request. Only the system's handshake is waited for, which on loopback needs no broker.
    ///
    /// # Errors
    ///
    /// What the socket says.
    pub fn send(&self, request: &Request) -> io::Result<Pending> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.write_all(self.text(request).as_bytes())?;
        stream.set_nonblocking(true)?;
        Ok(Pending {
            stream,
            received: Vec::new(),
        })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    ///
    /// What the socket says, or that the request was refused.
    pub fn ask(&self, request: &Request) -> io::Result<()> {
        let mut pending = self.send(request)?;
        loop {
            match pending.poll()? {
                None => std::thread::yield_now(),
                Some(200..=299) => return Ok(()),
                Some(_) => return Err(io::Error::other(pending.text())),
            }
        }
    }

    fn text(&self, Request { method, path, body }: &Request) -> String {
        let Self {
            address,
            operator_token,
        } = self;
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {operator_token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

impl Pending {
    /// The status of the answer, if it has come.
    ///
    /// # Errors
    ///
    /// If the server closed before, or answered with what is not HTTP.
    pub fn poll(&mut self) -> io::Result<Option<u16>> {
        let mut piece = [0; 1024];
        match self.stream.read(&mut piece) {
            Ok(0) => return Err(io::Error::other("the management API closed unasked")),
            Ok(count) => self.received.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
        match status(&self.received) {
            None if self.received.len() < ANSWER_BYTES_MAX => Ok(None),
            None => Err(io::Error::other("the management API does not speak HTTP")),
            known => Ok(known),
        }
    }

    /// What has come of the answer, for a person who has to find out what was wrong.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).replace("\r\n", " ")
    }
}

/// The status code of an answer whose head is whole: RFC 9112 section 4.
fn status(answer: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, _) = text.split_once("\r\n\r\n")?;
    let code = head.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    code.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_who_asks_and_how_long_it_is() {
        let management = Management {
            address: "127.0.0.1:8080".parse().unwrap(),
            operator_token: "secret".into(),
        };
        let request = Request {
            method: "PUT",
            path: "/v1/topicSpaces/a",
            body: "{}".into(),
        };
        let text = management.text(&request);
        assert!(text.starts_with("PUT /v1/topicSpaces/a HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
        assert!(text.contains("\r\nAuthorization: Bearer secret\r\n"));
        assert!(text.ends_with("Content-Length: 2\r\nConnection: close\r\n\r\n{}"));
    }

    #[test]
    fn a_status_is_known_once_the_head_is_whole() {
        assert_eq!(status(b"HTTP/1.1 201 Created\r\netag: 1\r\n"), None);
        assert_eq!(
            status(b"HTTP/1.1 204 No Content\r\ndate: now\r\n\r\n"),
            Some(204)
        );
        assert_eq!(status(b"SSH-2.0\r\n\r\n"), None);
    }
}
