//! The sessions of a run's subscribers.

use std::io;
use std::time::SystemTime;

use crate::carrier::Target;
use crate::carrier::client::Client;
use crate::mqtt::packet::Session;

/// What the subscribers are called, and whether their sessions outlive their connections.
pub struct Sessions {
    prefix: String,
    session: Session,
    count: usize,
}

impl Sessions {
    /// The sessions of `count` subscribers. Persistent ones have names that no other run uses, so that none finds what
    /// an earlier one left.
    pub fn new(count: usize, persistent: bool) -> Self {
        let (prefix, session) = if persistent {
            (unique_prefix(), Session::Persistent)
        } else {
            ("bench-subscriber".to_string(), Session::Clean)
        };
        Self {
            prefix,
            session,
            count,
        }
    }

    /// Connects subscriber `index` and waits for CONNACK.
    ///
    /// # Errors
    ///
    /// If the broker refuses, or already has a session of that name.
    pub fn open(&self, target: &Target, index: usize) -> io::Result<Client> {
        let (client, accepted) = Client::open_session(target, &self.name(index), self.session)?;
        if accepted.session_present {
            return Err(io::Error::other("a session that nobody has opened"));
        }
        Ok(client)
    }

    /// Connects subscriber `index` to the session that it left, and does not wait.
    ///
    /// # Errors
    ///
    /// What the socket says.
    pub fn resume(&self, target: &Target, index: usize) -> io::Result<Client> {
        Client::call(target, &self.name(index), self.session)
    }

    /// Ends all sessions that are persistent. Their connections are over, or are taken over here.
    ///
    /// # Errors
    ///
    /// If the broker refuses a connection or does not close it.
    pub fn end(&self, target: &Target) -> io::Result<()> {
        if self.session == Session::Clean {
            return Ok(());
        }
        for index in 0..self.count {
            // v3.1.1 [MQTT-3.1.2-6], v5 [MQTT-3.1.2-4]: a clean start discards the session that was there.
            Client::open_session(target, &self.name(index), Session::Clean)?
                .0
                .leave()?;
        }
        Ok(())
    }

    fn name(&self, index: usize) -> String {
        format!("{}-{index}", self.prefix)
    }
}

/// With an index of three digits still within the 23 bytes that every server takes: v3.1.1 [MQTT-3.1.3-5].
fn unique_prefix() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let milliseconds = since.map_or(0, |since| since.as_millis());
    format!("s{milliseconds:x}p{:x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_takes_the_names() {
        let name = Sessions::new(1000, true).name(999);
        assert!(name.len() <= 23, "{name}");
        assert!(!name.starts_with("bench-"), "{name}");
    }
}
