//! Subscribing and unsubscribing.

use packet::client::{ReceivedSuback, ReceivedUnsuback, Subscribe, Unsubscribe};
use packet::{Property, QoS, RetainHandling, Subscription, SubscriptionOptions, Version};

use super::{Asked, Client, Scene};
use crate::oracle::Request;

const FILTERS: [&str; 12] = [
    "t/#",
    "t/+",
    "t/0",
    "t/1",
    "+/+",
    "t/+/x",
    "w/+",
    "r/#",
    "r/+/0",
    "w/#",
    "t/a-long-topic-name/#",
    "t/1/x",
];
const WILD: [&str; 4] = ["#", "+/#", "$SYS/#", "+/0/q"];
const SHARED: [&str; 4] = [
    "$share/g/s/#",
    "$share/g/s/+/q",
    "$share/h/s/#",
    "$share/g/s/0/q",
];

/// What may be subscribed to at times, or by some.
const AT_TIMES: [&str; 8] = [
    "x/#",
    "x/+",
    "v/0/#",
    "v/1/+",
    "v/+/a",
    "v/0/a",
    "$share/g/x/#",
    "$share/v/v/0/#",
];

impl Client {
    /// Asks for some subscriptions.
    pub(super) fn subscribe(&mut self, scene: &mut Scene<'_>) {
        let Some(session) = self.session else { return };
        let Some(packet_id) = self.free_id() else {
            return;
        };
        let five = self.terms.version == Version::V5;
        let identifier = if five && self.server.identifiers && scene.random.percent(50) {
            1 + scene.random.below(300)
        } else {
            0
        };
        let identifier = u32::try_from(identifier).unwrap_or(0);
        let count = if scene.random.percent(70) {
            1
        } else {
            scene.random.between(2, 4)
        };
        let requests: Vec<Request> = (0..count)
            .map(|_| self.draw_request(identifier, scene))
            .collect();
        let subscriptions: Vec<Subscription<'_>> = requests
            .iter()
            .map(|request| Subscription {
                filter: &request.raw,
                options: request.options,
            })
            .collect();
        let properties: Vec<Property<'_>> = if identifier > 0 {
            vec![Property::SubscriptionIdentifier(identifier)]
        } else {
            Vec::new()
        };
        Subscribe {
            packet_id,
            subscriptions: &subscriptions,
            properties: &properties,
        }
        .write(self.terms.version, &mut self.wire);
        let first = scene.oracle.subscribe_sent(session, &requests);
        self.asked
            .insert(packet_id, Asked::Subscribe { first, requests });
    }

    fn draw_request(&self, identifier: u32, scene: &mut Scene<'_>) -> Request {
        let random = &mut *scene.random;
        let five = self.terms.version == Version::V5;
        let raw = match random.below(10) {
            _ if scene.profile.grim && random.percent(35) => "w/#",
            0..=2 => random.pick(&SHARED),
            3 if scene.profile.everything => random.pick(&WILD),
            4 | 5 if scene.profile.restricted => random.pick(&AT_TIMES),
            _ => random.pick(&FILTERS),
        };
        let qos = QoS::from_bits(random.pick(&[0, 1, 1, 2, 2])).unwrap_or_default();
        let options = SubscriptionOptions {
            qos,
            no_local: five && !raw.starts_with("$share") && random.percent(25),
            retain_as_published: five && random.percent(40),
            retain_handling: if five {
                random.pick(&[
                    RetainHandling::Always,
                    RetainHandling::IfNew,
                    RetainHandling::Never,
                ])
            } else {
                RetainHandling::Always
            },
        };
        Request {
            raw: raw.to_owned(),
            options,
            identifier,
        }
    }

    /// Ends a subscription, or one that it does not have.
    pub(super) fn unsubscribe(&mut self, scene: &mut Scene<'_>) {
        let Some(session) = self.session else { return };
        let Some(packet_id) = self.free_id() else {
            return;
        };
        let known: Vec<String> = scene.oracle.sessions[session]
            .subscriptions
            .iter()
            .filter(|other| other.may_until.is_none())
            .map(|other| other.raw.clone())
            .collect();
        let raw = if known.is_empty() || scene.random.percent(20) {
            scene.random.pick(&FILTERS).to_owned()
        } else {
            known[scene.random.index(known.len())].clone()
        };
        Unsubscribe {
            packet_id,
            filters: &[&raw],
            properties: &[],
        }
        .write(self.terms.version, &mut self.wire);
        let before = scene.oracle.unsubscribe_sent(session, &raw);
        self.asked.insert(
            packet_id,
            Asked::Unsubscribe {
                raw,
                sent: (scene.oracle.step, before),
            },
        );
    }

    /// SUBACK: one reason code for each filter (v5 [MQTT-3.8.4-6]).
    pub(super) fn suback(&mut self, suback: &ReceivedSuback<'_>, scene: &mut Scene<'_>) {
        let Some(Asked::Subscribe { first, requests }) = self.asked.remove(&suback.packet_id)
        else {
            return self.unasked("SUBACK", scene);
        };
        let (count, asked) = (suback.reasons.len(), requests.len());
        scene.oracle.require(count == asked, || {
            format!("a SUBACK has {count} reason codes for {asked} filters")
        });
        let Some(session) = self.session else { return };
        let packet = if self.terms.version == Version::V5 {
            "SUBACK"
        } else {
            "v3 SUBACK"
        };
        for (index, reason) in suback.reasons.iter().enumerate() {
            scene.oracle.coverage.reason(packet, *reason);
            scene.oracle.suback(session, first + index, *reason);
        }
    }

    /// UNSUBACK.
    pub(super) fn unsuback(&mut self, unsuback: &ReceivedUnsuback<'_>, scene: &mut Scene<'_>) {
        let Some(Asked::Unsubscribe { raw, sent }) = self.asked.remove(&unsuback.packet_id) else {
            return self.unasked("UNSUBACK", scene);
        };
        let Some(session) = self.session else { return };
        let reason = unsuback.reasons.first().copied();
        if let Some(reason) = reason {
            scene.oracle.coverage.reason("UNSUBACK", reason);
        }
        scene.oracle.unsuback(session, &raw, sent, reason);
    }

    fn unasked(&self, packet: &str, scene: &mut Scene<'_>) {
        if !self.terms.noisy && !self.doomed() {
            scene
                .oracle
                .violate(format!("a {packet} comes that answers nothing"));
        }
    }
}
