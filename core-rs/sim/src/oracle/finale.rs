//! What must have arrived by the end.

use std::collections::BTreeSet;

use packet::QoS;

use super::{Oracle, SessionKey};
use crate::message::MessageId;

impl Oracle {
    /// The messages of QoS 1 and 2 that a session should have got and has not: each was taken by the broker while the
    /// session surely had a subscription for it.
    pub fn missing(&self, key: SessionKey) -> Vec<MessageId> {
        let session = &self.sessions[key];
        let owed = |id: &MessageId| {
            let message = &self.messages[*id];
            let routed = |subscription: &&super::subscription::Subscription| {
                subscription.group.is_none()
                    && subscription.options.qos != QoS::AtMostOnce
                    && subscription.surely_routes(message, session)
            };
            message.accepted
                && message.qos != QoS::AtMostOnce
                && message.payload_bytes > 0
                && session
                    .subscriptions
                    .iter()
                    .any(|subscription| routed(&subscription))
        };
        (0..self.messages.len())
            .filter(owed)
            .filter(|id| !session.copies.contains_key(id))
            .collect()
    }

    /// The messages that a share group should have got and none of its members has, though one of them was a member
    /// throughout, and is there.
    pub fn missing_shared(&self) -> BTreeSet<(String, MessageId)> {
        let mut missing = BTreeSet::new();
        if !self.shares() {
            return missing;
        }
        for session in self
            .sessions
            .iter()
            .filter(|session| session.alive && session.attached && !session.noisy)
        {
            let shared = session.subscriptions.iter().filter(|subscription| {
                subscription.group.is_some() && subscription.options.qos != QoS::AtMostOnce
            });
            for subscription in shared.filter(|subscription| {
                subscription.must_until.is_none() && !self.takes_at_most_once(&subscription.raw)
            }) {
                for (id, message) in self
                    .messages
                    .iter()
                    .enumerate()
                    .filter(|(_, message)| message.accepted && message.qos != QoS::AtMostOnce)
                {
                    if message.payload_bytes > 0
                        && subscription.surely_routes(message, session)
                        && !self.anybody_has(id)
                    {
                        missing.insert((subscription.raw.clone(), id));
                    }
                }
            }
        }
        missing
    }

    /// Whether a group has, or had, a member to whom messages are sent without being acknowledged.
    fn takes_at_most_once(&self, raw: &str) -> bool {
        let member = |subscription: &super::subscription::Subscription| {
            subscription.raw == raw && subscription.options.qos == QoS::AtMostOnce
        };
        self.sessions
            .iter()
            .any(|session| session.noisy || session.subscriptions.iter().any(member))
    }

    fn anybody_has(&self, id: MessageId) -> bool {
        self.sessions
            .iter()
            .any(|session| session.noisy || session.copies.contains_key(&id))
    }
}
