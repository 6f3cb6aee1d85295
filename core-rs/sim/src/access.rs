//! The host's decisions about who comes in, whose sessions are whose, and who may do what; and that the engine acts on
//! them.

use engine::{Admission, ConnectionId, Decision, Event, EventKind, Grants};

use crate::oracle::{Held, Rights, SessionKey};
use crate::sabotage::Sabotage;
use crate::world::World;

/// What every permission set grants.
const PERMITTED: [&str; 6] = ["t/#", "s/#", "r/#", "w/#", "nobody/#", "+/+"];
/// What each client may do with the value that it is given.
const OWN: &str = "v/${client.authenticationName}/#";
/// What a permission set grants at times.
const AT_TIMES: [&str; 2] = ["x/#", "v/#"];
/// Permission sets of a world with access control, besides the one that allows everything.
const SETS: u32 = 2;

const STRANGER: &str = "session belongs to another client";
const TOO_MANY: &str = "too many sessions of this client";
const LOST: &str = "subscription no longer allowed";

/// On what terms a client is let in.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Whose its sessions are.
    pub owner: String,
    /// The host's words for it.
    pub principal: String,
    /// What it may do.
    pub held: Held,
    /// Sessions that the owner may have, 0 for no limit.
    pub sessions_max: u32,
    /// Seconds that its session may outlive its connection.
    pub expiry_max: u32,
}

impl Default for Admitted {
    fn default() -> Self {
        Self {
            owner: String::new(),
            principal: String::new(),
            held: Held::EVERYTHING,
            sessions_max: 0,
            expiry_max: u32::MAX,
        }
    }
}

impl Admitted {
    fn admission(&self) -> Admission {
        Admission {
            grants: self.held.grants(),
            owner: self.owner.as_str().into(),
            principal: self.principal.as_str().into(),
            sessions_max: self.sessions_max,
            expiry_seconds_max: self.expiry_max,
        }
    }
}

impl Held {
    fn grants(self) -> Grants {
        Grants {
            set: self.set,
            values: [self.value.into()].into(),
        }
    }
}

/// A CONNECT that is being decided, and what the engine has to refuse it for.
#[derive(Clone, Debug)]
pub struct Deciding {
    address: String,
    client_id: String,
    refusal: Option<&'static str>,
}

impl World {
    /// Gives a client what it may do: sometimes everything.
    fn draw_held(&mut self) -> Held {
        if !self.profile.restricted || self.random.percent(15) {
            return Held::EVERYTHING;
        }
        Held {
            set: 1 + u32::try_from(self.random.below(u64::from(SETS))).unwrap_or(0),
            value: self.random.pick(&["0", "1", "0", "1", "", "+"]),
        }
    }

    /// Who a client is, by the host: now and then somebody else, unless the world is calm.
    fn draw_admitted(&mut self, connection: ConnectionId) -> Admitted {
        let client = self.links.get(&connection).filter(|link| !link.auditor);
        let Some(client) = client.map(|link| link.client) else {
            return Admitted::default();
        };
        let others = !self.calm && self.random.percent(self.profile.strangers);
        let owner = if others {
            self.random.index(self.profile.owners)
        } else {
            client % self.profile.owners
        };
        let name = &self.clients[client].name;
        let current = self.oracle.current.get(name);
        let owner = match current.filter(|_| self.calm) {
            Some(key) => self.oracle.sessions[*key].owner.clone(),
            None if self.profile.owners == 1 => String::new(),
            None => format!("owner-{owner}"),
        };
        Admitted {
            principal: format!("{owner} {}", self.random.below(3)),
            owner,
            held: self.draw_held(),
            sessions_max: if self.calm {
                0
            } else {
                self.profile.sessions_of_owner_max
            },
            expiry_max: self.profile.expiry_cap,
        }
    }

    /// Accepts a CONNECT or a re-authentication.
    pub(crate) fn accept(&mut self, request: u32, connection: ConnectionId, again: bool) {
        let admitted = self.draw_admitted(connection);
        let decision = Decision::Accepted(admitted.admission());
        if again {
            return self.readmit((request, connection), decision, &admitted);
        }
        self.deciding = self.expected(connection, &admitted);
        if let Some(link) = self.links.get_mut(&connection) {
            link.admitted = admitted;
        }
        self.rights_changed = true;
        self.input(|engine, now| engine.decided(request, decision, now));
        self.deciding = None;
    }

