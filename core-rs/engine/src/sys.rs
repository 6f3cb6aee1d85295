//! `$SYS/broker/…`, under the names that Mosquitto uses, as retained messages of the broker's own.

pub mod load;

use packet::QoS;
use topic::TopicName;

use crate::Engine;
use crate::delivery::message::Message;
use crate::delivery::route::Origin;
use crate::permission::Grants;
use crate::task::Task;
use crate::timers::Deadline;
use crate::will::Will;

type Value = fn(&Engine) -> String;

/// Every topic with what it says.
const TOPICS: [(&str, Value); 26] = [
    ("$SYS/broker/version", |engine| engine.version.to_string()),
    ("$SYS/broker/uptime", |engine| {
        format!("{} seconds", engine.uptime_seconds())
    }),
    ("$SYS/broker/clients/total", |engine| {
        engine.sessions.count().to_string()
    }),
    ("$SYS/broker/clients/connected", |engine| {
        engine.gauges().clients_connected.to_string()
    }),
    ("$SYS/broker/clients/active", |engine| {
        engine.gauges().clients_connected.to_string()
    }),
    ("$SYS/broker/clients/disconnected", |engine| {
        engine.gauges().sessions_offline.to_string()
    }),
    ("$SYS/broker/clients/inactive", |engine| {
        engine.gauges().sessions_offline.to_string()
    }),
    ("$SYS/broker/clients/maximum", |engine| {
        engine.clients_maximum.to_string()
    }),
    ("$SYS/broker/clients/expired", |engine| {
        engine.counters.sessions_expired.to_string()
    }),
    ("$SYS/broker/messages/received", |engine| {
        engine.counters.messages_received.to_string()
    }),
    ("$SYS/broker/messages/sent", |engine| {
        engine.counters.messages_sent.to_string()
    }),
    ("$SYS/broker/messages/stored", |engine| {
        engine.bodies.count().to_string()
    }),
    ("$SYS/broker/store/messages/count", |engine| {
        engine.bodies.count().to_string()
    }),
    ("$SYS/broker/store/messages/bytes", |engine| {
        engine.bodies.bytes().to_string()
    }),
    ("$SYS/broker/publish/messages/received", |engine| {
        engine.publishes_received().to_string()
    }),
    ("$SYS/broker/publish/messages/sent", |engine| {
        engine.publishes_sent().to_string()
    }),
    ("$SYS/broker/publish/messages/dropped", |engine| {
        engine.publishes_dropped().to_string()
    }),
    ("$SYS/broker/publish/bytes/received", |engine| {
        engine.counters.publish_bytes_received.to_string()
    }),
    ("$SYS/broker/publish/bytes/sent", |engine| {
        engine.counters.publish_bytes_sent.to_string()
    }),
    ("$SYS/broker/bytes/received", |engine| {
        engine.counters.bytes_received.to_string()
    }),
    ("$SYS/broker/bytes/sent", |engine| {
        engine.counters.bytes_sent.to_string()
    }),
    ("$SYS/broker/subscriptions/count", |engine| {
        engine.subscriptions.to_string()
    }),
    ("$SYS/broker/shared_subscriptions/count", |engine| {
        engine.group_names.len().to_string()
    }),
    ("$SYS/broker/retained messages/count", |engine| {
        engine.retained.count().to_string()
    }),
    ("$SYS/broker/heap/current", |engine| {
        engine.memory.used().to_string()
    }),
    ("$SYS/broker/connections/socket/count", |engine| {
        engine.connections.count().to_string()
    }),
];

impl Engine {
    fn uptime_seconds(&self) -> u64 {
        let now = self.clock.now();
        (now - self.started_at.unwrap_or(now)) / 1000
    }

    /// Arms the next publication.
    pub(crate) fn schedule_sys(&mut self) {
        if self.limits.sys_interval_seconds > 0 {
            let at = self.clock.now() + self.limits.sys_interval_seconds * 1000;
            self.timers.arm(Deadline::Sys, at);
        }
    }

    /// Publishes all topics, one task each.
    pub(crate) fn begin_sys(&mut self) {
        self.update_load();
        self.clients_maximum = self.clients_maximum.max(self.gauges().clients_connected);
        self.add_task(Task::Sys(0));
        self.schedule_sys();
    }

    /// Publishes the topic of this index, and then the next.
    pub(crate) fn publish_sys(&mut self, index: usize) {
        let Some((raw, payload)) = self.sys_topic(index) else {
            return;
        };
        if let Ok(topic) = TopicName::parse(&raw) {
            let message = Message {
                topic: &raw,
                forwarded: &[],
                payload: payload.as_bytes(),
                qos: QoS::AtMostOnce,
                retain: true,
                retains: true,
                expires_at: None,
                expiry_seconds: None,
                verbatim: None,
            };
            self.route(topic, message, Origin::Internal);
        }
        self.add_task(Task::Sys(index + 1));
    }

    fn sys_topic(&self, index: usize) -> Option<(String, String)> {
        match TOPICS.get(index) {
            Some((topic, value)) => Some(((*topic).to_owned(), value(self))),
            None => self.load_topic(index - TOPICS.len()),
        }
    }

    /// Publishes a will, if its client may still publish there.
    pub(crate) fn publish_will(&mut self, will: &Will, grants: &Grants) {
        self.memory.release(will.charged());
        let Ok(topic) = TopicName::parse(&will.topic) else {
            return;
        };
        let reserved = topic.as_str().starts_with("$SYS") || topic.as_str().starts_with("$share");
        if reserved || !self.permissions.may_publish(grants, topic) {
            self.counters.publish_refused += 1;
            return;
        }
        self.counters.wills_fired += 1;
        let fits = will.payload.is_empty()
            || self
                .retained
                .has_room(topic, will.charged(), &self.bodies, &self.limits);
        let message = Message {
            topic: &will.topic,
            forwarded: &will.forwarded,
            payload: &will.payload,
            qos: will.qos,
            retain: will.retain,
            retains: will.retain && fits,
            expires_at: will
                .message_expiry
                .map(|seconds| self.clock.now() + u64::from(seconds) * 1000),
            expiry_seconds: will.message_expiry,
            verbatim: None,
        };
        self.route(topic, message, Origin::Internal);
    }
}
