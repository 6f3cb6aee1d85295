//! What is counted, under the names that metrics and `$SYS` show.

/// Declares [`Counters`]: each field with its name towards the host.
macro_rules! counters {
    ($( $(#[doc = $doc:literal])+ $field:ident; )+) => {
        /// Everything that only grows.
        #[derive(Clone, Debug, Default)]
        pub struct Counters {
            $( $(#[doc = $doc])+ pub $field: u64, )+
        }

        impl Counters {
            /// Every counter by name.
            pub fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [ $( (stringify!($field), self.$field), )+ ].into_iter()
            }
        }
    };
}

counters! {
    /// Bytes of whole packets received.
    bytes_received;
    /// Bytes handed over to be written.
    bytes_sent;
    /// Packets received.
    messages_received;
    /// Packets sent.
    messages_sent;
    /// PUBLISH packets received at QoS 0.
    publish_received_qos0;
    /// PUBLISH packets received at QoS 1.
    publish_received_qos1;
    /// PUBLISH packets received at QoS 2, repetitions aside.
    publish_received_qos2;
    /// PUBLISH packets sent at QoS 0.
    publish_sent_qos0;
    /// PUBLISH packets sent at QoS 1.
    publish_sent_qos1;
    /// PUBLISH packets sent at QoS 2.
    publish_sent_qos2;
    /// Payload bytes of PUBLISH packets received.
    publish_bytes_received;
    /// Payload bytes of PUBLISH packets sent.
    publish_bytes_sent;
    /// Messages that the host published.
    publish_host;
    /// Messages that no subscription matched.
    publish_unmatched;
    /// Messages refused to their publisher.
    publish_refused;
    /// Connections opened.
    connections_opened;
    /// CONNECTs accepted.
    connects_accepted;
    /// CONNECTs refused.
    connects_refused;
    /// Connections that ended with an error of the client.
    connections_failed;
    /// Connections that were not heard within their keep alive.
    keep_alive_timeouts;
    /// Connections that sessions were taken over from.
    takeovers;
    /// Sessions that a client came back to.
    sessions_resumed;
    /// Sessions that expired.
    sessions_expired;
    /// SUBSCRIBE packets.
    subscribes;
    /// UNSUBSCRIBE packets.
    unsubscribes;
    /// Wills fired.
    wills_fired;
    /// Messages not delivered: the session's queue was full.
    dropped_queue_full;
    /// Messages not delivered: QoS 0, and the connection did not take what it was sent.
    dropped_outbox_full;
    /// Messages not delivered: larger than the client's Maximum Packet Size.
    dropped_too_large;
    /// Messages not delivered: expired.
    dropped_expired;
    /// Messages not delivered: QoS 0, and the session had no connection.
    dropped_offline;
    /// Messages not delivered: the client refused them with an error.
    dropped_refused;
    /// Messages not delivered: their session ended.
    dropped_session_ended;
    /// Messages not delivered: no longer allowed.
    dropped_not_allowed;
    /// Messages not delivered: the store has lost them.
    dropped_lost;
    /// Messages not delivered: the operator has cleared the queue.
    dropped_cleared;
}

/// Why a session does not get a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(usize)]
pub enum Drop {
    /// Its queue is full.
    QueueFull,
    /// QoS 0, and its connection does not take what it is sent.
    OutboxFull,
    /// Larger than its client's Maximum Packet Size (v5 [MQTT-3.1.2-25]).
    TooLarge,
    /// Expired (v5 [MQTT-3.3.2-5]).
    Expired,
    /// QoS 0, and it has no connection.
    Offline,
    /// Its client refused it with an error PUBACK or PUBREC.
    Refused,
    /// It has ended.
    SessionEnded,
    /// It may not have it any more.
    NotAllowed,
    /// The store has lost it.
    Lost,
    /// The operator has cleared its queue.
    Cleared,
}

impl Drop {
    /// Reasons that there are.
    pub const COUNT: usize = 10;

    /// Every reason.
    pub const ALL: [Self; Self::COUNT] = [
        Self::QueueFull,
        Self::OutboxFull,
        Self::TooLarge,
        Self::Expired,
        Self::Offline,
        Self::Refused,
        Self::SessionEnded,
        Self::NotAllowed,
        Self::Lost,
        Self::Cleared,
    ];

    /// The reason in words, for logs and listings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue full",
            Self::OutboxFull => "outbox full",
            Self::TooLarge => "too large",
            Self::Expired => "expired",
            Self::Offline => "offline",
            Self::Refused => "refused by the client",
            Self::SessionEnded => "session ended",
            Self::NotAllowed => "not allowed",
            Self::Lost => "lost by the store",
            Self::Cleared => "cleared by the operator",
        }
    }
}

/// One session's drops by reason.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drops {
    counts: [u32; Drop::COUNT],
    logged: u32,
}

impl Drops {
    /// Counts one.
    pub fn count(&mut self, reason: Drop) {
        let counter = &mut self.counts[reason as usize];
        *counter = counter.saturating_add(1);
    }

    /// How many there were for `reason`.
    #[must_use]
    pub fn of(&self, reason: Drop) -> u32 {
        self.counts[reason as usize]
    }

    /// How many there were since this was last asked.
    pub fn take_unlogged(&mut self) -> u32 {
        let all = self
            .counts
            .iter()
            .fold(0_u32, |sum, count| sum.saturating_add(*count));
        all - std::mem::replace(&mut self.logged, all)
    }
}

impl Counters {
    /// Counts one message that a session does not get.
    pub fn dropped(&mut self, reason: Drop) {
        let counter = match reason {
            Drop::QueueFull => &mut self.dropped_queue_full,
            Drop::OutboxFull => &mut self.dropped_outbox_full,
            Drop::TooLarge => &mut self.dropped_too_large,
            Drop::Expired => &mut self.dropped_expired,
            Drop::Offline => &mut self.dropped_offline,
            Drop::Refused => &mut self.dropped_refused,
            Drop::SessionEnded => &mut self.dropped_session_ended,
            Drop::NotAllowed => &mut self.dropped_not_allowed,
            Drop::Lost => &mut self.dropped_lost,
            Drop::Cleared => &mut self.dropped_cleared,
        };
        *counter += 1;
    }
}