    /// What has to become of a CONNECT.
    fn expected(&self, connection: ConnectionId, admitted: &Admitted) -> Option<Deciding> {
        let link = self.links.get(&connection).filter(|link| !link.auditor)?;
        let address = self
            .addresses
            .iter()
            .find(|(_, id)| **id == connection)
            .map(|(address, _)| address.clone())?;
        let client_id = if link.terms.anonymous {
            String::new()
        } else {
            self.clients[link.client].name.clone()
        };
        let owners = || {
            self.oracle
                .current
                .values()
                .map(|key| &self.oracle.sessions[*key].owner)
        };
        let has = owners().filter(|owner| **owner == admitted.owner).count();
        let refusal = match self.oracle.current.get(&client_id) {
            Some(key) if self.oracle.sessions[*key].owner != admitted.owner => Some(STRANGER),
            Some(_) => None,
            None if admitted.sessions_max > 0 && has >= admitted.sessions_max as usize => {
                Some(TOO_MANY)
            }
            None => None,
        };
        Some(Deciding {
            address,
            client_id,
            refusal,
        })
    }

    /// Holds what the engine tells of a decision to what was expected.
    pub(crate) fn check_decided(&mut self, event: &Event) {
        let Some(deciding) = self.deciding.clone() else {
            return;
        };
        let own = *event.address == *deciding.address;
        let refused = own && event.kind == EventKind::Refused;
        let known = [STRANGER, TOO_MANY]
            .into_iter()
            .find(|known| *known == event.detail);
        if let (true, Some(known)) = (refused, known) {
            self.oracle.coverage.count(&format!("refused: {known}"));
            self.oracle.require(deciding.refusal == Some(known), || {
                format!(
                    "{} is refused because {known}, and {:?} was to be expected",
                    deciding.client_id, deciding.refusal
                )
            });
        }
        let Some(refusal) = deciding.refusal else {
            return;
        };
        self.oracle
            .require(!(own && event.kind == EventKind::Connected), || {
                format!("{} is let in although {refusal}", deciding.client_id)
            });
        let touched = *event.client_id == *deciding.client_id
            && matches!(event.detail, "session taken over" | "clean start");
        self.oracle.require(!touched, || {
            format!(
                "the session of {} is touched although {refusal}: {}",
                deciding.client_id, event.detail
            )
        });
    }

    /// A client that is connected renews its identity, and may turn out to be another.
    fn readmit(
        &mut self,
        (request, connection): (u32, ConnectionId),
        decision: Decision,
        admitted: &Admitted,
    ) {
        let present = self.present_on(connection);
        let stranger = present.is_some_and(|key| self.oracle.sessions[key].owner != admitted.owner);
        if let (Some(key), false) = (present, stranger) {
            self.oracle.sessions[key].is(&admitted.principal);
            self.oracle
                .granted(key, admitted.held, self.oracle.step + 1);
            self.expect_losses();
        }
        self.input(|engine, now| engine.decided(request, decision, now));
        if stranger {
            self.oracle
                .coverage
                .count("re-authentication as another client");
            let goes_on = self.present_on(connection).is_some();
            self.oracle.require(!goes_on, || {
                "a connection goes on although its client is another one now".to_owned()
            });
        }
    }

    /// The session that a connection serves, as long as it does.
    fn present_on(&self, connection: ConnectionId) -> Option<SessionKey> {
        let link = self.links.get(&connection)?;
        let key = link.session?;
        let session = &self.oracle.sessions[key];
        (session.attached && session.connections == link.nth).then_some(key)
    }

    /// Gives all permission sets their templates. `wide`: with what they grant at times.
    pub(crate) fn permit_all(&mut self, wide: bool) {
        for set in 1..=SETS {
            self.permit(set, wide);
        }
    }

    /// Replaces a permission set.
    fn permit(&mut self, set: u32, wide: bool) {
        let mut draw = || {
            let mut templates = PERMITTED.to_vec();
            templates.push(OWN);
            let at_times = AT_TIMES.into_iter();
            templates.extend(at_times.filter(|_| wide || !self.calm && self.random.percent(30)));
            templates
        };
        let rights = Rights {
            publish: draw(),
            subscribe: draw(),
        };
        self.oracle
            .set_given(set, rights.clone(), self.oracle.step + 1);
        self.expect_losses();
        let Rights { publish, subscribe } = rights;
        let result =
            self.input(|engine, now| engine.set_permissions(set, &publish, &subscribe, now));
        let named = vec!["client.authenticationName".to_owned()];
        self.oracle.require(result == Ok(named), || {
            format!("templates are refused or misread: {result:?}")
        });
    }

    /// The host changes what somebody, or everybody with a set, may do.
    pub(crate) fn change_rights(&mut self) {
        if self.random.percent(50) {
            let set = 1 + u32::try_from(self.random.below(u64::from(SETS))).unwrap_or(0);
            return self.permit(set, false);
        }
        let (name, held) = (self.somebody(), self.draw_held());
        self.regrant(&name, held);
    }

