//! What crosses as bytes. A text is its length in 32 bits, little-endian, and then its bytes; one that is absent has
//! the length `u32::MAX`.

use std::fmt::Write;

use engine::{ConnectionId, Event, Grants, ReasonCode, SessionView};

use crate::state::State;

const ABSENT: u32 = u32::MAX;

fn put(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let length = bytes.map_or(ABSENT, |bytes| {
        u32::try_from(bytes.len()).unwrap_or(ABSENT - 1)
    });
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes.unwrap_or_default());
}

/// The reason code of a number; what is none is an unspecified error.
pub(crate) fn reason(number: u32) -> ReasonCode {
    u8::try_from(number).map_or(ReasonCode::UNSPECIFIED_ERROR, ReasonCode)
}

/// Texts from the host, one after the other. None of them is absent.
pub(crate) struct Texts<'a>(pub(crate) &'a [u8]);

impl Iterator for Texts<'_> {
    type Item = Box<str>;

    fn next(&mut self) -> Option<Box<str>> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        let length = (u32::from_le_bytes(*head) as usize).min(rest.len());
        let (text, rest) = rest.split_at(length);
        self.0 = rest;
        Some(String::from_utf8_lossy(text).into())
    }
}

/// Grants whose values are the texts that are left.
pub(crate) fn grants(set: u32, texts: Texts<'_>) -> Grants {
    Grants {
        set,
        values: texts.collect(),
    }
}

/// An event: kind, reason, 64 bits of number, and the texts client identifier, address and detail.
pub(crate) fn event(out: &mut Vec<u8>, event: &Event) {
    out.push(event.kind as u8);
    out.push(event.reason.0);
    out.extend_from_slice(&event.number.to_le_bytes());
    put(out, Some(event.client_id.as_bytes()));
    put(out, Some(event.address.as_bytes()));
    put(out, Some(event.detail.as_bytes()));
}

/// A CONNECT: version (3, 4, 5), clean start, and the texts client identifier, user name, password, authentication
/// method and data. Of a re-authentication the client identifier, the method and the new data: what lies unparsed
/// behind it, which may be another CONNECT, says nothing of who asks.
pub(crate) fn connect(state: &mut State, connection: ConnectionId) -> u32 {
    let text = &mut state.text;
    text.clear();
    if let Some((client_id, method, data)) = state.engine.reauthentication(connection) {
        text.extend_from_slice(&[5, 0]);
        put(text, Some(client_id.as_bytes()));
        put(text, None);
        put(text, None);
        put(text, Some(method.as_bytes()));
        put(text, Some(data));
    } else {
        state.engine.connect(connection, |connect| {
            text.push(connect.version as u8);
            text.push(u8::from(connect.clean_start));
            put(text, Some(connect.client_id.as_bytes()));
            put(text, connect.username.map(str::as_bytes));
            put(text, connect.password);
            put(
                text,
                connect.properties.authentication_method.map(str::as_bytes),
            );
            put(text, connect.properties.authentication_data);
        });
    }
    u32::try_from(text.len()).unwrap_or(0)
}

fn put_number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

/// A session: version (3, 4, 5), slot or `u32::MAX`, expiry, subscriptions, queued messages, their bytes, messages in
/// flight, number of drop reasons; the texts client identifier, owner, principal and address; and for each reason its
/// text and count.
fn put_session(out: &mut Vec<u8>, session: &SessionView) {
    out.push(session.version as u8);
    let slot = session.slot.unwrap_or(u32::MAX) as usize;
    let numbers = [
        slot,
        session.expiry as usize,
        session.subscriptions,
        session.queued,
        session.queued_bytes,
        session.in_flight,
        session.dropped.len(),
    ];
    numbers.iter().for_each(|number| put_number(out, *number));
    put(out, Some(session.client_id.as_bytes()));
    put(out, Some(session.owner.as_bytes()));
    put(out, Some(session.principal.as_bytes()));
    put(out, session.address.as_deref().map(str::as_bytes));
    for (reason, count) in &session.dropped {
        put(out, Some(reason.name().as_bytes()));
        put_number(out, *count as usize);
    }
}

/// The slot to go on from, or `u32::MAX`; the number of sessions; each of them.
pub(crate) fn sessions(state: &mut State, from: u32, limit: u32) -> u32 {
    let (sessions, next) = state.engine.sessions_from(from, limit);
    let text = &mut state.text;
    text.clear();
    put_number(text, next.unwrap_or(u32::MAX) as usize);
    put_number(text, sessions.len());
    sessions
        .iter()
        .for_each(|session| put_session(text, session));
    u32::try_from(text.len()).unwrap_or(0)
}

/// The session, the number of its subscriptions, and for each its filter as a text and its QoS as a byte.
pub(crate) fn session(state: &mut State, client_id: &str) -> u32 {
    let Some(session) = state.engine.session(client_id) else {
        return 0;
    };
    let subscriptions = state.engine.subscriptions_of(client_id);
    let text = &mut state.text;
    text.clear();
    put_session(text, &session);
    put_number(text, subscriptions.len());
    for (filter, qos) in &subscriptions {
        put(text, Some(filter.as_bytes()));
        text.push(*qos as u8);
    }
    u32::try_from(text.len()).unwrap_or(0)
}

/// What the last permission set came to: 1, the number of its variables and their names as texts in the order in which
/// their values are given; or 0 and why a template is none, as a text.
pub(crate) fn permission_names(state: &mut State) -> u32 {
    let text = &mut state.text;
    text.clear();
    text.push(u8::from(state.named.is_ok()));
    match &state.named {
        Ok(names) => {
            put_number(text, names.len());
            names
                .iter()
                .for_each(|name| put(text, Some(name.as_bytes())));
        }
        Err(fault) => put(text, Some(fault.as_bytes())),
    }
    u32::try_from(text.len()).unwrap_or(0)
}

/// Every counter and gauge, a line `name value` each.
pub(crate) fn metrics(state: &mut State) -> u32 {
    let mut lines = String::new();
    for (name, value) in state
        .engine
        .counters()
        .each()
        .chain(state.engine.gauges().each())
    {
        let _ = writeln!(lines, "{name} {value}");
    }
    state.text = lines.into_bytes();
    u32::try_from(state.text.len()).unwrap_or(0)
}
