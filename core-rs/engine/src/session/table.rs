//! All sessions, by number and by client identifier.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

use super::Session;
use crate::connection::NONE;

#[derive(Debug)]
struct Slot {
    session: Option<Box<Session>>,
}

/// How many sessions an owner has.
#[derive(Debug)]
struct Owned {
    owner: Box<str>,
    sessions: u32,
}

/// All sessions. Client identifiers and owners are hashed with a key, since peers choose them.
#[derive(Debug)]
pub struct Sessions {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_client_id: HashTable<u32>,
    /// Owners of sessions that a client identifier names.
    owned: HashTable<Owned>,
    hash_key: (u64, u64),
}

/// The hash of a text that a peer chose.
#[must_use]
pub fn hash(key: (u64, u64), text: &str) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(key.0, key.1);
    hasher.write(text.as_bytes());
    hasher.finish()
}

impl Sessions {
    /// An empty table.
    #[must_use]
    pub fn new(hash_key: (u64, u64)) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_client_id: HashTable::new(),
            owned: HashTable::new(),
            hash_key,
        }
    }

    /// The hash of a text that a peer chose, under this table's key.
    #[must_use]
    pub fn hash(&self, text: &str) -> u64 {
        hash(self.hash_key, text)
    }

    /// The key of [`hash`].
    #[must_use]
    pub fn hash_key(&self) -> (u64, u64) {
        self.hash_key
    }

    /// Adds a session, which its client identifier now names.
    pub fn insert(&mut self, session: Session) -> u32 {
        let hashed = self.hash(&session.client_id);
        self.count_owned(&session.owner);
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(Slot { session: None });
                u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
            }
        };
        self.slots[slot as usize].session = Some(Box::new(session));
        let (slots, key) = (&self.slots, self.hash_key);
        self.by_client_id.insert_unique(hashed, slot, |&other| {
            hash(
                key,
                slots[other as usize]
                    .session
                    .as_ref()
                    .map_or("", |session| &session.client_id),
            )
        });
        slot
    }

    /// The session of a client identifier.
    #[must_use]
    pub fn find(&self, client_id: &str) -> Option<u32> {
        let named = |slot: &u32| {
            self.get(*slot)
                .is_some_and(|session| &*session.client_id == client_id)
        };
        self.by_client_id.find(self.hash(client_id), named).copied()
    }

    /// Lets the client identifier name nothing, while the session is taken apart.
    pub fn unname(&mut self, slot: u32) {
        let Some(session) = self.get(slot) else {
            return;
        };
        let hashed = self.hash(&session.client_id);
        let owner = session.owner.clone();
        if let Ok(entry) = self.by_client_id.find_entry(hashed, |&other| other == slot) {
            entry.remove();
            self.discount_owned(&owner);
        }
    }

    /// How many sessions an owner has, those without a connection included.
    #[must_use]
    pub fn owned(&self, owner: &str) -> u32 {
        self.owned
            .find(self.hash(owner), |known| *known.owner == *owner)
            .map_or(0, |known| known.sessions)
    }

    fn count_owned(&mut self, owner: &str) {
        let (hashed, key) = (self.hash(owner), self.hash_key);
        let entry = self.owned.entry(
            hashed,
            |known| *known.owner == *owner,
            |known| hash(key, &known.owner),
        );
        match entry {
            Entry::Occupied(mut known) => known.get_mut().sessions += 1,
            Entry::Vacant(vacant) => {
                vacant.insert(Owned {
                    owner: owner.into(),
                    sessions: 1,
                });
            }
        }
    }

    fn discount_owned(&mut self, owner: &str) {
        let hashed = self.hash(owner);
        let Ok(mut known) = self
            .owned
            .find_entry(hashed, |known| *known.owner == *owner)
        else {
            return;
        };
        known.get_mut().sessions -= 1;
        if known.get().sessions == 0 {
            known.remove();
        }
    }

    /// Removes a session that is taken apart.
    pub fn remove(&mut self, slot: u32) -> Option<Box<Session>> {
        let entry = self.slots.get_mut(slot as usize)?;
        let session = entry.session.take()?;
        self.free.push(slot);
        Some(session)
    }

    /// The session in `slot`.
    #[inline]
    #[must_use]
    pub fn get(&self, slot: u32) -> Option<&Session> {
        self.slots.get(slot as usize)?.session.as_deref()
    }

    /// The session in `slot`.
    #[inline]
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut Session> {
        self.slots.get_mut(slot as usize)?.session.as_deref_mut()
    }

    /// One more than the highest slot that was ever used.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Sessions that a client identifier names.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_client_id.len()
    }

    /// Every session with its slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Session)> {
        self.slots.iter().enumerate().filter_map(|(slot, entry)| {
            entry
                .session
                .as_deref()
                .map(|session| (u32::try_from(slot).unwrap_or(NONE), session))
        })
    }
}
