//! PUBLISH in both directions: v3.1.1 section 3.3, v5 section 3.3.

use super::frame::{Frame, write_length};
use super::property::{UserProperty, split_block, write_text, write_user_properties};
use super::{Version, kind};

/// A PUBLISH as it was received.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Publish<'a> {
    /// Quality of service.
    pub qos: u8,
    /// DUP flag.
    pub duplicate: bool,
    /// RETAIN flag.
    pub retain: bool,
    /// Topic name.
    pub topic: &'a [u8],
    /// Packet identifier; 0 at QoS 0.
    pub identifier: u16,
    /// Property block without its length; empty in v3.1.1.
    pub properties: &'a [u8],
    /// Payload.
    pub payload: &'a [u8],
}

impl<'a> Publish<'a> {
    /// Reads a PUBLISH; `None` if it is malformed or another packet.
    #[inline]
    pub fn read(version: Version, frame: Frame<'a>) -> Option<Self> {
        if frame.first & 0xF0 != kind::PUBLISH {
            return None;
        }
        let qos = frame.first >> 1 & 3;
        let (length, rest) = frame.body.split_first_chunk::<2>()?;
        let (topic, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let (identifier, rest) = match qos {
            0 => (0, rest),
            1 | 2 => {
                let (identifier, rest) = rest.split_first_chunk::<2>()?;
                (u16::from_be_bytes(*identifier), rest)
            }
            _ => return None,
        };
        let (properties, payload) = match version {
            Version::V3 => (&[][..], rest),
            Version::V5 => split_block(rest)?,
        };
        let duplicate = frame.first & 0x08 != 0;
        let retain = frame.first & 0x01 != 0;
        Some(Self {
            qos,
            duplicate,
            retain,
            topic,
            identifier,
            properties,
            payload,
        })
    }
}

/// What all messages of one publisher share.
#[derive(Clone, Debug)]
pub struct Shape<'a> {
    /// Protocol version.
    pub version: Version,
    /// Quality of service.
    pub qos: u8,
    /// RETAIN flag.
    pub retain: bool,
    /// Topic name.
    pub topic: &'a str,
    /// User properties (v5 only).
    pub user_properties: &'a [UserProperty],
}

/// A PUBLISH encoded once, in which identifier and payload change from message to message.
pub struct Template {
    bytes: Vec<u8>,
    identifier_at: usize,
    payload_at: usize,
}

impl Template {
    /// Encodes `shape` around `payload`.
    pub fn new(shape: &Shape<'_>, payload: &[u8]) -> Self {
        let mut head = Vec::new();
        write_text(&mut head, shape.topic);
        let identifier_in_head = head.len();
        if shape.qos > 0 {
            head.extend_from_slice(&[0, 0]);
        }
        if shape.version == Version::V5 {
            write_user_properties(&mut head, shape.user_properties);
        }
        let mut bytes = vec![kind::PUBLISH | shape.qos << 1 | u8::from(shape.retain)];
        write_length(&mut bytes, head.len() + payload.len());
        let identifier_at = bytes.len() + identifier_in_head;
        bytes.extend_from_slice(&head);
        let payload_at = bytes.len();
        bytes.extend_from_slice(payload);
        Self {
            bytes,
            identifier_at,
            payload_at,
        }
    }

    /// Sets the packet identifier of a QoS 1 or 2 message.
    #[inline]
    pub fn set_identifier(&mut self, identifier: u16) {
        self.bytes[self.identifier_at..self.identifier_at + 2]
            .copy_from_slice(&identifier.to_be_bytes());
    }

    /// Overwrites the front of the payload.
    #[inline]
    pub fn set_payload_front(&mut self, front: &[u8]) {
        self.bytes[self.payload_at..self.payload_at + front.len()].copy_from_slice(front);
    }

    /// The whole packet.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Split, split};
    use super::super::property::only_user_properties;
    use super::*;

    fn shape<'a>(version: Version, qos: u8, user_properties: &'a [UserProperty]) -> Shape<'a> {
        Shape {
            version,
            qos,
            retain: false,
            topic: "bench/1",
            user_properties,
        }
    }

    fn read(version: Version, bytes: &[u8]) -> Publish<'_> {
        match split(bytes) {
            Split::Whole(frame, []) => Publish::read(version, frame).unwrap(),
            other => panic!("not one packet: {other:?}"),
        }
    }

    #[test]
    fn a_template_reads_back_in_every_version_and_qos() {
        let properties = [("unit".to_string(), "K".to_string())];
        for version in [Version::V3, Version::V5] {
            for qos in 0..=2 {
                let mut template = Template::new(&shape(version, qos, &properties), b"....rest");
                if qos > 0 {
                    template.set_identifier(515);
                }
                template.set_payload_front(b"head");
                let publish = read(version, template.bytes());
                assert_eq!(publish.qos, qos);
                assert_eq!(publish.topic, b"bench/1");
                assert_eq!(publish.identifier, if qos > 0 { 515 } else { 0 });
                assert_eq!(publish.payload, b"headrest");
                let expected = if version == Version::V5 {
                    publish.properties
                } else {
                    &[]
                };
                assert_eq!(only_user_properties(publish.properties), expected);
            }
        }
    }

    #[test]
    fn the_exact_bytes_of_a_small_publish() {
        let template = Template::new(&shape(Version::V3, 0, &[]), b"ab");
        assert_eq!(
            template.bytes(),
            [
                0x30, 11, 0, 7, b'b', b'e', b'n', b'c', b'h', b'/', b'1', b'a', b'b'
            ]
        );
    }

    #[test]
    fn quality_of_service_3_is_malformed() {
        let Split::Whole(frame, []) = split(&[0x36, 5, 0, 1, b'a', 0, 1]) else {
            panic!("not one packet");
        };
        assert_eq!(Publish::read(Version::V3, frame), None);
    }
}
