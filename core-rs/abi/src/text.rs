//! What crosses as bytes. A text is its length in 32 bits, little-endian, and then its bytes; one that is absent has
//! the length `u32::MAX`.

use std::fmt::Write;

use engine::{ConnectionId, Event, Grants, ReasonCode};

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

/// Grants whose values are the texts in `bytes`.
pub(crate) fn grants(set: u32, mut bytes: &[u8]) -> Grants {
    let mut values = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<4>() {
        let length = (u32::from_le_bytes(*head) as usize).min(rest.len());
        let (value, rest) = rest.split_at(length);
        values.push(String::from_utf8_lossy(value).into());
        bytes = rest;
    }
    Grants {
        set,
        values: values.into(),
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
/// method and data. For a re-authentication the data are the new ones.
pub(crate) fn connect(state: &mut State, connection: ConnectionId) -> u32 {
    let text = &mut state.text;
    text.clear();
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
    if let Some((client_id, method, data)) = state.engine.reauthentication(connection) {
        text.extend_from_slice(&[5, 0]);
        put(text, Some(client_id.as_bytes()));
        put(text, None);
        put(text, None);
        put(text, Some(method.as_bytes()));
        put(text, Some(data));
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
