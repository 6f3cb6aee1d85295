//! A client that waits for each answer: opens connections, and serves the modes where waiting is the measurement.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::inbox::{Inbox, Scratch};
use super::outbox::{Framing, Outbox};
use super::websocket::{self, Masker};
use super::wire::Wire;
use super::{Carrier, Target};
use crate::mqtt::Version;
use crate::mqtt::frame::Frame;
use crate::mqtt::packet::{self, Accepted, DISCONNECT, Session};

/// How long a broker may take for an answer before the run is called off.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How many source addresses `source` spreads connections over; each has some 28,000 ports.
const SOURCES: usize = 32;

/// A packet, kept.
#[derive(Clone, Debug)]
pub struct OwnedFrame {
    first: u8,
    body: Vec<u8>,
}

impl OwnedFrame {
    fn new(frame: Frame<'_>) -> Self {
        Self {
            first: frame.first,
            body: frame.body.to_vec(),
        }
    }

    /// The packet, borrowed; without the bytes as they came, for which nobody asks here.
    pub fn as_frame(&self) -> Frame<'_> {
        Frame {
            first: self.first,
            body: &self.body,
            packet: &[],
        }
    }
}

/// One connection, in blocking calls.
pub struct Client {
    pub(super) stream: Wire<TcpStream>,
    pub(super) inbox: Inbox,
    pub(super) outbox: Outbox,
    version: Version,
    scratch: Scratch,
    arrived: VecDeque<OwnedFrame>,
    waits: bool,
}

impl Client {
    /// Connects as `client_identifier` with a clean session and waits for CONNACK.
    ///
    /// # Errors
    ///
    /// If the broker refuses, closes or does not answer.
    pub fn open(target: &Target, client_identifier: &str) -> io::Result<(Self, Accepted)> {
        Self::open_session(target, client_identifier, Session::Clean)
    }

    /// Connects as `client_identifier` and waits for CONNACK.
    ///
    /// # Errors
    ///
    /// If the broker refuses, closes or does not answer.
    pub fn open_session(
        target: &Target,
        client_identifier: &str,
        session: Session,
    ) -> io::Result<(Self, Accepted)> {
        let mut client = Self::call(target, client_identifier, session)?;
        let accepted = client.wait_until_accepted()?;
        Ok((client, accepted))
    }

    /// Sends CONNECT and leaves its answer to whoever takes over: messages of a session come right behind CONNACK.
    ///
    /// # Errors
    ///
    /// What the socket says.
    pub fn call(target: &Target, client_identifier: &str, session: Session) -> io::Result<Self> {
        Self::call_from(target, None, client_identifier, session)
    }

    /// The same from `source`, or from wherever the system likes.
    ///
    /// # Errors
    ///
    /// What the socket says.
    pub fn call_from(
        target: &Target,
        source: Option<IpAddr>,
        client_identifier: &str,
        session: Session,
    ) -> io::Result<Self> {
        let stream = dial(target, source)?;
        let mut client = Self::start(target, stream)?;
        client.send(&packet::connect(
            target.protocol,
            client_identifier,
            session,
            target.user(),
        ))?;
        Ok(client)
    }

    /// Waits for the answer to CONNECT.
    ///
    /// # Errors
    ///
    /// If the broker refuses, closes or does not answer.
    pub fn wait_until_accepted(&mut self) -> io::Result<Accepted> {
        let frame = self.receive()?;
        packet::read_connack(self.version, frame.as_frame()).map_err(io::Error::other)
    }

