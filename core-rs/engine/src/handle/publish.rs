//! PUBLISH.

use std::mem;

use packet::{AckKind, OutgoingAck, PacketId, Publish, QoS, ReasonCode, Version};
use topic::TopicName;

use super::Fault;
use crate::Engine;
use crate::budget::Pressure;
use crate::connection::ConnectionId;
use crate::delivery::message::{Message, Verbatim};
use crate::delivery::route::Origin;
use crate::journal::operation::Operation;

/// What becomes of a PUBLISH that is in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Intake {
    /// It is routed.
    Routed {
        /// Whether it is retained, or removes what is. Not where there is no room and no way to say so.
        retains: bool,
    },
    /// It is acknowledged as if it had been routed.
    Swallowed,
    /// It is refused with this reason.
    Refused(ReasonCode),
}

impl Engine {
    /// Admits, routes and acknowledges a message. `verbatim` is its packet, where it goes on as it came.
    #[inline]
    pub(super) fn publish_received(
        &mut self,
        slot: u32,
        publish: &Publish<'_>,
        verbatim: Option<Verbatim<'_>>,
    ) -> Result<(), Fault> {
        let (version, session) = self.check_publish(slot, publish)?;
        let known = self.resolve_alias(slot, publish)?;
        let raw = known.as_deref().unwrap_or(publish.topic);
        let Ok(topic) = TopicName::parse(raw) else {
            return Err(Fault::new(
                ReasonCode::TOPIC_NAME_INVALID,
                "topic name invalid",
            ));
        };
        if self.repeated(slot, session, publish) {
            return Ok(());
        }
        self.count_received(publish);
        match self.admit(session, version, topic, publish) {
            Intake::Routed { retains } => {
                self.route_publish((slot, session), retains, topic, publish, verbatim);
            }
            Intake::Swallowed => self.answer_publish(slot, publish, ReasonCode::SUCCESS),
            Intake::Refused(reason) => {
                return self.refuse_publish(slot, version, publish, reason);
            }
        }
        Ok(())
    }

    /// What ends the connection whatever the topic.
    #[inline]
    fn check_publish(&mut self, slot: u32, publish: &Publish<'_>) -> Result<(Version, u32), Fault> {
        let now = self.clock.now();
        let Some(connection) = self.connections.get_mut(slot) else {
            return Err(Fault::new(ReasonCode::UNSPECIFIED_ERROR, "no connection"));
        };
        connection.publishes = true;
        if !connection
            .publish_bucket
            .take(self.limits.publish_rate_per_second_max, now)
        {
            return Err(Fault::new(
                ReasonCode::MESSAGE_RATE_TOO_HIGH,
                "message rate too high",
            ));
        }
        if publish.qos as u64 > self.limits.qos_max {
            return Err(Fault::new(
                ReasonCode::QOS_NOT_SUPPORTED,
                "QoS not supported",
            ));
        }
        if publish.retain && self.limits.retain_available == 0 {
            return Err(Fault::new(
                ReasonCode::RETAIN_NOT_SUPPORTED,
                "retain not supported",
            ));
        }
        Ok((connection.version, connection.session))
    }

    /// The topic that an alias stands for; none where the packet has its topic in full.
    #[inline]
    fn resolve_alias(
        &mut self,
        slot: u32,
        publish: &Publish<'_>,
    ) -> Result<Option<std::rc::Rc<str>>, Fault> {
        let Some(alias) = publish.properties.topic_alias else {
            return Ok(None);
        };
        if u64::from(alias) > self.limits.topic_alias_maximum {
            return Err(Fault::new(
                ReasonCode::TOPIC_ALIAS_INVALID,
                "topic alias above the maximum",
            ));
        }
        let Some(connection) = self.connections.get_mut(slot) else {
            return Ok(None);
        };
        if publish.topic.is_empty() {
            let known = connection.aliases_in.get(alias);
            return known.map(Some).ok_or(Fault::new(
                ReasonCode::PROTOCOL_ERROR,
                "unknown topic alias",
            ));
        }
        if TopicName::parse(publish.topic).is_ok() {
            connection
                .aliases_in
                .set(alias, publish.topic, &mut self.memory);
        }
        Ok(None)
    }

    /// Answers a QoS 2 message that is taken already, and counts a new one against the client's quota.
    #[inline]
    fn repeated(&mut self, slot: u32, session: u32, publish: &Publish<'_>) -> bool {
        if publish.qos == QoS::ExactlyOnce
            && let Some(id) = publish.packet_id
            && self
                .sessions
                .get(session)
                .is_some_and(|session| session.inbound.contains(id))
        {
            // The message may have come on an earlier connection, and its batch may still be on its way.
            let promise = self.journal.recorded();
            self.acknowledge(
                slot,
                OutgoingAck::new(AckKind::Pubrec, id, ReasonCode::SUCCESS),
                promise,
                false,
            );
            return true;
        }
        false
    }

