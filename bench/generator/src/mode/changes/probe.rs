//! A client of the members' group that tries to subscribe, to find out from when on it may.

use std::io;

use super::members::as_user;
use crate::carrier::Target;
use crate::carrier::client::Client;
use crate::mqtt::Version;
use crate::mqtt::packet::{read_suback, subscribe};

/// A connection of the user `probe`, who may not subscribe to a filter yet.
pub struct Probe {
    client: Client,
    version: Version,
    filter: String,
}

impl Probe {
    /// Connects, and makes sure that the subscription is refused as yet: otherwise its being granted later would tell
    /// nothing.
    ///
    /// # Errors
    ///
    /// If the broker refuses the connection, or grants the subscription.
    pub fn open(target: &Target, filter: &str) -> io::Result<Self> {
        let (client, _) = Client::open(&as_user(target, "probe"), "probe")?;
        let mut probe = Self {
            client,
            version: target.protocol,
            filter: filter.to_string(),
        };
        probe.ask()?;
        if probe.poll()? == Some(true) {
            return Err(io::Error::other(format!(
                "the probe may subscribe to {filter} before the change"
            )));
        }
        probe.client.stop_waiting()?;
        Ok(probe)
    }

    /// Asks for the subscription.
    ///
    /// # Errors
    ///
    /// If the broker closed.
    pub fn ask(&mut self) -> io::Result<()> {
        let filters = [self.filter.clone()];
        self.client.send(&subscribe(self.version, 1, &filters, 0))
    }

    /// Whether the subscription was granted, if the answer has come.
    ///
    /// # Errors
    ///
    /// If the broker closed.
    pub fn poll(&mut self) -> io::Result<Option<bool>> {
        match self.client.receive() {
            Ok(frame) => Ok(Some(
                read_suback(self.version, frame.as_frame(), 1, 0).is_ok(),
            )),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}
