//! From bytes in an inbox to what they ask for: one file per packet that a client sends.

mod acknowledge;
mod auth;
mod connect;
mod disconnect;
mod publish;
pub(crate) mod subscribe;
mod unsubscribe;

pub use connect::Decision;
pub(crate) use publish::Intake;

use packet::{
    ClientPacket, DecodeError, Frame, PacketType, Publish, ReasonCode, Split, Version, split,
};

use crate::Engine;
use crate::connection::inbox::Unparsed;
use crate::connection::{Phase, Unread};
use crate::delivery::message::Verbatim;
use crate::task::Task;

/// Why a connection ends by its client's fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fault {
    /// What the client is told (v5).
    pub reason: ReasonCode,
    /// What the log is told.
    pub detail: &'static str,
}

impl Fault {
    /// A fault with its words for the log.
    #[must_use]
    pub const fn new(reason: ReasonCode, detail: &'static str) -> Self {
        Self { reason, detail }
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self::new(error.reason(), "malformed or misplaced packet")
    }
}

/// What a handler did with its packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Handled {
    /// It is done with.
    Yes,
    /// It stays in the inbox until a decision comes.
    Parked,
}

/// Why parsing stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stop {
    /// The next packet, of this many bytes or of unknown length (0), is not whole.
    Partial(usize),
    /// The connection may not go on now.
    Wait,
}

impl Engine {
    /// Handles every whole packet that a connection has sent, as far as the work of this input goes, and lends
    /// the inbox again.
    pub(crate) fn parse(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if connection.inbox.lent() {
            return;
        }
        if connection.unread == Unread::Busy && connection.jobs == 0 {
            connection.unread = Unread::No;
            connection.heard_at = self.clock.now();
        }
        let mut unparsed = connection.inbox.take_out();
        let stop = self.parse_whole(slot, &mut unparsed);
        if let Some(connection) = self.connections.get_mut(slot) {
            connection.inbox.put_back(unparsed);
        }
        if let Stop::Partial(needed) = stop {
            self.lend(slot, needed);
        }
    }

    fn parse_whole(&mut self, slot: u32, unparsed: &mut Unparsed) -> Stop {
        loop {
            if !self.may_parse(slot) {
                return Stop::Wait;
            }
            match split(unparsed.bytes()) {
                Ok(Split::Whole { frame, total }) => {
                    match self.handle_frame(slot, frame, unparsed.front(total)) {
                        Ok(Handled::Yes) => unparsed.consume(total),
                        Ok(Handled::Parked) => return Stop::Wait,
                        Err(fault) => {
                            self.fail(slot, fault);
                            return Stop::Wait;
                        }
                    }
                }
                Ok(Split::Partial { header, total }) => {
                    return self.partial(slot, header, total.unwrap_or(0));
                }
                Err(error) => {
                    self.fail(slot, error.into());
                    return Stop::Wait;
                }
            }
        }
    }

    /// Whether the next packet of a connection may be handled now; if not, what will go on with it is arranged.
    #[inline]
    fn may_parse(&mut self, slot: u32) -> bool {
        let work = self.work;
        let held = self.batch_waits && self.promises_under_way();
        let Some(connection) = self.connections.get_mut(slot) else {
            return false;
        };
        if !matches!(connection.phase, Phase::Opening | Phase::Live) || connection.jobs > 0 {
            return false;
        }
        if connection.phase == Phase::Live && !connection.greeted {
            connection.unread = Unread::Busy;
            return false;
        }
        if work == 0 || held {
            connection.unread = Unread::Busy;
            self.add_task(Task::Parse(slot));
            return false;
        }
        true
    }

    /// Refuses early what can only become a fault.
    fn partial(&mut self, slot: u32, header: Option<u8>, total: usize) -> Stop {
        let opening = self
            .connections
            .get(slot)
            .is_some_and(|connection| connection.phase == Phase::Opening);
        let misplaced = opening
            && header.is_some_and(|header| PacketType::from_header(header) != PacketType::Connect);
        let fault = if misplaced {
            Some(Fault::from(DecodeError::ConnectExpected))
        } else {
            self.check_size(opening, total).err()
        };
        match fault {
            Some(fault) => {
                self.fail(slot, fault);
                Stop::Wait
            }
            None => Stop::Partial(total),
        }
    }

