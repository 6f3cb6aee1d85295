//! Whom a message goes to.

use std::mem;
use std::rc::Rc;

use packet::{PacketId, QoS, ReasonCode};
use topic::TopicName;

use super::fanout::Job;
use super::message::{Carried, Message};
use crate::Engine;
use crate::connection::{ConnectionId, NONE};
use crate::session::entry::{Identifiers, Terms};

/// Marks the key of a share group in the subscription tree; the others are sessions.
pub const GROUP: u32 = 1 << 31;

/// What a subscription grants; the value in the subscription tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Grant {
    /// The granted QoS.
    pub qos: QoS,
    /// Whether the client's own messages are left out (v5 [MQTT-3.8.3-3]).
    pub no_local: bool,
    /// Whether RETAIN is sent as it was published (v5 [MQTT-3.3.1-13]).
    pub retain_as_published: bool,
    /// The subscription identifier, 0 for none.
    pub identifier: u32,
}

/// Somebody who gets a message.
#[derive(Clone, Debug)]
pub struct Target {
    /// A session, or a share group with [`GROUP`] set.
    pub key: u32,
    /// The highest QoS that was granted.
    pub qos: QoS,
    /// Whether RETAIN is sent as it was published.
    pub retain_as_published: bool,
    /// The identifiers of all matching subscriptions.
    pub identifiers: Identifiers,
}

impl Target {
    fn new(key: u32, grant: Grant) -> Self {
        let identifiers = if grant.identifier == 0 {
            Identifiers::None
        } else {
            Identifiers::One(grant.identifier)
        };
        Self {
            key,
            qos: grant.qos,
            retain_as_published: grant.retain_as_published,
            identifiers,
        }
    }

    /// One PUBLISH for overlapping subscriptions, at the highest QoS and with all identifiers
    /// (v5 [MQTT-3.3.4-2], [MQTT-3.3.4-3]).
    fn merge(&mut self, grant: Grant) {
        self.qos = self.qos.max(grant.qos);
        self.retain_as_published |= grant.retain_as_published;
        self.identifiers.add(grant.identifier);
    }

    /// How this target is sent a message.
    #[inline]
    #[must_use]
    pub fn terms(&self, message: &Message<'_>) -> Terms {
        Terms {
            qos: self.qos.min(message.qos),
            retain: self.retain_as_published && message.retain,
            identifiers: self.identifiers.clone(),
        }
    }
}

/// Who is told when a message is routed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// Nobody: a will, `$SYS`.
    Internal,
    /// A client, with PUBACK or PUBREC where there is a packet identifier.
    Client {
        /// Its connection.
        connection: ConnectionId,
        /// Its session, for No Local.
        session: u32,
        /// The identifier.
        id: Option<PacketId>,
    },
    /// The host, with a result.
    Host {
        /// The number that it gave.
        request: u32,
    },
}

impl Origin {
    fn session(self) -> u32 {
        match self {
            Self::Client { session, .. } => session,
            Self::Internal | Self::Host { .. } => NONE,
        }
    }
}

/// How far the routing of one message has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Routed {
    /// Whether anybody was matched.
    pub matched: bool,
    /// The batch of the journal that holds what was promised, 0 for none.
    pub promise: u64,
}

impl Engine {
    /// Routes a message that may be published, and settles with its origin once everybody has it. The caller has
    /// begun to watch what is promised.
    #[inline(always)]
    pub(crate) fn route(&mut self, topic: TopicName<'_>, message: Message<'_>, origin: Origin) {
        let mut carried = Carried::new(message, self.shapes.take());
        if message.retains {
            self.retain_message(topic, &mut carried);
        }
        match self.remembered(topic, origin) {
            Some(targets) => self.deliver_all(&targets, &mut carried, origin),
            None => {
                let mut targets = self.collect(topic, origin.session());
                self.learn(topic, origin, &targets);
                self.deliver_all(&targets, &mut carried, origin);
                targets.clear();
                self.targets = targets;
            }
        }
        self.shapes = carried.finish(&mut self.bodies, &mut self.memory);
    }

