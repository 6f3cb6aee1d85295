//! SUBSCRIBE.

use packet::{ReasonCode, RetainHandling, Suback, Subscribe, Subscription, Version};
use topic::{Subscribed, TopicFilter};

use super::Fault;
use crate::Engine;
use crate::delivery::group::Member;
use crate::delivery::route::{GROUP, Grant};
use crate::journal::operation::Operation;
use crate::retained::replay::Replay;

/// Bytes that a subscription is charged besides its filter.
pub(crate) const SUBSCRIPTION_BYTES: usize = 128;

/// One subscription that is in order.
struct Wanted<'a> {
    raw: &'a str,
    subscribed: Subscribed<'a>,
    grant: Grant,
    handling: RetainHandling,
}

impl Engine {
    /// Subscribes to each filter, answers, and begins what is to be sent of the retained messages.
    pub(super) fn subscribe(&mut self, slot: u32, subscribe: &Subscribe<'_>) -> Result<(), Fault> {
        self.counters.subscribes += 1;
        if subscribe.subscription_identifier.is_some()
            && self.limits.subscription_identifiers_available == 0
        {
            return Err(Fault::new(
                ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
                "subscription identifiers not supported",
            ));
        }
        let Some(connection) = self.connections.get(slot) else {
            return Ok(());
        };
        let (session, version, maximum) = (
            connection.session,
            connection.version,
            connection.packet_bytes_max,
        );
        let mut reasons = Vec::with_capacity(subscribe.subscriptions.len());
        self.journal.begin_promise();
        for (index, subscription) in subscribe.subscriptions.iter().enumerate() {
            let allowed = (index as u64) < self.limits.filters_per_packet_max;
            let wanted = self.wanted(&subscription, subscribe.subscription_identifier)?;
            reasons.push(if allowed {
                self.subscribe_to(session, version, &wanted)
            } else {
                ReasonCode::QUOTA_EXCEEDED
            });
            self.spend(1);
        }
        let promise = self.journal.promise();
        let mut bytes = Vec::with_capacity(8 + reasons.len());
        Suback {
            packet_id: subscribe.packet_id,
            reasons: &reasons,
            reason_string: None,
        }
        .write(version, maximum, &mut bytes);
        if bytes.len() > maximum {
            return Err(Fault::new(
                ReasonCode::PACKET_TOO_LARGE,
                "SUBACK larger than the client takes",
            ));
        }
        self.reply_after(slot, &bytes, promise, false);
        self.pump_if_waiting(session);
        Ok(())
    }

