//! A socket, with TLS on it or without.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, Connection, HandshakeKind, ServerConfig, ServerConnection,
};

/// What bytes are read from and written to.
pub enum Wire<Socket> {
    /// The socket itself.
    Plain(Socket),
    /// TLS on the socket.
    Secured(Box<Secured<Socket>>),
}

/// A socket and what is known of the TLS session on it.
pub struct Secured<Socket> {
    socket: Socket,
    session: Connection,
}

impl<Socket: Read + Write> Wire<Socket> {
    /// Shakes hands with `server` as its client. The socket must be one that waits.
    ///
    /// # Errors
    ///
    /// What the socket says, and `InvalidData` if the server does not speak TLS.
    pub fn secure(
        socket: Socket,
        config: Arc<ClientConfig>,
        server: ServerName<'static>,
    ) -> io::Result<Self> {
        let session = ClientConnection::new(config, server).map_err(io::Error::other)?;
        let mut secured = Secured::new(socket, session.into());
        while secured.session.is_handshaking() {
            secured.session.complete_io(&mut secured.socket)?;
        }
        Ok(Self::Secured(Box::new(secured)))
    }

    /// Is the server of a client that is about to shake hands: reading does that.
    ///
    /// # Errors
    ///
    /// If the configuration cannot be used.
    pub fn serve(socket: Socket, config: Arc<ServerConfig>) -> io::Result<Self> {
        let session = ServerConnection::new(config).map_err(io::Error::other)?;
        Ok(Self::Secured(Box::new(Secured::new(
            socket,
            session.into(),
        ))))
    }
}

impl<Socket> Wire<Socket> {
    /// The socket under it.
    pub fn socket(&mut self) -> &mut Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Secured(secured) => &mut secured.socket,
        }
    }

    /// The same with another socket in place of this one.
    pub fn map_socket<Other>(self, map: impl FnOnce(Socket) -> Other) -> Wire<Other> {
        match self {
            Self::Plain(socket) => Wire::Plain(map(socket)),
            Self::Secured(secured) => {
                let Secured { socket, session } = *secured;
                Wire::Secured(Box::new(Secured::new(map(socket), session)))
            }
        }
    }

    /// Whether a read that brought less than it could may nevertheless have left something behind: TLS gives what it
    /// has decrypted, and not all that the socket has.
    #[inline]
    pub fn reads_by_record(&self) -> bool {
        matches!(self, Self::Secured(_))
    }

    /// Whether the TLS session was an earlier one, taken up again.
    pub fn is_resumed(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Secured(secured) => {
                secured.session.handshake_kind() == Some(HandshakeKind::Resumed)
            }
        }
    }
}

impl<Socket: Read + Write> Read for Wire<Socket> {
    #[inline]
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(bytes),
            Self::Secured(secured) => secured.read(bytes),
        }
    }
}

/// `write` may take bytes that do not reach the socket at once; `flush` passes them on, and answers `WouldBlock` while
/// some are left.
impl<Socket: Read + Write> Write for Wire<Socket> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Secured(secured) => secured.write(bytes),
        }
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Secured(secured) => secured.pass_on(),
        }
    }
}

impl<Socket> Secured<Socket> {
    fn new(socket: Socket, session: Connection) -> Self {
        Self { socket, session }
    }
}

impl<Socket: Read + Write> Secured<Socket> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
            self.session.read_tls(&mut self.socket)?;
            self.session
                .process_new_packets()
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            // What the handshake has to say, or a new key.
            unless_blocked(self.pass_on())?;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Before anything new is taken, so that no more than one write's worth waits here.
        self.pass_on()?;
        let count = self.session.writer().write(bytes)?;
        unless_blocked(self.pass_on())?;
        Ok(count)
    }

    fn pass_on(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut self.socket) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn unless_blocked(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        outcome => outcome,
    }
}
