//! What sessions have subscribed to, and since when that may and must be true.

use packet::{QoS, RetainHandling, SubscriptionOptions};
use topic::{Subscribed, TopicFilter, TopicName};

use super::session::Session;
use super::{Oracle, Right, SessionKey};
use crate::message::Message;

/// One wish of a SUBSCRIBE.
#[derive(Clone, Debug)]
pub struct Request {
    /// The filter as it was sent.
    pub raw: String,
    /// The options.
    pub options: SubscriptionOptions,
    /// The subscription identifier, 0 for none.
    pub identifier: u32,
}

/// One subscription on certain terms. Steps; `None` where it is not so yet.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The filter as it was sent, `$share/…` included.
    pub raw: String,
    /// The filter that topics are matched against.
    filter: String,
    /// The name of the share group.
    pub group: Option<String>,
    /// Its terms.
    pub options: SubscriptionOptions,
    /// Its subscription identifier, 0 for none.
    pub identifier: u32,
    /// Whether it is allowed only at times, so that it may be gone at any time.
    precarious: bool,
    /// It may hold from here on.
    pub may_from: u64,
    /// It does not hold after this any more.
    pub may_until: Option<u64>,
    /// It holds on exactly these terms from here on.
    pub terms_from: Option<u64>,
    /// The terms may have changed after this.
    pub terms_until: Option<u64>,
    /// Messages must come from here on, on these terms or those before.
    pub must_from: Option<u64>,
    /// They need not come after this.
    pub must_until: Option<u64>,
}

impl Subscription {
    fn asked(request: &Request, step: u64, restricted: bool) -> Self {
        let (filter, group) = match Subscribed::parse(&request.raw) {
            Ok(Subscribed::Shared { group, filter }) => {
                (filter.as_str().to_owned(), Some(group.to_owned()))
            }
            _ => (request.raw.clone(), None),
        };
        let wide = filter != "+/+" && filter.starts_with(['+', '#', '$', 'x', 'v']);
        Self {
            raw: request.raw.clone(),
            precarious: restricted && wide,
            filter,
            group,
            options: request.options,
            identifier: request.identifier,
            may_from: step,
            may_until: None,
            terms_from: None,
            terms_until: None,
            must_from: None,
            must_until: None,
        }
    }

    /// Whether it is allowed only at times.
    pub fn is_precarious(&self) -> bool {
        self.precarious
    }

    /// Whether it may ever have been there, and matches the topic.
    pub fn may_match(&self, topic: &str) -> bool {
        let (Ok(filter), Ok(name)) = (TopicFilter::parse(&self.filter), TopicName::parse(topic))
        else {
            return false;
        };
        self.may_until != Some(self.may_from) && filter.matches(name)
    }

    /// Whether it may have been there at some step of a span.
    pub fn may_hold(&self, from: u64, to: u64) -> bool {
        self.may_from <= to && self.may_until.is_none_or(|until| until >= from)
    }

    /// Whether it surely was there on these terms throughout a span.
    pub fn terms_hold(&self, from: u64, to: u64) -> bool {
        !self.precarious
            && self.terms_from.is_some_and(|since| since < from)
            && self.terms_until.is_none_or(|until| until > to)
    }

    /// Whether the author's own session leaves the message out.
    pub fn leaves_out(&self, message: &Message, session: &Session) -> bool {
        self.options.no_local && message.session == Some(session.key)
    }

    /// Whether the message was surely routed to the session by this subscription.
    pub fn surely_routes(&self, message: &Message, session: &Session) -> bool {
        let Some(settled) = message.settled else {
            return false;
        };
        // Reserved topics are taken and dropped.
        if message.topic.starts_with('$') || self.precarious {
            return false;
        }
        let covered = self
            .must_from
            .is_some_and(|since| since < message.sent_step())
            && self.must_until.is_none_or(|until| until > settled);
        covered && self.may_match(&message.topic) && !self.leaves_out(message, session)
    }

    /// The session has ended.
    pub fn end(&mut self, step: u64) {
        for end in [
            &mut self.may_until,
            &mut self.terms_until,
            &mut self.must_until,
        ] {
            end.get_or_insert(step);
        }
    }
}

impl Oracle {
    /// A session's client asks for subscriptions. Gives the place of the first; the others follow it.
    pub fn subscribe_sent(&mut self, key: SessionKey, requests: &[Request]) -> usize {
        let (step, restricted) = (self.step, self.restricted);
        let session = &mut self.sessions[key];
        let first = session.subscriptions.len();
        for request in requests {
            for other in session
                .subscriptions
                .iter_mut()
                .filter(|other| other.raw == request.raw)
            {
                other.terms_until.get_or_insert(step);
                if request.options.qos == QoS::AtMostOnce
                    || request.options.no_local != other.options.no_local
                {
                    other.must_until.get_or_insert(step);
                }
            }
            session
                .subscriptions
                .push(Subscription::asked(request, step, restricted));
        }
        first
    }

