//! QoS 2 from the client: identifiers whose message we have taken and whose PUBREL is awaited.

use packet::PacketId;

/// The identifiers, sorted. There are at most as many as our Receive Maximum.
#[derive(Debug, Default)]
pub struct Inbound {
    ids: Vec<PacketId>,
}

impl Inbound {
    /// Adds an identifier; false if it is there already, which makes its message a repetition
    /// (v5 [MQTT-4.3.3-10]).
    pub fn insert(&mut self, id: PacketId) -> bool {
        match self.ids.binary_search(&id) {
            Ok(_) => false,
            Err(place) => {
                self.ids.insert(place, id);
                true
            }
        }
    }

    /// Whether the message of this identifier is taken already.
    #[must_use]
    pub fn contains(&self, id: PacketId) -> bool {
        self.ids.binary_search(&id).is_ok()
    }

    /// Frees an identifier; false if it was not there.
    pub fn remove(&mut self, id: PacketId) -> bool {
        self.ids.binary_search(&id).is_ok_and(|place| {
            self.ids.remove(place);
            true
        })
    }
}
