//! One connection of the sink.

use std::io::{self, Read};

use mio::net::TcpStream;

use crate::carrier::Carrier;
use crate::carrier::inbox::{Inbox, Scratch};
use crate::carrier::outbox::{Framing, Outbox};
use crate::carrier::websocket;
use crate::carrier::wire::Wire;
use crate::mqtt::frame::Frame;
use crate::mqtt::packet::{acknowledgement, read_acknowledgement, whole};
use crate::mqtt::property::split_block;
use crate::mqtt::publish::Publish;
use crate::mqtt::{Version, kind};

/// A connection and what it told.
pub struct Peer {
    stream: Wire<TcpStream>,
    inbox: Inbox,
    /// The head of the WebSocket request, until it is whole.
    request: Option<Vec<u8>>,
    dialogue: Dialogue,
}

struct Dialogue {
    outbox: Outbox,
    version: Version,
    /// Whether the client has said goodbye.
    has_left: bool,
    /// The first filter subscribed to; the generator uses no more.
    filter: Option<Vec<u8>>,
    /// Who gets what this connection publishes, from its first message on.
    targets: Option<Vec<usize>>,
}

impl Peer {
    /// A connection that has said nothing yet.
    pub fn new(stream: Wire<TcpStream>, carrier: Carrier) -> Self {
        let (inbox, framing, request) = match carrier {
            Carrier::Tcp | Carrier::Tls => (Inbox::default(), Framing::None, None),
            Carrier::Websocket => (Inbox::websocket(), Framing::Server, Some(Vec::new())),
        };
        let dialogue = Dialogue {
            outbox: Outbox::new(framing),
            version: Version::V3,
            has_left: false,
            filter: None,
            targets: None,
        };
        Self {
            stream,
            inbox,
            request,
            dialogue,
        }
    }

    /// Reads until the socket is empty; answers go to the own outbox, messages to those of `others`.
    ///
    /// # Errors
    ///
    /// If the client has left.
    pub fn receive(
        &mut self,
        scratch: &mut Scratch,
        others: &mut [Option<Peer>],
        touched: &mut Vec<usize>,
    ) -> io::Result<()> {
        if self.request.is_some() && !self.read_request()? {
            return Ok(());
        }
        let dialogue = &mut self.dialogue;
        let reads_by_record = self.stream.reads_by_record();
        loop {
            match self.inbox.read(&mut self.stream, scratch, |frame| {
                dialogue.answer(frame, others)
            }) {
                Ok(more) if more || reads_by_record => {}
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if dialogue.has_left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        touched.extend(dialogue.targets.iter().flatten());
        Ok(())
    }

    /// Writes what the socket takes.
    ///
    /// # Errors
    ///
    /// If the client has left.
    pub fn flush(&mut self) -> io::Result<()> {
        self.dialogue.outbox.flush(&mut self.stream)
    }

    /// Reads the opening request; false while its end has not come.
    fn read_request(&mut self) -> io::Result<bool> {
        let Some(head) = &mut self.request else {
            return Ok(true);
        };
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match self.stream.read(&mut byte) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => head.push(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.request = None;
        self.dialogue.outbox.put_raw(websocket::answer().as_bytes());
        Ok(true)
    }
}

impl Dialogue {
    #[inline]
    fn answer(&mut self, frame: Frame<'_>, others: &mut [Option<Peer>]) {
        if frame.first & 0xF0 == kind::PUBLISH {
            return self.forward(frame, others);
        }
        match frame.first {
            kind::CONNECT => self.accept(frame),
            kind::SUBSCRIBE => self.subscribe(frame),
            kind::PINGREQ => self.outbox.put(&[kind::PINGRESP, 0]),
            kind::DISCONNECT => self.has_left = true,
            kind::PUBREL => self.acknowledge(kind::PUBCOMP, frame),
            kind::PUBREC => self.acknowledge(kind::PUBREL, frame),
            _ => {}
        }
    }

    fn accept(&mut self, frame: Frame<'_>) {
        self.version = if frame.body.get(6) == Some(&5) {
            Version::V5
        } else {
            Version::V3
        };
        let body: &[u8] = if self.version == Version::V5 {
            &[0, 0, 0]
        } else {
            &[0, 0]
        };
        self.outbox.put(&whole(kind::CONNACK, body));
    }

    fn subscribe(&mut self, frame: Frame<'_>) {
        let Some((body, qos)) = self.read_subscription(frame) else {
            return;
        };
        self.outbox
            .put(&whole(kind::SUBACK, &[&body[..], &[qos][..]].concat()));
    }

    /// Remembers the filter; returns the front of the SUBACK and the QoS asked for.
    fn read_subscription(&mut self, frame: Frame<'_>) -> Option<(Vec<u8>, u8)> {
        let (identifier, rest) = frame.body.split_first_chunk::<2>()?;
        let mut answer = identifier.to_vec();
        let rest = match self.version {
            Version::V3 => rest,
            Version::V5 => {
                answer.push(0);
                split_block(rest)?.1
            }
        };
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (filter, options) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        self.filter = Some(filter.to_vec());
        Some((answer, options.first()? & 3))
    }

    #[inline]
    fn forward(&mut self, frame: Frame<'_>, others: &mut [Option<Peer>]) {
        let Some(publish) = Publish::read(self.version, frame) else {
            return;
        };
        match publish.qos {
            0 => {}
            1 => self
                .outbox
                .put(&acknowledgement(kind::PUBACK, publish.identifier)),
            _ => self
                .outbox
                .put(&acknowledgement(kind::PUBREC, publish.identifier)),
        }
        let targets = self
            .targets
            .get_or_insert_with(|| targets(publish.topic, others));
        for &target in &*targets {
            if let Some(Some(peer)) = others.get_mut(target) {
                peer.dialogue.outbox.put(frame.packet);
            }
        }
    }

    fn acknowledge(&mut self, answer: u8, frame: Frame<'_>) {
        if let Ok(identifier) = read_acknowledgement(frame) {
            self.outbox.put(&acknowledgement(answer, identifier));
        }
    }
}

fn targets(topic: &[u8], peers: &[Option<Peer>]) -> Vec<usize> {
    let wants = |peer: &Option<Peer>| {
        let filter = peer
            .as_ref()
            .and_then(|peer| peer.dialogue.filter.as_deref());
        filter.is_some_and(|filter| filter == topic || filter == b"bench/+")
    };
    peers
        .iter()
        .enumerate()
        .filter(|(_, peer)| wants(peer))
        .map(|(index, _)| index)
        .collect()
}
