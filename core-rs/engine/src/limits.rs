//! Every bound of the engine, in one struct of numbers. A profile is data over it, and a simulation shrinks it.

/// Declares [`Limits`]: each field with its default, its unit and what happens at it.
macro_rules! limits {
    ($( $(#[doc = $doc:literal])+ $field:ident / $key:literal = $default:expr; )+) => {
        /// Every bound of the engine. Switches are 0 or 1.
        #[derive(Clone, Debug, Eq, PartialEq)]
        pub struct Limits {
            $( $(#[doc = $doc])+ pub $field: u64, )+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        impl Limits {
            /// Sets the limit that the configuration calls `key`; false if there is none of that name.
            pub fn set(&mut self, key: &str, value: u64) -> bool {
                match key {
                    $( $key => self.$field = value, )+
                    _ => return false,
                }
                true
            }

            /// The names that [`Limits::set`] takes, each with its default.
            pub fn defaults() -> impl Iterator<Item = (&'static str, u64)> {
                [ $( ($key, $default), )+ ].into_iter()
            }
        }
    };
}

const MIB: u64 = 1024 * 1024;

limits! {
    /// Bytes of a whole packet that a client may send; beyond: DISCONNECT 0x95, v3 closes.
    packet_bytes_max / "packetBytesMax" = 2_000_000;
    /// Bytes of a CONNECT, the most that a connection may hold before it is authenticated; beyond: closed.
    connect_packet_bytes_max / "connectPacketBytesMax" = 512 * 1024;
    /// Bytes that all connections together may hold before they are authenticated; beyond: not read on.
    pre_auth_bytes_max / "preAuthBytesMax" = 64 * MIB;
    /// QoS 1 and 2 messages that a client may have unacknowledged by us; beyond: DISCONNECT 0x93.
    receive_maximum / "receiveMaximum" = 1000;
    /// Topic aliases that a client may set; beyond: DISCONNECT 0x94.
    topic_alias_maximum / "topicAliasMaximum" = 10;
    /// Topic aliases that we set towards a client that allows them.
    topic_alias_maximum_out / "topicAliasMaximumOut" = 10;
    /// QoS 1 and 2 messages sent to a client and not yet acknowledged; beyond: they wait in the queue.
    in_flight_max / "inFlightMax" = 100;
    /// The highest packet identifier that is assigned, so that a small world wraps early.
    packet_id_max / "packetIdMax" = 65_535;
    /// Messages in a session's queue; beyond: `queue_policy`.
    queue_messages_max / "queueMessagesMax" = 100_000;
    /// Bytes of a session's queue; beyond: `queue_policy`.
    queue_bytes_max / "queueBytesMax" = 64 * MIB;
    /// What a full queue does: 0 refuses the new message, 1 drops the oldest, 2 ends the session.
    queue_policy / "queuePolicy" = 0;
    /// Seconds of keep alive; a longer one, or none, is answered with Server Keep Alive (v5) where this is not 65,535.
    keep_alive_seconds_max / "keepAliveSecondsMax" = 65_535;
    /// Seconds from the opened connection to its CONNACK; beyond: closed.
    connect_timeout_seconds / "connectTimeoutSeconds" = 10;
    /// Seconds of session expiry; a longer one is cut and the CONNACK says so (v5).
    session_expiry_seconds_max / "sessionExpirySecondsMax" = 4_294_967_295;
    /// Connections; beyond: refused before a byte is read.
    connections_max / "connectionsMax" = 15_000;
    /// Sessions, connected or not; beyond: CONNACK 0x97, v3 code 3.
    sessions_max / "sessionsMax" = 1_000_000;
    /// Bytes of a topic name or filter; beyond: 0x90, v3 closes; a filter SUBACK 0x8F, v3 0x80.
    topic_bytes_max / "topicBytesMax" = 65_535;
    /// Levels of a topic name or filter; beyond: as for its bytes.
    topic_levels_max / "topicLevelsMax" = 128;
    /// Filters in one SUBSCRIBE or UNSUBSCRIBE; beyond: 0x97 for each further one.
    filters_per_packet_max / "filtersPerPacketMax" = 1000;
    /// Subscriptions of one session; beyond: SUBACK 0x97, v3 0x80.
    subscriptions_per_session_max / "subscriptionsPerSessionMax" = 10_000;
    /// Subscriptions in all; beyond: SUBACK 0x97, v3 0x80.
    subscriptions_max / "subscriptionsMax" = 10_000_000;
    /// Bytes of all user properties of a packet; beyond: 0x97.
    user_property_bytes_max / "userPropertyBytesMax" = 65_536;
    /// Retained messages; beyond: 0x97, v3 is acknowledged and the message not retained.
    retained_messages_max / "retainedMessagesMax" = 1_000_000;
    /// Bytes of all retained messages; beyond: as for their number.
    retained_bytes_max / "retainedBytesMax" = 1024 * MIB;
    /// Bytes of one retained message; beyond: as for their number.
    retained_message_bytes_max / "retainedMessageBytesMax" = 2_000_000;
    /// CONNECTs per second in all, 0 for no limit; beyond: CONNACK 0x9F, v3 code 3.
    connect_rate_per_second_max / "connectRatePerSecondMax" = 0;
    /// PUBLISHes per second and connection, 0 for no limit; beyond: DISCONNECT 0x96, v3 closes.
    publish_rate_per_second_max / "publishRatePerSecondMax" = 0;
    /// The highest QoS of a PUBLISH and a will; beyond: 0x9B, v3 closes. A subscription is granted no more.
    qos_max / "qosMax" = 2;
    /// Whether messages may be retained; if not: 0x9A, v3 closes.
    retain_available / "retainAvailable" = 1;
    /// Whether filters may hold wildcards; if not: 0xA2, v3 0x80.
    wildcard_available / "wildcardAvailable" = 1;
    /// Whether there are shared subscriptions; if not: 0x9E, v3 0x80.
    shared_available / "sharedAvailable" = 1;
    /// Whether a SUBSCRIBE may carry a subscription identifier; if not: DISCONNECT 0xA1.
    subscription_identifiers_available / "subscriptionIdentifiersAvailable" = 1;
    /// Bytes that wait to be written to one connection; beyond: QoS 0 is dropped, the rest waits, the client is not read.
    outbox_bytes_max / "outboxBytesMax" = 16 * MIB;
    /// Bytes of memory from which bodies are paged out and publishers are not read.
    memory_soft_bytes / "memorySoftBytes" = 1536 * MIB;
    /// Bytes of memory from which PUBLISH, and CONNECT for a new session, are refused with 0x97.
    memory_hard_bytes / "memoryHardBytes" = 2048 * MIB;
    /// Bytes of message contents that are kept in memory although the store has them; beyond: they are paged out.
    body_cache_bytes / "bodyCacheBytes" = 256 * MIB;
    /// Units of work (a packet, a delivery, a visited node) that one input may do before it yields.
    work_units / "workUnits" = 4096;
    /// Bytes of payload from which a body is stored once and referenced by every connection that sends it.
    large_body_bytes / "largeBodyBytes" = 8192;
    /// Seconds between two publications of `$SYS`, 0 for none.
    sys_interval_seconds / "sysIntervalSeconds" = 10;
    /// Whether promises to persistent sessions wait for the journal's commit.
    journal / "journal" = 0;
    /// Journalled bytes not yet committed from which publishers are not read.
    journal_backlog_bytes_max / "journalBacklogBytesMax" = 64 * MIB;
}
