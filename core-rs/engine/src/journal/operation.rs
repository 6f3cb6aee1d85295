//! The operations of the journal and their frames.
//!
//! A frame is `length: u32, crc32: u32, kind: u8, body`, little-endian; the length counts kind and body, and so
//! does the checksum. In a body, numbers of sessions, groups, entries and bodies are 64 bits and never used twice;
//! a text or byte string is its length in 32 bits and then its bytes. The same frames come back at recovery.
//!
//! A session's or group's number modulo 64 is its partition, a hash of its name: what belongs together can later
//! live on another machine.

use packet::{PacketId, QoS};

use crate::delivery::message::Message;
use crate::delivery::route::Grant;
use crate::session::entry::Terms;
use crate::will::Will;

/// One thing that has been promised.
#[derive(Clone, Copy, Debug)]
pub enum Operation<'a> {
    /// A persistent session exists, or its expiry or principal changed.
    SessionOpened {
        /// The session.
        session: u64,
        /// Its client identifier.
        client_id: &'a str,
        /// Seconds that it outlives its connection.
        expiry: u32,
        /// Whose it is.
        owner: &'a str,
        /// The host's words for who its client is.
        principal: &'a str,
    },
    /// Its connection is gone since this Unix millisecond.
    SessionDetached {
        /// The session.
        session: u64,
        /// When.
        wall: u64,
    },
    /// It has ended, with all that it had.
    SessionEnded {
        /// The session.
        session: u64,
    },
    /// It has a subscription, or other terms for one.
    Subscribed {
        /// The session.
        session: u64,
        /// The filter as the client gave it.
        filter: &'a str,
        /// Its terms.
        grant: Grant,
    },
    /// It has one subscription less.
    Unsubscribed {
        /// The session.
        session: u64,
        /// The filter as the client gave it.
        filter: &'a str,
    },
    /// A message exists.
    Stored {
        /// Its body.
        body: u64,
        /// The message.
        message: &'a Message<'a>,
        /// When it expires, in Unix milliseconds; 0 for never.
        expires: u64,
    },
    /// A session or share group is owed a message.
    Enqueued {
        /// The session or group.
        owner: u64,
        /// The entry.
        entry: u64,
        /// The body.
        body: u64,
        /// How it is sent.
        terms: &'a Terms,
    },
    /// A group's entry is out with a member.
    Assigned {
        /// The group.
        group: u64,
        /// The entry.
        entry: u64,
        /// The member.
        session: u64,
    },
    /// A group's entry is back with the group.
    Returned {
        /// The group.
        group: u64,
        /// The entry.
        entry: u64,
    },
    /// An entry is out under a packet identifier.
    Sent {
        /// The session.
        session: u64,
        /// The entry.
        entry: u64,
        /// The identifier.
        id: PacketId,
    },
    /// The client has a QoS 2 message, and is to be sent PUBREL.
    Received {
        /// The session.
        session: u64,
        /// The entry.
        entry: u64,
    },
    /// An entry is done with.
    Acknowledged {
        /// The session or group.
        owner: u64,
        /// The entry.
        entry: u64,
    },
    /// A QoS 2 message of the client's is taken under this identifier.
    InboundTaken {
        /// The session.
        session: u64,
        /// The identifier.
        id: PacketId,
    },
    /// The client has released the identifier.
    InboundReleased {
        /// The session.
        session: u64,
        /// The identifier.
        id: PacketId,
    },
    /// A message is retained on its topic.
    RetainedSet {
        /// The body.
        body: u64,
    },
    /// Nothing is retained on a topic.
    RetainedCleared {
        /// The topic.
        topic: &'a str,
    },
    /// A session has a will.
    WillSet {
        /// The session.
        session: u64,
        /// The will.
        will: &'a Will,
    },
    /// A session's will is fired or removed.
    WillCleared {
        /// The session.
        session: u64,
    },
    /// A session is still to be sent the retained messages that a filter matches.
    ReplayBegun {
        /// The session.
        session: u64,
        /// The filter.
        filter: &'a str,
        /// The QoS that was granted.
        qos: QoS,
        /// The subscription identifier, 0 for none.
        identifier: u32,
        /// The last topic that it has had; empty for none.
        cursor: &'a str,
    },
    /// It has had them all, or does not want them any more.
    ReplayEnded {
        /// The session.
        session: u64,
        /// The filter.
        filter: &'a str,
    },
    /// A share group has no member left, and is gone with what waited there.
    GroupClosed {
        /// The group.
        group: u64,
    },
    /// A share group exists.
    GroupOpened {
        /// The group.
        group: u64,
        /// `$share/{name}/{filter}`.
        subscription: &'a str,
    },
}

