//! What a client gets, against what it may get.

use packet::{QoS, Version};

use super::session::Copies;
use super::subscription::Subscription;
use super::{Oracle, SessionKey};
use crate::message::{Author, Message, MessageId};

/// A PUBLISH as a client got it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The message that its payload names.
    pub message: MessageId,
    /// Its topic, aliases resolved.
    pub topic: String,
    /// Its QoS.
    pub qos: QoS,
    /// Its RETAIN flag.
    pub retain: bool,
    /// Its DUP flag.
    pub dup: bool,
    /// Whether it belongs to a QoS 2 exchange that is open already.
    pub repeated: bool,
    /// Its subscription identifiers, sorted.
    pub identifiers: Vec<u32>,
    /// Its Message Expiry Interval.
    pub expiry: Option<u32>,
    /// What the client speaks.
    pub version: Version,
}

/// The subscriptions that may have brought a message.
struct Candidates {
    /// Without a share, at the time of routing.
    plain: Vec<Subscription>,
    /// Of share groups, at any time since.
    shared: Vec<Subscription>,
    /// Whether the retained message may be meant.
    replays: u32,
    /// Whether all plain ones surely held on their terms when the message was routed.
    sure: bool,
}

impl Oracle {
    /// A session's client gets a message.
    pub fn delivered(&mut self, key: SessionKey, delivery: &Delivery) {
        if self.sessions[key].noisy {
            return;
        }
        let message = self.messages[delivery.message].clone();
        let name = delivery.message;
        self.require(message.sent.is_some(), || {
            format!(
                "message {name} arrives and was not sent ({:?})",
                message.author
            )
        });
        self.require(message.topic == delivery.topic, || {
            format!(
                "message {name} arrives on {} and not on {}",
                delivery.topic, message.topic
            )
        });
        if !self.noise {
            self.check_author(&message, None);
        }
        let candidates = self.candidates(key, &message);
        self.check_wanted(key, delivery, &message, &candidates);
        self.check_terms(delivery, &message, &candidates);
        self.check_retain(delivery, &message, &candidates);
        self.check_expiry(delivery, &message);
        self.check_order(key, delivery, &message, &candidates);
        self.check_copies(key, delivery, &message, &candidates);
    }

    /// A session's client refuses a QoS 2 message that it got: it does not count as taken.
    pub fn refused(&mut self, key: SessionKey, message: MessageId) {
        if let Some(copies) = self.sessions[key].copies.get_mut(&message) {
            copies.exactly_once = copies.exactly_once.saturating_sub(1);
        }
    }

    fn candidates(&self, key: SessionKey, message: &Message) -> Candidates {
        let session = &self.sessions[key];
        let (sent, routed) = (message.sent_step(), message.settled.unwrap_or(self.step));
        let matching = || {
            session
                .subscriptions
                .iter()
                .filter(|subscription| subscription.may_match(&message.topic))
        };
        let plain: Vec<Subscription> = matching()
            .filter(|subscription| {
                subscription.group.is_none()
                    && subscription.may_hold(sent, routed)
                    && !subscription.leaves_out(message, session)
            })
            .cloned()
            .collect();
        let shared = matching()
            .filter(|subscription| {
                subscription.group.is_some() && subscription.may_hold(sent, self.step)
            })
            .cloned()
            .collect();
        let sure = plain
            .iter()
            .all(|subscription| subscription.terms_hold(sent, routed));
        Candidates {
            plain,
            shared,
            replays: self.replays(key, message),
            sure,
        }
    }