    #[inline]
    fn count_received(&mut self, publish: &Publish<'_>) {
        self.counters.publish_bytes_received += publish.payload.len() as u64;
        match publish.qos {
            QoS::AtMostOnce => self.counters.publish_received_qos0 += 1,
            QoS::AtLeastOnce => self.counters.publish_received_qos1 += 1,
            QoS::ExactlyOnce => self.counters.publish_received_qos2 += 1,
        }
    }

    /// Whether a message may be published.
    #[inline]
    pub(crate) fn admit(
        &mut self,
        session: u32,
        version: Version,
        topic: TopicName<'_>,
        publish: &Publish<'_>,
    ) -> Intake {
        if !self.topic_within_limits(topic.as_str()) {
            return Intake::Refused(ReasonCode::TOPIC_NAME_INVALID);
        }
        if publish.properties.user_property_bytes as u64 > self.limits.user_property_bytes_max {
            return Intake::Refused(ReasonCode::QUOTA_EXCEEDED);
        }
        if !self.may_publish(session, topic) {
            return Intake::Refused(ReasonCode::NOT_AUTHORIZED);
        }
        if topic.starts_with_dollar()
            && let Some(admission) = admit_reserved(topic.as_str())
        {
            return admission;
        }
        if self.memory.pressure() == Pressure::Hard
            || (self.degraded && (publish.retain || publish.qos != QoS::AtMostOnce))
        {
            return Intake::Refused(ReasonCode::QUOTA_EXCEEDED);
        }
        let length =
            topic.as_str().len() + publish.properties.forwarded_len() + publish.payload.len();
        let retains = publish.retain && !publish.payload.is_empty();
        if retains
            && !self
                .retained
                .has_room(topic, length, &self.bodies, &self.limits)
        {
            return match (version, publish.qos) {
                (Version::V5, QoS::AtLeastOnce | QoS::ExactlyOnce) => {
                    Intake::Refused(ReasonCode::QUOTA_EXCEEDED)
                }
                _ => Intake::Routed { retains: false },
            };
        }
        Intake::Routed {
            retains: publish.retain,
        }
    }

    #[inline]
    pub(crate) fn topic_within_limits(&self, topic: &str) -> bool {
        let levels_max = self.limits.topic_levels_max as usize;
        topic.len() as u64 <= self.limits.topic_bytes_max
            && (topic.len() < levels_max || topic.split('/').count() <= levels_max)
    }

    #[inline]
    fn route_publish(
        &mut self,
        (slot, session): (u32, u32),
        retains: bool,
        topic: TopicName<'_>,
        publish: &Publish<'_>,
        verbatim: Option<Verbatim<'_>>,
    ) {
        self.journal.begin_promise();
        let mut joined = mem::take(&mut self.forwarded);
        let forwarded = publish.properties.forwarded_whole().unwrap_or_else(|| {
            joined.clear();
            publish.properties.write_forwarded(&mut joined);
            &joined
        });
        let message = Message {
            topic: topic.as_str(),
            forwarded,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            retains,
            expires_at: publish
                .properties
                .message_expiry
                .map(|seconds| self.clock.now() + u64::from(seconds) * 1000),
            expiry_seconds: publish.properties.message_expiry,
            verbatim,
        };
        match self.take_identifier(slot, session, publish) {
            Ok(origin) => self.route(topic, message, origin),
            Err(fault) => self.fail(slot, fault),
        }
        self.forwarded = joined;
    }

    /// Counts the message against the client's quota and keeps the identifier of QoS 2.
    #[inline]
    fn take_identifier(
        &mut self,
        slot: u32,
        session: u32,
        publish: &Publish<'_>,
    ) -> Result<Origin, Fault> {
        let connection = self.connections.id(slot);
        let origin = Origin::Client {
            connection,
            session,
            id: publish.packet_id,
        };
        let Some(id) = publish.packet_id else {
            return Ok(origin);
        };
        self.count_unacknowledged(slot)?;
        if publish.qos == QoS::ExactlyOnce {
            self.take_inbound(session, id);
        }
        Ok(origin)
    }

