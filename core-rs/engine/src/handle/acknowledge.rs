//! PUBACK, PUBREC, PUBREL and PUBCOMP, in both directions.

use packet::{Ack, AckKind, OutgoingAck, PacketId, ReasonCode, Version};

use super::Fault;
use crate::Engine;
use crate::journal::operation::Operation;
use crate::session::outbound::Stage;

impl Engine {
    /// Appends an acknowledgement. See [`Engine::reply_after`] for the rest.
    #[inline]
    pub(crate) fn acknowledge(
        &mut self,
        slot: u32,
        ack: OutgoingAck<'_>,
        promise: u64,
        frees: bool,
    ) {
        let committed = self.journal.committed();
        let words = ack.reason_string.map_or(0, str::len);
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if promise <= committed && connection.held.is_empty() {
            connection.unacknowledged -= u32::from(frees && connection.unacknowledged > 0);
            let open = connection.outbox.open(16 + words, &mut self.memory);
            let start = open.len();
            ack.write(connection.version, connection.packet_bytes_max, open);
            let length = open.len() - start;
            connection.outbox.appended(length);
            self.counters.messages_sent += 1;
            return self.mark_dirty(slot, true);
        }
        let mut bytes = Vec::with_capacity(8);
        ack.write(connection.version, connection.packet_bytes_max, &mut bytes);
        self.reply_after(slot, &bytes, promise, frees);
    }

    fn session_of(&self, slot: u32) -> u32 {
        self.connections
            .get(slot)
            .map_or(crate::connection::NONE, |connection| connection.session)
    }

    fn stage_of(&mut self, session: u32, ack: &Ack<'_>) -> Option<Stage> {
        self.sessions
            .get_mut(session)?
            .outbound
            .find(ack.packet_id)
            .map(|flight| flight.stage)
    }

    /// Ends QoS 1. An unknown identifier is ignored, since there is nobody to tell; one of a QoS 2 exchange is an
    /// error of the client.
    pub(super) fn puback_received(&mut self, slot: u32, ack: &Ack<'_>) -> Result<(), Fault> {
        let session = self.session_of(slot);
        match self.stage_of(session, ack) {
            Some(Stage::Puback) => {
                self.acknowledged(session, ack.packet_id, ack.reason.is_error());
            }
            Some(_) => {
                return Err(Fault::new(
                    ReasonCode::PROTOCOL_ERROR,
                    "PUBACK for a QoS 2 message",
                ));
            }
            None => {}
        }
        Ok(())
    }

    /// The client has a QoS 2 message, or refuses it, which frees the identifier (v5 [MQTT-4.3.3-4]).
    pub(super) fn pubrec(&mut self, slot: u32, ack: &Ack<'_>) -> Result<(), Fault> {
        let session = self.session_of(slot);
        match self.stage_of(session, ack) {
            Some(Stage::Puback) => {
                return Err(Fault::new(
                    ReasonCode::PROTOCOL_ERROR,
                    "PUBREC for a QoS 1 message",
                ));
            }
            Some(Stage::Pubrec | Stage::Pubcomp) if ack.reason.is_error() => {
                self.acknowledged(session, ack.packet_id, true);
            }
            Some(Stage::Pubrec | Stage::Pubcomp) => {
                let promise = self.journal_received(session, ack.packet_id);
                self.pubrec_received(session, ack.packet_id);
                self.acknowledge(
                    slot,
                    OutgoingAck::new(AckKind::Pubrel, ack.packet_id, ReasonCode::SUCCESS),
                    promise,
                    false,
                );
            }
            Some(Stage::Done) | None if ack.reason.is_error() => {}
            Some(Stage::Done) | None => {
                let unknown = OutgoingAck::new(
                    AckKind::Pubrel,
                    ack.packet_id,
                    ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
                );
                self.acknowledge(slot, unknown, 0, false);
            }
        }
        Ok(())
    }

    /// Records that the client has a QoS 2 message. Gives the batch that holds it, or 0.
    pub(crate) fn journal_received(&mut self, session: u32, id: PacketId) -> u64 {
        let Some(target) = self.sessions.get_mut(session) else {
            return 0;
        };
        let number = target.number;
        match target.outbound.find(id) {
            Some(flight) if flight.entry != 0 => self.journal.record(&Operation::Received {
                session: number,
                entry: flight.entry,
            }),
            _ => 0,
        }
    }

    /// Ends QoS 2 towards the client.
    pub(super) fn pubcomp(&mut self, slot: u32, ack: &Ack<'_>) -> Result<(), Fault> {
        let session = self.session_of(slot);
        match self.stage_of(session, ack) {
            Some(Stage::Pubcomp) => {
                self.acknowledged(session, ack.packet_id, false);
            }
            Some(Stage::Puback | Stage::Pubrec) => {
                return Err(Fault::new(
                    ReasonCode::PROTOCOL_ERROR,
                    "PUBCOMP before PUBREL",
                ));
            }
            Some(Stage::Done) | None => {}
        }
        Ok(())
    }

    /// The client lets a QoS 2 identifier of its own go.
    pub(super) fn pubrel(&mut self, slot: u32, ack: &Ack<'_>) {
        let session = self.session_of(slot);
        let version = self
            .connections
            .get(slot)
            .map_or(Version::V311, |connection| connection.version);
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        let known = target.inbound.remove(ack.packet_id);
        let promise = if known && target.persistent() {
            let number = target.number;
            self.journal.record(&Operation::InboundReleased {
                session: number,
                id: ack.packet_id,
            })
        } else {
            // It may have been released a moment ago, by a batch that is not durable yet: were PUBCOMP to leave before
            // that, the identifier would be taken again after a crash, and the next message under it dropped.
            self.journal.recorded()
        };
        let reason = if known || version != Version::V5 {
            ReasonCode::SUCCESS
        } else {
            ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
        };
        self.acknowledge(
            slot,
            OutgoingAck::new(AckKind::Pubcomp, ack.packet_id, reason),
            promise,
            known,
        );
    }
}
