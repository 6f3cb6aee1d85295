//! A connection that never waits: the event loop drives it.

use std::io;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::client::Client;
use super::inbox::{Inbox, Scratch};
use super::outbox::Outbox;
use super::wire::Wire;
use crate::mqtt::frame::Frame;

/// A non-blocking connection with its two halves.
pub struct Link {
    stream: Wire<TcpStream>,
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
        let mut stream = client.stream;
        stream.socket().set_nonblocking(true)?;
        let mut stream = stream.map_socket(TcpStream::from_std);
        let interest = Interest::READABLE | Interest::WRITABLE;
        registry.register(stream.socket(), token, interest)?;
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
        let reads_by_record = self.stream.reads_by_record();
        loop {
            match self
                .inbox
                .read(&mut self.stream, scratch, |frame| each(frame, outbox))
            {
                Ok(more) if more || reads_by_record => {}
                Ok(_) => return Ok(()),
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
