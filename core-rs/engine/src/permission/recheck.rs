//! Rights that change while sessions have them.

use topic::Subscribed;

use super::Grants;
use crate::Engine;
use crate::counters::Drop;
use crate::delivery::route::GROUP;
use crate::task::Task;

impl Engine {
    /// Gives a session other rights and takes what it may not have any more.
    pub(crate) fn regrant_session(&mut self, session: u32, grants: Grants) {
        if let Some(target) = self.sessions.get_mut(session) {
            target.grants = grants;
            self.recheck_session(session);
        }
    }

    /// Checks the sessions that have a permission set again, offline ones too, from session `from` on.
    pub(crate) fn recheck(&mut self, set: u32, from: u32) {
        let end = u32::try_from(self.sessions.slots()).unwrap_or(GROUP);
        for session in from..end {
            if self.work == 0 {
                return self.add_task(Task::Recheck { set, from: session });
            }
            self.spend(1);
            if self
                .sessions
                .get(session)
                .is_some_and(|target| target.grants.set == set && !target.dying)
            {
                self.recheck_session(session);
            }
        }
    }

    /// Ends the subscriptions that a session may not have, with what it was still to be sent because of them.
    fn recheck_session(&mut self, session: u32) {
        let Some(target) = self.sessions.get(session) else {
            return;
        };
        let grants = target.grants.clone();
        let forbidden: Vec<Box<str>> = target
            .filters
            .iter()
            .filter(|raw| match Subscribed::parse(raw) {
                Ok(subscribed) => !self.permissions.may_subscribe(&grants, subscribed.filter()),
                Err(_) => true,
            })
            .cloned()
            .collect();
        self.spend(forbidden.len());
        if forbidden.is_empty() {
            return;
        }
        for raw in &forbidden {
            self.end_subscription(session, raw);
        }
        self.drop_forbidden(session);
    }

    /// Drops what waits for a session and no subscription of its matches any more.
    fn drop_forbidden(&mut self, session: u32) {
        let Some(target) = self.sessions.get(session) else {
            return;
        };
        let filters: Vec<Box<str>> = target
            .filters
            .iter()
            .filter(|raw| !raw.starts_with("$share/"))
            .cloned()
            .collect();
        for _ in 0..target.queue.len() {
            self.spend(1);
            let Some(queued) = self.pop_queued(session) else {
                return;
            };
            let wanted =
                topic::TopicName::parse(self.bodies.get(queued.body).topic()).is_ok_and(|name| {
                    filters.iter().any(|raw| {
                        topic::TopicFilter::parse(raw).is_ok_and(|filter| filter.matches(name))
                    })
                });
            if !wanted {
                self.discard_queued(session, &queued, Drop::NotAllowed);
                continue;
            }
            let length = self.bodies.get(queued.body).length();
            if let Some(target) = self.sessions.get_mut(session) {
                target.queue.push(queued, length);
            }
        }
    }
}
