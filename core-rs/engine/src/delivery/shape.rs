//! One encoding per shape: subscribers that differ in nothing but the packet identifier share the bytes.

use packet::{OutgoingPublish, PacketId, QoS, Version};

use super::message::Message;

/// Shapes that there are: MQTT 5 or before, three levels of QoS, RETAIN or not.
const COUNT: usize = 16;

/// One encoded form.
#[derive(Debug, Default)]
struct Shape {
    bytes: Vec<u8>,
    /// Where the packet identifier lies, with QoS 1 and 2.
    id_at: usize,
}

/// The forms of one message that were needed so far. Their buffers serve one message after the other.
#[derive(Debug, Default)]
pub struct Shapes {
    made: u16,
    forms: [Shape; COUNT],
}

/// Any identifier, to be written over.
const PLACEHOLDER: PacketId = PacketId::MIN;

impl Shapes {
    /// Forgets the message.
    pub fn clear(&mut self) {
        self.made = 0;
    }

    /// The packet, or its head alone where `with_payload` is false, and where its packet identifier lies. Nothing is
    /// encoded where the packet that brought the message has this form.
    pub fn encode<'a>(
        &'a mut self,
        message: &Message<'a>,
        version: Version,
        qos: QoS,
        retain: bool,
        with_payload: bool,
    ) -> (&'a [u8], usize) {
        if with_payload && let Some(packet) = verbatim(message, version, retain) {
            return (packet, 0);
        }
        let index =
            usize::from(version == Version::V5) << 3 | (qos as usize) << 1 | usize::from(retain);
        let form = &mut self.forms[index];
        if self.made & 1 << index == 0 {
            self.made |= 1 << index;
            form.bytes.clear();
            let publish = outgoing(message, qos, retain);
            publish.write_head(version, &mut form.bytes);
            form.id_at = id_offset(&form.bytes, message.topic);
            if with_payload {
                form.bytes.extend_from_slice(message.payload);
            }
        }
        (&form.bytes, form.id_at)
    }
}

/// The packet that brought the message, if it has this form. Its QoS is 0, so nobody gets it with another.
#[inline]
fn verbatim<'a>(message: &Message<'a>, version: Version, retain: bool) -> Option<&'a [u8]> {
    let came = message.verbatim?;
    let same =
        came.version.has_properties() == version.has_properties() && message.retain == retain;
    same.then_some(came.packet)
}

/// The PUBLISH of a message without anything that only one subscriber gets.
#[must_use]
pub fn outgoing<'a>(message: &Message<'a>, qos: QoS, retain: bool) -> OutgoingPublish<'a> {
    OutgoingPublish {
        dup: false,
        qos,
        retain,
        topic: message.topic,
        packet_id: (qos != QoS::AtMostOnce).then_some(PLACEHOLDER),
        topic_alias: None,
        message_expiry: message.expiry_seconds,
        subscription_ids: &[],
        forwarded: message.forwarded,
        payload_len: message.payload.len(),
    }
}

/// Where the packet identifier lies: behind the fixed header, whose length takes 1 to 4 bytes, and the topic.
fn id_offset(packet: &[u8], topic: &str) -> usize {
    let length_bytes = packet
        .iter()
        .skip(1)
        .take_while(|byte| **byte & 0x80 != 0)
        .count()
        + 1;
    1 + length_bytes + 2 + topic.len()
}