    /// One more message of the client's that is not acknowledged (v5 [MQTT-3.3.4-7], [MQTT-3.3.4-9]).
    fn count_unacknowledged(&mut self, slot: u32) -> Result<(), Fault> {
        let maximum = self.limits.receive_maximum;
        let Some(connection) = self.connections.get_mut(slot) else {
            return Ok(());
        };
        if connection.version == Version::V5 && u64::from(connection.unacknowledged) >= maximum {
            return Err(Fault::new(
                ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
                "receive maximum exceeded",
            ));
        }
        connection.unacknowledged += 1;
        Ok(())
    }

    /// Keeps the identifier of a QoS 2 message. Gives the batch of the journal that holds it, or 0.
    fn take_inbound(&mut self, session: u32, id: PacketId) -> u64 {
        let Some(target) = self.sessions.get_mut(session) else {
            return 0;
        };
        target.inbound.insert(id);
        if !target.persistent() {
            return 0;
        }
        let number = target.number;
        self.journal.record(&Operation::InboundTaken {
            session: number,
            id,
        })
    }

    /// PUBACK or PUBREC for a message that everybody has.
    #[inline]
    pub(crate) fn acknowledge_publish(
        &mut self,
        connection: ConnectionId,
        (qos, id): (QoS, PacketId),
        reason: ReasonCode,
        promise: u64,
    ) {
        let Some(slot) = self.connections.find(connection) else {
            return;
        };
        if !self
            .connections
            .get(slot)
            .is_some_and(|connection| connection.is_live())
        {
            return;
        }
        match qos {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => self.acknowledge(
                slot,
                OutgoingAck::new(AckKind::Puback, id, reason),
                promise,
                true,
            ),
            QoS::ExactlyOnce => self.acknowledge(
                slot,
                OutgoingAck::new(AckKind::Pubrec, id, reason),
                promise,
                false,
            ),
        }
    }

    /// Acknowledges a message that is not routed.
    fn answer_publish(&mut self, slot: u32, publish: &Publish<'_>, reason: ReasonCode) {
        let Some(id) = publish.packet_id else { return };
        let mut promise = 0;
        if publish.qos == QoS::ExactlyOnce && !reason.is_error() {
            let Some(session) = self
                .connections
                .get(slot)
                .map(|connection| connection.session)
            else {
                return;
            };
            promise = self.take_inbound(session, id);
            if let Some(connection) = self.connections.get_mut(slot) {
                connection.unacknowledged += 1;
            }
        }
        let kind = if publish.qos == QoS::ExactlyOnce {
            AckKind::Pubrec
        } else {
            AckKind::Puback
        };
        let reason_string = self.words_for(slot, reason);
        let ack = OutgoingAck {
            kind,
            packet_id: id,
            reason,
            reason_string,
        };
        self.acknowledge(slot, ack, promise, false);
    }

    /// What a client that wants it is told while the store cannot keep promises (v5 [MQTT-3.1.2-29]).
    fn words_for(&self, slot: u32, reason: ReasonCode) -> Option<&'static str> {
        let wanted = self.connections.get(slot)?.problem_information;
        (self.degraded && wanted && reason.is_error())
            .then_some("the store cannot keep messages now")
    }

    /// Refuses a message: with an error where there is a packet to say it in, by closing where silence would be a
    /// lie. `$` topics are dropped without closing, since clients publish there by habit.
    fn refuse_publish(
        &mut self,
        slot: u32,
        version: Version,
        publish: &Publish<'_>,
        reason: ReasonCode,
    ) -> Result<(), Fault> {
        self.counters.publish_refused += 1;
        let reserved = publish.topic.starts_with('$');
        match (version, publish.qos) {
            (Version::V5, QoS::AtLeastOnce | QoS::ExactlyOnce) => {
                self.answer_publish(slot, publish, reason)
            }
            (Version::V31 | Version::V311, _) if reserved => {
                self.answer_publish(slot, publish, ReasonCode::SUCCESS)
            }
            (Version::V5, QoS::AtMostOnce) if reserved || reason == ReasonCode::QUOTA_EXCEEDED => {}
            (Version::V31 | Version::V311, QoS::AtMostOnce)
                if reason == ReasonCode::QUOTA_EXCEEDED => {}
            _ => return Err(Fault::new(reason, "publish refused")),
        }
        Ok(())
    }
}

/// `$SYS` and `$share` belong to us, but the state that a bridge of mosquitto announces is taken silently.
fn admit_reserved(topic: &str) -> Option<Intake> {
    if topic.starts_with("$SYS/broker/connection/") {
        return Some(Intake::Swallowed);
    }
    let reserved = topic.starts_with("$SYS/")
        || topic.starts_with("$share/")
        || topic == "$SYS"
        || topic == "$share";
    reserved.then_some(Intake::Refused(ReasonCode::NOT_AUTHORIZED))
}