    /// Says goodbye and waits until the broker has closed, so that it has noticed: v3.1.1 [MQTT-3.14.4-3].
    ///
    /// # Errors
    ///
    /// If it does not close.
    pub fn leave(mut self) -> io::Result<()> {
        self.send(&DISCONNECT)?;
        loop {
            match self.receive() {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn start(target: &Target, mut stream: Wire<TcpStream>) -> io::Result<Self> {
        let (inbox, framing) = match target.carrier {
            Carrier::Tcp | Carrier::Tls => (Inbox::default(), Framing::None),
            Carrier::Websocket => {
                upgrade(&mut stream, target.address)?;
                let seed = u32::from(stream.socket().local_addr()?.port());
                (Inbox::websocket(), Framing::Client(Masker::new(seed)))
            }
        };
        Ok(Self {
            stream,
            inbox,
            outbox: Outbox::new(framing),
            version: target.protocol,
            scratch: Scratch::new(),
            arrived: VecDeque::new(),
            waits: true,
        })
    }

    /// Subscribes and waits until every filter is granted at `qos`.
    ///
    /// # Errors
    ///
    /// If the broker grants less, closes or does not answer.
    pub fn subscribe(&mut self, filters: &[String], qos: u8) -> io::Result<()> {
        self.send(&packet::subscribe(self.version, 1, filters, qos))?;
        let frame = self.receive()?;
        packet::read_suback(self.version, frame.as_frame(), filters.len(), qos)
            .map_err(io::Error::other)
    }

    /// Writes one packet.
    ///
    /// # Errors
    ///
    /// What the socket says.
    pub fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        self.outbox.put(packet);
        self.outbox.flush(&mut self.stream)
    }

    /// Waits for the next packet.
    ///
    /// # Errors
    ///
    /// If the broker closes, sends what is not MQTT, or sends nothing for [`ANSWER_TIMEOUT`].
    pub fn receive(&mut self) -> io::Result<OwnedFrame> {
        loop {
            if let Some(frame) = self.arrived.pop_front() {
                return Ok(frame);
            }
            let arrived = &mut self.arrived;
            let outcome = self
                .inbox
                .read(&mut self.stream, &mut self.scratch, |frame| {
                    arrived.push_back(OwnedFrame::new(frame));
                });
            match outcome {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.waits => {
                    return Err(io::Error::other("the broker does not answer"));
                }
                outcome => outcome?,
            };
        }
    }

    /// From now on `receive` answers `WouldBlock` instead of waiting.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn stop_waiting(&mut self) -> io::Result<()> {
        self.waits = false;
        self.stream.socket().set_nonblocking(true)
    }

    /// The connection without what MQTT made of it, for a mode that reads bytes itself.
    ///
    /// # Errors
    ///
    /// If packets wait that nobody has taken.
    pub fn into_stream(self) -> io::Result<Wire<TcpStream>> {
        if self.has_arrivals() {
            return Err(io::Error::other(
                "packets came before anyone asked for them",
            ));
        }
        Ok(self.stream)
    }

    /// Whether the TLS session was an earlier one, taken up again.
    pub fn is_resumed(&self) -> bool {
        self.stream.is_resumed()
    }

    /// Whether packets have come that nobody took.
    pub fn has_arrivals(&self) -> bool {
        !self.arrived.is_empty()
    }
}

/// Opens a TCP connection from `source`, or from wherever the system likes.
///
/// # Errors
///
/// What the system says.
fn connect(address: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if let Some(source) = source {
        socket.bind(&SocketAddr::new(source, 0).into())?;
    }
    socket.connect(&address.into())?;
    socket.set_tcp_nodelay(true)?;
    unpace(&socket);
    socket.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    Ok(socket.into())
}

/// Opens a connection of the target's carrier, up to where MQTT or WebSocket begins.
///
/// # Errors
///
/// What the system says, or TLS.
pub fn dial(target: &Target, source: Option<IpAddr>) -> io::Result<Wire<TcpStream>> {
    let socket = connect(target.address, source)?;
    match target.carrier {
        Carrier::Tcp | Carrier::Websocket => Ok(Wire::Plain(socket)),
        Carrier::Tls => {
            let server = target.address.ip().into();
            Wire::secure(socket, target.tls.config()?, server)
        }
    }
}

/// Switches to a congestion control without pacing, if the system has it.
///
/// Where BBR is the default, its timers let generator and sink idle for two thirds of the time, even on loopback. The
/// broker's sockets keep what the system gives them.
pub fn unpace<'a>(socket: impl Into<SockRef<'a>>) {
    // Left out where it is not there: the run is right without it, only slower.
    let _ = socket.into().set_tcp_congestion(b"reno");
}

/// The source address of connection `index`: many of them when the broker is on loopback, so that ports do not run out.
pub fn source(address: SocketAddr, index: usize) -> Option<IpAddr> {
    let last = 2 + u8::try_from(index % SOURCES).unwrap_or(0);
    matches!(address.ip(), IpAddr::V4(ip) if ip.is_loopback())
        .then(|| Ipv4Addr::new(127, 0, 0, last).into())
}

fn upgrade(stream: &mut Wire<TcpStream>, address: SocketAddr) -> io::Result<()> {
    stream.write_all(websocket::request(&address.to_string()).as_bytes())?;
    let mut head = Vec::new();
    // Byte by byte: what follows the head belongs to the inbox.
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    websocket::check_answer(&String::from_utf8_lossy(&head)).map_err(io::Error::other)
}
