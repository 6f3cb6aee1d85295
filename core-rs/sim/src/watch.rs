//! Watches what leaves the engine: no promise leaves before it is durable (DESIGN §5).

use engine::ConnectionId;
use packet::client::{ServerPacket, decode_server};
use packet::{PacketId, QoS, Split, split};

use crate::world::World;

impl World {
    /// Looks at the packets that the engine begins to send on a connection.
    pub(crate) fn watch(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let mut leaving = std::mem::take(&mut link.leaving);
        if let Some(loan) = &link.outbox {
            leaving.extend_from_slice(&loan.bytes);
        }
        let version = link.terms.version;
        let mut rest = &leaving[..];
        while let Ok(Split::Whole { frame, total }) = split(rest) {
            if let Ok(packet) = decode_server(version, frame) {
                self.check_right(id, &packet);
                self.leaves(id, &packet);
            }
            rest = rest.split_at(total).1;
        }
        let rest = rest.to_vec();
        if let Some(link) = self.links.get_mut(&id) {
            link.leaving = rest;
        }
    }

    /// Nobody is sent what he may not have.
    fn check_right(&mut self, id: ConnectionId, packet: &ServerPacket<'_>) {
        let ServerPacket::Publish(publish) = packet else {
            return;
        };
        let Some((link, key)) = self
            .links
            .get(&id)
            .filter(|_| !self.oracle.noise)
            .and_then(|link| Some((link, link.session?)))
        else {
            return;
        };
        let known = self.oracle.messages.len();
        let message = crate::message::named_by(publish.payload).filter(|message| *message < known);
        let message = message.map(|message| &self.oracle.messages[message]);
        let topic = message.map_or(publish.topic, |message| message.topic.as_str());
        let sent = message
            .and_then(|message| message.sent)
            .map_or(0, |(step, _)| step);
        if !topic.is_empty() {
            let topic = topic.to_owned();
            self.oracle.leaves(key, &topic, link.since.max(sent));
        }
    }

    fn leaves(&mut self, id: ConnectionId, packet: &ServerPacket<'_>) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        let Some(session) = link.session.map(|key| &self.oracle.sessions[key]) else {
            return;
        };
        if session.noisy || link.abandoned || !self.profile.journal() {
            return;
        }
        let (name, persistent) = (
            session.client_id.clone(),
            session.alive && session.expiry > 0,
        );
        let first = session.connections == 1;
        let store = &self.store;
        let client = &self.clients[link.client];
        let durable = match packet {
            ServerPacket::Puback(ack) if !ack.reason.is_error() => {
                if let Some(message) = client.publishing(ack.packet_id) {
                    self.store.acknowledgement_leaves(message);
                }
                true
            }
            ServerPacket::Pubrec(ack) if !ack.reason.is_error() => {
                let taken = store.has_inbound(&name, ack.packet_id.get());
                if let Some(message) = client.publishing(ack.packet_id) {
                    self.store.acknowledgement_leaves(message);
                }
                taken
            }
            ServerPacket::Connack(connack) if connack.reason.0 == 0 => {
                let number = store.session_number(&name);
                if let (true, Some(key)) = (persistent, link.session) {
                    self.oracle.sessions[key].number = number;
                }
                number.is_some() || !first
            }
            ServerPacket::Suback(suback) => {
                self.subscribed(&name, link.client, suback.packet_id, suback.reasons)
            }
            ServerPacket::Pubrel(ack) if ack.reason.0 == 0 && ack.packet_id != PacketId::MAX => {
                store.has_received(&name, ack.packet_id.get())
            }
            ServerPacket::Publish(publish) if publish.qos == QoS::ExactlyOnce => {
                let message = crate::message::named_by(publish.payload);
                match (publish.packet_id, message) {
                    (Some(id), Some(message)) => store.has_sent(&name, id.get(), message),
                    _ => true,
                }
            }
            _ => true,
        };
        self.oracle.coverage.count("promise watched");
        self.oracle.require(durable || !persistent, || {
            format!("{packet:?} leaves to {name} before what it promises is durable")
        });
    }

    fn subscribed(&self, name: &str, client: usize, id: PacketId, reasons: &[u8]) -> bool {
        let filters = self.clients[client].subscribing(id);
        filters
            .iter()
            .zip(reasons)
            .all(|(filter, reason)| *reason >= 0x80 || self.store.has_subscription(name, filter))
    }
}