    /// The broker has answered one of them.
    pub fn suback(&mut self, key: SessionKey, place: usize, reason: u8) {
        let (step, qos_max) = (self.step, self.qos_max);
        self.check_right_to_subscribe(key, place, reason);
        let Some(granted) = QoS::from_bits(reason) else {
            return self.subscription_refused(key, place);
        };
        let wanted = self.sessions[key].subscriptions[place].options.qos;
        let right = u64::from(granted as u8) == u64::from(wanted as u8).min(qos_max);
        self.require(right, || {
            format!(
                "QoS {reason} is granted where QoS {} was asked for",
                wanted as u8
            )
        });
        let session = &mut self.sessions[key];
        let mut must_from = step;
        let (earlier, rest) = session.subscriptions.split_at_mut(place);
        let Some(subscription) = rest.first_mut() else {
            return;
        };
        for other in earlier
            .iter_mut()
            .filter(|other| other.raw == subscription.raw && other.may_until.is_none())
        {
            let alike = other.options.no_local == subscription.options.no_local
                && other.options.qos != QoS::AtMostOnce;
            if let (Some(since), None, true) = (other.must_from, other.must_until, alike) {
                must_from = since;
            }
            other.end(step);
        }
        subscription.options.qos = granted;
        subscription.terms_from = Some(step);
        subscription.must_from = Some(must_from);
    }

    /// A subscription is granted only to whom it may have been allowed, and refused as not allowed to no other.
    fn check_right_to_subscribe(&mut self, key: SessionKey, place: usize, reason: u8) {
        let session = &self.sessions[key];
        if session.noisy || self.noise {
            return;
        }
        let subscription = &session.subscriptions[place];
        let (filter, span) = (
            subscription.filter.clone(),
            (subscription.may_from, self.step),
        );
        let wrong = match reason {
            0x87 => {
                self.coverage.count("subscription denied");
                self.always(key, Right::Subscribe, &filter, span)
            }
            0..=2 => !self.ever(key, Right::Subscribe, &filter, span),
            _ => false,
        };
        self.require(!wrong, || {
            format!("a subscription to {filter} is answered with 0x{reason:02X} against its rights")
        });
    }

    /// A refusal leaves what was there before.
    fn subscription_refused(&mut self, key: SessionKey, place: usize) {
        let step = self.step;
        let (earlier, rest) = self.sessions[key].subscriptions.split_at_mut(place);
        let Some(subscription) = rest.first_mut() else {
            return;
        };
        subscription.may_until = Some(subscription.may_from);
        if subscription.must_from.is_none() {
            subscription.end(step);
        }
        for other in earlier
            .iter_mut()
            .filter(|other| other.raw == subscription.raw && other.must_until.is_none())
        {
            if other.terms_until == Some(subscription.may_from) {
                other.terms_until = None;
            }
        }
    }

    /// The answer to a SUBSCRIBE was lost with its connection: what it asked for may hold, and then what was before
    /// does not.
    pub fn subscribe_lost(&mut self, key: SessionKey, first: usize, count: usize) {
        let session = &mut self.sessions[key];
        for place in first..first + count {
            let (earlier, rest) = session.subscriptions.split_at_mut(place);
            let Some(lost) = rest.first() else { continue };
            for other in earlier.iter_mut().filter(|other| other.raw == lost.raw) {
                other.must_until.get_or_insert(lost.may_from);
            }
        }
    }

    /// A session's client ends a subscription. Gives the number of those that it had asked for before.
    pub fn unsubscribe_sent(&mut self, key: SessionKey, raw: &str) -> usize {
        let step = self.step;
        for other in self.sessions[key]
            .subscriptions
            .iter_mut()
            .filter(|other| other.raw == raw)
        {
            other.terms_until.get_or_insert(step);
            other.must_until.get_or_insert(step);
        }
        self.sessions[key].subscriptions.len()
    }

    /// The broker has answered that: it was sent in step `sent`, behind `before` subscriptions.
    pub fn unsuback(
        &mut self,
        key: SessionKey,
        raw: &str,
        (sent, before): (u64, usize),
        reason: Option<u8>,
    ) {
        let step = self.step;
        if !self.sessions[key].alive || self.sessions[key].noisy {
            return;
        }
        let known: Vec<&mut Subscription> = self.sessions[key]
            .subscriptions
            .iter_mut()
            .take(before)
            .filter(|other| other.raw == raw && other.may_until.is_none())
            .collect();
        let surely = known.iter().any(|other| {
            !other.precarious
                && other.must_from.is_some_and(|since| since < sent)
                && other.must_until == Some(sent)
        });
        let may = !known.is_empty();
        known.into_iter().for_each(|other| other.end(step));
        self.require(!(reason == Some(0x11) && surely), || {
            format!("UNSUBACK 0x11 for {raw}, which was subscribed to")
        });
        self.require(reason != Some(0) || may, || {
            format!("UNSUBACK 0x00 for {raw}, which was not subscribed to")
        });
    }

    /// How often a session may be sent what is retained on the message's topic.
    pub(super) fn replays(&self, key: SessionKey, message: &Message) -> u32 {
        let all = &self.sessions[key].subscriptions;
        // What replaces a subscription lets go on what the one before has begun.
        let goes_on = |raw: &str| {
            all.iter().any(|other| {
                other.raw == raw
                    && other
                        .may_until
                        .is_none_or(|until| until >= message.sent_step())
            })
        };
        let asks = |subscription: &&Subscription| {
            subscription.group.is_none()
                && subscription.options.retain_handling != RetainHandling::Never
                && subscription.may_match(&message.topic)
                && goes_on(&subscription.raw)
        };
        let count = all.iter().filter(asks).count();
        if message.retain {
            u32::try_from(count).unwrap_or(u32::MAX)
        } else {
            0
        }
    }

    /// Whether there are shared subscriptions in this world.
    pub(super) fn shares(&self) -> bool {
        self.shared_available
    }
}
