//! The will in a CONNECT (v5 3.1.3.2 to 3.1.3.4): the message that is published when the client is
//! gone.

use crate::error::DecodeError;
use crate::publish::PublishProperties;
use crate::reader::Reader;
use crate::version::{QoS, Version};

/// What shall be published for a client that is gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Will<'a> {
    /// Quality of service.
    pub qos: QoS,
    /// Whether the server shall keep it for later subscribers.
    pub retain: bool,
    /// Topic name, not yet checked for wildcards or for being empty.
    pub topic: &'a str,
    /// The application message.
    pub payload: &'a [u8],
    /// How long to wait before it is published, in seconds (v5 3.1.3.2.2); 0 before v5.
    pub delay: u32,
    /// What the message will have; its topic alias is always absent.
    pub properties: PublishProperties<'a>,
}

impl<'a> Will<'a> {
    pub(crate) fn read(
        version: Version,
        qos: QoS,
        retain: bool,
        reader: &mut Reader<'a>,
    ) -> Result<Self, DecodeError> {
        let block = reader.property_block(version)?;
        let (properties, delay) = PublishProperties::decode_will(block)?;
        let topic = reader.text()?;
        let payload = reader.binary()?;
        Ok(Self {
            qos,
            retain,
            topic,
            payload,
            delay,
            properties,
        })
    }
}
