//! Rights that change while sessions have them: subscriptions that are no longer allowed go, with what they had
//! queued (event-grid: specification §3.7).
//!
//! The check of one session goes through its filters and then through its queue, that of a set through all sessions,
//! each in slices. Until it is done, whoever is checked is sent nothing that he may not have: see [`Engine::withheld`].

use packet::ReasonCode;
use rand_chacha::rand_core::Rng;
use topic::{Subscribed, SubscriptionTrie, TopicFilter, TopicName};

use super::{EVERYTHING, Grants};
use crate::Engine;
use crate::connection::{ConnectionId, Dirty};
use crate::counters::Drop;
use crate::delivery::route::GROUP;
use crate::handle::Fault;
use crate::input::SENDS_MAX;
use crate::task::Task;

/// Connections that checks end before those are told why. A turn begins so many writes and no more, and what ends comes
/// before messages: others would wait behind all whom one change concerns.
const FAREWELLS_MAX: usize = SENDS_MAX / 2;

/// What a step of a check costs, where a delivery costs one.
const STEP_COST: usize = 8;

/// The filters that a session still has.
type Remaining = SubscriptionTrie<()>;

/// What is still to be checked of a session since its rights changed.
pub(crate) struct Recheck {
    /// The connection that it had then, which ends if it loses a subscription.
    connection: Option<ConnectionId>,
    /// Whether it has lost one, now or in an earlier check that was broken off.
    lost: bool,
    /// Whether its client has to be told.
    tells: bool,
    stage: Stage,
    /// Filters that are still to be looked at in this stage.
    left: Vec<Box<str>>,
    /// Where it has lost one, the filters that it keeps: its queue is held to them.
    remaining: Option<Remaining>,
}

#[derive(Clone, Copy)]
enum Stage {
    /// Its filters are checked.
    Filters,
    /// The filters that it keeps are put together.
    Remaining,
    /// Its queue is gone through.
    Queue,
}

impl Engine {
    /// Gives a session other rights and takes what it may not have any more.
    pub(crate) fn regrant_session(&mut self, session: u32, grants: Grants) {
        let epoch = self.permissions.next_epoch();
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        if target.grants != grants {
            target.grants = grants;
            target.granted = epoch;
            self.begin_recheck(session);
        }
    }

    /// Checks the sessions that have a permission set again, offline ones too, from session `from` on.
    pub(crate) fn recheck_set(&mut self, set: u32, from: u32) {
        let end = u32::try_from(self.sessions.slots()).unwrap_or(GROUP);
        for session in from..end {
            if self.work == 0 || self.is_bidding_farewell() {
                self.set_rechecks += 1;
                return self.put_off_check(Task::Recheck { set, from: session });
            }
            self.spend(1);
            let has = |target: &crate::session::Session| target.grants.set == set && !target.dying;
            if self.sessions.get(session).is_some_and(has) {
                self.begin_recheck(session);
            }
        }
    }

    /// Whether a check is under way.
    #[inline]
    pub(crate) fn rechecking(&self) -> bool {
        self.set_rechecks > 0 || !self.rechecks.is_empty()
    }

    /// Whether a session is being checked, so that what waits in its queue has to wait for that.
    #[inline]
    pub(crate) fn is_rechecked(&self, session: u32) -> bool {
        !self.rechecks.is_empty() && self.rechecks.contains_key(&session)
    }

    /// Begins to check a session, from the start if it is being checked already.
    fn begin_recheck(&mut self, session: u32) {
        let before = self.rechecks.remove(&session);
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        target.queue.end_sift();
        let lost = before.as_ref().is_some_and(|before| before.lost);
        let nothing = target.filters.is_empty() && target.queue.is_empty();
        if !lost && (nothing || target.grants.set == EVERYTHING) {
            if before.is_some() {
                self.schedule_pump(session);
            }
            return;
        }
        let slot = target.connection;
        let left = target.filters.iter().cloned().collect();
        let connection = self.connection_in(slot);
        let untold = |before: &Recheck| before.tells && before.connection == connection;
        let recheck = Recheck {
            connection,
            lost,
            tells: before.as_ref().is_some_and(untold),
            stage: Stage::Filters,
            left,
            remaining: None,
        };
        self.rechecks.insert(session, recheck);
        self.continue_recheck(session);
    }