    fn wanted<'a>(
        &self,
        subscription: &Subscription<'a>,
        identifier: Option<u32>,
    ) -> Result<Wanted<'a>, Fault> {
        let invalid = Fault::new(ReasonCode::TOPIC_FILTER_INVALID, "topic filter invalid");
        let subscribed = Subscribed::parse(subscription.filter).map_err(|_| invalid)?;
        let maximum = packet::QoS::from_bits(u8::try_from(self.limits.qos_max).unwrap_or(2))
            .unwrap_or(packet::QoS::ExactlyOnce);
        let grant = Grant {
            qos: subscription.options.qos.min(maximum),
            no_local: subscription.options.no_local,
            retain_as_published: subscription.options.retain_as_published,
            identifier: identifier.unwrap_or(0),
        };
        Ok(Wanted {
            raw: subscription.filter,
            subscribed,
            grant,
            handling: subscription.options.retain_handling,
        })
    }

    fn subscribe_to(&mut self, session: u32, version: Version, wanted: &Wanted<'_>) -> ReasonCode {
        if let Some(refusal) = self.refuse_subscription(session, wanted) {
            return refusal;
        }
        let new = match wanted.subscribed {
            Subscribed::Plain(filter) => self.trie.insert(filter, session, wanted.grant).is_none(),
            Subscribed::Shared { filter, .. } => {
                self.join_group(session, wanted.raw, filter, wanted.grant)
            }
        };
        self.keep_filter(session, wanted, new);
        if let Subscribed::Plain(filter) = wanted.subscribed {
            let replays = match wanted.handling {
                RetainHandling::Always => true,
                RetainHandling::IfNew => new,
                RetainHandling::Never => false,
            };
            if replays || version != Version::V5 {
                self.begin_replay(session, filter, wanted.grant);
            }
        }
        ReasonCode(wanted.grant.qos as u8)
    }

    fn refuse_subscription(&self, session: u32, wanted: &Wanted<'_>) -> Option<ReasonCode> {
        let (filter, shared) = match wanted.subscribed {
            Subscribed::Plain(filter) => (filter, false),
            Subscribed::Shared { filter, .. } => (filter, true),
        };
        let target = self.sessions.get(session)?;
        let new = target
            .filters
            .find(self.sessions.hash(wanted.raw), |known| {
                **known == *wanted.raw
            })
            .is_none();
        let full = target.filters.len() as u64 >= self.limits.subscriptions_per_session_max
            || self.subscriptions >= self.limits.subscriptions_max;
        if shared && self.limits.shared_available == 0 {
            return Some(ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED);
        }
        if filter.has_wildcard() && self.limits.wildcard_available == 0 {
            return Some(ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);
        }
        if !self.topic_within_limits(filter.as_str()) {
            return Some(ReasonCode::TOPIC_FILTER_INVALID);
        }
        if !self.permissions.may_subscribe(&target.grants, filter) {
            return Some(ReasonCode::NOT_AUTHORIZED);
        }
        let kept = target.persistent() && self.degraded;
        (kept || (new && full)).then_some(ReasonCode::QUOTA_EXCEEDED)
    }

    /// Makes a session a member of the group, or gives it other terms there. True if it was none.
    pub(crate) fn join_group(
        &mut self,
        session: u32,
        raw: &str,
        filter: TopicFilter<'_>,
        grant: Grant,
    ) -> bool {
        let group = match self.group_names.get(raw) {
            Some(group) => *group,
            None => self.open_group(raw, filter),
        };
        let Some(shared) = self.groups.get_mut(group) else {
            return false;
        };
        if let Some(member) = shared
            .members
            .iter_mut()
            .find(|member| member.session == session)
        {
            member.grant = grant;
            return false;
        }
        shared.members.push(Member { session, grant });
        if let Some(target) = self.sessions.get_mut(session) {
            target.groups.push(group);
        }
        true
    }

    fn open_group(&mut self, raw: &str, filter: TopicFilter<'_>) -> u32 {
        let number = self
            .recovered_group
            .take()
            .unwrap_or_else(|| self.next_number(raw));
        let group = self.groups.insert(number);
        self.group_names.insert(raw.into(), group);
        let grant = Grant {
            qos: packet::QoS::ExactlyOnce,
            no_local: false,
            retain_as_published: false,
            identifier: 0,
        };
        self.trie.insert(filter, group | GROUP, grant);
        self.journal.record(&Operation::GroupOpened {
            group: number,
            subscription: raw,
        });
        group
    }

    fn keep_filter(&mut self, session: u32, wanted: &Wanted<'_>, new: bool) {
        if new {
            self.remember_filter(session, wanted.raw);
        }
        let Some(target) = self.sessions.get(session) else {
            return;
        };
        if target.persistent() {
            let number = target.number;
            self.journal.record(&Operation::Subscribed {
                session: number,
                filter: wanted.raw,
                grant: wanted.grant,
            });
        }
    }

    /// Keeps a filter with its session.
    pub(crate) fn remember_filter(&mut self, session: u32, raw: &str) {
        let key = self.sessions.hash_key();
        let hashed = self.sessions.hash(raw);
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        target.filters.insert_unique(hashed, raw.into(), |filter| {
            crate::session::hash(key, filter)
        });
        self.subscriptions += 1;
        self.memory.charge(SUBSCRIPTION_BYTES + raw.len());
    }

    fn begin_replay(&mut self, session: u32, filter: TopicFilter<'_>, grant: Grant) {
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        if self.retained.count() == 0 {
            return;
        }
        target
            .replays
            .retain(|replay| &*replay.filter != filter.as_str());
        let replay = Replay {
            filter: filter.as_str().into(),
            cursor: None,
            qos: grant.qos,
            identifier: grant.identifier,
            after: if target.persistent() {
                self.journal.promise()
            } else {
                0
            },
        };
        let number = target.number;
        let persistent = target.persistent();
        target.replays.push_back(replay);
        if persistent {
            let begun = Operation::ReplayBegun {
                session: number,
                filter: filter.as_str(),
                qos: grant.qos,
                identifier: grant.identifier,
                cursor: "",
            };
            self.journal.record(&begun);
        }
    }
}