impl Operation<'_> {
    /// Appends the frame.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; 8]);
        out.push(self.kind());
        self.write_body(out);
        let (length, crc) = match out.get(start + 8..) {
            Some(framed) => (
                u32::try_from(framed.len()).unwrap_or(u32::MAX),
                crc32fast::hash(framed),
            ),
            None => return,
        };
        if let Some(head) = out.get_mut(start..start + 8) {
            head[..4].copy_from_slice(&length.to_le_bytes());
            head[4..].copy_from_slice(&crc.to_le_bytes());
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::SessionOpened { .. } => 1,
            Self::SessionDetached { .. } => 2,
            Self::SessionEnded { .. } => 3,
            Self::Subscribed { .. } => 4,
            Self::Unsubscribed { .. } => 5,
            Self::Stored { .. } => 6,
            Self::Enqueued { .. } => 7,
            Self::Assigned { .. } => 8,
            Self::Returned { .. } => 9,
            Self::Sent { .. } => 10,
            Self::Received { .. } => 11,
            Self::Acknowledged { .. } => 12,
            Self::InboundTaken { .. } => 13,
            Self::InboundReleased { .. } => 14,
            Self::RetainedSet { .. } => 15,
            Self::RetainedCleared { .. } => 16,
            Self::WillSet { .. } => 17,
            Self::WillCleared { .. } => 18,
            Self::GroupOpened { .. } => 19,
            Self::GroupClosed { .. } => 20,
            Self::ReplayBegun { .. } => 21,
            Self::ReplayEnded { .. } => 22,
        }
    }

    fn write_body(&self, out: &mut Vec<u8>) {
        match *self {
            Self::SessionOpened {
                session,
                client_id,
                expiry,
                owner,
                principal,
            } => {
                put(out, session);
                out.extend_from_slice(&expiry.to_le_bytes());
                put_bytes(out, client_id.as_bytes());
                put_bytes(out, owner.as_bytes());
                put_bytes(out, principal.as_bytes());
            }
            Self::SessionDetached { session, wall } => put_all(out, [session, wall]),
            Self::SessionEnded { session: number }
            | Self::WillCleared { session: number }
            | Self::GroupClosed { group: number } => {
                put(out, number);
            }
            Self::Subscribed {
                session,
                filter,
                grant,
            } => {
                put(out, session);
                put_grant(out, grant);
                put_bytes(out, filter.as_bytes());
            }
            Self::Unsubscribed {
                session: owner,
                filter: text,
            }
            | Self::ReplayEnded {
                session: owner,
                filter: text,
            }
            | Self::GroupOpened {
                group: owner,
                subscription: text,
            } => {
                put(out, owner);
                put_bytes(out, text.as_bytes());
            }
            Self::ReplayBegun {
                session,
                filter,
                qos,
                identifier,
                cursor,
            } => {
                put(out, session);
                out.push(qos as u8);
                out.extend_from_slice(&identifier.to_le_bytes());
                put_bytes(out, filter.as_bytes());
                put_bytes(out, cursor.as_bytes());
            }
            Self::Stored {
                body,
                message,
                expires,
            } => {
                put_all(out, [body, expires]);
                put_message(out, message);
            }
            Self::Enqueued {
                owner,
                entry,
                body,
                terms,
            } => {
                put_all(out, [owner, entry, body]);
                put_terms(out, terms);
            }
            Self::Assigned {
                group,
                entry,
                session,
            } => put_all(out, [group, entry, session]),
            Self::Returned {
                group: owner,
                entry,
            }
            | Self::Received {
                session: owner,
                entry,
            }
            | Self::Acknowledged { owner, entry } => {
                put_all(out, [owner, entry]);
            }
            Self::Sent { session, entry, id } => {
                put_all(out, [session, entry]);
                put_id(out, id);
            }
            Self::InboundTaken { session, id } | Self::InboundReleased { session, id } => {
                put(out, session);
                put_id(out, id);
            }
            Self::RetainedSet { body } => put(out, body),
            Self::RetainedCleared { topic } => put_bytes(out, topic.as_bytes()),
            Self::WillSet { session, will } => {
                put(out, session);
                put_will(out, will);
            }
        }
    }
}

fn put(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_all<const N: usize>(out: &mut Vec<u8>, numbers: [u64; N]) {
    numbers.iter().for_each(|number| put(out, *number));
}

fn put_id(out: &mut Vec<u8>, id: PacketId) {
    out.extend_from_slice(&id.get().to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn flags(qos: QoS, first: bool, second: bool) -> u8 {
    qos as u8 | u8::from(first) << 2 | u8::from(second) << 3
}

fn put_grant(out: &mut Vec<u8>, grant: Grant) {
    out.push(flags(grant.qos, grant.no_local, grant.retain_as_published));
    out.extend_from_slice(&grant.identifier.to_le_bytes());
}

fn put_terms(out: &mut Vec<u8>, terms: &Terms) {
    let identifiers = terms.identifiers.as_slice();
    out.push(flags(terms.qos, terms.retain, false));
    out.extend_from_slice(
        &u32::try_from(identifiers.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    identifiers
        .iter()
        .for_each(|identifier| out.extend_from_slice(&identifier.to_le_bytes()));
}

fn put_message(out: &mut Vec<u8>, message: &Message<'_>) {
    out.push(flags(message.qos, message.retain, false));
    put_bytes(out, message.topic.as_bytes());
    put_bytes(out, message.forwarded);
    put_bytes(out, message.payload);
}

fn put_will(out: &mut Vec<u8>, will: &Will) {
    out.push(flags(will.qos, will.retain, will.message_expiry.is_some()));
    out.extend_from_slice(&will.delay.to_le_bytes());
    out.extend_from_slice(&will.message_expiry.unwrap_or(0).to_le_bytes());
    put_bytes(out, will.topic.as_bytes());
    put_bytes(out, &will.forwarded);
    put_bytes(out, &will.payload);
}
