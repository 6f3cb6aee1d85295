//! What one session may do now.

use topic::TopicName;

use super::EVERYTHING;
use crate::Engine;
use crate::session::Session;

impl Engine {
    /// Whether a session may publish to `topic`. Its connection remembers the topics that come again, so that
    /// templates are asked once for each; what is refused is asked each time.
    #[inline]
    pub(crate) fn may_publish(&mut self, session: u32, topic: TopicName<'_>) -> bool {
        let Some(target) = self.sessions.get(session) else {
            return true;
        };
        if target.grants.set == EVERYTHING {
            return true;
        }
        let rights = self.rights_of(target);
        let Some(connection) = self.connections.get_mut(target.connection) else {
            return self.permissions.may_publish(&target.grants, topic);
        };
        if connection.memos.allows(topic.as_str(), rights) {
            return true;
        }
        let allowed = self.permissions.may_publish(&target.grants, topic);
        if allowed {
            connection.memos.allow(topic.as_str(), rights);
        }
        allowed
    }

    /// When what a session may do was given: changes whenever its set is replaced, or it is given another one.
    #[inline]
    pub(crate) fn rights_of(&self, session: &Session) -> u64 {
        self.permissions
            .given(session.grants.set)
            .max(session.granted)
    }

    /// Whether a session may be sent a message on `topic`.
    pub(crate) fn may_receive(&self, session: u32, topic: &str) -> bool {
        let Some(target) = self.sessions.get(session) else {
            return false;
        };
        target.grants.set == EVERYTHING
            || TopicName::parse(topic)
                .is_ok_and(|topic| self.permissions.may_receive(&target.grants, topic))
    }

    /// Whether a session may not have a message on `topic` although it has, or waits with, a subscription that matches:
    /// rights have changed, and the check of what sessions have is still under way.
    #[inline]
    pub(crate) fn withheld(&self, session: u32, topic: &str) -> bool {
        self.rechecking() && !self.may_receive(session, topic)
    }
}
