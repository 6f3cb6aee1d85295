//! A connection that never waits: the event loop drives it.

use std::io;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::client::Client;
use super::inbox::{Inbox, Scratch};
use super::outbox::Outbox;
use crate::mqtt::frame::Frame;

/// A non-blocking connection with its two halves.
pub struct Link {
    stream: TcpStream,
    inbox: Inbox,
    /// What waits to be written; `flush` writes it.
    pub outbox: Outbox,
}

impl Link {
    /// Takes over a connection whose handshake is done, and registers it under `token`.
    ///
    /// # Errors
    ///
    /// If packets wait in the client that nobody has taken, and what the system says.
    pub fn take_over(client: Client, registry: &Registry, token: Token) -> io::Result<Self> {
        if client.has_arrivals() {
            return Err(io::Error::other(
                "packets came before anyone asked for them: use fresh topics",
            ));
        }
        client.stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(client.stream);
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            stream,
            inbox: client.inbox,
            outbox: client.outbox,
        })
    }

    /// Reads until the socket is empty, handing over each packet and the outbox for an answer.
    ///
    /// # Errors
    ///
    /// If the broker closed or sent what is not MQTT.
    #[inline]
    pub fn receive(
        &mut self,
        scratch: &mut Scratch,
        mut each: impl FnMut(Frame<'_>, &mut Outbox),
    ) -> io::Result<()> {
        let outbox = &mut self.outbox;
        loop {
            match self
                .inbox
                .read(&mut self.stream, scratch, |frame| each(frame, outbox))
            {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes as much of the outbox as the socket takes.
    ///
    /// # Errors
    ///
    /// What the socket says.
    #[inline]
    pub fn flush(&mut self) -> io::Result<()> {
        self.outbox.flush(&mut self.stream)
    }
}
