//! UNSUBSCRIBE (v5 3.10).

use crate::error::DecodeError;
use crate::property::PropertyId;
use crate::property_block::{Properties, PropertyRules, UserProperties};
use crate::reader::Reader;
use crate::version::{PacketId, Version};

/// A client's wish to end subscriptions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unsubscribe<'a> {
    /// What the UNSUBACK answers to.
    pub packet_id: PacketId,
    /// The filters of the subscriptions, one or more.
    pub filters: TopicFilters<'a>,
    block: Properties<'a>,
}

const UNSUBSCRIBE_RULES: PropertyRules = PropertyRules::of(&[PropertyId::UserProperty]);

impl<'a> Unsubscribe<'a> {
    /// Decodes the body of an UNSUBSCRIBE. The fixed header is checked before.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks. The grammar of topic filters is for whoever parses them.
    pub fn decode(version: Version, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let packet_id = reader.packet_id()?;
        let block = Properties::read(reader.property_block(version)?, UNSUBSCRIBE_RULES)?;
        Ok(Self {
            packet_id,
            filters: TopicFilters::read(reader)?,
            block,
        })
    }

    /// The user properties, in order and with duplicates.
    #[must_use]
    pub const fn user_properties(&self) -> UserProperties<'a> {
        self.block.user_properties()
    }
}

/// The topic filters of an UNSUBSCRIBE; read once without fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TopicFilters<'a> {
    payload: &'a [u8],
    count: usize,
}

impl<'a> TopicFilters<'a> {
    fn read(mut reader: Reader<'a>) -> Result<Self, DecodeError> {
        let payload = reader.rest();
        let mut count = 0;
        while !reader.is_empty() {
            reader.text()?;
            count += 1;
        }
        if count == 0 {
            return Err(DecodeError::TopicFilterMissing);
        }
        Ok(Self { payload, count })
    }

    /// Each of them, in the order in which the UNSUBACK answers; their grammar is not yet checked.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut reader = Reader::new(self.payload);
        core::iter::from_fn(move || reader.text().ok())
    }

    /// How many there are; at least one.
    #[must_use]
    #[allow(
        clippy::len_without_is_empty,
        reason = "an UNSUBSCRIBE without a filter is refused"
    )]
    pub const fn len(&self) -> usize {
        self.count
    }
}
