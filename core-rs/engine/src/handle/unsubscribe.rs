//! UNSUBSCRIBE.

use packet::{ReasonCode, Unsuback, Unsubscribe};
use topic::Subscribed;

use super::Fault;
use super::subscribe::SUBSCRIPTION_BYTES;
use crate::Engine;
use crate::delivery::route::GROUP;
use crate::journal::operation::Operation;

impl Engine {
    /// Ends each subscription; what is on its way already is still delivered (v5 [MQTT-3.10.4-2]).
    pub(super) fn unsubscribe(
        &mut self,
        slot: u32,
        unsubscribe: &Unsubscribe<'_>,
    ) -> Result<(), Fault> {
        self.counters.unsubscribes += 1;
        let Some(connection) = self.connections.get(slot) else {
            return Ok(());
        };
        let (session, version, maximum) = (
            connection.session,
            connection.version,
            connection.packet_bytes_max,
        );
        let mut reasons = Vec::with_capacity(unsubscribe.filters.len());
        self.journal.begin_promise();
        for filter in unsubscribe.filters.iter() {
            if Subscribed::parse(filter).is_err() {
                return Err(Fault::new(
                    ReasonCode::TOPIC_FILTER_INVALID,
                    "topic filter invalid",
                ));
            }
            let known = self.end_subscription(session, filter);
            reasons.push(if known {
                ReasonCode::SUCCESS
            } else {
                ReasonCode::NO_SUBSCRIPTION_EXISTED
            });
            self.spend(1);
        }
        let promise = self.journal.promise();
        let mut bytes = Vec::with_capacity(8 + reasons.len());
        Unsuback {
            packet_id: unsubscribe.packet_id,
            reasons: &reasons,
            reason_string: None,
        }
        .write(version, maximum, &mut bytes);
        if bytes.len() > maximum {
            return Err(Fault::new(
                ReasonCode::PACKET_TOO_LARGE,
                "UNSUBACK larger than the client takes",
            ));
        }
        self.reply_after(slot, &bytes, promise, false);
        Ok(())
    }

    /// Ends a session's subscription to `raw`; false if it had none.
    pub(crate) fn end_subscription(&mut self, session: u32, raw: &str) -> bool {
        let hashed = self.sessions.hash(raw);
        let Some(target) = self.sessions.get_mut(session) else {
            return false;
        };
        let Ok(known) = target.filters.find_entry(hashed, |known| **known == *raw) else {
            return false;
        };
        known.remove();
        let before = target.replays.len();
        target.replays.retain(|replay| &*replay.filter != raw);
        let replayed = target.replays.len() < before;
        if target.persistent() {
            let number = target.number;
            self.journal.record(&Operation::Unsubscribed {
                session: number,
                filter: raw,
            });
        }
        if replayed {
            self.journal_replay_ended(session, raw);
        }
        self.forget_subscription(session, raw);
        true
    }

    /// Takes a subscription out of the tree or its group.
    pub(crate) fn forget_subscription(&mut self, session: u32, raw: &str) {
        self.subscriptions -= 1;
        self.memory.release(SUBSCRIPTION_BYTES + raw.len());
        match Subscribed::parse(raw) {
            Ok(Subscribed::Plain(filter)) => {
                self.trie.remove(filter, session);
            }
            Ok(Subscribed::Shared { .. }) => self.leave_group(session, raw),
            Err(_) => debug_assert!(false, "a filter was kept that is none"),
        }
    }

    fn leave_group(&mut self, session: u32, raw: &str) {
        let Some(group) = self.group_names.get(raw).copied() else {
            return;
        };
        if let Some(target) = self.sessions.get_mut(session) {
            target.groups.retain(|other| *other != group);
        }
        let Some(shared) = self.groups.get_mut(group) else {
            return;
        };
        shared.members.retain(|member| member.session != session);
        if shared.members.is_empty() {
            self.close_group(group, raw);
        }
    }

    /// The last member has left, and nobody can get what waits with the group.
    fn close_group(&mut self, group: u32, raw: &str) {
        self.group_names.remove(raw);
        if let Ok(Subscribed::Shared { filter, .. }) = Subscribed::parse(raw) {
            self.trie.remove(filter, group | GROUP);
        }
        let Some(shared) = self.groups.remove(group) else {
            return;
        };
        if self.unfinished == 0 {
            self.groups.free(group);
        } else {
            self.limbo_groups.push(group);
        }
        self.journal.record(&Operation::GroupClosed {
            group: shared.number,
        });
        for queued in shared.queue.iter() {
            self.memory.release(crate::session::queue::ENTRY_BYTES);
            self.release_owed(queued.body, queued.entry);
            self.counters.dropped(crate::counters::Drop::SessionEnded);
        }
    }
}
