//! CONNACK (v5 3.2): the server's answer to a CONNECT.

use crate::diagnostics::Diagnostics;
use crate::frame::PacketType;
use crate::property::Property;
use crate::reason::ReasonCode;
use crate::version::{QoS, Version};
use crate::writer::{put_fixed_header, put_variable_integer, variable_integer_len};

/// The answer to a CONNECT. A property that is `None` is left out, and the client takes the
/// standard's default. Times are in seconds, sizes in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Connack<'a> {
    /// Whether a session goes on; false with every refusal (v5 [MQTT-3.2.2-6]).
    pub session_present: bool,
    /// The outcome.
    pub reason: ReasonCode,
    /// The Session Expiry Interval that holds, if it is not the client's.
    pub session_expiry: Option<u32>,
    /// How many QoS 1 and QoS 2 messages the server takes at a time.
    pub receive_maximum: Option<u16>,
    /// The highest QoS that the server takes, if it is not 2.
    pub maximum_qos: Option<QoS>,
    /// Whether the server keeps retained messages.
    pub retain_available: Option<bool>,
    /// The largest packet that the server takes.
    pub maximum_packet_size: Option<u32>,
    /// The identifier of a client that came without.
    pub assigned_client_id: Option<&'a str>,
    /// The highest topic alias that the client may use.
    pub topic_alias_maximum: Option<u16>,
    /// A text for people.
    pub reason_string: Option<&'a str>,
    /// What else there is to say.
    pub user_properties: &'a [(&'a str, &'a str)],
    /// Whether filters may have wildcards.
    pub wildcard_subscription_available: Option<bool>,
    /// Whether subscriptions may have identifiers.
    pub subscription_identifier_available: Option<bool>,
    /// Whether there are shared subscriptions.
    pub shared_subscription_available: Option<bool>,
    /// The Keep Alive that holds, if it is not the client's.
    pub server_keep_alive: Option<u16>,
    /// What a client may build response topics from.
    pub response_information: Option<&'a str>,
    /// Another server to use.
    pub server_reference: Option<&'a str>,
    /// The extended authentication method, as in the CONNECT.
    pub authentication_method: Option<&'a str>,
    /// What that method says last.
    pub authentication_data: Option<&'a [u8]>,
}

impl<'a> Connack<'a> {
    /// A refusal without properties.
    #[must_use]
    pub fn refused(reason: ReasonCode) -> Self {
        Self {
            reason,
            ..Self::default()
        }
    }

    /// Appends the packet.
    ///
    /// Before v5 it says Session Present (3.1.1 alone) and a return code; nothing is appended for
    /// a reason that has none, as the connection is then closed without an answer
    /// ([`ReasonCode::connect_return_code`]). In v5 Reason String and User Property are left out
    /// where the packet would exceed `maximum_packet_size` bytes.
    pub fn write(&self, version: Version, maximum_packet_size: usize, out: &mut Vec<u8>) {
        match version {
            Version::V31 => self.write_v3(false, out),
            Version::V311 => self.write_v3(self.session_present, out),
            Version::V5 => self.write_v5(maximum_packet_size, out),
        }
    }

    fn write_v3(&self, session_present: bool, out: &mut Vec<u8>) {
        if let Some(return_code) = self.reason.connect_return_code() {
            put_fixed_header(out, PacketType::Connack.header(), 2);
            out.push(u8::from(session_present));
            out.push(return_code);
        }
    }

    fn write_v5(&self, maximum_packet_size: usize, out: &mut Vec<u8>) {
        let properties = self.properties();
        let other = properties.iter().flatten().map(Property::encoded_len).sum();
        let diagnostics = Diagnostics {
            reason_string: self.reason_string,
            user_properties: self.user_properties,
        }
        .fitting(2, other, maximum_packet_size);
        let block = other + diagnostics.encoded_len();
        put_fixed_header(
            out,
            PacketType::Connack.header(),
            2 + variable_integer_len(block) + block,
        );
        out.push(u8::from(self.session_present));
        out.push(self.reason.0);
        put_variable_integer(out, block);
        properties
            .iter()
            .flatten()
            .for_each(|property| property.write(out));
        diagnostics.write(out);
    }

    /// Every property that is not left out for want of room, in the order of v5 3.2.2.3.
    fn properties(&self) -> [Option<Property<'a>>; 15] {
        [
            self.session_expiry.map(Property::SessionExpiryInterval),
            self.receive_maximum.map(Property::ReceiveMaximum),
            self.maximum_qos.map(Property::MaximumQoS),
            self.retain_available.map(Property::RetainAvailable),
            self.maximum_packet_size.map(Property::MaximumPacketSize),
            self.assigned_client_id
                .map(Property::AssignedClientIdentifier),
            self.topic_alias_maximum.map(Property::TopicAliasMaximum),
            self.wildcard_subscription_available
                .map(Property::WildcardSubscriptionAvailable),
            self.subscription_identifier_available
                .map(Property::SubscriptionIdentifierAvailable),
            self.shared_subscription_available
                .map(Property::SharedSubscriptionAvailable),
            self.server_keep_alive.map(Property::ServerKeepAlive),
            self.response_information.map(Property::ResponseInformation),
            self.server_reference.map(Property::ServerReference),
            self.authentication_method
                .map(Property::AuthenticationMethod),
            self.authentication_data.map(Property::AuthenticationData),
        ]
    }
}
