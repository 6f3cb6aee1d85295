//! What a change of rights costs: `cargo run --release --example rights_cost [-- SESSIONS [SUBSCRIPTIONS [QUEUED]]]`.
//!
//! Sessions without a connection, each with its subscriptions and queued messages, are given another permission set one
//! by one, and then that set is replaced; once so that everything stays allowed and once so that nothing does. Prints
//! sessions per second, and how long the longest single input took.

use std::time::{Duration, Instant};

use engine::{Admission, ConnectionId, Decision, Engine, Grants, Limits, Output};

/// Milliseconds of the engine's clock, which stands still here.
const NOW: u64 = 1;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse().ok());
    let mut next = |default| arguments.next().flatten().unwrap_or(default);
    let (sessions, subscriptions, queued): (usize, usize, usize) =
        (next(100_000), next(5), next(0));
    let limits = Limits {
        connections_max: 16,
        sys_interval_seconds: 0,
        ..Limits::default()
    };
    let mut engine = Engine::new(limits, [7; 32], "bench");
    for set in 1..=2 {
        permit(
            &mut engine,
            set,
            &["own/${client.authenticationName}/#", "all/#"],
        );
    }
    for number in 0..sessions {
        make_session(&mut engine, number, subscriptions);
    }
    for _ in 0..queued {
        publish(&mut engine);
    }
    println!("{sessions} sessions with {subscriptions} subscriptions and {queued} messages each");
    for (set, what) in [
        (2, "regrant, all stays"),
        (0, "regrant, to everything"),
        (1, "regrant, back"),
    ] {
        measure(what, sessions, || {
            (0..sessions)
                .map(|number| regrant(&mut engine, number, set))
                .max()
                .unwrap_or_default()
        });
    }
    measure("set replaced, all stays", sessions, || {
        permit(
            &mut engine,
            1,
            &["own/${client.authenticationName}/#", "all/#", "more/#"],
        )
    });
    measure("set replaced, nothing stays", sessions, || {
        permit(&mut engine, 1, &["more/#"])
    });
    println!("{} subscriptions are left", engine.gauges().subscriptions);
}

fn measure(what: &str, sessions: usize, run: impl FnOnce() -> Duration) {
    let start = Instant::now();
    let longest = run();
    let all = start.elapsed();
    let rate = sessions as f64 / all.as_secs_f64();
    println!("{what}: {all:.1?}, {rate:.0} sessions per second, longest input {longest:.1?}");
}

/// Replaces a set and lets the engine check everybody. Gives the time of the longest input.
fn permit(engine: &mut Engine, set: u32, templates: &[&str]) -> Duration {
    let start = Instant::now();
    engine
        .set_permissions(set, templates, templates, NOW)
        .expect("they are templates");
    start.elapsed().max(settle(engine))
}

fn regrant(engine: &mut Engine, number: usize, set: u32) -> Duration {
    let start = Instant::now();
    engine.regrant(&format!("client-{number}"), grants(number, set), NOW);
    start.elapsed().max(settle(engine))
}

fn grants(number: usize, set: u32) -> Grants {
    Grants {
        set,
        values: [format!("client-{number}").into()].into(),
    }
}

/// Connects, subscribes and goes, leaving its session.
fn make_session(engine: &mut Engine, number: usize, subscriptions: usize) {
    let id = engine.open("127.0.0.1", NOW).expect("there is room");
    let name = format!("client-{number}");
    let mut connect = vec![0x10, u8::try_from(12 + name.len()).expect("short"), 0, 4];
    connect.extend_from_slice(b"MQTT\x04\0\0\0");
    put(&mut connect, &name);
    feed(engine, id, &connect);
    let mut outputs = Vec::new();
    engine.take_outputs(&mut outputs);
    for output in outputs {
        if let Output::Decide { request, .. } = output {
            let admission = Admission {
                grants: grants(number, 1),
                owner: name.as_str().into(),
                ..Admission::default()
            };
            engine.decided(request, Decision::Accepted(admission), NOW);
        }
    }
    for place in 0..subscriptions {
        let filter = if place == 0 {
            "all/+".to_owned()
        } else {
            format!("own/{name}/{place}/+")
        };
        let mut subscribe = vec![0x82, u8::try_from(5 + filter.len()).expect("short"), 0, 1];
        put(&mut subscribe, &filter);
        subscribe.push(1);
        feed(engine, id, &subscribe);
    }
    engine.closed(id, NOW);
    engine.released(id, NOW);
    settle(engine);
}

/// A message that every session is owed.
fn publish(engine: &mut Engine) {
    let mut packet = vec![0x32, 13, 0, 5];
    packet.extend_from_slice(b"all/x\0\x01\0abc");
    engine.publish(1, &packet, &Grants::default(), NOW);
    settle(engine);
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&u16::try_from(text.len()).expect("short").to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn feed(engine: &mut Engine, id: ConnectionId, bytes: &[u8]) {
    engine.flush(NOW);
    settle_writes(engine);
    engine.inbox(id)[..bytes.len()].copy_from_slice(bytes);
    engine.filled(id, bytes.len(), NOW);
}

/// Lets the engine go on until no work is left. Gives the time of the longest input.
fn settle(engine: &mut Engine) -> Duration {
    let mut longest = Duration::ZERO;
    while settle_writes(engine) {
        let start = Instant::now();
        engine.resume(NOW);
        longest = longest.max(start.elapsed());
    }
    longest
}

/// Takes what is to be written; true if work is left.
fn settle_writes(engine: &mut Engine) -> bool {
    let mut outputs = Vec::new();
    let mut more = false;
    engine.take_outputs(&mut outputs);
    for output in outputs {
        match output {
            Output::Send { connection } => {
                let count = engine.outbox(connection).len();
                engine.written(connection, count, NOW);
            }
            Output::Decide { request, .. } => unreachable!("decision {request} is lost"),
            Output::More => more = true,
            _ => {}
        }
    }
    more
}