    /// Goes on with the check of a session, as far as the work of this input goes.
    pub(crate) fn continue_recheck(&mut self, session: u32) {
        loop {
            let stops = self.work == 0 || self.is_bidding_farewell();
            let Some(recheck) = self.rechecks.get_mut(&session) else {
                return;
            };
            if stops {
                return self.put_off_check(Task::RecheckSession(session));
            }
            match (recheck.stage, recheck.left.pop()) {
                (Stage::Filters, Some(raw)) => self.recheck_filter(session, &raw),
                (Stage::Filters, None) => self.end_filters(session),
                (Stage::Remaining, Some(raw)) => recheck.keep(&raw),
                (Stage::Remaining, None) => recheck.stage = Stage::Queue,
                (Stage::Queue, _) => self.recheck_queued(session),
            }
            self.spend(STEP_COST);
        }
    }

    /// Ends a subscription that the session may not have.
    fn recheck_filter(&mut self, session: u32, raw: &str) {
        let Some(target) = self.sessions.get(session) else {
            return;
        };
        let allowed = Subscribed::parse(raw).is_ok_and(|subscribed| {
            self.permissions
                .may_subscribe(&target.grants, subscribed.filter())
        });
        if !allowed
            && self.end_subscription(session, raw)
            && let Some(recheck) = self.rechecks.get_mut(&session)
        {
            recheck.lost = true;
            recheck.tells = true;
        }
    }

    /// All filters are checked: a client that is there is told that it has lost one, and then its queue is next.
    fn end_filters(&mut self, session: u32) {
        let seed = std::array::from_fn(|_| self.random.next_u64());
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        let Some(recheck) = self.rechecks.get_mut(&session) else {
            return;
        };
        target.queue.begin_sift();
        recheck.stage = Stage::Queue;
        if !recheck.lost {
            return;
        }
        let plain = target.filters.iter();
        recheck.left = plain
            .filter(|raw| !raw.starts_with("$share/"))
            .cloned()
            .collect();
        recheck.remaining = Some(SubscriptionTrie::new(seed));
        recheck.stage = Stage::Remaining;
        let (slot, tells) = (target.connection, recheck.tells);
        let connection = recheck.connection.filter(|_| tells);
        if connection.is_some() && connection == self.connection_in(slot) {
            let fault = Fault::new(ReasonCode::NOT_AUTHORIZED, "subscription no longer allowed");
            self.end_connection(slot, fault);
            self.farewells.extend(connection);
        }
    }

    /// Puts off what is left of a check: until the next turn, or until those are told who have to go.
    fn put_off_check(&mut self, task: Task) {
        if self.is_bidding_farewell() {
            self.waiting_checks.push(task);
        } else {
            self.add_task(task);
        }
    }

    /// Goes on with checks that had to wait. Called when a turn's writes are begun.
    pub(crate) fn take_up_checks(&mut self) {
        if !self.waiting_checks.is_empty() && !self.is_bidding_farewell() {
            self.tasks.extend(self.waiting_checks.drain(..));
        }
    }

    /// Whether as many connections as may be are still to be told why they end.
    fn is_bidding_farewell(&mut self) -> bool {
        if self.farewells.len() < FAREWELLS_MAX {
            return false;
        }
        let connections = &self.connections;
        let is_untold = |id: &ConnectionId| {
            let connection = connections.find(*id).and_then(|slot| connections.get(slot));
            connection.is_some_and(|connection| connection.dirty != Dirty::No)
        };
        self.farewells.retain(is_untold);
        self.farewells.len() >= FAREWELLS_MAX
    }

    fn connection_in(&self, slot: u32) -> Option<ConnectionId> {
        self.connections
            .get(slot)
            .map(|_| self.connections.id(slot))
    }

    /// Keeps or drops the next message of the queue as it was when all filters were checked.
    fn recheck_queued(&mut self, session: u32) {
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        let Some(queued) = target.queue.next_unsifted() else {
            target.queue.end_sift();
            self.rechecks.remove(&session);
            return self.schedule_pump(session);
        };
        let body = queued.body;
        let topic = self.bodies.get(body).topic();
        let keeps = self.may_receive(session, topic)
            && self
                .rechecks
                .get(&session)
                .is_some_and(|recheck| recheck.wants(topic));
        let length = self.bodies.get(body).length();
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        if let Some(dropped) = target.queue.sift(keeps, length) {
            self.discard_queued(session, &dropped, Drop::NotAllowed);
        }
    }
}

impl Recheck {
    /// Takes note of a filter that the session keeps.
    fn keep(&mut self, raw: &str) {
        if let (Ok(filter), Some(remaining)) = (TopicFilter::parse(raw), &mut self.remaining) {
            remaining.insert(filter, 0, ());
        }
    }

    /// Whether a filter that the session keeps matches `topic`, or it has lost none.
    fn wants(&self, topic: &str) -> bool {
        let Some(remaining) = &self.remaining else {
            return true;
        };
        let mut wanted = false;
        if let Ok(topic) = TopicName::parse(topic) {
            remaining.for_each_match(topic, |_| wanted = true);
        }
        wanted
    }
}