    fn check_wanted(
        &mut self,
        key: SessionKey,
        delivery: &Delivery,
        message: &Message,
        candidates: &Candidates,
    ) {
        let replay = delivery.retain && candidates.replays > 0;
        let wanted = !candidates.plain.is_empty() || !candidates.shared.is_empty() || replay;
        if !wanted {
            let ever: Vec<_> = self.sessions[key]
                .subscriptions
                .iter()
                .filter(|subscription| subscription.may_match(&message.topic))
                .collect();
            let what = format!(
                "message {} comes to a session that has no subscription for it: {message:?}, {delivery:?}, {ever:?}",
                delivery.message
            );
            self.violate(what);
        }
        let granted = candidates
            .plain
            .iter()
            .chain(&candidates.shared)
            .map(|subscription| subscription.options.qos)
            .max();
        let most = granted.unwrap_or(QoS::ExactlyOnce).min(message.qos);
        self.require(
            delivery.qos <= most || replay && delivery.qos <= message.qos,
            || {
                format!(
                    "message {} comes at {:?} and may have {most:?} at most",
                    delivery.message, delivery.qos
                )
            },
        );
    }

    /// QoS and identifiers, where it is sure which subscriptions brought it (v5 [MQTT-3.3.4-2], [MQTT-3.3.4-3]).
    fn check_terms(&mut self, delivery: &Delivery, message: &Message, candidates: &Candidates) {
        if delivery.retain || !candidates.sure || candidates.plain.is_empty() {
            return;
        }
        let fits = |of: &[&Subscription]| {
            let granted = of
                .iter()
                .map(|subscription| subscription.options.qos)
                .max()
                .unwrap_or_default();
            let mut identifiers: Vec<u32> = of
                .iter()
                .map(|subscription| subscription.identifier)
                .filter(|identifier| *identifier != 0)
                .collect();
            identifiers.sort_unstable();
            delivery.qos == granted.min(message.qos)
                && (delivery.version != Version::V5 || delivery.identifiers == identifiers)
        };
        let plain: Vec<&Subscription> = candidates.plain.iter().collect();
        let as_plain = fits(&plain);
        let as_shared = candidates
            .shared
            .iter()
            .any(|subscription| fits(&[subscription]));
        if plain.len() > 1 && as_plain {
            self.coverage.count("overlapping subscriptions");
        }
        self.require(as_plain || as_shared, || {
            let terms: Vec<_> = plain
                .iter()
                .map(|subscription| {
                    (
                        &subscription.raw,
                        subscription.options.qos,
                        subscription.identifier,
                    )
                })
                .collect();
            format!(
                "message {} (published at {:?}) comes at {:?} with identifiers {:?} for {terms:?}",
                delivery.message, message.qos, delivery.qos, delivery.identifiers
            )
        });
    }

    fn check_retain(&mut self, delivery: &Delivery, message: &Message, candidates: &Candidates) {
        let published = candidates
            .plain
            .iter()
            .chain(&candidates.shared)
            .any(|subscription| subscription.options.retain_as_published);
        let may = message.retain && (published || candidates.replays > 0);
        self.require(!delivery.retain || may, || {
            format!("message {} comes with RETAIN", delivery.message)
        });
        let must = message.retain
            && candidates.sure
            && candidates.shared.is_empty()
            && !candidates.plain.is_empty()
            && candidates
                .plain
                .iter()
                .all(|subscription| subscription.options.retain_as_published);
        self.require(delivery.retain || !must, || {
            format!(
                "message {} comes without RETAIN, as it was not published",
                delivery.message
            )
        });
    }

    /// The interval that is left, rounded up (v5 [MQTT-3.3.2-6]).
    fn check_expiry(&mut self, delivery: &Delivery, message: &Message) {
        if delivery.version != Version::V5 || message.mixed {
            return;
        }
        let Some((_, sent_at)) = message.sent else {
            return;
        };
        let elapsed = (self.now - sent_at) / 1000 + 1;
        let fits = match (delivery.expiry, message.expiry) {
            (None, None) => true,
            (Some(left), Some(whole)) => {
                left <= whole && u64::from(left) + elapsed >= u64::from(whole)
            }
            _ => false,
        };
        self.require(fits, || {
            format!(
                "message {} comes with expiry {:?} of {:?} after {elapsed} s",
                delivery.message, delivery.expiry, message.expiry
            )
        });
    }

