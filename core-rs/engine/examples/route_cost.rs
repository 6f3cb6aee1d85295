//! What one message costs in the engine alone:
//! `cargo run --release --example route_cost [-- QOS [ROUNDS [TEMPLATES]]]`.
//!
//! Ten publishers, ten subscribers, 64 bytes of payload; no sockets. With templates every client has a permission set
//! of so many, of which one allows what it does. Prints nanoseconds for each message that is received, routed and
//! handed out to be written.

use std::time::Instant;

use engine::{Admission, ConnectionId, Decision, Engine, Grants, Limits, Output};

const PAIRS: u8 = 10;
const CHUNK: usize = 64 * 1024;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let qos: u8 = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let rounds: usize = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(2000);
    let mut engine = Engine::new(
        Limits {
            in_flight_max: 65_535,
            ..Limits::default()
        },
        [7; 32],
        "bench",
    );
    let templates: usize = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    permit(&mut engine, templates);
    let publishers: Vec<_> = (0..PAIRS)
        .map(|number| connect(&mut engine, number))
        .collect();
    let subscribers: Vec<_> = (0..PAIRS)
        .map(|number| subscribe(&mut engine, number, qos))
        .collect();
    let chunks: Vec<_> = (0..PAIRS).map(|number| chunk(number, qos)).collect();
    let messages = chunks[0].len() / packet_bytes(qos);
    let start = Instant::now();
    for _ in 0..rounds {
        for (publisher, bytes) in publishers.iter().zip(&chunks) {
            feed(&mut engine, *publisher, bytes);
        }
        let received = drain(&mut engine);
        if qos > 0 {
            acknowledge(&mut engine, &subscribers, received);
            drain(&mut engine);
        }
    }
    let total = rounds * messages * usize::from(PAIRS);
    println!(
        "QoS {qos}: {:.1} ns per message",
        start.elapsed().as_nanos() as f64 / total as f64
    );
    println!(
        "sent {}",
        engine.counters().publish_sent_qos0 + engine.counters().publish_sent_qos1
    );
}

/// Gives set 1 so many templates. The sessions have it if there are any.
fn permit(engine: &mut Engine, templates: usize) {
    if templates == 0 {
        return;
    }
    let others = (1..templates).map(|number| format!("other/{number}/+/#"));
    let all: Vec<String> = others.chain(["bench/topic/+".to_owned()]).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    engine
        .set_permissions(1, &all, &all, 0)
        .expect("they are templates");
    RESTRICTED.set(true);
}

thread_local! { static RESTRICTED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) }; }

/// Lets a client in, with set 1 if there is one.
fn admission() -> Admission {
    Admission {
        grants: Grants {
            set: u32::from(RESTRICTED.get()),
            ..Grants::default()
        },
        ..Admission::default()
    }
}

fn topic(number: u8) -> String {
    format!("bench/topic/{number}")
}

fn packet_bytes(qos: u8) -> usize {
    2 + 2 + topic(0).len() + 64 + if qos > 0 { 2 } else { 0 }
}

fn chunk(number: u8, qos: u8) -> Vec<u8> {
    let topic = topic(number);
    let mut bytes = Vec::new();
    let mut id = 0_u16;
    while bytes.len() + packet_bytes(qos) <= CHUNK {
        bytes.push(0x30 | qos << 1);
        bytes.push(u8::try_from(packet_bytes(qos) - 2).unwrap());
        bytes.extend_from_slice(&[0, u8::try_from(topic.len()).unwrap()]);
        bytes.extend_from_slice(topic.as_bytes());
        if qos > 0 {
            id += 1;
            bytes.extend_from_slice(&id.to_be_bytes());
        }
        bytes.extend_from_slice(&[b'x'; 64]);
    }
    bytes
}

fn connect(engine: &mut Engine, number: u8) -> ConnectionId {
    let id = engine.open("127.0.0.1", 0).expect("there is room");
    feed(
        engine,
        id,
        &[
            0x10,
            13,
            0,
            4,
            b'M',
            b'Q',
            b'T',
            b'T',
            4,
            2,
            0,
            0,
            0,
            1,
            b'A' + number,
        ],
    );
    drain(engine);
    id
}

fn subscribe(engine: &mut Engine, number: u8, qos: u8) -> ConnectionId {
    let id = connect(engine, number + 30);
    let topic = topic(number);
    let mut bytes = vec![
        0x82,
        u8::try_from(5 + topic.len()).unwrap(),
        0,
        1,
        0,
        u8::try_from(topic.len()).unwrap(),
    ];
    bytes.extend_from_slice(topic.as_bytes());
    bytes.push(qos);
    feed(engine, id, &bytes);
    drain(engine);
    id
}

/// Gives a connection bytes, as many at a time as it lends room for.
fn feed(engine: &mut Engine, id: ConnectionId, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let room = engine.inbox(id);
        let count = room.len().min(bytes.len());
        if count == 0 {
            engine.resume(0);
            drain(engine);
            continue;
        }
        room[..count].copy_from_slice(&bytes[..count]);
        engine.filled(id, count, 0);
        bytes = &bytes[count..];
    }
}

/// Lets everything that is to be written be written. Gives the number of bytes.
fn drain(engine: &mut Engine) -> Vec<usize> {
    let mut outputs = Vec::new();
    let mut written = vec![0; 64];
    loop {
        engine.flush(0);
        engine.take_outputs(&mut outputs);
        if outputs.is_empty() {
            return written;
        }
        for output in std::mem::take(&mut outputs) {
            match output {
                Output::Send { connection } => {
                    let count = engine.outbox(connection).len();
                    written[connection.slot as usize] += count;
                    engine.written(connection, count, 0);
                }
                Output::Decide { request, .. } => {
                    engine.decided(request, Decision::Accepted(admission()), 0)
                }
                Output::More => engine.resume(0),
                _ => {}
            }
        }
    }
}

/// PUBACKs for what the subscribers got. Packet identifiers are those that a session gives out in turn.
fn acknowledge(engine: &mut Engine, subscribers: &[ConnectionId], written: Vec<usize>) {
    thread_local! { static NEXT: std::cell::RefCell<[u16; 64]> = const { std::cell::RefCell::new([0; 64]) }; }
    for id in subscribers {
        let count = written[id.slot as usize] / packet_bytes(1);
        let mut bytes = Vec::with_capacity(count * 4);
        NEXT.with_borrow_mut(|next| {
            for _ in 0..count {
                let last = &mut next[id.slot as usize];
                *last = if *last == u16::MAX { 1 } else { *last + 1 };
                bytes.extend_from_slice(&[0x40, 2]);
                bytes.extend_from_slice(&last.to_be_bytes());
            }
        });
        feed(engine, *id, &bytes);
    }
}