    #[inline]
    fn check_size(&self, opening: bool, total: usize) -> Result<(), Fault> {
        let maximum = if opening {
            self.limits
                .connect_packet_bytes_max
                .min(self.limits.packet_bytes_max)
        } else {
            self.limits.packet_bytes_max
        };
        if total as u64 > maximum {
            return Err(Fault::new(ReasonCode::PACKET_TOO_LARGE, "packet too large"));
        }
        Ok(())
    }

    #[inline]
    fn handle_frame(
        &mut self,
        slot: u32,
        frame: Frame<'_>,
        packet: &[u8],
    ) -> Result<Handled, Fault> {
        self.spend(1);
        let Some(connection) = self.connections.get(slot) else {
            return Ok(Handled::Yes);
        };
        let (opening, version) = (connection.phase == Phase::Opening, connection.version);
        self.check_size(opening, packet.len())?;
        self.counters.messages_received += 1;
        self.counters.bytes_received += packet.len() as u64;
        if opening {
            return self.connect_received(slot, frame);
        }
        self.handle_packet(slot, version, frame, packet)
    }

    #[inline]
    fn handle_packet(
        &mut self,
        slot: u32,
        version: Version,
        frame: Frame<'_>,
        packet: &[u8],
    ) -> Result<Handled, Fault> {
        if frame.packet_type() == PacketType::Publish {
            frame.check_length(version)?;
            let publish = Publish::decode(version, frame.header, frame.body)?;
            let verbatim = publish
                .goes_on_verbatim(&frame)
                .then_some(Verbatim { version, packet });
            self.publish_received(slot, &publish, verbatim)?;
            return Ok(Handled::Yes);
        }
        self.handle_other(slot, version, frame)
    }

    #[inline(never)]
    fn handle_other(
        &mut self,
        slot: u32,
        version: Version,
        frame: Frame<'_>,
    ) -> Result<Handled, Fault> {
        // Whatever it says, it is one too many: DISCONNECT has no reason for what may be wrong with it.
        let second = Fault::new(ReasonCode::PROTOCOL_ERROR, "a second CONNECT");
        if frame.packet_type() == PacketType::Connect {
            return Err(second);
        }
        match packet::decode(version, frame)? {
            ClientPacket::Publish(publish) => self.publish_received(slot, &publish, None)?,
            ClientPacket::Puback(ack) => self.puback_received(slot, &ack)?,
            ClientPacket::Pubrec(ack) => self.pubrec(slot, &ack)?,
            ClientPacket::Pubrel(ack) => self.pubrel(slot, &ack),
            ClientPacket::Pubcomp(ack) => self.pubcomp(slot, &ack)?,
            ClientPacket::Subscribe(subscribe) => self.subscribe(slot, &subscribe)?,
            ClientPacket::Unsubscribe(unsubscribe) => self.unsubscribe(slot, &unsubscribe)?,
            ClientPacket::Pingreq => self.reply(slot, &packet::PINGRESP),
            ClientPacket::Disconnect(disconnect) => self.disconnect_received(slot, &disconnect)?,
            ClientPacket::Auth(auth) => return self.auth_received(slot, &auth),
            ClientPacket::Connect(_) => return Err(second),
        }
        Ok(Handled::Yes)
    }

    /// Appends a packet that answers the client, at once.
    pub(crate) fn reply(&mut self, slot: u32, bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        connection.outbox.append(bytes, &mut self.memory);
        self.counters.messages_sent += 1;
        self.mark_dirty(slot, true);
    }

    /// Appends an acknowledgement, which waits for the commit of its promise and for those before it.
    /// `acknowledges`: whether it frees a place of the client's quota.
    pub(crate) fn reply_after(
        &mut self,
        slot: u32,
        bytes: &[u8],
        promise: u64,
        acknowledges: bool,
    ) {
        let committed = self.journal.committed();
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if promise <= committed && connection.held.is_empty() {
            connection.unacknowledged = connection
                .unacknowledged
                .saturating_sub(u32::from(acknowledges));
            return self.reply(slot, bytes);
        }
        if connection.held.is_empty() {
            self.holding.push(slot);
        }
        connection.held.hold(bytes, promise, acknowledges);
        self.memory.charge(bytes.len());
        self.counters.messages_sent += 1;
    }
}
