//! What the host may look at: figures, sessions.

use packet::{QoS, Version};
use topic::Subscribed;

use crate::connection::Phase;
use crate::counters::Drop;
use crate::session::Session;
use crate::{Counters, Engine};

/// Declares [`Gauges`]: each field with its name towards the host.
macro_rules! gauges {
    ($( $(#[doc = $doc:literal])+ $field:ident; )+) => {
        /// Figures that rise and fall.
        #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
        pub struct Gauges {
            $( $(#[doc = $doc])+ pub $field: u64, )+
        }

        impl Gauges {
            /// Every figure by name.
            pub fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [ $( (stringify!($field), self.$field), )+ ].into_iter()
            }
        }
    };
}

gauges! {
    /// Connections, whatever their phase.
    connections_open;
    /// Clients that are connected.
    clients_connected;
    /// Sessions, connected or not.
    sessions;
    /// Sessions without a connection.
    sessions_offline;
    /// Subscriptions of all sessions.
    subscriptions;
    /// Share groups.
    share_groups;
    /// Retained messages.
    retained_messages;
    /// Bytes of retained messages.
    retained_bytes;
    /// Messages that are stored once for whoever waits for them.
    messages_stored;
    /// Bytes of these.
    messages_stored_bytes;
    /// Bytes on the memory account.
    memory_used_bytes;
    /// Acknowledgements that wait for the journal.
    acknowledgements_held;
    /// Bytes that are recorded and not durable.
    journal_backlog_bytes;
}

/// One session, for a listing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionView {
    /// The client identifier.
    pub client_id: String,
    /// Whose it is; empty for all anonymous clients.
    pub owner: String,
    /// The host's words for who its client is.
    pub principal: String,
    /// Where it is connected from; none while it is not.
    pub address: Option<String>,
    /// The slot of its connection, for what the host knows of it; none while it is not.
    pub slot: Option<u32>,
    /// What its client spoke last.
    pub version: Version,
    /// Seconds that it outlives its connection.
    pub expiry: u32,
    /// Subscriptions.
    pub subscriptions: usize,
    /// Messages that wait.
    pub queued: usize,
    /// Bytes of these.
    pub queued_bytes: usize,
    /// Messages that are out.
    pub in_flight: usize,
    /// Messages that it did not get, by reason, where there are any.
    pub dropped: Vec<(Drop, u32)>,
}

impl SessionView {
    /// Whether it has a connection.
    #[must_use]
    pub fn connected(&self) -> bool {
        self.slot.is_some()
    }
}

impl Engine {
    /// The figures now.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        let clients_connected = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.phase == Phase::Live)
            .count() as u64;
        let sessions = self.sessions.count() as u64;
        Gauges {
            connections_open: self.connections.count() as u64,
            clients_connected,
            sessions,
            sessions_offline: sessions.saturating_sub(clients_connected),
            subscriptions: self.subscriptions,
            share_groups: self.group_names.len() as u64,
            retained_messages: self.retained.count() as u64,
            retained_bytes: self.retained.bytes() as u64,
            messages_stored: self.bodies.count() as u64,
            messages_stored_bytes: self.bodies.bytes() as u64,
            memory_used_bytes: self.memory.used(),
            acknowledgements_held: self
                .connections
                .iter()
                .map(|(_, connection)| connection.held.count() as u64)
                .sum(),
            journal_backlog_bytes: self.journal.backlog() as u64,
        }
    }

    /// What has been counted.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The session of a client identifier.
    #[must_use]
    pub fn session(&self, client_id: &str) -> Option<SessionView> {
        self.sessions
            .get(self.sessions.find(client_id)?)
            .map(|session| self.view(session))
    }

    /// At most `limit` sessions from slot `from` on, and the slot to go on from; none at the end. Slots that are
    /// looked at count too, so that a call is bounded.
    #[must_use]
    pub fn sessions_from(&self, from: u32, limit: u32) -> (Vec<SessionView>, Option<u32>) {
        let slots = u32::try_from(self.sessions.slots()).unwrap_or(u32::MAX);
        let end = slots.min(from.saturating_add(limit));
        let found = (from..end)
            .filter_map(|slot| self.sessions.get(slot))
            .filter(|session| !session.dying)
            .map(|session| self.view(session))
            .collect();
        (found, (end < slots).then_some(end))
    }

    /// The subscriptions of a session: each filter as the client gave it, with its QoS.
    #[must_use]
    pub fn subscriptions_of(&self, client_id: &str) -> Vec<(String, QoS)> {
        let Some(slot) = self.sessions.find(client_id) else {
            return Vec::new();
        };
        let Some(session) = self.sessions.get(slot) else {
            return Vec::new();
        };
        let granted = |raw: &str| match Subscribed::parse(raw).ok()? {
            Subscribed::Plain(filter) => self.trie.get(filter, slot).map(|grant| grant.qos),
            Subscribed::Shared { .. } => {
                let group = self.groups.get(*self.group_names.get(raw)?)?;
                let member = group.members.iter().find(|member| member.session == slot)?;
                Some(member.grant.qos)
            }
        };
        let filters = session.filters.iter();
        filters
            .filter_map(|raw| Some((raw.to_string(), granted(raw)?)))
            .collect()
    }

    fn view(&self, session: &Session) -> SessionView {
        let connection = self.connections.get(session.connection);
        let dropped = Drop::ALL
            .iter()
            .map(|reason| (*reason, session.drops.of(*reason)))
            .filter(|(_, count)| *count > 0);
        SessionView {
            client_id: session.client_id.to_string(),
            owner: session.owner.to_string(),
            principal: session.principal.to_string(),
            address: connection.map(|connection| connection.address.to_string()),
            slot: connection.map(|_| session.connection),
            version: session.version,
            expiry: session.expiry,
            subscriptions: session.filters.len(),
            queued: session.queue.len(),
            queued_bytes: session.queue.bytes(),
            in_flight: session.outbound.len(),
            dropped: dropped.collect(),
        }
    }

    pub(crate) fn publishes_received(&self) -> u64 {
        self.counters.publish_received_qos0
            + self.counters.publish_received_qos1
            + self.counters.publish_received_qos2
    }

    pub(crate) fn publishes_sent(&self) -> u64 {
        self.counters.publish_sent_qos0
            + self.counters.publish_sent_qos1
            + self.counters.publish_sent_qos2
    }

    pub(crate) fn publishes_dropped(&self) -> u64 {
        self.counters.dropped_queue_full
            + self.counters.dropped_outbox_full
            + self.counters.dropped_expired
            + self.counters.dropped_too_large
    }

    /// What the memory account should say, counted from everything that is charged to it; for tests.
    #[must_use]
    pub fn counted_memory(&self) -> u64 {
        let connections: usize = self
            .connections
            .iter()
            .map(|(_, connection)| {
                connection.inbox.capacity()
                    + connection.outbox.charged()
                    + connection.held.length()
                    + connection.aliases_in.charged()
                    + connection.aliases_out.charged()
            })
            .sum();
        let sessions: usize = self
            .sessions
            .iter()
            .map(|(_, session)| session.charged())
            .sum();
        let groups: usize = self
            .groups
            .iter()
            .map(|(_, group)| group.queue.charged())
            .sum();
        let authentications: usize = self.authentications.values().map(|data| data.len()).sum();
        let tasks: usize = self.tasks.iter().map(crate::task::Task::charged).sum();
        (connections
            + sessions
            + groups
            + authentications
            + tasks
            + self.bodies.charged()
            + self.retained.charged()) as u64
    }
}