    #[inline(always)]
    fn deliver_all(&mut self, targets: &[Target], carried: &mut Carried<'_>, origin: Origin) {
        let matched = !targets.is_empty();
        if targets.len() > self.work as usize {
            let body = carried.keep(&mut self.bodies, &mut self.memory);
            let routed = Routed {
                matched,
                promise: self.journal.promise(),
            };
            return self.begin_job(Job {
                origin,
                body,
                targets: targets.to_vec(),
                next: 0,
                rights: self.permissions.epoch(),
                routed,
            });
        }
        self.spend(targets.len());
        for target in targets {
            self.deliver_to(target, carried);
        }
        let routed = Routed {
            matched,
            promise: self.journal.promise(),
        };
        self.settle(origin, carried.message.qos, routed);
    }

    /// Whom the topic led to when this connection published to it before.
    #[inline]
    fn remembered(&self, topic: TopicName<'_>, origin: Origin) -> Option<Rc<[Target]>> {
        let Origin::Client { connection, .. } = origin else {
            return None;
        };
        self.connections
            .get(connection.slot)?
            .memos
            .find(topic.as_str(), self.trie.epoch())
    }

    fn learn(&mut self, topic: TopicName<'_>, origin: Origin, targets: &[Target]) {
        let Origin::Client {
            connection,
            session,
            ..
        } = origin
        else {
            return;
        };
        let epoch = self.trie.epoch();
        let rights = self
            .sessions
            .get(session)
            .map_or(0, |target| self.rights_of(target));
        if let Some(connection) = self.connections.get_mut(connection.slot) {
            connection
                .memos
                .learn(topic.as_str(), rights, epoch, targets);
        }
    }

    /// Delivers to a session or to a share group.
    #[inline(always)]
    pub(crate) fn deliver_to(&mut self, target: &Target, carried: &mut Carried<'_>) {
        let terms = target.terms(&carried.message);
        if target.key & GROUP == 0 {
            self.deliver(target.key, terms, carried);
        } else {
            self.deliver_shared(target.key & !GROUP, carried);
        }
    }

    /// Everybody whose subscription matches, each once.
    fn collect(&mut self, topic: TopicName<'_>, publisher: u32) -> Vec<Target> {
        let mut targets = mem::take(&mut self.targets);
        self.stamp += 1;
        let (stamp, sessions) = (self.stamp, &mut self.sessions);
        let mut marked = 0;
        self.trie.for_each_match(topic, |entries| {
            let first = targets.is_empty();
            if !first {
                mark_targets(&targets[marked..], marked, stamp, sessions);
                marked = targets.len();
            }
            for (key, grant) in entries {
                if grant.no_local && *key == publisher {
                    continue;
                }
                match (!first).then(|| place_of(*key, stamp, sessions)).flatten() {
                    Some(place) => targets[place].merge(*grant),
                    None => targets.push(Target::new(*key, *grant)),
                }
            }
        });
        targets
    }

    /// Tells the origin that everybody has the message.
    #[inline(always)]
    pub(crate) fn settle(&mut self, origin: Origin, qos: QoS, routed: Routed) {
        if !routed.matched {
            self.counters.publish_unmatched += 1;
        }
        let reason = if routed.matched {
            ReasonCode::SUCCESS
        } else {
            ReasonCode::NO_MATCHING_SUBSCRIBERS
        };
        match origin {
            Origin::Internal => {}
            Origin::Client {
                connection,
                id: Some(id),
                ..
            } => self.acknowledge_publish(connection, (qos, id), reason, routed.promise),
            Origin::Client { id: None, .. } => {}
            Origin::Host { request } => self.hold_result(request, reason, routed.promise),
        }
    }
}

/// Notes at each session at which place of the targets it is.
fn mark_targets(
    targets: &[Target],
    from: usize,
    stamp: u64,
    sessions: &mut crate::session::Sessions,
) {
    for (offset, target) in targets.iter().enumerate() {
        if target.key & GROUP == 0
            && let Some(session) = sessions.get_mut(target.key)
        {
            session.mark = (stamp, u32::try_from(from + offset).unwrap_or(NONE));
        }
    }
}

/// The place at which a session is among the targets already.
fn place_of(key: u32, stamp: u64, sessions: &crate::session::Sessions) -> Option<usize> {
    if key & GROUP != 0 {
        return None;
    }
    let (marked, place) = sessions.get(key)?.mark;
    (marked == stamp).then_some(place as usize)
}
