//! Reason String and User Property in what a server sends: left out where the packet would become
//! larger than the client takes.

use crate::property::Property;
use crate::writer::{packet_len, put_variable_integer, variable_integer_len};

/// The properties that only explain, and that a packet can do without.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Diagnostics<'a> {
    pub(crate) reason_string: Option<&'a str>,
    pub(crate) user_properties: &'a [(&'a str, &'a str)],
}

impl<'a> Diagnostics<'a> {
    pub(crate) const fn reason_string(reason_string: Option<&'a str>) -> Self {
        Self {
            reason_string,
            user_properties: &[],
        }
    }

    /// Keeps what a packet of at most `maximum_packet_size` bytes has room for: the reason string
    /// first, then the user properties, all or none of them (v5 [MQTT-3.2.2-19], [MQTT-3.2.2-20],
    /// [MQTT-3.4.2-2], [MQTT-3.4.2-3] and their like).
    ///
    /// `body` is the Remaining Length without the property block, `other` the length of the other
    /// properties in that block.
    pub(crate) fn fitting(self, body: usize, other: usize, maximum_packet_size: usize) -> Self {
        let fits = |diagnostics: Self| {
            let block = other + diagnostics.encoded_len();
            packet_len(body + variable_integer_len(block) + block) <= maximum_packet_size
        };
        let mut kept = Self {
            user_properties: &[],
            ..self
        };
        if !fits(kept) {
            kept.reason_string = None;
        }
        let whole = Self {
            user_properties: self.user_properties,
            ..kept
        };
        if fits(whole) { whole } else { kept }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reason_string.is_none() && self.user_properties.is_empty()
    }

    pub(crate) fn encoded_len(&self) -> usize {
        self.properties()
            .map(|property| property.encoded_len())
            .sum()
    }

    /// Appends a property block of nothing else.
    pub(crate) fn write_block(&self, out: &mut Vec<u8>) {
        put_variable_integer(out, self.encoded_len());
        self.write(out);
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.properties().for_each(|property| property.write(out));
    }

    fn properties(&self) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let users = self.user_properties.iter();
        self.reason_string
            .map(Property::ReasonString)
            .into_iter()
            .chain(users.map(|&(name, value)| Property::UserProperty(name, value)))
    }
}
