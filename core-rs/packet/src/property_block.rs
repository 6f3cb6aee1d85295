//! Property blocks (v5 2.2.2): which properties a packet may have, and how often.

use core::fmt;

use crate::error::DecodeError;
use crate::property::{Property, PropertyId};
use crate::reader::Reader;
use crate::version::Version;
use crate::writer::{put_variable_integer, variable_integer_len};

/// How many bytes `properties` take, one after the other.
pub(crate) fn properties_len(properties: &[Property<'_>]) -> usize {
    properties.iter().map(Property::encoded_len).sum()
}

/// How many bytes a property block takes with its length in front; nothing before v5.
pub(crate) const fn block_len(version: Version, properties_len: usize) -> usize {
    if version.has_properties() {
        variable_integer_len(properties_len) + properties_len
    } else {
        0
    }
}

/// Appends a property block; nothing before v5.
pub(crate) fn put_properties(version: Version, properties: &[Property<'_>], out: &mut Vec<u8>) {
    if version.has_properties() {
        put_variable_integer(out, properties_len(properties));
        properties.iter().for_each(|property| property.write(out));
    }
}

/// A set of property identifiers, one bit each.
#[derive(Clone, Copy)]
pub(crate) struct PropertySet(u64);

// Every identifier has a bit of its own.
const _: () = assert!((PropertyId::SharedSubscriptionAvailable as u8) < 64);

impl PropertySet {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(ids: &[PropertyId]) -> Self {
        let mut bits = 0;
        let mut rest = ids;
        while let Some((&id, after)) = rest.split_first() {
            bits |= 1 << id as u8;
            rest = after;
        }
        Self(bits)
    }

    #[inline]
    pub(crate) const fn contains(self, id: PropertyId) -> bool {
        self.0 >> id as u8 & 1 == 1
    }

    #[inline]
    fn insert(&mut self, id: PropertyId) {
        self.0 |= 1 << id as u8;
    }
}

/// Which properties a packet may have, and which of them more than once.
#[derive(Clone, Copy)]
pub(crate) struct PropertyRules {
    pub(crate) allowed: PropertySet,
    pub(crate) repeatable: PropertySet,
}

impl PropertyRules {
    /// Each of `ids` at most once, except User Property (v5 2.2.2.2).
    pub(crate) const fn of(ids: &[PropertyId]) -> Self {
        Self {
            allowed: PropertySet::of(ids),
            repeatable: PropertySet::of(&[PropertyId::UserProperty]),
        }
    }

    /// The same, with `id` any number of times.
    pub(crate) const fn repeating(self, id: PropertyId) -> Self {
        let repeatable = PropertySet(self.repeatable.0 | PropertySet::of(&[id]).0);
        Self { repeatable, ..self }
    }
}

/// Walks over a property block and refuses what `rules` do not allow.
pub(crate) struct PropertyReader<'a> {
    reader: Reader<'a>,
    rules: PropertyRules,
    seen: PropertySet,
}

impl<'a> PropertyReader<'a> {
    #[inline]
    pub(crate) const fn new(block: &'a [u8], rules: PropertyRules) -> Self {
        Self {
            reader: Reader::new(block),
            rules,
            seen: PropertySet::NONE,
        }
    }

    /// What has not been read yet.
    #[inline]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    /// The next property, or `None` at the end of the block.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Property<'a>>, DecodeError> {
        match self.next_id()? {
            Some(id) => Property::read_value(id, &mut self.reader).map(Some),
            None => Ok(None),
        }
    }

    /// Which property comes next. Its value is read from [`PropertyReader::values`] before this is
    /// called again.
    #[inline]
    pub(crate) fn next_id(&mut self) -> Result<Option<PropertyId>, DecodeError> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let byte = self.reader.byte()?;
        let id = PropertyId::from_byte(byte).ok_or(DecodeError::UnknownProperty(byte))?;
        if !self.rules.allowed.contains(id) {
            return Err(DecodeError::PropertyNotAllowed(id));
        }
        if self.seen.contains(id) && !self.rules.repeatable.contains(id) {
            return Err(DecodeError::DuplicateProperty(id));
        }
        self.seen.insert(id);
        Ok(Some(id))
    }

    #[inline]
    pub(crate) const fn values(&mut self) -> &mut Reader<'a> {
        &mut self.reader
    }
}

/// A property block that has been read once without fault, in the order of the wire.
#[derive(Clone, Copy, Default)]
pub struct Properties<'a> {
    block: &'a [u8],
}

impl<'a> Properties<'a> {
    /// Takes a block that a [`PropertyReader`] has gone through.
    #[inline]
    pub(crate) const fn validated(block: &'a [u8]) -> Self {
        Self { block }
    }

    /// Goes through `block`, for packets of which no property needs a look of its own.
    pub(crate) fn read(block: &'a [u8], rules: PropertyRules) -> Result<Self, DecodeError> {
        let mut reader = PropertyReader::new(block, rules);
        while let Some(id) = reader.next_id()? {
            if id == PropertyId::UserProperty {
                reader.values().skip_user_properties()?;
            } else {
                Property::read_value(id, reader.values())?;
            }
        }
        Ok(Self { block })
    }

    /// Each property, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let mut reader = Reader::new(self.block);
        core::iter::from_fn(move || {
            let id = PropertyId::from_byte(reader.byte().ok()?)?;
            Property::read_value(id, &mut reader).ok()
        })
    }

    /// The first property that is an `id`.
    #[must_use]
    pub fn find(&self, id: PropertyId) -> Option<Property<'a>> {
        self.iter().find(|property| property.id() == id)
    }

    /// The Reason String among them.
    pub(crate) fn reason_string(&self) -> Option<&'a str> {
        match self.find(PropertyId::ReasonString) {
            Some(Property::ReasonString(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.block.is_empty()
    }

    /// How many bytes they take, one after the other.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.block.len()
    }

    /// The user properties among them.
    #[inline]
    #[must_use]
    pub const fn user_properties(&self) -> UserProperties<'a> {
        UserProperties { properties: *self }
    }
}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Properties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.block == other.block
    }
}

impl Eq for Properties<'_> {}

/// The user properties of a packet, in order and with duplicates (v5 [MQTT-3.3.2-18]).
#[derive(Clone, Copy, Default)]
pub struct UserProperties<'a> {
    properties: Properties<'a>,
}

impl<'a> UserProperties<'a> {
    /// Each name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.properties
            .iter()
            .filter_map(|property| match property {
                Property::UserProperty(name, value) => Some((name, value)),
                _ => None,
            })
    }
}

impl fmt::Debug for UserProperties<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for UserProperties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for UserProperties<'_> {}