    fn regrant(&mut self, name: &str, held: Held) {
        let key = self.oracle.current.get(name).copied();
        let mut skipped = false;
        if let Some(key) = key {
            self.oracle.granted(key, held, self.oracle.step + 1);
            self.expect_losses();
            skipped =
                !self.oracle.sessions[key].attached && self.saboteur.strikes(Sabotage::Spare, 1);
        }
        if !skipped {
            self.input(|engine, now| engine.regrant(name, held.grants(), now));
        }
    }

    /// After a crash every session has to have the owner and the words that the store has of it, and is given rights
    /// again before anybody comes back.
    pub(crate) fn take_up_sessions(&mut self) {
        self.taking_up = true;
        let (views, _) = self.engine.sessions_from(0, u32::MAX);
        for view in views {
            let Some(key) = self.oracle.current.get(&view.client_id).copied() else {
                continue;
            };
            let durable = self.store.whose(&view.client_id);
            let session = &self.oracle.sessions[key];
            let same = durable == Some((&view.owner, &view.principal))
                && session.owner == view.owner
                && (session.noisy || session.principals.contains(&view.principal));
            self.oracle.coverage.count("owner checked after a crash");
            let told = format!("{durable:?}, {:?} {:?}", session.owner, session.principals);
            self.oracle.require(same, || {
                format!(
                    "{} belongs to {} ({}) after a crash, where the store has {told}",
                    view.client_id, view.owner, view.principal
                )
            });
            let held = self.draw_held();
            self.regrant(&view.client_id, held);
        }
        self.taking_up = false;
        self.rights_changed = true;
    }

    /// Notes who is connected and has subscribed to what he may not have from now on.
    fn expect_losses(&mut self) {
        self.rights_changed = true;
        self.losing.clear();
        self.losing_unsubscribes = self.engine.counters().unsubscribes;
        let mut offline = 0;
        for (name, key) in &self.oracle.current {
            let session = &self.oracle.sessions[*key];
            if self.forbidden(name, *key).is_empty() {
                continue;
            }
            if session.attached {
                self.losing.push((*key, session.connections));
                self.lost.insert(*key);
            } else {
                offline += 1;
            }
        }
        self.oracle
            .coverage
            .add("subscription lost while offline", offline);
    }

    /// Filters that a session has, says the engine, and may not have.
    fn forbidden(&self, name: &str, key: SessionKey) -> Vec<String> {
        let filters = self.engine.subscriptions_of(name).into_iter();
        let filters = filters.map(|(filter, _)| filter);
        filters
            .filter(|filter| !self.oracle.may_subscribe_now(key, filter))
            .collect()
    }

    /// Once the engine has no work left, nobody has what he may not have, and who had is gone.
    pub(crate) fn check_rights(&mut self) {
        if self.taking_up || !std::mem::take(&mut self.rights_changed) {
            return;
        }
        let current: Vec<(String, SessionKey)> = self
            .oracle
            .current
            .iter()
            .map(|(name, key)| (name.clone(), *key))
            .collect();
        for (name, key) in current {
            let forbidden = self.forbidden(&name, key);
            self.oracle.require(forbidden.is_empty(), || {
                format!("{name} goes on with {forbidden:?}, which it may not have")
            });
        }
        let losing = std::mem::take(&mut self.losing);
        let unsubscribed = self.engine.counters().unsubscribes != self.losing_unsubscribes;
        for (key, connections) in losing {
            let session = &self.oracle.sessions[key];
            let goes_on = session.attached && session.connections == connections;
            let name = session.client_id.clone();
            self.oracle.require(!goes_on || unsubscribed, || {
                format!("the connection of {name} goes on although it has lost a subscription")
            });
        }
    }

    /// A connection ends because its client has lost a subscription.
    pub(crate) fn check_lost(&mut self, event: &Event) {
        if event.detail != LOST {
            return;
        }
        self.oracle
            .coverage
            .count("subscription lost while connected");
        let key = self.oracle.current.get(&*event.client_id).copied();
        let just = key.is_some_and(|key| self.lost.remove(&key));
        self.oracle.require(just, || {
            format!("{} is said to have lost a subscription", event.client_id)
        });
    }

    /// When all is durable, the store has what the host has said last of each session.
    pub(crate) fn check_principals(&mut self) {
        if !self.profile.journal() {
            return;
        }
        for key in self.oracle.current.values() {
            let session = &self.oracle.sessions[*key];
            let Some((owner, principal)) = self.store.whose(&session.client_id) else {
                continue;
            };
            let same = *owner == session.owner && session.principals.last() == Some(principal);
            if same || session.expiry == 0 || session.noisy {
                continue;
            }
            let what = format!("the store has {principal} of {owner} for {session:?}");
            return self.oracle.violate(what);
        }
    }
}
