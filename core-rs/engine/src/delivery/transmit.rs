//! One PUBLISH into one connection's outbox.

use packet::{PacketId, QoS, Version};

use super::body::Bodies;
use super::message::Carried;
use super::shape::outgoing;
use crate::Engine;
use crate::budget::Memory;
use crate::connection::Connection;
use crate::connection::alias::SentTopic;
use crate::session::entry::Terms;

/// What becomes of a message that is about to be sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sent {
    /// It lies in the outbox.
    Yes,
    /// It waits for the commit of this batch of the journal.
    Held,
    /// It is larger than what the client takes (v5 [MQTT-3.1.2-24]).
    TooLarge,
}

/// How one packet is sent.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// The terms of the subscription.
    pub terms: &'a Terms,
    /// The packet identifier, with QoS 1 and 2.
    pub id: Option<PacketId>,
    /// Whether it may have been sent before.
    pub dup: bool,
    /// The batch of the journal that must be committed before it leaves, 0 for none.
    pub after: u64,
}

impl Engine {
    /// Appends the packet to the outbox of `slot`, which has a live connection.
    #[inline]
    pub(crate) fn transmit(
        &mut self,
        slot: u32,
        sending: Sending<'_>,
        carried: &mut Carried<'_>,
    ) -> Sent {
        let Some(connection) = self.connections.get_mut(slot) else {
            return Sent::TooLarge;
        };
        let mut sending = sending;
        if sending.id.is_some() {
            // What is held must not be passed by what comes after it (v5 [MQTT-4.6.0-1], [MQTT-4.6.0-6]).
            sending.after = sending.after.max(connection.held.publish_after());
        }
        let own = sending.dup
            || sending.after > 0
            || sending.terms.identifiers != Default::default()
            || connection.aliases_out.enabled();
        let large = carried.message.payload.len() as u64 >= self.limits.large_body_bytes;
        let sent = if own {
            send_own(
                connection,
                sending,
                carried,
                large,
                (&mut self.memory, &mut self.bodies),
            )
        } else {
            send_shared(
                connection,
                sending,
                carried,
                large,
                (&mut self.memory, &mut self.bodies),
            )
        };
        if sent == Sent::TooLarge {
            return sent;
        }
        if sent == Sent::Held && connection.held.count() == 1 {
            self.holding.push(slot);
        }
        self.counters.messages_sent += 1;
        self.counters.publish_bytes_sent += carried.message.payload.len() as u64;
        match sending.terms.qos {
            QoS::AtMostOnce => self.counters.publish_sent_qos0 += 1,
            QoS::AtLeastOnce => self.counters.publish_sent_qos1 += 1,
            QoS::ExactlyOnce => self.counters.publish_sent_qos2 += 1,
        }
        self.mark_dirty(slot, false);
        sent
    }
}

/// Sends the bytes that every subscriber of this shape gets, with the identifier put in.
#[inline]
fn send_shared(
    connection: &mut Connection,
    sending: Sending<'_>,
    carried: &mut Carried<'_>,
    large: bool,
    (memory, bodies): (&mut Memory, &mut Bodies),
) -> Sent {
    let (qos, retain) = (sending.terms.qos, sending.terms.retain);
    let payload_apart = if large {
        carried.message.payload.len()
    } else {
        0
    };
    let (bytes, id_at) =
        carried
            .shapes
            .encode(&carried.message, connection.version, qos, retain, !large);
    if bytes.len() + payload_apart > connection.packet_bytes_max {
        return Sent::TooLarge;
    }
    let open = connection.outbox.open(bytes.len(), memory);
    let start = open.len();
    open.extend_from_slice(bytes);
    if let Some(id) = sending.id
        && let Some(place) = open.get_mut(start + id_at..start + id_at + 2)
    {
        place.copy_from_slice(&id.get().to_be_bytes());
    }
    let length = bytes.len();
    connection.outbox.appended(length);
    if large {
        let body = carried.body(bodies, memory);
        connection.outbox.append_payload(body, bodies);
    }
    Sent::Yes
}

/// Encodes a packet that nobody else gets: with identifiers, a topic alias, or DUP; or one that is held.
fn send_own(
    connection: &mut Connection,
    sending: Sending<'_>,
    carried: &mut Carried<'_>,
    large: bool,
    (memory, bodies): (&mut Memory, &mut Bodies),
) -> Sent {
    let message = carried.message;
    let mut publish = outgoing(&message, sending.terms.qos, sending.terms.retain);
    publish.dup = sending.dup;
    publish.packet_id = sending.id;
    publish.subscription_ids = sending.terms.identifiers.as_slice();
    if publish.len(connection.version) > connection.packet_bytes_max {
        return Sent::TooLarge;
    }
    if sending.after > 0 {
        let mut bytes = Vec::with_capacity(publish.len(connection.version));
        publish.write_head(connection.version, &mut bytes);
        bytes.extend_from_slice(message.payload);
        connection.held.hold(&bytes, sending.after, false);
        connection.held.held_publish();
        memory.charge(bytes.len());
        return Sent::Held;
    }
    alias(connection, &mut publish, memory);
    let length = publish.len(connection.version) - if large { message.payload.len() } else { 0 };
    let open = connection.outbox.open(length, memory);
    publish.write_head(connection.version, open);
    if !large {
        open.extend_from_slice(message.payload);
    }
    connection.outbox.appended(length);
    if large {
        let body = carried.body(bodies, memory);
        connection.outbox.append_payload(body, bodies);
    }
    Sent::Yes
}

/// Lets a number stand for the topic where the client allows it and the packet that introduces it still fits.
fn alias(
    connection: &mut Connection,
    publish: &mut packet::OutgoingPublish<'_>,
    memory: &mut Memory,
) {
    const ALIAS_BYTES: usize = 3 + 3;
    let fits = publish.len(connection.version) + ALIAS_BYTES <= connection.packet_bytes_max;
    if connection.version != Version::V5 || !connection.aliases_out.enabled() || !fits {
        return;
    }
    match connection.aliases_out.send(publish.topic, memory) {
        SentTopic::Full => {}
        SentTopic::Introduced(number) => publish.topic_alias = Some(number),
        SentTopic::Aliased(number) => {
            publish.topic_alias = Some(number);
            publish.topic = "";
        }
    }
}