    /// First copies come in the order in which one author has published on one topic (v5 [MQTT-4.6.0-6]).
    fn check_order(
        &mut self,
        key: SessionKey,
        delivery: &Delivery,
        message: &Message,
        candidates: &Candidates,
    ) {
        let session = &mut self.sessions[key];
        let first = !session.copies.contains_key(&delivery.message);
        // Wills are numbered when they are left, not when they are fired.
        let will = matches!(message.author, Author::Will(_));
        if !first
            || will
            || delivery.retain
            || !candidates.shared.is_empty()
            || message.transmissions != 1
        {
            return;
        }
        let stream = (
            message.author,
            message.topic.clone(),
            message.qos as u8,
            delivery.qos as u8,
        );
        if let Some(before) = session
            .last
            .insert(stream, delivery.message)
            .filter(|before| *before > delivery.message)
        {
            let same_session = self.messages[before].session == message.session;
            self.require(!same_session, || {
                format!(
                    "message {} on {} comes after message {before}",
                    delivery.message, message.topic
                )
            });
        }
    }

    fn check_copies(
        &mut self,
        key: SessionKey,
        delivery: &Delivery,
        message: &Message,
        candidates: &Candidates,
    ) {
        let mut groups: Vec<&String> = candidates
            .shared
            .iter()
            .map(|subscription| &subscription.raw)
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let ways = u32::from(!candidates.plain.is_empty())
            + u32::try_from(groups.len()).unwrap_or(u32::MAX);
        let copies = self.sessions[key]
            .copies
            .entry(delivery.message)
            .or_default();
        copies.exactly_once += u32::from(delivery.qos == QoS::ExactlyOnce && !delivery.repeated);
        copies.fresh += u32::from(delivery.qos != QoS::ExactlyOnce && !delivery.dup);
        let Copies {
            exactly_once,
            fresh,
        } = *copies;
        // What a member was sent and may not be sent again goes back to its group, which it may join anew.
        let precarious = |subscription: &Subscription| subscription.is_precarious();
        if candidates.shared.iter().any(precarious) {
            return;
        }
        let replays = candidates.replays * (1 + self.crashes);
        let once = ways + replays;
        // What a client has acknowledged at QoS 1 shortly before the broker dies may come again as new.
        let often = ways * (message.transmissions + self.crashes) + replays;
        self.require(exactly_once <= once, || {
            format!(
                "message {} comes {exactly_once} times at QoS 2 and may {once} times",
                delivery.message
            )
        });
        self.require(fresh <= often, || {
            format!(
                "message {} comes {fresh} times without DUP and may {often} times",
                delivery.message
            )
        });
        if let ([group], true) = (
            &groups[..],
            candidates.plain.is_empty() && !delivery.repeated && !delivery.dup && !delivery.retain,
        ) {
            self.check_group((*group).clone(), delivery, message);
        }
    }

    /// One copy per group; another one only if the session that had it has ended (v5 4.8.2).
    fn check_group(&mut self, group: String, delivery: &Delivery, message: &Message) {
        let ended = self.sessions.iter().filter(|session| {
            session
                .subscriptions
                .iter()
                .any(|subscription| subscription.raw == group)
        });
        let ended =
            u32::try_from(ended.filter(|session| !session.alive).count()).unwrap_or(u32::MAX);
        let copies = self
            .group_copies
            .entry((group, delivery.message))
            .or_default();
        copies.fresh += 1;
        copies.exactly_once += u32::from(delivery.qos == QoS::ExactlyOnce);
        let Copies {
            exactly_once,
            fresh,
        } = *copies;
        self.coverage.count("shared delivery");
        self.coverage.add(
            "shared redelivery",
            u64::from(fresh > message.transmissions),
        );
        // A session that had ended and is brought back has none of the subscriptions that are known here.
        let most = message.transmissions * (1 + ended) + 2 * self.crashes;
        self.require(fresh <= most, || {
            format!(
                "message {} comes {fresh} times to a share group and may {most} times",
                delivery.message
            )
        });
        self.require(exactly_once <= message.transmissions, || {
            format!(
                "message {} comes {exactly_once} times at QoS 2 to a share group",
                delivery.message
            )
        });
    }
}
