//! The packets around a PUBLISH: what a client sends, and how it reads the answers.

use super::frame::{Frame, write_length};
use super::property::{receive_maximum, split_block, write_connect_properties, write_text};
use super::{Version, kind};

/// Receive maximum that the generator's clients announce: as many as there are packet identifiers.
const RECEIVE_MAXIMUM: u16 = u16::MAX;

/// How long a persistent session of MQTT 5 outlives its connection; longer than any run.
const SESSION_EXPIRY_SECONDS: u32 = 3600;

/// What is to become of a session when its connection ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Session {
    /// It begins and ends with the connection.
    Clean,
    /// It goes on if it is there, and waits for the client afterwards.
    Persistent,
}

/// Who a client says that it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct User<'a> {
    /// User name.
    pub name: &'a str,
    /// Password.
    pub password: &'a str,
}

/// Encodes CONNECT without keep alive.
pub fn connect(
    version: Version,
    client_identifier: &str,
    session: Session,
    user: Option<User<'_>>,
) -> Vec<u8> {
    let mut body = Vec::new();
    write_text(&mut body, "MQTT");
    // v3.1.1 calls bit 1 Clean Session, v5 Clean Start.
    let (flags, expiry) = match session {
        Session::Clean => (0x02, None),
        Session::Persistent => (0, Some(SESSION_EXPIRY_SECONDS)),
    };
    // User name and password: v3.1.1 [MQTT-3.1.2-19] and [MQTT-3.1.2-21].
    let flags = flags | user.map_or(0, |_| 0xC0);
    body.extend_from_slice(&[version.level(), flags, 0, 0]);
    if version == Version::V5 {
        write_connect_properties(&mut body, RECEIVE_MAXIMUM, expiry);
    }
    write_text(&mut body, client_identifier);
    if let Some(User { name, password }) = user {
        write_text(&mut body, name);
        write_text(&mut body, password);
    }
    whole(kind::CONNECT, &body)
}

/// Encodes SUBSCRIBE to `filters`, all with the same maximum QoS.
pub fn subscribe(version: Version, identifier: u16, filters: &[String], qos: u8) -> Vec<u8> {
    let mut body = identifier.to_be_bytes().to_vec();
    if version == Version::V5 {
        body.push(0);
    }
    for filter in filters {
        write_text(&mut body, filter);
        body.push(qos);
    }
    whole(kind::SUBSCRIBE, &body)
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP with reason 0, in the short form that both versions share.
#[inline]
pub fn acknowledgement(kind: u8, identifier: u16) -> [u8; 4] {
    let [high, low] = identifier.to_be_bytes();
    [kind, 2, high, low]
}

/// PINGREQ.
pub const PINGREQ: [u8; 2] = [kind::PINGREQ, 0];

/// DISCONNECT with reason 0.
pub const DISCONNECT: [u8; 2] = [kind::DISCONNECT, 0];

/// Encodes a packet of one first byte and one body.
pub fn whole(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    write_length(&mut packet, body.len());
    packet.extend_from_slice(body);
    packet
}

/// What an accepting CONNACK says that matters here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Accepted {
    /// How many QoS 1 and 2 messages the broker takes at once.
    pub receive_maximum: u16,
    /// Whether the broker had a session of this client.
    pub session_present: bool,
}

/// Reads CONNACK.
///
/// # Errors
///
/// Says what came instead of an accepting CONNACK.
pub fn read_connack(version: Version, frame: Frame<'_>) -> Result<Accepted, String> {
    let [flags, code, rest @ ..] = frame.body else {
        return Err(format!("a CONNACK of {} bytes", frame.body.len()));
    };
    if frame.first != kind::CONNACK || *code != 0 {
        return Err(format!(
            "refused: packet {:#04x}, code {code:#04x}",
            frame.first
        ));
    }
    let announced = match version {
        Version::V3 => None,
        Version::V5 => split_block(rest).and_then(|(block, _)| receive_maximum(block)),
    };
    Ok(Accepted {
        receive_maximum: announced.unwrap_or(u16::MAX),
        session_present: flags & 1 != 0,
    })
}

/// Checks that a SUBACK grants `qos` to each of `filters` filters.
///
/// # Errors
///
/// Says what came instead.
pub fn read_suback(
    version: Version,
    frame: Frame<'_>,
    filters: usize,
    qos: u8,
) -> Result<(), String> {
    let after_identifier = frame
        .body
        .get(2..)
        .ok_or("a SUBACK without a packet identifier")?;
    let granted = match version {
        Version::V3 => after_identifier,
        Version::V5 => {
            split_block(after_identifier)
                .ok_or("a SUBACK with broken properties")?
                .1
        }
    };
    if frame.first != kind::SUBACK || granted.len() != filters || granted.iter().any(|&g| g != qos)
    {
        return Err(format!(
            "subscription not granted: packet {:#04x}, {granted:?}",
            frame.first
        ));
    }
    Ok(())
}

/// An acknowledgement's packet identifier, if its reason is success.
///
/// # Errors
///
/// Names the reason code of a refusal.
#[inline]
pub fn read_acknowledgement(frame: Frame<'_>) -> Result<u16, String> {
    match *frame.body {
        [high, low] => Ok(u16::from_be_bytes([high, low])),
        // v5 0x10 (no matching subscribers) is a success.
        [high, low, reason, ..] if reason < 0x80 => Ok(u16::from_be_bytes([high, low])),
        [_, _, reason, ..] => Err(format!(
            "packet {:#04x} with reason {reason:#04x}",
            frame.first
        )),
        _ => Err(format!(
            "packet {:#04x} without a packet identifier",
            frame.first
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Split, split};
    use super::*;

    fn only(packet: &[u8]) -> Frame<'_> {
        match split(packet) {
            Split::Whole(frame, []) => frame,
            other => panic!("not one packet: {other:?}"),
        }
    }

    #[test]
    fn connect_of_both_versions() {
        assert_eq!(
            connect(Version::V3, "p0", Session::Clean, None),
            [
                0x10, 14, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 0, 0, 2, b'p', b'0'
            ]
        );
        let packet = connect(Version::V5, "p0", Session::Clean, None);
        let v5 = only(&packet);
        assert_eq!(v5.body[6..14], [5, 2, 0, 0, 3, 0x21, 0xFF, 0xFF]);
    }

    #[test]
    fn a_user_comes_behind_the_client_identifier() {
        let user = User {
            name: "u",
            password: "pw",
        };
        let packet = connect(Version::V3, "p0", Session::Clean, Some(user));
        let body = only(&packet).body;
        assert_eq!(body[7], 0xC2);
        assert_eq!(body[14..], [0, 1, b'u', 0, 2, b'p', b'w']);
    }

    #[test]
    fn a_persistent_session_is_not_clean_and_outlives_its_connection() {
        let packet = connect(Version::V3, "p0", Session::Persistent, None);
        assert_eq!(only(&packet).body[6..10], [4, 0, 0, 0]);
        let packet = connect(Version::V5, "p0", Session::Persistent, None);
        assert_eq!(
            only(&packet).body[6..19],
            [5, 0, 0, 0, 8, 0x21, 0xFF, 0xFF, 0x11, 0, 0, 0x0E, 0x10]
        );
    }

    #[test]
    fn subscribe_of_both_versions() {
        let filters = ["a/+".to_string(), "b".to_string()];
        assert_eq!(
            subscribe(Version::V3, 7, &filters, 1),
            [0x82, 12, 0, 7, 0, 3, b'a', b'/', b'+', 1, 0, 1, b'b', 1]
        );
        assert_eq!(
            only(&subscribe(Version::V5, 7, &filters, 1)).body[..3],
            [0, 7, 0]
        );
    }

    #[test]
    fn connack_tells_the_receive_maximum_and_the_session() {
        let accepted = |receive_maximum, session_present| {
            Ok(Accepted {
                receive_maximum,
                session_present,
            })
        };
        assert_eq!(
            read_connack(Version::V3, only(&[0x20, 2, 0, 0])),
            accepted(65535, false)
        );
        let v5 = [0x20, 6, 1, 0, 3, 0x21, 0, 20];
        assert_eq!(read_connack(Version::V5, only(&v5)), accepted(20, true));
        assert!(read_connack(Version::V3, only(&[0x20, 2, 0, 5])).is_err());
    }

    #[test]
    fn suback_must_grant_what_was_asked() {
        assert!(read_suback(Version::V3, only(&[0x90, 3, 0, 1, 1]), 1, 1).is_ok());
        assert!(read_suback(Version::V5, only(&[0x90, 4, 0, 1, 0, 1]), 1, 1).is_ok());
        assert!(read_suback(Version::V3, only(&[0x90, 3, 0, 1, 0x80]), 1, 1).is_err());
        assert!(read_suback(Version::V3, only(&[0x90, 3, 0, 1, 0]), 1, 1).is_err());
    }

    #[test]
    fn a_refusing_acknowledgement_is_an_error() {
        assert_eq!(read_acknowledgement(only(&[0x40, 2, 1, 2])), Ok(0x0102));
        assert_eq!(
            read_acknowledgement(only(&[0x40, 3, 1, 2, 0x10])),
            Ok(0x0102)
        );
        assert!(read_acknowledgement(only(&[0x40, 3, 1, 2, 0x97])).is_err());
    }
}
